"""Where the counters of a store stand: "as it was then" is exact by them, also while the clock stands still."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from app.store.schema import certificate
from app.store.statements import Statement, Transaction

_MARK = Statement(
    select(func.coalesce(func.max(certificate.c.number), 0), func.coalesce(func.max(certificate.c.revocation), 0))
)
_OF_OWNER = Statement(
    select(certificate.c.certificate_id, certificate.c.number, certificate.c.revocation).where(
        certificate.c.organisation_id == bindparam("owner")
    )
)


@dataclass(frozen=True, slots=True)
class Mark:
    """The newest certificate and the newest revocation of a moment, by their numbers."""

    certificate: int = 0
    revocation: int = 0


class Marks:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def now(self) -> Mark:
        row = self._transaction.row(_MARK)
        return Mark(int(row[0]), int(row[1])) if row else Mark()

    def of_owner(self, organisation_id: str) -> dict[str, Mark]:
        """By certificate id: its own numbers; revocation 0 where it was never revoked."""
        rows = self._transaction.rows(_OF_OWNER, owner=organisation_id)
        return {str(row[0]): Mark(int(row[1]), int(row[2] or 0)) for row in rows}
