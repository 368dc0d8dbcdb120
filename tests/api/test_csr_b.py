"""Proof of possession (csr-cases.md, group B), through the door."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from app.pki import der
from tests.api import csr_kit as kit
from tests.api.csr_door import CsrDoor
from tests.tools import need

SHA256, SHA384, SHA512 = hashes.SHA256(), hashes.SHA384(), hashes.SHA512()
OIDS = {"sha1": "1.3.14.3.2.26", "sha256": "2.16.840.1.101.3.4.2.1", "sha384": "2.16.840.1.101.3.4.2.2",
        "sha512": "2.16.840.1.101.3.4.2.3"}  # fmt: skip


def pss_algorithm(digest: str, mask: str, salt: int, *more: bytes, null: bytes = kit.NULL) -> bytes:
    """RSASSA-PSS with its parameters (RFC 4055, 3.1)."""
    outer, inner = (der.sequence(der.oid(OIDS[name]), null) for name in (digest, mask))
    fields = [
        der.context(0, outer),
        der.context(1, der.sequence(der.oid("1.2.840.113549.1.1.8"), inner)),
        der.context(2, der.integer(salt)),
        *more,
    ]
    return der.sequence(der.oid("1.2.840.113549.1.1.10"), der.sequence(*fields))


def pss(csr: CsrDoor, salt: int, digest: Any = SHA256, algorithm: bytes = b"") -> bytes:
    key = kit.rsa_key()
    octets = kit.info(csr.name(), key)
    signature = key.sign(octets, padding.PSS(padding.MGF1(digest), salt), digest)
    algorithm = algorithm or pss_algorithm(digest.name, digest.name, salt)
    return kit.pem(kit.signed(octets, key, algorithm, signature))


def rsa_signed(csr: CsrDoor, algorithm: bytes, digest: Any = SHA256, change: Any = None) -> bytes:
    key = kit.rsa_key()
    octets = kit.info(csr.name(), key)
    signature = kit.sign(octets, key, digest)
    return kit.pem(kit.signed(octets, key, algorithm, change(signature) if change else signature))


@pytest.mark.case("csr-B-01")
@pytest.mark.parametrize("key", [kit.ec_key(), kit.rsa_key()], ids=["ec", "rsa"])
@pytest.mark.parametrize("bit", [0, 100, 400])
def test_a_flipped_bit_is_seen(csr: CsrDoor, key: Any, bit: int) -> None:
    """Anywhere in what was signed."""
    octets = kit.info(csr.name(), key)
    signature = bytearray(kit.sign(octets, key))
    signature[-1 - bit // 8] ^= 1 << bit % 8
    csr.refused(kit.pem(kit.signed(octets, key, signature=bytes(signature))), "csr.signature.invalid")


@pytest.mark.case("csr-B-02")
def test_a_key_must_be_held(csr: CsrDoor) -> None:
    """Another's public key, signed with one's own private one; and a request that was changed after signing."""
    others = kit.info(csr.name(), kit.ec_key("other"))
    csr.refused(kit.pem(kit.signed(others, kit.ec_key())), "csr.signature.invalid")
    signature = kit.sign(kit.info(csr.name(O="Somebody else"), kit.ec_key()), kit.ec_key())
    changed = kit.info(csr.name(), kit.ec_key())
    csr.refused(kit.pem(kit.signed(changed, kit.ec_key(), signature=signature)), "csr.signature.invalid")


@pytest.mark.case("csr-B-03", "csr-B-04")
@pytest.mark.parametrize("digest", ["md5", "sha1", "sha224"])
def test_weak_hashes_are_named(csr: CsrDoor, digest: str, tmp_path: Path) -> None:
    """As openssl makes them: the text speaks of the hash, not of a bad signature."""
    subject = "".join(f"/{name}={value}" for name, value in csr.pairs())
    command = [need("openssl"), "req", "-new", "-newkey", "rsa:2048", "-nodes", f"-{digest}", "-subj", subject,
               "-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "csr")]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    answer = csr.refused((tmp_path / "csr").read_bytes(), "csr.signature.weak_hash")
    assert digest.replace("sha", "SHA-").upper() in answer.text


@pytest.mark.case("csr-B-04")
def test_ecdsa_with_sha_1_is_weak(csr: CsrDoor) -> None:
    """Also where the signature itself is another's."""
    octets = kit.info(csr.name(), kit.ec_key())
    algorithm = der.sequence(der.oid("1.2.840.10045.4.1"))
    csr.refused(kit.pem(kit.signed(octets, kit.ec_key(), algorithm)), "csr.signature.weak_hash")


