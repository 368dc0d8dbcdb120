"""oauth-cases.md A: which algorithms count, whose key, and what a signature is."""

import base64
import hashlib
import hmac
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.api.oauth.kit import (
    ORDER,
    SHA256,
    Machine,
    b64,
    compact,
    es256,
    part,
    ps256,
    public_pem,
    refused,
    rs256,
    rsa_key,
)


@pytest.fixture
def elliptic(sandbox, door, machine):
    """An application with a key on P-256."""
    return Machine(sandbox, door, organisation=machine.organisation, key=ec.generate_private_key(ec.SECP256R1()))


def test_good_ones_are_taken(machine, elliptic):
    """PS256 by an RSA key and ES256 by one on P-256, by certificate."""
    assert machine.token().status_code == 200
    assert elliptic.token().status_code == 200


def test_a_bare_key_signs_too(machine):
    """A `sigkey` of the application is as good as a certificate."""
    bare = machine.issue("sigkey", rsa_key("rsa-3072"))
    assert (
        machine.token(machine.assertion(header=machine.header(kid=bare.kid), key=rsa_key("rsa-3072"))).status_code
        == 200
    )


def hs256(key, data):
    return hmac.digest(public_pem(key), data, hashlib.sha256)


@pytest.mark.parametrize(
    ("algorithm", "sign"),
    [
        pytest.param("none", lambda *_: b"", id="oauth-A-01"),
        pytest.param("nOnE", lambda *_: b"", id="oauth-A-02"),
        pytest.param("NONE", ps256, id="oauth-A-02-signed"),
        pytest.param("HS256", hs256, id="oauth-A-03"),
        pytest.param("RS256", rs256, id="oauth-A-04"),
        pytest.param("ES256K", ps256, id="oauth-A-08-es256k"),
        pytest.param("PS384", ps256, id="oauth-A-14-ps384"),
        pytest.param("ES256", ps256, id="oauth-A-14"),
        pytest.param("ps256", ps256, id="letter-case"),
        pytest.param("EdDSA", ps256, id="eddsa"),
        pytest.param("", ps256, id="empty"),
        pytest.param(["PS256"], ps256, id="list"),
        pytest.param(256, ps256, id="number"),
    ],
)
def test_other_algorithms_are_refused(machine, algorithm, sign):
    """By the list and by the registered key, whatever the header says."""
    told = refused(machine.token(machine.assertion(header=machine.header(alg=algorithm), sign=sign)), "assertion.alg")
    assert "PS256" in told


@pytest.mark.case("oauth-A-14")
def test_the_client_decides_before_the_kid(machine, elliptic):
    """A client with RSA keys alone cannot use ES256, by whatever kid."""
    header = machine.header(alg="ES256", kid=elliptic.kid)
    refused(machine.token(machine.assertion(header=header, key=elliptic.key, sign=es256)), "assertion.alg")


def test_no_algorithm_at_all(machine):
    """`alg` must be there (RFC 7515, 4.1.1)."""
    refused(machine.token(machine.assertion(header={"kid": machine.kid})), "assertion.alg")


def salted(octets):
    return lambda key, data: ps256(key, data, octets)


def spoilt(sign, change):
    return lambda key, data: change(sign(key, data))


@pytest.mark.parametrize(
    "sign",
    [
        pytest.param(rs256, id="oauth-A-05"),
        pytest.param(salted(0), id="oauth-A-06"),
        pytest.param(salted(20), id="oauth-A-06-20"),
        pytest.param(salted(222), id="oauth-A-06-longest"),
        pytest.param(spoilt(ps256, lambda s: s[:-1] + bytes([s[-1] ^ 1])), id="one-bit"),
        pytest.param(spoilt(ps256, lambda s: b"\0" + s), id="longer"),
        pytest.param(spoilt(ps256, lambda s: s[1:]), id="shorter"),
        pytest.param(lambda *_: b"\0" * 256, id="zeros"),
        pytest.param(lambda *_: b"\xff" * 256, id="above-the-modulus"),
        pytest.param(lambda *_: b"\1", id="one-octet"),
        pytest.param(lambda key, data: ps256(key, data + b"x"), id="other-text"),
        pytest.param(lambda _, data: ps256(rsa_key("rsa-2048-c"), data), id="oauth-A-09"),
    ],
)
def test_a_wrong_rsa_signature(machine, sign):
    """Of the right length or not: it is one and the same refusal."""
    refused(machine.token(machine.assertion(sign=sign)), "assertion.signature")


