"""A SubjectPublicKeyInfo read from its octets (RFC 5280, 4.1; RFC 3279, 2.3; RFC 5480; RFC 8410), strictly.

The reading is the same for every profile; `keys.py` holds it against one. What a library would or would not load
does not count here: versions differ (csr-cases.md R4).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from app.errors import Finding
from app.pki import der
from app.pki.blocklist import where_published
from app.pki.curves import CURVES, OTHER_CURVES, Curve
from app.pki.rsa_numbers import MAX_BITS, modulus_findings
from app.pki.strict import DerError, dotted, faults, inside, one

Family = Literal["RSA", "EC", "OKP", "other"]

RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
EC_PUBLIC_KEY = "1.2.840.10045.2.1"
OKP = {"1.3.101.112": ("Ed25519", 32), "1.3.101.113": ("Ed448", 57),
       "1.3.101.110": ("X25519", 32), "1.3.101.111": ("X448", 56)}  # fmt: skip
_OTHERS = {
    "1.2.840.113549.1.1.10": "RSASSA-PSS key",
    "1.2.840.113549.1.1.7": "RSAES-OAEP key",
    "1.2.840.10040.4.1": "DSA",
    "1.2.840.10046.2.1": "Diffie-Hellman",
    "1.2.840.113549.1.3.1": "Diffie-Hellman",
}
EXPONENT = 65537
_NULL = der.tlv(der.NULL, b"")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What the octets say. `first` and `second` are n and e, or x and y; `octets` are those of an OKP key.

    `name` is the curve or algorithm in words. `sound` means that the numbers may be given to a library for verifying.
    `findings` hold for every profile.
    """

    family: Family
    name: str
    findings: tuple[Finding, ...] = ()
    first: int = 0
    second: int = 0
    octets: bytes = b""
    sound: bool = False
    curve: Curve | None = None


@lru_cache(maxsize=1024)
def read_public_key(spki_der: bytes) -> PublicKey:
    """Read the key, and judge what no profile decides. Never raises; answers are kept, since rotation repeats keys."""
    try:
        algorithm, bits = inside(spki_der)
        oid, *parameters = inside(algorithm.raw)
        name = dotted(oid.value) if oid.tag == der.OID else ""
    except (DerError, ValueError):
        return _malformed("other", "key", "is not a SubjectPublicKeyInfo")
    if bits.tag != der.BIT_STRING or not name or bits.value[:1] != b"\x00" or len(parameters) > 1:
        return _malformed("other", "key", "is not a SubjectPublicKeyInfo")
    parameter = parameters[0].raw if parameters else b""
    key = _read(name, parameter, bits.value[1:])
    published = where_published(spki_der)
    if published:
        key = _with(key, _known(published))
    return key


def _read(oid: str, parameter: bytes, octets: bytes) -> PublicKey:
    if oid == RSA_ENCRYPTION:
        return _read_rsa(parameter, octets)
    if oid == EC_PUBLIC_KEY:
        return _read_ec(parameter, octets)
    if oid in OKP:
        name, size = OKP[oid]
        if parameter or len(octets) != size:
            return _malformed("OKP", name, f"has parameters, or is not of {size} octets (RFC 8410)")
        return PublicKey("OKP", name, octets=octets, sound=True)
    return PublicKey("other", _OTHERS.get(oid, f"algorithm {oid}"))


