"""How many objects of each kind there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select

from app.store.certificates import IS_ACTIVE, OWNED, SHOWN
from app.store.schema import application, certificate, organisation
from app.store.statements import Statement, Transaction


@dataclass(frozen=True, slots=True)
class Census:
    """`inactive` certificates are all that are not active: revoked, expired, or of a holder that is not active.

    Certificates with a defect count only where they are shown with the others.
    """

    organisations: int
    applications: int
    active: int
    inactive: int
    revoked: int


_ORGANISATIONS = Statement(select(func.count()).select_from(organisation))
_APPLICATIONS = Statement(select(func.count()).select_from(application))
_CERTIFICATES = Statement(
    select(
        func.count(),
        func.coalesce(func.sum(case((IS_ACTIVE, 1), else_=0)), 0),
        func.count(certificate.c.revoked_at),
    )
    .select_from(OWNED)
    .where(SHOWN)
)


def count(transaction: Transaction, now: datetime) -> Census:
    """Whatever its status each object counts; a certificate is active or not at `now`."""
    organisations, applications = transaction.row(_ORGANISATIONS), transaction.row(_APPLICATIONS)
    total, active, revoked = transaction.row(_CERTIFICATES, now=now) or (0, 0, 0)
    return Census(
        organisations=int(organisations[0]) if organisations else 0,
        applications=int(applications[0]) if applications else 0,
        active=int(active),
        inactive=int(total) - int(active),
        revoked=int(revoked),
    )