def half(number):
    return number.to_bytes(32)


def malleable(key, data):
    """r and n - s, which no standard forbids: another text, and the same jti."""
    signature = es256(key, data)
    return signature[:32] + half(ORDER - int.from_bytes(signature[32:]))


@pytest.mark.parametrize(
    "sign",
    [
        pytest.param(lambda *_: bytes(64), id="oauth-A-07-zeros"),
        pytest.param(lambda *_: half(1) + half(0), id="oauth-A-07-s-zero"),
        pytest.param(lambda *_: half(ORDER) + half(1), id="oauth-A-07-r-n"),
        pytest.param(lambda *_: half(1) + half(ORDER), id="oauth-A-07-s-n"),
        pytest.param(lambda *_: half(1) + half(1), id="oauth-A-07-ones"),
        pytest.param(lambda *_: half(ORDER - 1) + half(ORDER - 1), id="oauth-A-07-n-minus-one"),
        pytest.param(lambda *_: b"\xff" * 64, id="oauth-A-07-largest"),
        pytest.param(lambda key, data: es256(key, data) + b"\0", id="oauth-A-07-65"),
        pytest.param(lambda key, data: b"\0" + es256(key, data), id="oauth-A-07-65-first"),
        pytest.param(lambda key, data: es256(key, data)[:-1], id="oauth-A-07-63"),
        pytest.param(lambda key, data: key.sign(data, ec.ECDSA(SHA256)), id="oauth-A-07-der"),
        pytest.param(lambda key, data: es256(key, data)[32:] + es256(key, data)[:32], id="halves-swapped"),
        pytest.param(lambda _, data: es256(ec.generate_private_key(ec.SECP256R1()), data), id="oauth-A-09-ec"),
    ],
)
def test_a_wrong_elliptic_signature(elliptic, sign):
    """Raw r and s within their range, 64 octets, and of this key (RFC 7518, 3.4)."""
    refused(elliptic.token(elliptic.assertion(sign=sign)), "assertion.signature")


def test_the_other_half_of_a_signature_is_no_other_assertion(elliptic):
    """n - s fits too; the jti is used all the same."""
    claims = elliptic.claims()
    assert elliptic.token(compact(elliptic.header(), claims, elliptic.key, malleable)).status_code == 200
    refused(elliptic.token(compact(elliptic.header(), claims, elliptic.key)), "assertion.replay")


@pytest.mark.case("oauth-A-08")
def test_es256_by_a_key_on_p384(sandbox, door, machine):
    """The curve must fit the name: P-384 has no algorithm here, and P-256 none but ES256."""
    wide = ec.generate_private_key(ec.SECP384R1())
    _replace_key(sandbox, machine, wide)

    def sign(key, data):
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(SHA256)))
        return r.to_bytes(48) + s.to_bytes(48)

    header = machine.header(alg="ES256")
    refused(machine.token(machine.assertion(header=header, key=wide, sign=sign)), "assertion.alg")
    refused(machine.token(machine.assertion(header=machine.header(alg="ES384"), key=wide, sign=sign)), "assertion.alg")


def test_a_short_rsa_key_has_no_algorithm(sandbox, machine):
    """However it came into the directory (oauth-cases.md R2: the size must fit)."""
    _replace_key(sandbox, machine, rsa_key("rsa-1024"))
    refused(machine.token(machine.assertion(key=rsa_key("rsa-1024"))), "assertion.alg")