def _read_rsa(parameter: bytes, octets: bytes) -> PublicKey:
    """RFC 3279, 2.3.1: parameters NULL; RSAPublicKey holds a positive modulus and exponent."""
    if parameter != _NULL:
        return _malformed("RSA", "RSA", "lacks the NULL parameter that RSA keys have (RFC 3279, 2.3.1)")
    try:
        modulus, exponent = inside(octets)
        n, e = (int.from_bytes(number.value, signed=True) for number in (modulus, exponent))
    except (DerError, ValueError):
        return _malformed("RSA", "RSA", "does not hold a modulus and an exponent")
    if (modulus.tag, exponent.tag) != (der.INTEGER, der.INTEGER) or faults(octets):
        return _malformed("RSA", "RSA", "does not hold its two numbers in DER")
    if n <= 0 or e <= 0:
        return _malformed("RSA", "RSA", "has a modulus or exponent that is zero or negative")
    findings = []
    if e != EXPONENT:
        findings.append(_exponent(e))
    if n.bit_length() <= MAX_BITS:
        findings += modulus_findings(n)
    sound = n & 1 == 1 and _SMALLEST <= n.bit_length() <= MAX_BITS and e & 1 == 1 and 1 < e < _LARGEST_EXPONENT
    return PublicKey("RSA", "RSA", tuple(findings), n, e, sound=sound)


_SMALLEST = 1024
_LARGEST_EXPONENT = 2**33


def _exponent(e: int) -> Finding:
    return Finding(
        "csr.key.rsa.exponent",
        "The RSA key has an unusual public exponent",
        "/key",
        expected=str(EXPONENT),
        got=str(e) if e < _LARGEST_EXPONENT else f"a number of {e.bit_length()} bits",
        fix="Make a new key with the usual exponent, as openssl genrsa does",
    )


def _read_ec(parameter: bytes, octets: bytes) -> PublicKey:
    """RFC 5480, 2.1.1: a named curve, and an uncompressed point that lies on it."""
    try:
        named = one(parameter)
        oid = dotted(named.value) if named.tag == der.OID else ""
    except DerError:
        return _malformed("EC", "EC", "does not name its curve")
    if named.tag == der.SEQUENCE:
        finding = Finding(
            "csr.key.ec.explicit",
            "The EC key spells out the parameters of its curve",
            "/key",
            expected="a curve by name",
            fix="Make the key with -pkeyopt ec_param_enc:named_curve",
        )
        return PublicKey("EC", "explicit parameters", (finding,))
    curve = CURVES.get(oid)
    if curve is None:
        return PublicKey("EC", OTHER_CURVES.get(oid, f"curve {oid}" if oid else "no curve"))
    problem = _point_problem(curve, octets)
    if problem:
        return _malformed("EC", curve.name, problem)
    x, y = int.from_bytes(octets[1 : curve.size + 1]), int.from_bytes(octets[curve.size + 1 :])
    return PublicKey("EC", curve.name, first=x, second=y, sound=True, curve=curve)


def _point_problem(curve: Curve, octets: bytes) -> str:
    """Why the octets are not an uncompressed point of the curve (SEC 1, 2.3.4), or ""."""
    form = octets[:1]
    if form == b"\x00":
        return "is the point at infinity"
    if form in (b"\x06", b"\x07"):
        return "gives its point in hybrid form, which RFC 5480 forbids"
    if form in (b"\x02", b"\x03"):
        return "gives its point in compressed form; it must be uncompressed"
    if form != b"\x04" or len(octets) != 2 * curve.size + 1:
        return f"gives no point of {curve.name}"
    x, y = int.from_bytes(octets[1 : curve.size + 1]), int.from_bytes(octets[curve.size + 1 :])
    return "" if curve.holds(x, y) else f"gives a point that is not on {curve.name}"


def _malformed(family: Family, name: str, problem: str) -> PublicKey:
    finding = Finding(
        "csr.key.malformed",
        f"The public key {problem}",
        "/key",
        fix="Make the key and the CSR with an up-to-date tool, such as openssl req -new",
    )
    return PublicKey(family, name, (finding,))


def _known(source: str) -> Finding:
    return Finding(
        "csr.key.known_compromised",
        f"The private half of this key is public: {source}",
        "/key",
        expected="a key that only its owner knows",
        fix="Make a new key; keys from documents, examples and test suites are known to all",
    )


def _with(key: PublicKey, finding: Finding) -> PublicKey:
    return PublicKey(
        key.family, key.name, (*key.findings, finding), key.first, key.second, key.octets, key.sound, key.curve
    )
