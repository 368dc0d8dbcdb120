"""Signatures of JWS by the keys of the directory: PS256, ES256, and RS256 where that is let pass (RFC 7518, 3.3-3.5).

The key decides which algorithm may be used with it, never the header (oauth-cases.md R1; RFC 8725, 3.1). Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from app.oauth.jws import Jws, decode

PS256, ES256, RS256 = "PS256", "ES256", "RS256"
FAPI = (PS256, ES256)
"""FAPI 2.0 Security Profile, 5.4."""
SMALLEST_RSA = 2048
_SHA256 = hashes.SHA256()
_PSS = padding.PSS(padding.MGF1(_SHA256), 32)
_PKCS1 = padding.PKCS1v15()
_ECDSA = ec.ECDSA(_SHA256)
_HALF = 32
"""Octets of r and of s on P-256."""
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def algorithms_of(jwk: Mapping[str, str]) -> tuple[str, ...]:
    """The algorithms that a public key may be used with here; none for a kind or a size that does not fit."""
    if jwk.get("kty") == "RSA":
        big_enough = len(decode(jwk["n"], "n")) * 8 >= SMALLEST_RSA
        return (PS256, RS256) if big_enough else ()
    return (ES256,) if jwk.get("kty") == "EC" and jwk.get("crv") == "P-256" else ()


def is_signed(jws: Jws, jwk: Mapping[str, str], algorithm: str) -> bool:
    """Whether the signature is that of this key; `algorithm` must be one of `algorithms_of` it."""
    try:
        if algorithm == ES256:
            return _is_es256(jws, _ec_key(jwk["x"], jwk["y"]))
        key = _rsa_key(jwk["n"], jwk["e"])
        key.verify(jws.signature, jws.signing_input, _PSS if algorithm == PS256 else _PKCS1, _SHA256)
    except InvalidSignature:
        return False
    return True


def _is_es256(jws: Jws, key: ec.EllipticCurvePublicKey) -> bool:
    """r and s one after the other, 32 octets each (RFC 7518, 3.4). Raises InvalidSignature."""
    r, s = int.from_bytes(jws.signature[:_HALF]), int.from_bytes(jws.signature[_HALF:])
    if len(jws.signature) != 2 * _HALF or not (0 < r < _ORDER and 0 < s < _ORDER):
        return False
    key.verify(encode_dss_signature(r, s), jws.signing_input, _ECDSA)
    return True


@lru_cache(maxsize=2048)
def _rsa_key(n: str, e: str) -> rsa.RSAPublicKey:
    numbers = rsa.RSAPublicNumbers(int.from_bytes(decode(e, "e")), int.from_bytes(decode(n, "n")))
    return numbers.public_key()


@lru_cache(maxsize=2048)
def _ec_key(x: str, y: str) -> ec.EllipticCurvePublicKey:
    numbers = ec.EllipticCurvePublicNumbers(
        int.from_bytes(decode(x, "x")), int.from_bytes(decode(y, "y")), ec.SECP256R1()
    )
    return numbers.public_key()
