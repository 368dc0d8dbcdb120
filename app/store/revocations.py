"""What the CRLs of the issuers are made from, and the newest CRL of each."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select, update

from app.errors import Conflict
from app.store.records import Crl, Revocation
from app.store.schema import certificate, counter, crl
from app.store.statements import Statement, Transaction, inserting

SEQUENCE = "revocation"
_BUMP = Statement(update(counter).where(counter.c.name == bindparam("key")).values(value=counter.c.value + 1))
_START = inserting(counter)
_VALUE = Statement(select(counter.c.value).where(counter.c.name == bindparam("key")))

_NEWEST_SEQUENCE = Statement(
    select(func.coalesce(func.max(certificate.c.revocation), 0)).where(
        certificate.c.issuer_id == bindparam("issuer"), certificate.c.revocation.is_not(None)
    )
)
_SINCE = Statement(
    select(
        certificate.c.serial,
        certificate.c.revoked_at,
        certificate.c.revoke_reason,
        certificate.c.not_after,
        certificate.c.revocation,
    )
    .where(certificate.c.issuer_id == bindparam("issuer"), certificate.c.revocation > bindparam("sequence"))
    .order_by(certificate.c.revocation)
)
_NEWEST_CRL = Statement(select(crl).where(crl.c.issuer_id == bindparam("issuer")))
_ADD_CRL = inserting(crl)
_REPLACE_CRL = Statement(
    update(crl).where(crl.c.issuer_id == bindparam("issuer"), crl.c.number < bindparam("higher")),
    ["number", "der", "this_update", "next_update", "sequence"],
)


def next_sequence(transaction: Transaction) -> int:
    """One counter for the whole store: it rises with every revocation and every change of a reason."""
    if not transaction.change(_BUMP, key=SEQUENCE):
        transaction.change(_START, name=SEQUENCE, value=1)
    row = transaction.row(_VALUE, key=SEQUENCE)
    assert row is not None
    return int(row[0])


class Revocations:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def sequence(self, issuer_id: str) -> int:
        """The newest revocation of an issuer; 0 where there is none."""
        row = self._transaction.row(_NEWEST_SEQUENCE, issuer=issuer_id)
        return int(row[0]) if row else 0

    def since(self, issuer_id: str, sequence: int) -> list[Revocation]:
        """What came after that sequence, oldest first; a serial comes again when its reason has changed."""
        rows = self._transaction.rows(_SINCE, issuer=issuer_id, sequence=sequence)
        return [Revocation(*row) for row in rows]

    def newest_crl(self, issuer_id: str) -> Crl | None:
        row = self._transaction.row(_NEWEST_CRL, issuer=issuer_id)
        return None if row is None else Crl(*row)

    def save_crl(self, record: Crl) -> None:
        """Keep the newest CRL in place of the one before. Raises Conflict unless its number is higher than any before.

        Numbers never fall, even when the clock is moved back (status-cases.md R6).
        """
        values = {
            "number": record.number,
            "der": record.der,
            "this_update": record.this_update,
            "next_update": record.next_update,
            "sequence": record.sequence,
        }
        if self._transaction.change(_REPLACE_CRL, issuer=record.issuer_id, higher=record.number, **values):
            return
        if newest := self.newest_crl(record.issuer_id):
            raise Conflict(f"CRL number {record.number} does not follow {newest.number}")
        self._transaction.change(_ADD_CRL, issuer_id=record.issuer_id, **values)
