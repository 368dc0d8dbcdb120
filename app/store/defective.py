"""Certificates that are wrong on purpose, of all owners."""

from __future__ import annotations

from sqlalchemy import and_, func, select

from app.store.certificates import NEWEST, QUERY
from app.store.records import Certificate
from app.store.schema import certificate
from app.store.statements import Statement, Transaction

CA_TYPE = "issuing-ca"
"""Type of the rows of revoked CAs: they are there for the root's CRL and OCSP, and nobody has ordered them."""
_IS_DEFECTIVE = and_(certificate.c.defect.is_not(None), certificate.c.type != CA_TYPE)
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
