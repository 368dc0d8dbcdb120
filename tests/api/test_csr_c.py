"""Public keys (csr-cases.md, group C), through the door; rightly signed wherever that is possible."""

from __future__ import annotations

import functools
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, x25519

from app.pki import der
from tests.api import csr_kit as kit
from tests.api.csr_door import CsrDoor

N = kit.rsa_key().public_key().public_numbers().n
P256 = "1.2.840.10045.3.1.7"


def forged(csr: CsrDoor, spki: bytes, algorithm: bytes = kit.RSA_SHA256) -> bytes:
    """A request on a key that nobody can sign with: the signature is 256 octets of nothing."""
    return kit.pem(kit.signed(kit.info(csr.name(), spki), None, algorithm, b"\1" * 256))


def raw_signed(csr: CsrDoor, name: str) -> bytes:
    """Rightly signed with the numbers of tests/keys/odd_rsa.toml."""
    n, d = kit.odd_numbers(name)
    octets = kit.info(csr.name(), kit.rsa_spki(n))
    return kit.pem(kit.signed(octets, None, kit.RSA_SHA256, kit.raw_rsa_signature(octets, n, d)))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        pytest.param("1024", "csr.key.rsa.too_small", id="csr-C-02"),
        pytest.param("2047", "csr.key.rsa.bits", id="csr-C-03"),
        pytest.param("2049", "csr.key.rsa.bits", id="csr-C-04"),
        pytest.param("8192", "csr.key.rsa.too_large", id="csr-C-07"),
        pytest.param("2048-e3", "csr.key.rsa.exponent", id="csr-C-10"),
    ],
)
def test_rsa_sizes_and_exponents(csr: CsrDoor, name: str, code: str) -> None:
    """Rightly signed; the size alone decides, and the size tells too small from odd."""
    csr.refused(kit.pem(csr.csr(key=kit.rsa_key(name))), code)


@pytest.mark.parametrize("name", ["2048-a", "3072", "4096"])
@pytest.mark.case("csr-C-05", "csr-C-06")
def test_good_rsa_keys_pass(csr: CsrDoor, name: str) -> None:
    """2048, 3072 and 4096 bits."""
    csr.issued(kit.pem(csr.csr(key=kit.rsa_key(name))))


@pytest.mark.parametrize(
    ("spki", "codes"),
    [
        pytest.param(kit.rsa_spki(2**511 + 1), ["csr.key.rsa.too_small"], id="csr-C-01"),
        pytest.param(kit.rsa_spki(2**16383 + 1), ["csr.key.rsa.too_large"], id="csr-C-08"),
        pytest.param(kit.rsa_spki(N, 1), ["csr.key.rsa.exponent"], id="csr-C-09"),
        pytest.param(kit.rsa_spki(N, 65536), ["csr.key.rsa.exponent"], id="csr-C-11"),
        pytest.param(kit.rsa_spki(N, 65539), ["csr.key.rsa.exponent"], id="csr-C-11-odd"),
        pytest.param(kit.rsa_spki(N, N - 2), ["csr.key.rsa.exponent"], id="csr-C-12"),
        pytest.param(kit.rsa_spki(0), ["csr.key.malformed"], id="csr-C-14"),
        pytest.param(kit.rsa_spki(-N), ["csr.key.malformed"], id="csr-C-14-negative"),
        pytest.param(kit.rsa_spki(N, 0), ["csr.key.malformed"], id="exponent-zero"),
        pytest.param(kit.rsa_spki(N, -3), ["csr.key.malformed"], id="exponent-negative"),
        pytest.param(kit.rsa_spki(N, parameters=b""), ["csr.key.malformed"], id="csr-C-29"),
        pytest.param(kit.rsa_spki(N, parameters=der.integer(1)), ["csr.key.malformed"], id="csr-C-29-other"),
    ],
)
def test_odd_rsa_numbers(csr: CsrDoor, spki: bytes, codes: list[str]) -> None:
    """Judged by the octets of the key, before any library sees them; what the forged signature is worth comes after."""
    found = kit.codes_of(csr.post(forged(csr, spki)))
    assert [code for code in found if code not in _BESIDE] == codes


_BESIDE = {"csr.signature.invalid", "csr.key.rsa.small_factor"}
"""Numbers made up for their size have small factors, and nobody can sign with them."""


@pytest.mark.case("csr-C-08")
@pytest.mark.parametrize("bits", [16_384, 65_536])
def test_a_huge_modulus_is_refused_before_any_arithmetic(csr: CsrDoor, bits: int) -> None:
    """At once."""
    before = time.process_time()
    answer = csr.refused(forged(csr, kit.rsa_spki(2 ** (bits - 1) + 1)), "csr.key.rsa.too_large")
    assert f"{bits} bits" in answer.text
    assert time.process_time() - before < 1


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        pytest.param("even", ["csr.key.rsa.small_factor"], id="csr-C-13-even"),
        pytest.param("by_3", ["csr.key.rsa.small_factor"], id="csr-C-13-3"),
        pytest.param("by_101", ["csr.key.rsa.small_factor"], id="csr-C-13-101"),
        pytest.param("close", ["csr.key.rsa.fermat"], id="csr-C-15"),
        pytest.param("prime", ["csr.key.rsa.prime_modulus"], id="prime"),
        pytest.param("prime_4096", ["csr.key.rsa.prime_modulus"], id="prime-4096"),
        pytest.param("roca", ["csr.key.rsa.roca"], id="csr-C-16"),
        pytest.param("rfc7515", ["csr.key.known_compromised"], id="csr-C-17"),
    ],
)
def test_bad_moduli_are_seen(csr: CsrDoor, name: str, codes: list[str]) -> None:
    """Rightly signed, within a second."""
    before = time.process_time()
    csr.refused(raw_signed(csr, name), *codes)
    assert time.process_time() - before < 1


