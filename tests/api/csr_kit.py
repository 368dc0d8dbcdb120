"""Certificate requests made by hand, octet by octet, so that they can be as odd as a test wants them.

The defaults make a good request on one P-256 key; every part can be replaced by another one or by raw DER.
"""

from __future__ import annotations

import base64
import functools
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from app.errors import Finding
from app.pki import der
from app.pki.attributes import ATTRIBUTES
from app.pki.extension_request import EXTENSION_REQUEST

KEYS = Path(__file__).resolve().parent.parent / "keys"
NULL = der.tlv(der.NULL, b"")
NUMERIC_STRING, BMP_STRING = 18, 30

SAN, KEY_USAGE, BASIC_CONSTRAINTS, EKU = "2.5.29.17", "2.5.29.15", "2.5.29.19", "2.5.29.37"
SKI, AKI, AIA, CDP, POLICIES = "2.5.29.14", "2.5.29.35", "1.3.6.1.5.5.7.1.1", "2.5.29.31", "2.5.29.32"
MICROSOFT_EXTENSIONS = "1.3.6.1.4.1.311.2.1.14"
CHALLENGE_PASSWORD, UNSTRUCTURED_NAME = "1.2.840.113549.1.9.7", "1.2.840.113549.1.9.2"

RSA_SHA256 = der.sequence(der.oid("1.2.840.113549.1.1.11"), NULL)
RSA_SHA384 = der.sequence(der.oid("1.2.840.113549.1.1.12"), NULL)
RSA_SHA512 = der.sequence(der.oid("1.2.840.113549.1.1.13"), NULL)
RSA_SHA1 = der.sequence(der.oid("1.2.840.113549.1.1.5"), NULL)
RSA_MD5 = der.sequence(der.oid("1.2.840.113549.1.1.4"), NULL)
EC_SHA256 = der.sequence(der.oid("1.2.840.10045.4.3.2"))

CODE = re.compile(r"\[([a-z0-9_.]+)\]$")


@functools.cache
def ec_key(name: str = "default", curve: type[ec.EllipticCurve] = ec.SECP256R1) -> ec.EllipticCurvePrivateKey:
    """One key for each name, made once a run."""
    return ec.generate_private_key(curve())


