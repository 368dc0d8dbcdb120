"""Certificate files as the commands read and write them."""

from __future__ import annotations

import base64
import hashlib
import ssl
from pathlib import Path

from app.cli.refusal import Refusal

BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


def first_certificate(path: Path) -> bytes:
    """DER of the first certificate of a PEM file. Raises Refusal."""
    text = path.read_text("latin-1")
    start, end = text.find(BEGIN), text.find(END)
    if start < 0 or end < start:
        raise Refusal(f"{path} holds no certificate in PEM", code="pem")
    try:
        return ssl.PEM_cert_to_DER_cert(text[start : end + len(END)])
    except ValueError as fault:
        raise Refusal(f"{path} holds no readable certificate: {fault}", code="pem") from fault


def thumbprint(path: Path) -> str:
    """`x5t#S256`, which is also the kid of the certificate (connect.md 5.4)."""
    return base64.urlsafe_b64encode(hashlib.sha256(first_certificate(path)).digest()).rstrip(b"=").decode()


def serial_of(path: Path) -> str:
    """Serial number in hex."""
    from cryptography import x509

    return f"{x509.load_der_x509_certificate(first_certificate(path)).serial_number:x}"


def pem_of(x5c: str) -> str:
    """A member of `x5c` as PEM."""
    return ssl.DER_cert_to_PEM_cert(base64.b64decode(x5c))


def crl_pem(der: bytes) -> bytes:
    """A CRL in PEM."""
    text = base64.b64encode(der).decode()
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN X509 CRL-----", *lines, "-----END X509 CRL-----", ""]).encode()
