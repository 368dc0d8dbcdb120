"""Certificates that are wrong on purpose, of all owners."""

from __future__ import annotations

from sqlalchemy import func, select

from app.store.certificates import NEWEST, QUERY
from app.store.records import Certificate
from app.store.schema import certificate
from app.store.statements import Statement, Transaction

_IS_DEFECTIVE = certificate.c.defect.is_not(None)
_ALL = Statement(QUERY.where(_IS_DEFECTIVE).order_by(*NEWEST))
_COUNTS = Statement(
    select(certificate.c.defect, func.count())
    .where(_IS_DEFECTIVE)
    .group_by(certificate.c.defect)
    .order_by(certificate.c.defect)
)


class DefectiveCertificates:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def all(self) -> tuple[Certificate, ...]:
        """Newest first."""
        return tuple(Certificate(*row) for row in self._transaction.rows(_ALL))

    def counts(self) -> dict[str, int]:
        """How many there are of each defect, or of those that go together."""
        return {str(row[0]): int(row[1]) for row in self._transaction.rows(_COUNTS)}
