"""TLS contexts of participants: who is trusted, what is shown, which CRLs are asked."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Iterable
from pathlib import Path

from app.client.errors import ClientError
from app.client.records import CertificateRecord

NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL: dates of certificates and CRLs are not looked at."""


def client_context(bundle: bytes, shown: CertificateRecord | None) -> ssl.SSLContext:
    """Trusts the bundle alone; shows the certificate, if one is given."""
    context = ssl.create_default_context(cadata=bundle.decode())
    if shown is not None:
        _show(context, shown)
    return context


def server_context(
    authorities: bytes, crls: Iterable[bytes], shown: CertificateRecord, *, check_dates: bool = True
) -> ssl.SSLContext:
    """Demands a certificate of these CAs; each in the chain is looked up in its CRL where there are any (DER).

    `check_dates=False` is for a clock that was moved: OpenSSL goes by the machine's.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=authorities.decode())
    _show(context, shown)
    if listed := list(crls):
        with tempfile.TemporaryDirectory(prefix="connect-mock-") as folder:
            (file := Path(folder) / "crls.pem").write_text("".join(_crl_pem(each) for each in listed))
            context.load_verify_locations(file)  # `cadata` takes no CRLs
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    if not check_dates:
        context.verify_flags |= NO_CHECK_TIME
    # A resumed session skips the check of the certificate.
    context.num_tickets = 0
    context.options |= ssl.OP_NO_TICKET
    return context


def _show(context: ssl.SSLContext, shown: CertificateRecord) -> None:
    """`ssl` reads chains from files only: they are there for that moment, for their owner alone."""
    if not shown.chain:
        raise ClientError(f"{shown.type} {shown.kid} is a bare key: nothing to show in TLS", "client.certificate")
    with tempfile.TemporaryDirectory(prefix="connect-mock-") as folder:
        (file := Path(folder) / "shown.pem").write_text(shown.key + shown.chain)
        context.load_cert_chain(file)


def _crl_pem(der: bytes) -> str:
    return ssl.DER_cert_to_PEM_cert(der).replace("CERTIFICATE", "X509 CRL")