@pytest.mark.parametrize(
    ("algorithm", "digest", "codes"),
    [
        pytest.param(kit.RSA_SHA512, SHA256, ["csr.signature.invalid"], id="csr-B-05"),
        pytest.param(kit.RSA_SHA256, SHA512, ["csr.signature.invalid"], id="csr-B-05-reverse"),
        pytest.param(der.sequence(der.oid("1.2.840.113549.1.1.126"), kit.NULL), SHA256,
                     ["csr.signature.unknown_algorithm"], id="csr-B-08"),
        pytest.param(der.sequence(der.oid("1.2.840.113549.1.1.11"), der.integer(1)), SHA256,
                     ["csr.signature.unknown_algorithm"], id="csr-B-12"),
        pytest.param(der.sequence(der.oid("1.2.840.113549.1.1.11")), SHA256,
                     ["csr.signature.unknown_algorithm"], id="csr-B-12-none"),
        pytest.param(der.sequence(der.oid("1.2.840.113549.1.1.11"), kit.NULL, kit.NULL), SHA256,
                     ["csr.signature.unknown_algorithm"], id="csr-B-12-two"),
        pytest.param(kit.EC_SHA256, SHA256, ["csr.signature.invalid"], id="algorithm-of-another-key"),
        pytest.param(der.sequence(der.oid("1.3.101.112")), SHA256, ["csr.signature.invalid"], id="ed25519-on-rsa"),
        pytest.param(der.sequence(), SHA256, ["csr.signature.unknown_algorithm"], id="no-algorithm"),
    ],
)  # fmt: skip
def test_the_algorithm_must_be_known_and_fit(csr: CsrDoor, algorithm: bytes, digest: Any, codes: list[str]) -> None:
    """Allow list, parameters, hash and key."""
    csr.refused(rsa_signed(csr, algorithm, digest), *codes)


@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [
        pytest.param(kit.RSA_SHA256, SHA256, id="sha256"),
        pytest.param(kit.RSA_SHA384, SHA384, id="sha384"),
        pytest.param(kit.RSA_SHA512, SHA512, id="csr-B-10"),
    ],
)
def test_good_rsa_signatures_pass(csr: CsrDoor, algorithm: bytes, digest: Any) -> None:
    """PKCS #1 v1.5 with the three hashes."""
    csr.issued(rsa_signed(csr, algorithm, digest))


@pytest.mark.parametrize(
    ("digest", "salt"),
    [
        pytest.param(SHA256, 32, id="csr-B-06"),
        pytest.param(SHA384, 48, id="sha384"),
        pytest.param(SHA512, 64, id="sha512"),
    ],
)
def test_pss_with_its_own_salt_passes(csr: CsrDoor, digest: Any, salt: int) -> None:
    """The salt is as long as the hash."""
    csr.issued(pss(csr, salt, digest))


