"""Amend and revoke (connect.md 5.6, chapter 10; rulings.md 11 and 12)."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from app.access import Caller, require_application, require_organisation_certificates
from app.errors import Forbidden, Invalid, NotFound, Stale
from app.runtime.clock import Clock, whole_second
from app.store.late_changes import revocation_of
from app.store.records import AuditEvent, Certificate, Reason
from app.store.store import Store, UnitOfWork

REASONS: tuple[Reason, ...] = tuple(r for r in get_args(Reason) if r != "certificatehold")
"""What a directory user may give; a hold is the mock's own power."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One certificate by its path. `type` is None where the path has none (organisation level)."""

    organisation_id: str
    software_statement_id: str | None
    type: str | None
    kid: str


@dataclass(frozen=True, slots=True)
class Amendment:
    """A new description, a revocation, or both; None = not asked for."""

    description: str | None = None
    revoke_reason: Reason | None = None


class Revocations:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def amend(
        self,
        caller: Caller,
        reference: Reference,
        amendment: Amendment,
        *,
        revisions: frozenset[str] | None = None,
    ) -> Certificate:
        """Change the description and, with a reason, revoke; for ever, and on every view when this returns.

        `revisions` are those of If-Match; None = whatever it is now. Raises Forbidden, NotFound (`revoke.unknown`),
        Stale, Invalid (`revoke.reason`, `revoke.already`).
        """
        _authorise(caller, reference)
        if amendment.revoke_reason is not None and amendment.revoke_reason not in REASONS:
            raise Invalid(f"RevokeReason must be one of {', '.join(REASONS)}", code="revoke.reason")
        with self._store.write() as uow:
            certificate = self._find(uow, reference)
            if revisions is not None and certificate.revision not in revisions:
                raise Stale("If-Match names another revision of this certificate than the directory has")
            if amendment.description is not None:
                uow.certificates.amend(certificate.certificate_id, amendment.description)
                self._note(uow, caller, certificate, {"Description": amendment.description})
            if amendment.revoke_reason is not None:
                self.revoke(uow, caller, certificate, amendment.revoke_reason)
            return self._find(uow, reference)

    def _find(self, uow: UnitOfWork, reference: Reference) -> Certificate:
        found = uow.certificates.find(
            reference.organisation_id,
            reference.kid,
            software_statement_id=reference.software_statement_id,
            type=reference.type,
        )
        if found is None and any(_thumbprint(ca.certificate) == reference.kid for ca in uow.issuers.all()):
            raise Forbidden("a CA certificate cannot be revoked here", code="revoke.forbidden")
        if found is None:
            raise NotFound(f"no certificate or key {reference.kid[:80]} here", code="revoke.unknown")
        return found

    def revoke(
        self, uow: UnitOfWork, caller: Caller, certificate: Certificate, reason: Reason, incident: str = ""
    ) -> None:
        """Revoke in a transaction of the caller's own, who may; `incident` goes into the audit.

        Raises Invalid, `revoke.already`.
        """
        now = whole_second(self._clock.now())
        sequence = uow.certificates.revoke(certificate.certificate_id, _moment(certificate, reason, now), reason)
        uow.late.note(revocation_of(certificate, now, sequence))
        self._note(uow, caller, certificate, {"RevokeReason": reason} | ({"IncidentId": incident} if incident else {}))

    def _note(self, uow: UnitOfWork, caller: Caller, certificate: Certificate, record: dict[str, Any]) -> None:
        uow.audit.add(
            AuditEvent(
                at=self._clock.now(),
                actor=caller.name,
                action="revoke" if "RevokeReason" in record else "amend",
                object_type="certificate",
                object_id=certificate.certificate_id,
                organisation_id=certificate.organisation_id,
                record={"type": certificate.type, "kid": certificate.kid, **record},
            )
        )


def _authorise(caller: Caller, reference: Reference) -> None:
    if reference.software_statement_id is None:
        require_organisation_certificates(caller, reference.organisation_id)
    else:
        require_application(caller, reference.organisation_id, reference.software_statement_id)


def _thumbprint(certificate: bytes) -> str:
    """The kid that a certificate has here (connect.md 5.4)."""
    return base64.urlsafe_b64encode(hashlib.sha256(certificate).digest()).rstrip(b"=").decode()


def _moment(certificate: Certificate, reason: Reason, now: datetime) -> datetime:
    """When the revocation counts from: now, or, if only the reason changes, when it was first revoked.

    A revoked certificate can change once more, to keycompromise; all else is refused (status-cases.md R5).
    """
    if certificate.revoked_at is not None:
        if reason == "keycompromise" and certificate.revoke_reason != "keycompromise":
            return certificate.revoked_at
        raise Invalid("Certificate is already inactive", code="revoke.already")
    if certificate.is_expired(now):
        raise Invalid("Certificate is already inactive", code="revoke.already")
    return now
