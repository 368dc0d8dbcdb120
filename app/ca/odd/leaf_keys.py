"""Private keys of certificates on demand: made at the moment of asking and given away, never kept."""

from __future__ import annotations

import base64
from typing import Literal

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.ca import keys
from app.ca.keys import KeyPool, PrivateKey
from app.ca.odd.published import PUBLISHED_EC, PUBLISHED_RSA
from app.pki.keys import public_jwk
from app.runtime.entropy import Entropy
from app.settings import KeyKind

OddKind = Literal["weak_rsa_1024", "rsa_e3", "p192", "key_in_blocklist"]


class LeafKey:
    """One key pair; `jwk` has the members of RFC 7638, also for a key that no JOSE library takes."""

    def __init__(self, private: PrivateKey) -> None:
        self.private = private
        self.spki = keys.spki(private)

    @property
    def pem(self) -> str:
        """PKCS #8, in the clear."""
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    @property
    def jwk(self) -> dict[str, str]:
        try:
            return public_jwk(self.spki)
        except ValueError:
            return self._odd_jwk()

    def _odd_jwk(self) -> dict[str, str]:
        """An EC key on a curve that RFC 7518, 6.2.1.1 does not name."""
        assert isinstance(self.private, ec.EllipticCurvePrivateKey)
        numbers, size = self.private.public_key().public_numbers(), (self.private.key_size + 7) // 8
        x, y = (_base64url(number.to_bytes(size)) for number in (numbers.x, numbers.y))
        return {"crv": f"P-{self.private.key_size}", "kty": "EC", "x": x, "y": y}


def sound(kind: KeyKind, entropy: Entropy, pool: KeyPool) -> LeafKey:
    """A new key of this kind."""
    return LeafKey(pool.take(kind, entropy))


def odd(kind: OddKind, *, is_ec_welcome: bool) -> LeafKey:
    """A key that is wrong in one respect. The published one is RSA where EC is not `is_ec_welcome`.

    These are the library's own chance also where entropy is deterministic, as all RSA keys are.
    """
    if kind == "weak_rsa_1024":
        return LeafKey(rsa.generate_private_key(65537, 1024))  # noqa: S505 - weak on purpose
    if kind == "rsa_e3":
        return LeafKey(rsa.generate_private_key(3, 2048))
    if kind == "p192":
        return LeafKey(ec.generate_private_key(ec.SECP192R1()))
    return LeafKey(_published_ec() if is_ec_welcome else _published_rsa())


def _published_ec() -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(PUBLISHED_EC, ec.SECP256R1())


def _published_rsa() -> rsa.RSAPrivateKey:
    modulus, exponent, private = PUBLISHED_RSA
    p, q = rsa.rsa_recover_prime_factors(modulus, exponent, private)
    numbers = rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=private,
        dmp1=rsa.rsa_crt_dmp1(private, p),
        dmq1=rsa.rsa_crt_dmq1(private, q),
        iqmp=rsa.rsa_crt_iqmp(p, q),
        public_numbers=rsa.RSAPublicNumbers(exponent, modulus),
    )
    return numbers.private_key()


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