@pytest.mark.parametrize(
    ("salt", "algorithm", "code"),
    [
        pytest.param(0, b"", "csr.signature.pss_params", id="csr-B-07"),
        pytest.param(20, b"", "csr.signature.pss_params", id="csr-B-07-20"),
        pytest.param(222, b"", "csr.signature.pss_params", id="csr-B-07-longest"),
        pytest.param(32, pss_algorithm("sha256", "sha512", 32), "csr.signature.pss_params", id="other-mask"),
        pytest.param(32, pss_algorithm("sha256", "sha256", 32, der.context(3, der.integer(1))),
                     "csr.signature.pss_params", id="trailer-spelt-out"),
        pytest.param(32, der.sequence(der.oid("1.2.840.113549.1.1.10"), der.sequence()),
                     "csr.signature.weak_hash", id="defaults-are-sha-1"),
        pytest.param(32, pss_algorithm("sha1", "sha1", 20), "csr.signature.weak_hash", id="sha-1"),
        pytest.param(32, der.sequence(der.oid("1.2.840.113549.1.1.10")), "csr.signature.pss_params", id="bare"),
        pytest.param(32, pss_algorithm("sha512", "sha512", 64), "csr.signature.invalid", id="other-hash"),
    ],
)  # fmt: skip
def test_odd_pss_is_refused(csr: CsrDoor, salt: int, algorithm: bytes, code: str) -> None:
    """Parameters by the allow list, octet by octet."""
    csr.refused(pss(csr, salt, algorithm=algorithm), code)


@pytest.mark.case("csr-B-06")
def test_pss_parameters_may_lack_the_null_of_a_hash(csr: CsrDoor) -> None:
    """RFC 4055, 2.1 lets both pass."""
    csr.issued(pss(csr, 32, algorithm=pss_algorithm("sha256", "sha256", 32, null=b"")))


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(der.sequence(der.integer(0), der.integer(0)), id="csr-B-09"),
        pytest.param(der.sequence(der.integer(1), der.integer(0)), id="csr-B-09-s"),
        pytest.param(der.sequence(der.integer(-1), der.integer(1)), id="negative"),
        pytest.param(der.sequence(der.integer(2**256), der.integer(2**256)), id="too-large"),
        pytest.param(b"", id="none"),
        pytest.param(b"\x30\x00", id="empty"),
        pytest.param(b"\0" * 64, id="raw"),
    ],
)
def test_what_is_no_ecdsa_signature_is_refused(csr: CsrDoor, signature: bytes) -> None:
    """Zero, out of range, of another form."""
    octets = kit.info(csr.name(), kit.ec_key())
    csr.refused(kit.pem(kit.signed(octets, kit.ec_key(), signature=signature)), "csr.signature.invalid")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda s: s[:-1], id="csr-B-11"),
        pytest.param(lambda s: s + b"\0", id="csr-B-11-longer"),
        pytest.param(lambda s: b"\0" + s, id="csr-B-11-before"),
        pytest.param(lambda s: b"", id="csr-B-11-none"),
    ],
)
def test_rsa_signatures_have_the_length_of_the_modulus(csr: CsrDoor, change: Any) -> None:
    """Not an octet less or more."""
    csr.refused(rsa_signed(csr, kit.RSA_SHA256, change=change), "csr.signature.invalid")


def test_ecdsa_signatures_are_strict_der_too(csr: CsrDoor) -> None:
    """An octet behind the two numbers, a longer length."""
    octets = kit.info(csr.name(), kit.ec_key())
    good = kit.sign(octets, kit.ec_key())
    for signature in (good + b"\0", b"\x30\x81" + good[1:]):
        csr.refused(kit.pem(kit.signed(octets, kit.ec_key(), signature=signature)), "csr.signature.invalid")


@pytest.mark.case("csr-B-13")
def test_the_same_request_is_answered_once(csr: CsrDoor) -> None:
    """The second is told the kid of the first; for another type it is another request."""
    body = kit.pem(csr.csr())
    kid = csr.post(body).json()["kid"]
    answer = csr.refused(body, "csr.duplicate")
    assert kid in answer.text
    csr.refused(body.replace(b"\n", b"\r\n"), "csr.duplicate")
    replace(csr, type="rtssigning").issued(body, "csr.key.reused")


