"""What must hold of a directory after whatever happened to it (reliability-cases.md, "Invariants")."""

from __future__ import annotations

import io
import json
import tempfile
from collections import Counter
from pathlib import Path

from cryptography import x509

from app.ra.outside import ocsp_sight
from app.sandbox import Sandbox
from app.store.records import Certificate
from app.wire import stored
from tests.directories import open_directory


def check(sandbox: Sandbox, *, highest_crl: int = 0) -> int:
    """Raise AssertionError for what does not hold; the number of the CRL that is served now.

    `highest_crl` is the highest number that was ever seen.
    """
    document = exported(sandbox)
    rows = json.loads(document)
    _serials_are_unique(rows["certificate"])
    _audit_has_no_gap(sandbox)
    _loads_elsewhere(document)
    number = _status_agrees(sandbox, rows["certificate"])
    assert number >= highest_crl
    return number


def exported(sandbox: Sandbox, *includes: str) -> bytes:
    file = io.BytesIO()
    sandbox.snapshots.write(file, includes)
    return file.getvalue()


def _serials_are_unique(rows: list[dict[str, str]]) -> None:
    """Of one CA, and of those that have no defect."""
    serials = Counter((row["issuer_id"], row["serial"]) for row in rows if "issuer_id" in row and "defect" not in row)
    assert not [serial for serial, count in serials.items() if count > 1]


def _audit_has_no_gap(sandbox: Sandbox) -> None:
    with sandbox.store.read() as uow:
        transaction = uow.vault._transaction
        numbers = [row[0] for row in transaction.connection.execute("SELECT number FROM audit ORDER BY number")]  # type: ignore[attr-defined]
    assert numbers == list(range(1, len(numbers) + 1))


def _loads_elsewhere(document: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        empty = open_directory(Path(folder) / "elsewhere")
        try:
            empty.imports.bring(json.loads(document), stored.wrong)
            assert exported(empty) == document
        finally:
            empty.close()


def _status_agrees(sandbox: Sandbox, rows: list[dict[str, str]]) -> int:
    """CRL, OCSP, key sets and rows tell one story."""
    now, served = sandbox.clock.now(), sandbox.status.crl()
    crl = x509.load_der_x509_crl(served.der)
    on_it = {entry.serial_number for entry in crl}
    issuer = sandbox.issuers.all()[-1]
    with sandbox.store.read() as uow:
        mine = [uow.certificates.find_by_id(row["certificate_id"]) for row in rows]
    for certificate in mine:
        assert certificate is not None
        if certificate.issuer_id != issuer.record.issuer_id or certificate.serial is None:
            continue
        told = _ocsp(sandbox, certificate)
        is_revoked = certificate.revoked_at is not None
        assert told == ("revoked" if is_revoked else "good")
        if not certificate.is_expired(now):
            assert (certificate.serial in on_it) == is_revoked
        assert _is_in_key_set(sandbox, certificate) == certificate.is_active(now)
    return served.number


def _ocsp(sandbox: Sandbox, certificate: Certificate) -> str:
    assert certificate.serial is not None
    issuer = sandbox.issuers.all()[-1]
    return ocsp_sight(sandbox.status, issuer, certificate.serial).status


def _is_in_key_set(sandbox: Sandbox, certificate: Certificate) -> bool:
    owner = certificate.organisation_id, certificate.software_statement_id
    file = certificate.jwks
    keys = json.loads(sandbox.key_sets.key_set(owner, file, active=True))["keys"]
    return certificate.kid in {key["kid"] for key in keys}
