"""Is this public key one that the profile certifies? (csr-cases.md R4) And its form as a JWK (RFC 7517, RFC 7638)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping

from app.errors import Finding
from app.pki.curves import CURVES, canonical
from app.pki.profiles import KeyRule
from app.pki.spki import PublicKey, read_public_key

_ADVICE = "Make a new key of an allowed kind, and a new CSR with it"
_ALWAYS_REFUSED_BELOW, _ALWAYS_REFUSED_ABOVE = 2048, 4096


def judge_key(key: PublicKey, rule: KeyRule) -> Iterator[Finding]:
    """Every finding about a key: those that hold for all profiles, and those of this profile's rule."""
    allowed = {
        "RSA": bool(rule.rsa),
        "EC": bool(rule.ec),
        "OKP": key.name.lower() in {name.lower() for name in rule.okp},
    }
    named = key.family != "other" or not key.findings
    if named and not allowed.get(key.family, False):
        yield Finding("csr.key.type", "This kind of key is not certified here", "/key", _kinds(rule), key.name, _ADVICE)
    if key.family == "RSA" and key.first:
        yield from _bits(key.first.bit_length(), rule.rsa or (2048, 3072, 4096))
    if key.family == "EC" and key.name != "explicit parameters":
        yield from _curve(key, rule)
    yield from key.findings


def _bits(bits: int, allowed: tuple[int, ...]) -> Iterator[Finding]:
    if bits in allowed:
        return
    part, detail = "bits", "The RSA key has a size that is not certified here"
    if _octets(bits) < _octets(min(_ALWAYS_REFUSED_BELOW, *allowed)):
        part, detail = "too_small", "The RSA key is too small"
    elif _octets(bits) > _octets(max(_ALWAYS_REFUSED_ABOVE, *allowed)):
        part, detail = "too_large", "The RSA key is too large"
    sizes = " or ".join(map(str, allowed))
    fix = f"openssl genrsa -out new.key {allowed[0]}"
    yield Finding(f"csr.key.rsa.{part}", detail, "/key", f"{sizes} bits", f"{bits} bits", fix)


def _octets(bits: int) -> int:
    """2047 bits fill as many octets as 2048: such a size is odd, not small (csr-cases.md C-02, C-03)."""
    return (bits + 7) // 8


def _curve(key: PublicKey, rule: KeyRule) -> Iterator[Finding]:
    """A curve that no profile may name is told as such even where the profile wants no EC key at all."""
    allowed = [canonical(name) for name in rule.ec]
    if key.name in (allowed or _NAMED) or (key.name == "EC" and key.findings):
        return
    yield Finding(
        "csr.key.ec.curve",
        "The EC key is on a curve that is not certified here",
        "/key",
        expected=" or ".join(allowed) or "no EC key",
        got=key.name,
        fix="Make a new key: openssl ecparam -genkey -name prime256v1" if "P-256" in allowed else _ADVICE,
    )


_NAMED = tuple(curve.name for curve in CURVES.values())


def _kinds(rule: KeyRule) -> str:
    kinds = [f"RSA of {' or '.join(map(str, rule.rsa))} bits"] if rule.rsa else []
    kinds += [f"EC on {' or '.join(map(canonical, rule.ec))}"] if rule.ec else []
    return ", or ".join([*kinds, *rule.okp])


def public_jwk(spki_der: bytes) -> dict[str, str]:
    """The key as a JWK of required members only, in the order of RFC 7638, 3.2. Raises ValueError on a faulty key."""
    key = read_public_key(spki_der)
    if key.family == "RSA" and key.first:
        return {"e": _number(key.second), "kty": "RSA", "n": _number(key.first)}
    if key.curve is not None and key.sound:
        size = key.curve.size
        return {"crv": key.name, "kty": "EC", "x": _number(key.first, size), "y": _number(key.second, size)}
    if key.family == "OKP" and key.octets:
        return {"crv": key.name, "kty": "OKP", "x": _base64url(key.octets)}
    raise ValueError("this public key has no JWK form here")


def jwk_thumbprint(jwk: Mapping[str, str]) -> str:
    """RFC 7638 with SHA-256, Base64url without padding; members that the kind does not require are left out."""
    required = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}[jwk["kty"]]
    canonical_json = json.dumps({name: jwk[name] for name in required}, separators=(",", ":"))
    return _base64url(hashlib.sha256(canonical_json.encode()).digest())


def _number(value: int, size: int = 0) -> str:
    """Base64urlUInt of RFC 7518, 2; of fixed size for coordinates (6.2.1.2)."""
    return _base64url(value.to_bytes(size or max(1, (value.bit_length() + 7) // 8)))


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