@pytest.mark.case("csr-B-14")
def test_a_key_belongs_to_one_organisation(csr: CsrDoor, other: tuple[str, str]) -> None:
    """A fresh request on another organisation's key: refused, without its name."""
    foreign = replace(csr, organisation_id=other[0], software_statement_id=other[1])
    assert foreign.post(kit.pem(foreign.csr(subject=foreign.name(O="Other Ltd")))).status_code == 201
    answer = csr.refused(kit.pem(csr.csr()), "csr.key.in_use_elsewhere")
    assert not any(text in answer.text for text in (other[0], other[1], "Other Ltd"))


@pytest.mark.case("csr-B-15")
def test_a_compromised_key_is_never_certified_again(csr: CsrDoor, server_csr: CsrDoor, other: tuple[str, str]) -> None:
    """Of any organisation, of any type."""
    answer = csr.post(kit.pem(csr.csr()))
    revoked = csr.ask("PUT", f"{csr.path}/{answer.json()['kid']}", json={"RevokeReason": "keycompromise"})
    assert revoked.status_code == 200
    csr.refused(kit.pem(csr.csr()), "csr.key.compromised")
    signing = replace(csr, type="rtssigning")
    signing.refused(kit.pem(signing.csr()), "csr.key.compromised")
    key = kit.pem(kit.spki(kit.ec_key()), "PUBLIC KEY")
    replace(csr, type="sigkey").refused(key, "csr.key.compromised")
    foreign = replace(csr, organisation_id=other[0], software_statement_id=other[1])
    body = kit.pem(foreign.csr(subject=foreign.name(O="Other Ltd")))
    foreign.refused(body, "csr.key.compromised", "csr.key.in_use_elsewhere")


@pytest.mark.case("csr-B-16")
def test_an_own_key_may_be_certified_again_and_is_told(csr: CsrDoor) -> None:
    """Rotation on one key, a new kid; the warning is in the header."""
    first = csr.post(kit.pem(csr.csr())).json()["kid"]
    signing = replace(csr, type="rtssigning")
    answer = signing.post(kit.pem(signing.csr()))
    assert answer.status_code == 201
    assert answer.json()["kid"] != first
    assert "csr.key.reused" in answer.headers["x-mock-warnings"]


class TestStrict:
    @pytest.fixture
    def options(self) -> dict[str, Any]:
        return {"ra_mode": "strict"}

    @pytest.mark.case("csr-B-16")
    def test_an_own_key_is_refused(self, csr: CsrDoor) -> None:
        """`ra_mode=strict`."""
        csr.issued(kit.pem(csr.csr()))
        csr.refused(kit.pem(csr.csr()), "csr.key.reused")


@pytest.mark.parametrize("curve", [ec.SECP256R1])
def test_ecdsa_with_a_longer_hash_passes(csr: CsrDoor, curve: Any) -> None:
    """Hash and curve need not be of one size."""
    key = kit.ec_key("long", curve)
    octets = kit.info(csr.name(), key)
    for number, digest in ((3, SHA384), (4, SHA512)):
        algorithm = der.sequence(der.oid(f"1.2.840.10045.4.3.{number}"))
        body = kit.pem(kit.signed(octets, key, algorithm, kit.sign(octets, key, digest)))
        assert csr.post(body).status_code == 201


def test_ecdsa_has_no_parameters(csr: CsrDoor) -> None:
    """RFC 5758, 3.2: absent, not NULL."""
    octets = kit.info(csr.name(), kit.ec_key())
    algorithm = der.sequence(der.oid("1.2.840.10045.4.3.2"), kit.NULL)
    csr.refused(kit.pem(kit.signed(octets, kit.ec_key(), algorithm)), "csr.signature.unknown_algorithm")


def test_the_bits_of_a_signature_are_whole_octets(csr: CsrDoor) -> None:
    """A BIT STRING with unused bits is no signature."""
    octets = kit.info(csr.name(), kit.ec_key())
    signature = kit.sign(octets, kit.ec_key())
    body = der.sequence(octets, kit.EC_SHA256, der.bit_string(signature + b"\0", 1))
    csr.refused(kit.pem(body), "csr.signature.invalid")