@pytest.mark.case("csr-C-17")
def test_a_key_of_the_debian_generator_is_known(csr: CsrDoor) -> None:
    """By its fingerprint; nobody here can sign with it."""
    body = forged(csr, kit.rsa_spki(kit.odd_numbers("debian")[0]))
    assert "csr.key.known_compromised" in kit.codes_of(csr.post(body))


PROFILES = """
name = "curves"
title = "Curves"
country = "GB"

[[profile]]
like = "generic:rtstransport"
type = "ec"
label = "EC alone"
meaning = "EC keys of all three curves, and Edwards keys"
key = { rsa = [], ec = ["P-256", "P-384", "P-521"], okp = ["Ed25519", "Ed448"] }

[[profile]]
like = "generic:rtstransport"
type = "rsa"
label = "RSA alone"
meaning = "RSA keys of one size"
key = { rsa = [2048] }
"""


class TestKindsByProfile:
    @pytest.fixture
    def options(self, tmp_path: Path) -> dict[str, Any]:
        file = tmp_path / "curves.toml"
        file.write_text(PROFILES)
        return {"ecosystems": ("generic",), "profile_files": (file,)}

    @pytest.mark.parametrize(
        ("type_", "key", "codes"),
        [
            pytest.param("rsa", kit.ec_key(), ["csr.key.type"], id="csr-C-18"),
            pytest.param("ec", kit.ec_key(), [], id="csr-C-18-allowed"),
            pytest.param("ec", kit.rsa_key(), ["csr.key.type"], id="rsa-where-ec-is-wanted"),
            pytest.param("rsa", kit.rsa_key("3072"), ["csr.key.rsa.bits"], id="csr-C-06-2048-alone"),
            pytest.param("ec", kit.ec_key("384", ec.SECP384R1), [], id="csr-C-21-384"),
            pytest.param("ec", kit.ec_key("521", ec.SECP521R1), [], id="csr-C-21-521"),
            pytest.param("rtstransport", kit.ec_key("384", ec.SECP384R1), ["csr.key.ec.curve"], id="csr-C-21"),
            pytest.param("ec", ed25519.Ed25519PrivateKey.generate(), [], id="csr-C-25-allowed"),
            pytest.param("ec", ed448.Ed448PrivateKey.generate(), [], id="csr-C-25-448-allowed"),
            pytest.param("rtstransport", ed25519.Ed25519PrivateKey.generate(), ["csr.key.type"], id="csr-C-25"),
            pytest.param("rtstransport", ed448.Ed448PrivateKey.generate(), ["csr.key.type"], id="csr-C-25-448"),
        ],
    )
    def test_the_profile_says_which_kinds_pass(self, csr: CsrDoor, type_: str, key: Any, codes: list[str]) -> None:
        """Each rightly signed."""
        door = replace(csr, type=type_)
        body = kit.pem(door.csr(key=key))
        if codes:
            door.refused(body, *codes)
        else:
            door.issued(body)


@pytest.mark.parametrize(
    ("curve", "name"),
    [
        pytest.param(ec.SECP192R1, "P-192", id="csr-C-19-192"),
        pytest.param(ec.SECP224R1, "P-224", id="csr-C-19-224"),
        pytest.param(ec.SECP256K1, "secp256k1", id="csr-C-19-k1"),
        pytest.param(ec.BrainpoolP256R1, "brainpoolP256r1", id="csr-C-20"),
    ],
)
def test_other_curves_are_named(csr: CsrDoor, curve: Any, name: str) -> None:
    """Rightly signed; a check of the size alone would let the last pass."""
    answer = csr.refused(kit.pem(csr.csr(key=kit.ec_key(name, curve))), "csr.key.ec.curve")
    assert name in answer.text


@functools.cache
def point() -> bytes:
    numbers = kit.ec_key().public_key().public_numbers()
    return b"\x04" + numbers.x.to_bytes(32) + numbers.y.to_bytes(32)


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(point()[:-1] + bytes((point()[-1] ^ 1,)), id="csr-C-22"),
        pytest.param(b"\x00", id="csr-C-23"),
        pytest.param(b"\x06" + point()[1:], id="csr-C-24"),
        pytest.param(b"\x07" + point()[1:], id="csr-C-24-odd"),
        pytest.param(bytes((2 + (point()[-1] & 1),)) + point()[1:33], id="compressed"),
        pytest.param(point()[:-1], id="short"),
        pytest.param(point() + b"\0", id="long"),
        pytest.param(b"", id="empty"),
        pytest.param(b"\x04" + b"\xff" * 64, id="out-of-field"),
        pytest.param(b"\x04" + b"\0" * 64, id="origin"),
    ],
)
def test_points_must_lie_on_the_curve_and_be_uncompressed(csr: CsrDoor, octets: bytes) -> None:
    """RFC 5480, 2.2."""
    csr.refused(forged(csr, kit.ec_spki(octets), kit.EC_SHA256), "csr.key.malformed")


