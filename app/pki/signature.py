"""Proof of possession (csr-cases.md R3): the algorithm read from its DER, held against an allow list, then verified."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256, sha384, sha512
from typing import Literal

from cryptography.exceptions import InternalError, InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa, utils

from app.errors import Finding
from app.pki import der
from app.pki.spki import Family, PublicKey
from app.pki.strict import DerError, dotted, inside

HashName = Literal["SHA-256", "SHA-384", "SHA-512"]

_HASHES = {"SHA-256": (hashes.SHA256(), sha256), "SHA-384": (hashes.SHA384(), sha384),
           "SHA-512": (hashes.SHA512(), sha512)}  # fmt: skip
_HASH_OIDS: dict[HashName, str] = {"SHA-256": "2.16.840.1.101.3.4.2.1", "SHA-384": "2.16.840.1.101.3.4.2.2",
                                   "SHA-512": "2.16.840.1.101.3.4.2.3"}  # fmt: skip
_PSS, _MGF1 = "1.2.840.113549.1.1.10", "1.2.840.113549.1.1.8"
_NULL = der.tlv(der.NULL, b"")

_PLAIN: dict[str, tuple[Family, str, bytes]] = {
    "1.2.840.113549.1.1.11": ("RSA", "SHA-256", _NULL),
    "1.2.840.113549.1.1.12": ("RSA", "SHA-384", _NULL),
    "1.2.840.113549.1.1.13": ("RSA", "SHA-512", _NULL),
    "1.2.840.10045.4.3.2": ("EC", "SHA-256", b""),
    "1.2.840.10045.4.3.3": ("EC", "SHA-384", b""),
    "1.2.840.10045.4.3.4": ("EC", "SHA-512", b""),
    "1.3.101.112": ("OKP", "Ed25519", b""),
    "1.3.101.113": ("OKP", "Ed448", b""),
}
"""Algorithms without choices: the kind of key, the hash (or the whole algorithm), the one form of the parameters."""

_WEAK = {
    "1.2.840.113549.1.1.2": "MD2", "1.2.840.113549.1.1.3": "MD4", "1.2.840.113549.1.1.4": "MD5",
    "1.2.840.113549.1.1.5": "SHA-1", "1.3.14.3.2.29": "SHA-1", "1.2.840.113549.1.1.14": "SHA-224",
    "1.2.840.10045.4.1": "SHA-1", "1.2.840.10045.4.3.1": "SHA-224", "1.2.840.10040.4.3": "SHA-1",
    "1.3.14.3.2.26": "SHA-1", "1.2.840.113549.2.5": "MD5", "2.16.840.1.101.3.4.2.4": "SHA-224",
}  # fmt: skip
_KNOWN = {
    "1.2.840.113549.1.1.15": "SHA-512/224 with RSA",
    "1.2.840.113549.1.1.16": "SHA-512/256 with RSA",
    "2.16.840.1.101.3.4.3.2": "DSA with SHA-256",
}


@dataclass(frozen=True, slots=True)
class _Algorithm:
    family: Family
    hash: str
    pss: bool = False


def judge_signature(signed: bytes, algorithm_der: bytes, bits: bytes, key: PublicKey) -> Finding | None:
    """What is wrong with a signature over `signed`; `bits` are the contents of its BIT STRING.

    The hash is judged before anything is verified, so that the text names the true reason. A key with faulty
    numbers is never given to the library: its own finding says enough.
    """
    algorithm = _algorithm(algorithm_der)
    if isinstance(algorithm, Finding):
        return algorithm
    if not key.sound:
        return None
    if algorithm.family != key.family or (key.family == "OKP" and algorithm.hash != key.name):
        return _invalid(f"an algorithm for {algorithm.family} keys, on a key of kind {key.name}")
    if bits[:1] != b"\x00" or not _verifies(signed, bits[1:], algorithm, key):
        return _invalid("")
    return None


@lru_cache(maxsize=64)
def _algorithm(algorithm_der: bytes) -> _Algorithm | Finding:
    """The algorithm if it is on the allow list, else what is wrong with it."""
    try:
        name, *rest = inside(algorithm_der)
        oid = dotted(name.value) if name.tag == der.OID else ""
    except (DerError, ValueError):
        return _unknown("something that is not an AlgorithmIdentifier")
    parameters = b"".join(part.raw for part in rest)
    if oid == _PSS:
        return _pss_algorithm(parameters)
    if oid in _WEAK:
        return _weak(_WEAK[oid])
    if oid not in _PLAIN:
        return _unknown(_KNOWN.get(oid, f"algorithm {oid}"))
    family, hash_name, expected = _PLAIN[oid]
    if parameters != expected:
        return _unknown(f"{hash_name} with parameters that do not belong there")
    return _Algorithm(family, hash_name)


def _pss_algorithm(parameters: bytes) -> _Algorithm | Finding:
    """RFC 4055, 3.1: the same hash in all places, a salt as long as the hash. Anything else is told, not verified."""
    good = _good_pss().get(parameters)
    if good is not None:
        return _Algorithm("RSA", good, pss=True)
    hash_name = _pss_hash(parameters)
    if hash_name in _WEAK.values():
        return _weak(hash_name)
    return Finding(
        "csr.signature.pss_params",
        "The CSR is signed with RSA-PSS and unusual parameters",
        "/signature",
        expected="SHA-256, SHA-384 or SHA-512, MGF1 with the same hash, a salt as long as the hash",
        fix="openssl req -new -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest -sha256",
    )


@cache
def _good_pss() -> dict[bytes, HashName]:
    """The parameters of the allow list, octet by octet; the NULL of a hash may be left out (RFC 4055, 2.1)."""
    good: dict[bytes, HashName] = {}
    for name, oid in _HASH_OIDS.items():
        size = _HASHES[name][0].digest_size
        forms = [der.sequence(der.oid(oid), null) for null in (_NULL, b"")]
        for outer in forms:
            for inner in forms:
                mask = der.sequence(der.oid(_MGF1), inner)
                fields = (der.context(0, outer), der.context(1, mask), der.context(2, der.integer(size)))
                good[der.sequence(*fields)] = name
    return good


def _pss_hash(parameters: bytes) -> str:
    """The name of a weak hash in PSS parameters, as far as they can be read; SHA-1 is what absent means."""
    try:
        fields = inside(parameters)
        if not fields or fields[0].tag != 0xA0:  # [0] hashAlgorithm
            return "SHA-1"
        oid = inside(fields[0].value)[0]
        return _WEAK.get(dotted(oid.value), "")
    except (DerError, ValueError, IndexError):
        return ""


def _verifies(signed: bytes, signature: bytes, algorithm: _Algorithm, key: PublicKey) -> bool:
    try:
        _verify(signed, signature, algorithm, key)
    except (InvalidSignature, ValueError, UnsupportedAlgorithm, InternalError):
        return False
    return True


def _verify(signed: bytes, signature: bytes, algorithm: _Algorithm, key: PublicKey) -> None:
    """Ask the library; it raises unless the signature is good."""
    public = _library_key(key)
    if isinstance(public, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        public.verify(signature, signed)
        return
    library_hash, digest = _HASHES[algorithm.hash]
    prehashed = utils.Prehashed(library_hash)
    octets = digest(signed).digest()
    if isinstance(public, ec.EllipticCurvePublicKey):
        public.verify(signature, octets, ec.ECDSA(prehashed))
        return
    if len(signature) != (key.first.bit_length() + 7) // 8:
        raise InvalidSignature
    scheme: padding.AsymmetricPadding = padding.PKCS1v15()
    if algorithm.pss:
        scheme = padding.PSS(padding.MGF1(library_hash), library_hash.digest_size)
    public.verify(signature, octets, scheme, prehashed)


LibraryKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | ed448.Ed448PublicKey
_CURVES = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}


@lru_cache(maxsize=256)
def _library_key(key: PublicKey) -> LibraryKey:
    """The sound numbers as a key of the library. Raises ValueError or UnsupportedAlgorithm where it refuses them."""
    if key.family == "RSA":
        return rsa.RSAPublicNumbers(key.second, key.first).public_key()
    if key.family == "EC":
        return ec.EllipticCurvePublicNumbers(key.first, key.second, _CURVES[key.name]).public_key()
    if key.name == "Ed25519":
        return ed25519.Ed25519PublicKey.from_public_bytes(key.octets)
    if key.name == "Ed448":
        return ed448.Ed448PublicKey.from_public_bytes(key.octets)
    raise ValueError(f"{key.name} keys cannot sign")


def _invalid(got: str) -> Finding:
    return Finding(
        "csr.signature.invalid",
        "The CSR is not signed by the private half of the key that it carries, or it was changed after signing",
        "/signature",
        expected="a signature that the key in the CSR verifies",
        got=got,
        fix="Make the CSR again with the private key of this public key, and send it unchanged",
    )


def _weak(hash_name: str) -> Finding:
    return Finding(
        "csr.signature.weak_hash",
        "The CSR is signed with a weak hash",
        "/signature",
        expected="SHA-256, SHA-384 or SHA-512",
        got=hash_name,
        fix="Make the CSR again: openssl req -new -sha256",
    )


def _unknown(got: str) -> Finding:
    return Finding(
        "csr.signature.unknown_algorithm",
        "The CSR is signed with an algorithm that is not accepted here",
        "/signature",
        expected="RSA PKCS #1 v1.5, RSA-PSS or ECDSA, with SHA-256, SHA-384 or SHA-512",
        got=got,
        fix="Make the CSR again: openssl req -new -sha256",
    )