def _replace_key(sandbox, machine, key):
    """A row that no request could make: the same kid on a key that no profile certifies."""
    from dataclasses import replace

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from app.pki.keys import public_jwk

    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    row = replace(
        machine.certificate,
        certificate_id="odd",
        kid="odd",
        jwk=public_jwk(spki),
        spki_sha256=hashlib.sha256(spki).digest(),
        der=None,
        sha256=None,
        serial=None,
        issuer_id=None,
        csr_sha256=None,
    )
    with sandbox.store.write() as uow:
        uow.certificates.add(row)
    machine.kid = "odd"


class TestWhoseKey:
    @pytest.mark.case("oauth-A-09")
    def test_another_client_under_our_kid(self, machine, sibling):
        """The key comes from the client, so the other's does not fit."""
        refused(machine.token(machine.assertion(key=sibling.key)), "assertion.signature")

    @pytest.mark.case("oauth-A-10")
    def test_the_key_of_another_application_of_the_organisation(self, machine, sibling):
        """By client first, by kid second; the refusal tells the kids that there are."""
        header = machine.header(kid=sibling.kid)
        told = refused(machine.token(machine.assertion(header=header, key=sibling.key)), "assertion.kid.unknown")
        assert machine.kid in told
        assert sibling.kid in told

    def test_the_organisations_own_signing_key(self, machine):
        """It stands in the application's key set, and is not the client's key."""
        own = machine.issue("rtssigning_rs", rsa_key("rsa-2048-c"), of_organisation=True)
        header = machine.header(kid=own.kid)
        refused(machine.token(machine.assertion(header=header, key=rsa_key("rsa-2048-c"))), "assertion.kid.unknown")

    @pytest.mark.case("oauth-A-11")
    def test_a_revoked_key(self, machine, clock):
        """At once; after the rotation the new kid works."""
        _revoke(machine)
        clock.advance(timedelta(seconds=1))
        told = refused(machine.token(), "assertion.key.inactive")
        assert "revoked" in told
        assert "superseded" in told
        machine.key = rsa_key("rsa-2048-b")
        machine.kid = machine.issue("rtssigning", machine.key).kid
        assert machine.token().status_code == 200

    @pytest.mark.case("oauth-A-12")
    def test_an_expired_key_is_in_the_inactive_set(self, machine, clock):
        """By the sandbox's clock."""
        clock.set(machine.certificate.not_after)
        assert machine.token().status_code == 200
        clock.advance(timedelta(seconds=1))
        assert "expired" in refused(machine.token(), "assertion.key.inactive")

    @pytest.mark.case("oauth-A-12")
    def test_a_revoked_bare_key(self, machine):
        """Keys without certificate die as others do."""
        bare = machine.issue("sigkey", rsa_key("rsa-2048-b"))
        header = machine.header(kid=bare.kid)
        assert machine.token(machine.assertion(header=header, key=rsa_key("rsa-2048-b"))).status_code == 200
        _revoke(machine, bare)
        refused(machine.token(machine.assertion(header=header, key=rsa_key("rsa-2048-b"))), "assertion.key.inactive")

    @pytest.mark.parametrize("kind", ["rtstransport", "rtsencryption", "enckey"])
    @pytest.mark.case("oauth-A-13")
    def test_a_key_of_another_use(self, machine, kind):
        """Transport and encryption keys sign no assertion."""
        other = machine.issue(kind, rsa_key("rsa-2048-b"))
        header = machine.header(kid=other.kid)
        refused(machine.token(machine.assertion(header=header, key=rsa_key("rsa-2048-b"))), "assertion.key.use")


def _revoke(machine, certificate=None):
    certificate = certificate or machine.certificate
    with machine.sandbox.store.write() as uow:
        uow.certificates.revoke(certificate.certificate_id, machine.sandbox.clock.now(), "superseded")


