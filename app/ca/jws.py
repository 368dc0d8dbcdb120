"""Signed JSON: software statement assertions (connect.md 12) and tokens (17.6), by joserfc."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from app.ca import keys
from app.ca.keys import PrivateKey
from app.pki.keys import jwk_thumbprint, public_jwk


class JwsSigner:
    """One key that signs JWTs: PS256 with RSA, ES256 or ES384 with EC (rulings.md 24).

    Its kid is its thumbprint, unless another one is given on purpose.
    """

    def __init__(self, key: PrivateKey, kid: str | None = None) -> None:
        self.public_jwk = public_jwk(keys.spki(key))
        """The public half, with the members that RFC 7638 asks for and no others."""
        self.kid = kid or jwk_thumbprint(self.public_jwk)
        self.algorithms = _algorithms(key)
        """What the key can sign with; the first is used unless another is asked for."""
        self.public_pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self._key = RSAKey(key, key) if isinstance(key, rsa.RSAPrivateKey) else ECKey(key, key)

    def sign(self, claims: dict[str, Any], *, typ: str = "JWT", algorithm: str | None = None) -> str:
        """A JWT in compact form; the header has `typ`, `alg` and `kid`. Another algorithm than the key's is its own."""
        chosen = algorithm if algorithm in self.algorithms else self.algorithms[0]
        header = {"typ": typ, "alg": chosen, "kid": self.kid}
        return jwt.encode(header, claims, self._key, algorithms=[chosen])


def _algorithms(key: PrivateKey) -> tuple[str, ...]:
    if isinstance(key, rsa.RSAPrivateKey):
        return ("PS256", "RS256")
    return ("ES256",) if key.key_size == 256 else ("ES384",)