def test_explicit_parameters_are_refused(csr: CsrDoor) -> None:
    """A curve by name alone (CVE-2020-0601 was about the other form)."""
    parameters = der.sequence(der.integer(1), der.sequence(der.oid("1.2.840.10045.1.1"), der.integer(2**255 - 19)))
    algorithm = der.sequence(der.oid("1.2.840.10045.2.1"), parameters)
    csr.refused(forged(csr, der.sequence(algorithm, der.bit_string(point())), kit.EC_SHA256), "csr.key.ec.explicit")


@pytest.mark.parametrize(
    ("spki", "name"),
    [
        pytest.param(kit.spki(x25519.X25519PrivateKey.generate()), "X25519", id="csr-C-26"),
        pytest.param(der.sequence(der.sequence(der.oid("1.2.3.4")), der.bit_string(b"x")), "1.2.3.4", id="csr-C-28"),
        pytest.param(
            der.sequence(der.sequence(der.oid("1.2.840.113549.1.1.10")), der.bit_string(b"x")), "PSS", id="rsa-pss-key"
        ),
    ],
)
def test_other_kinds_of_key_are_named(csr: CsrDoor, spki: bytes, name: str) -> None:
    """Whatever the signature beside it is called."""
    answer = csr.post(forged(csr, spki))
    assert answer.status_code == 400
    assert kit.codes_of(answer)[0] == "csr.key.type"
    assert name in answer.text


@pytest.mark.case("csr-C-27")
def test_dsa_is_refused(csr: CsrDoor) -> None:
    """The key is told, and the algorithm of its signature."""
    key = _dsa_key()
    answer = csr.post(kit.pem(csr.csr(key=key)))
    assert answer.status_code == 400
    assert kit.codes_of(answer) == ["csr.key.type", "csr.signature.unknown_algorithm"]


@functools.cache
def _dsa_key() -> dsa.DSAPrivateKey:
    """On the parameters of 1024 bits of Java, so that none have to be searched for."""
    p = int(
        "fd7f53811d75122952df4a9c2eece4e7f611b7523cef4400c31e3f80b6512669455d402251fb593d8d58fabfc5f5ba30f6cb9b556cd7813b"
        "801d346ff26660b76b9950a5a49f9fe8047b1022c24fbba9d7feb7c61bf83b57e7c6a8a6150f04fb83f6d3c51ec3023554135a169132f675"
        "f3ae2b61d72aeff22203199dd14801c7", 16)  # fmt: skip
    q = int("9760508f15230bccb292b982a2eb840bf0581cf5", 16)
    g = int(
        "f7e1a085d69b3ddecbbcab5c36b857b97994afbbfa3aea82f9574c0b3d0782675159578ebad4594fe67107108180b449167123e84c281613"
        "b7cf09328cc8a6e13c167a8b547c8d28e0a3ae1e2bb3a675916ea37f0bfa213562f1fb627a01243bcca4f1bea8519089a883dfe15ae59f06"
        "928b665e807b552564014c3bfecf492a", 16)  # fmt: skip
    return dsa.DSAParameterNumbers(p, q, g).parameters().generate_private_key()


@pytest.mark.parametrize(
    "spki",
    [
        pytest.param(der.sequence(), id="empty"),
        pytest.param(der.sequence(der.sequence(), der.bit_string(b"")), id="no-algorithm"),
        pytest.param(der.sequence(der.sequence(der.oid(P256)), der.octet_string(b"")), id="no-bits"),
        pytest.param(
            der.sequence(der.sequence(der.oid("1.2.840.113549.1.1.1"), kit.NULL), der.bit_string(b"\x05\x00")),
            id="null",
        ),
        pytest.param(
            der.sequence(der.sequence(der.oid("1.2.840.113549.1.1.1"), kit.NULL), der.bit_string(b"")), id="no-numbers"
        ),
    ],
)
def test_what_is_no_key_is_malformed(csr: CsrDoor, spki: bytes) -> None:
    """Inner structures are looked at too."""
    csr.refused(forged(csr, spki), "csr.key.malformed")


def test_octets_behind_the_numbers_of_a_key_are_seen(csr: CsrDoor) -> None:
    """R2: nothing is left over, in key structures too."""
    numbers = der.sequence(der.integer(N), der.integer(65537)) + b"\0"
    algorithm = der.sequence(der.oid("1.2.840.113549.1.1.1"), kit.NULL)
    csr.refused(forged(csr, der.sequence(algorithm, der.bit_string(numbers))), "csr.key.malformed")