class TestSpelling:
    @pytest.mark.parametrize(
        "change",
        [
            pytest.param(lambda s: s + "=", id="oauth-A-15-padding"),
            pytest.param(lambda s: s[:8] + " " + s[8:], id="oauth-A-15-blank"),
            pytest.param(lambda s: s[:8] + "\n" + s[8:], id="oauth-A-15-newline"),
            pytest.param(lambda s: s + "\n", id="oauth-A-15-last-newline"),
            pytest.param(lambda s: s[:8] + "+" + s[9:], id="oauth-A-15-plus"),
            pytest.param(lambda s: s[:8] + "/" + s[9:], id="oauth-A-15-slash"),
            pytest.param(lambda s: s[:-1] + "é", id="oauth-A-15-letter"),
            pytest.param(lambda s: s + "A" * ((5 - len(s)) % 4), id="oauth-A-15-length"),
        ],
    )
    def test_a_signature_in_another_alphabet(self, machine, change):
        """Base64url without padding and nothing else (RFC 7515, 2)."""
        first, _, signature = machine.assertion().rpartition(".")
        refused(machine.token(f"{first}.{change(signature)}"), "assertion.malformed")

    @pytest.mark.case("oauth-A-16")
    def test_unused_bits_are_zero(self, machine):
        """Another spelling of the same signature would be another text for the same assertion."""
        text = machine.assertion()
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        spelt = text[:-1] + letters[letters.index(text[-1]) + 1]
        padded = spelt.rpartition(".")[2] + "=="
        assert base64.urlsafe_b64decode(padded) == base64.urlsafe_b64decode(text.rpartition(".")[2] + "==")
        refused(machine.token(spelt), "assertion.malformed")
        assert machine.token(text).status_code == 200

    @pytest.mark.parametrize("index", [0, 1], ids=["header", "payload"])
    @pytest.mark.case("oauth-A-16")
    def test_unused_bits_of_the_other_parts(self, machine, index):
        """The same of header and payload, although the signature covers them."""
        parts = machine.assertion(jti="x" * 11).split(".")
        values = [machine.header(), machine.claims(jti="y")]
        text = part(values[index])
        while len(text) % 4 == 0:
            values[index]["pad"] = values[index].get("pad", "") + "x"
            text = part(values[index])
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        parts[index] = text[:-1] + letters[letters.index(text[-1]) + 1]
        signing_input = ".".join(parts[:2])
        parts[2] = b64(ps256(machine.key, signing_input.encode()))
        refused(machine.token(".".join(parts)), "assertion.malformed")


class TestLeniency:
    @pytest.fixture
    def options(self):
        return {"lenient_assertions": True}

    @pytest.mark.case("oauth-A-04")
    def test_rs256_by_its_switch(self, machine):
        """`lenient_assertions` takes RS256, and nothing else that was refused."""
        assert machine.token(machine.assertion(header=machine.header(alg="RS256"), sign=rs256)).status_code == 200
        for algorithm, sign in (("none", lambda *_: b""), ("HS256", hs256)):
            refused(machine.token(machine.assertion(header=machine.header(alg=algorithm), sign=sign)), "assertion.alg")
        refused(machine.token(machine.assertion(header=machine.header(alg="RS256"), sign=ps256)), "assertion.signature")

    @pytest.mark.case("oauth-B-02")
    def test_no_kid_where_one_key_fits(self, machine):
        """One key: meant. Two: which of them is not said."""
        header = machine.header(kid=None)
        assert machine.token(machine.assertion(header=header)).status_code == 200
        machine.issue("rtssigning", rsa_key("rsa-2048-b"))
        refused(machine.token(machine.assertion(header=header)), "assertion.kid.missing")

    def test_no_kid_and_keys_of_two_kinds(self, machine):
        """A key on P-256 does not fit PS256, so it is no second one."""
        machine.issue("rtssigning", ec.generate_private_key(ec.SECP256R1()))
        assert machine.token(machine.assertion(header=machine.header(kid=None))).status_code == 200
