"""What a relying party sees of a certificate: the CRL and the OCSP answer, asked for and read as anybody would."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from app.pki.spki import read_public_key
from app.ra.issuers import Issuers, LoadedIssuer
from app.ra.status import StatusBoard
from app.store.records import Certificate, Crl


@dataclass(frozen=True, slots=True)
class CrlSight:
    """The CRL that a verifier would fetch now; `revoked_at` and `reason` where the certificate is on it."""

    name: str
    number: int
    this_update: datetime
    next_update: datetime
    revoked_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OcspSight:
    """The OCSP answer of now: `good`, `revoked` or `unknown`; "" for an answer that says nothing of the certificate."""

    status: str
    this_update: datetime | None = None
    next_update: datetime | None = None
    revoked_at: datetime | None = None
    reason: str = ""


def issuer_of(issuers: Issuers, certificate: Certificate) -> LoadedIssuer | None:
    """The CA of this directory that signed it; None for a bare key and for a certificate of another CA."""
    if certificate.issuer_id is None:
        return None
    for _attempt in range(2):
        for loaded in issuers.all():
            if loaded.record.issuer_id == certificate.issuer_id:
                return loaded
        issuers.refresh()
    return None


def crl_sight(board: StatusBoard, loaded: LoadedIssuer, serial: int) -> CrlSight:
    """The CRL of its issuer, and whether this serial is on it."""
    crl = board.crl(loaded.crl_name)
    entry = x509.load_der_x509_crl(crl.der).get_revoked_certificate_by_serial_number(serial)
    if entry is None:
        return CrlSight(loaded.crl_name, crl.number, crl.this_update, crl.next_update)
    return CrlSight(
        loaded.crl_name, crl.number, crl.this_update, crl.next_update, entry.revocation_date_utc, _reason(entry)
    )


def ocsp_sight(board: StatusBoard, loaded: LoadedIssuer, serial: int) -> OcspSight:
    """What the responder says of this serial."""
    answer = ocsp.load_der_ocsp_response(board.ocsp(question(loaded, serial)).body)
    if answer.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
        return OcspSight("")
    reason = answer.revocation_reason
    return OcspSight(
        answer.certificate_status.name.lower(),
        answer.this_update_utc,
        answer.next_update_utc,
        answer.revocation_time_utc,
        reason.value if reason else "",
    )


def entries_of(crl: Crl) -> int:
    """How many certificates are on a CRL."""
    return len(x509.load_der_x509_crl(crl.der))


def key_name(loaded: LoadedIssuer) -> str:
    """The kind of key that a CA has, such as `RSA 4096` or `P-256`."""
    key = read_public_key(loaded.signer.spki)
    return f"{key.name} {key.first.bit_length()}" if key.family == "RSA" else key.name


def question(loaded: LoadedIssuer, serial: int) -> bytes:
    """An OCSPRequest about a serial of this CA, DER. CertID by SHA-1, as it is usually made (RFC 6960, 4.1.1)."""
    name = hashes.Hash(hashes.SHA1())  # noqa: S303
    name.update(loaded.signer.name)
    key_hash = x509.SubjectKeyIdentifier.from_public_key(loaded.signer.certificate.public_key()).digest
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        name.finalize(),
        key_hash,
        serial,
        hashes.SHA1(),  # noqa: S303
    )
    return builder.build().public_bytes(Encoding.DER)


def _reason(entry: x509.RevokedCertificate) -> str:
    """An entry without the extension is `unspecified` (RFC 5280, 5.3.1)."""
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value
    except x509.ExtensionNotFound:
        return x509.ReasonFlags.unspecified.value