@functools.cache
def rsa_key(name: str = "2048-a") -> rsa.RSAPrivateKey:
    """A ready key of tests/keys, such as `2048-a`, `1024`, `2048-e3`."""
    key = load_pem_private_key((KEYS / f"rsa-{name}.pem").read_bytes(), None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


@functools.cache
def odd_numbers(name: str) -> tuple[int, int]:
    """Modulus and private exponent of tests/keys/odd_rsa.toml."""
    table = tomllib.loads((KEYS / "odd_rsa.toml").read_text())[name]
    return int(table["n"], 16), int(table["d"], 16)


# names


def attribute_value(name: str, value: str | bytes, tag: int = 0) -> bytes:
    """AttributeTypeAndValue; the tag defaults to the usual string type."""
    tag = tag or (der.PRINTABLE_STRING if name in ("C", "serialNumber", "jurisdictionCountryName") else der.UTF8_STRING)
    octets = value if isinstance(value, bytes) else value.encode()
    return der.sequence(der.oid(ATTRIBUTES.get(name, name)), der.tlv(tag, octets))


def name(*pairs: tuple[Any, ...]) -> bytes:
    """A Name of one attribute in each RDN: `("CN", "x")`, `("CN", b"x", tag)`."""
    return rdns(*([pair] for pair in pairs))


def rdns(*groups: Iterable[tuple[Any, ...]]) -> bytes:
    return der.sequence(*(der.set_of([attribute_value(*pair) for pair in group]) for group in groups))


# extensions and attributes


def extension(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    return der.extension(oid, value, critical=critical)


def attribute(oid: str, *values: bytes) -> bytes:
    return der.sequence(der.oid(oid), der.set_of(values))


def extension_request(*extensions: bytes, oid: str = EXTENSION_REQUEST) -> bytes:
    return attribute(oid, der.sequence(*extensions))


def general_name(number: int, value: bytes, *, constructed: bool = False) -> bytes:
    return der.context(number, value, constructed=constructed)


def dns(host: str | bytes) -> bytes:
    return general_name(2, host if isinstance(host, bytes) else host.encode())


def uri(address: str | bytes) -> bytes:
    return general_name(6, address if isinstance(address, bytes) else address.encode())


def ip(octets: bytes) -> bytes:
    return general_name(7, octets)


def email(address: str) -> bytes:
    return general_name(1, address.encode())


def other_name(oid: str, value: bytes) -> bytes:
    return general_name(0, der.oid(oid) + der.context(0, value), constructed=True)


def san(*names: bytes, critical: bool = False) -> bytes:
    return extension(SAN, der.sequence(*names), critical=critical)


def key_usage(octet: int, unused: int, *, critical: bool = True) -> bytes:
    return extension(KEY_USAGE, der.bit_string(bytes((octet,)), unused), critical=critical)


def eku(*oids: str, critical: bool = False) -> bytes:
    return extension(EKU, der.sequence(*map(der.oid, oids)), critical=critical)


# keys


def spki(key: Any) -> bytes:
    """SubjectPublicKeyInfo of a private key; DER passes."""
    if isinstance(key, bytes):
        return key
    octets: bytes = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return octets


def rsa_spki(n: int, e: int = 65537, parameters: bytes = NULL) -> bytes:
    numbers = der.sequence(der.integer(n), der.integer(e))
    return der.sequence(der.sequence(der.oid("1.2.840.113549.1.1.1"), parameters), der.bit_string(numbers))


def ec_spki(point: bytes, curve: str = "1.2.840.10045.3.1.7") -> bytes:
    algorithm = der.sequence(der.oid("1.2.840.10045.2.1"), der.oid(curve))
    return der.sequence(algorithm, der.bit_string(point))


def raw_rsa_signature(info: bytes, n: int, d: int, digest: hashes.HashAlgorithm | None = None) -> bytes:
    """PKCS #1 v1.5 by arithmetic, for numbers that no library would sign with."""
    digest = digest or hashes.SHA256()
    hasher = hashes.Hash(digest)
    hasher.update(info)
    oids = {"sha256": "2.16.840.1.101.3.4.2.1", "sha512": "2.16.840.1.101.3.4.2.3"}
    wrapped = der.sequence(der.sequence(der.oid(oids[digest.name]), NULL), der.octet_string(hasher.finalize()))
    size = (n.bit_length() + 7) // 8
    padded = b"\x00\x01" + b"\xff" * (size - len(wrapped) - 3) + b"\x00" + wrapped
    return pow(int.from_bytes(padded), d, n).to_bytes(size)


# requests


def info(subject: bytes, key: Any, *parts: bytes, version: bytes = b"\x00", attributes: bytes | None = None) -> bytes:
    """CertificationRequestInfo; `attributes` replaces the whole [0] field, b"" leaves it out."""
    field = der.context(0, b"".join(sorted(parts))) if attributes is None else attributes
    return der.sequence(der.tlv(der.INTEGER, version), subject, spki(key), field)


def signed(octets: bytes, key: Any, algorithm: bytes = b"", signature: bytes | None = None) -> bytes:
    """CertificationRequest over the info `octets`."""
    if signature is None:
        signature = sign(octets, key)
    return der.sequence(octets, algorithm or algorithm_of(key), der.bit_string(signature))


def algorithm_of(key: Any) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return RSA_SHA256
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return der.sequence(der.oid("1.3.101.112"))
    if isinstance(key, ed448.Ed448PrivateKey):
        return der.sequence(der.oid("1.3.101.113"))
    if isinstance(key, dsa.DSAPrivateKey):
        return der.sequence(der.oid("2.16.840.1.101.3.4.3.2"))
    return EC_SHA256


def sign(octets: bytes, key: Any, digest: hashes.HashAlgorithm | None = None) -> bytes:
    digest = digest or hashes.SHA256()
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(octets, padding.PKCS1v15(), digest)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(octets, ec.ECDSA(digest))
    if isinstance(key, dsa.DSAPrivateKey):
        return key.sign(octets, digest)
    made: bytes = key.sign(octets)
    return made


def csr(subject: bytes, *extensions: bytes, key: Any = None, attributes: Iterable[bytes] = ()) -> bytes:
    """A CertificationRequest, DER, rightly signed: extensions in one request, further attributes beside it."""
    key = key or ec_key()
    parts = [*attributes] + ([extension_request(*extensions)] if extensions else [])
    return signed(info(subject, key, *parts), key)


def pem(octets: bytes, label: str = "CERTIFICATE REQUEST") -> bytes:
    text = base64.encodebytes(octets)
    return f"-----BEGIN {label}-----\n".encode() + text + f"-----END {label}-----\n".encode()


def der_of(text: bytes) -> bytes:
    """The octets of the one block of a PEM text."""
    return base64.b64decode(b"".join(line for line in text.splitlines() if not line.startswith(b"-----")))


# answers


def codes_of(answer: Any) -> list[str]:
    """The finding codes at the end of each text of a refusal, in their order."""
    found = [CODE.search(text) for text in answer.json().get("errors", [])]
    return [code[1] for code in found if code]


def codes(findings: Iterable[Finding]) -> list[str]:
    return [finding.code for finding in findings]
