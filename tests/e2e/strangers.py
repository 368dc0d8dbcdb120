"""CAs that are none of the directory's, and certificates from them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

SINCE = datetime(2024, 1, 1)  # naive, as cryptography reads it: UTC


def named(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def foreign_leaf(folder: Path, name: str, issuer: x509.Name) -> x509.Certificate:
    """A leaf of a CA that calls itself `issuer`; files `<name>.chain.pem` (leaf and CA) and `<name>.key`."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = _made(issuer, issuer, ca_key.public_key()).add_extension(x509.BasicConstraints(True, None), True)
    leaf = _made(named("stranger"), issuer, key.public_key()).sign(ca_key, hashes.SHA256())
    chain = (leaf, ca.sign(ca_key, hashes.SHA256()))
    (folder / f"{name}.chain.pem").write_bytes(b"".join(c.public_bytes(Encoding.PEM) for c in chain))
    (folder / f"{name}.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return leaf


def _made(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key,
        serial_number=x509.random_serial_number(),
        not_valid_before=SINCE,
        not_valid_after=SINCE + timedelta(days=7300),
    )
