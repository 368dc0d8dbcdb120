"""The elliptic curves that a profile may allow, and the check that a point lies on one (SEC 1, 2.3.4 and 3.2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Curve:
    """A named curve y^2 = x^3 - 3x + b over the integers modulo p (FIPS 186-4, D.1.2); all three have a = -3."""

    name: str
    oid: str
    size: int
    p: int
    b: int

    def holds(self, x: int, y: int) -> bool:
        """Whether (x, y) is on the curve; with cofactor 1 that makes it a valid public key."""
        return x < self.p and y < self.p and (y * y - x * x * x + 3 * x - self.b) % self.p == 0


P256 = Curve(
    "P-256",
    "1.2.840.10045.3.1.7",
    32,
    2**256 - 2**224 + 2**192 + 2**96 - 1,
    0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
)
P384 = Curve(
    "P-384",
    "1.3.132.0.34",
    48,
    2**384 - 2**128 - 2**96 + 2**32 - 1,
    int(
        "B3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF",
        16,
    ),
)
P521 = Curve(
    "P-521",
    "1.3.132.0.35",
    66,
    2**521 - 1,
    int(
        "51953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109E156193951EC7E937B1652C0BD3BB1BF07"
        "3573DF883D2C34F1EF451FD46B503F00",
        16,
    ),
)

CURVES: Mapping[str, Curve] = {curve.oid: curve for curve in (P256, P384, P521)}

_SPELLINGS = {
    "p-256": "P-256", "p256": "P-256", "secp256r1": "P-256", "prime256v1": "P-256",
    "p-384": "P-384", "p384": "P-384", "secp384r1": "P-384",
    "p-521": "P-521", "p521": "P-521", "secp521r1": "P-521",
}  # fmt: skip

OTHER_CURVES: Mapping[str, str] = {
    "1.2.840.10045.3.1.1": "P-192",
    "1.3.132.0.33": "P-224",
    "1.3.132.0.10": "secp256k1",
    "1.3.36.3.3.2.8.1.1.7": "brainpoolP256r1",
    "1.3.36.3.3.2.8.1.1.11": "brainpoolP384r1",
    "1.3.36.3.3.2.8.1.1.13": "brainpoolP512r1",
}
"""Curves that are recognised only to be named in a refusal."""


def canonical(name: str) -> str:
    """The one spelling of a curve that a profile may name in several ways."""
    return _SPELLINGS.get(name.lower(), name)
