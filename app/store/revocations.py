"""What the CRLs of the issuers are made from, and the newest CRL of each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, delete, false, func, select, update

from app.errors import Conflict
from app.store.columns import Moment, Number
from app.store.records import PLANNED, Crl, Revocation
from app.store.schema import certificate, counter, crl
from app.store.statements import Statement, Transaction, inserting

SEQUENCE = "revocation"
NUMBER, NUMBER_END = "crl/", "crl0"
"""Counters `crl/<issuer>` keep the highest CRL number of an issuer whose list was put aside; `0` follows `/`."""
_BUMP = Statement(update(counter).where(counter.c.name == bindparam("key")).values(value=counter.c.value + 1))
_START = inserting(counter)
_VALUE = Statement(select(counter.c.value).where(counter.c.name == bindparam("key")))

_NEWEST_SEQUENCE = Statement(
    select(func.coalesce(func.max(certificate.c.revocation), 0)).where(
        certificate.c.issuer_id == bindparam("issuer"), certificate.c.revocation.is_not(None)
    )
)
_SEQUENCE_UP_TO = Statement(
    select(func.coalesce(func.max(certificate.c.revocation), 0)).where(
        certificate.c.issuer_id == bindparam("issuer"), certificate.c.revocation <= bindparam("highest", type_=Number)
    )
)
IS_PLANNED = func.coalesce(certificate.c.defect.contains(PLANNED), false())
"""`records.Certificate.is_planned`."""
_SINCE = Statement(
    select(
        certificate.c.serial,
        certificate.c.revoked_at,
        certificate.c.revoke_reason,
        certificate.c.not_after,
        certificate.c.revocation,
        IS_PLANNED,
    )
    .where(certificate.c.issuer_id == bindparam("issuer"), certificate.c.revocation > bindparam("sequence"))
    .order_by(certificate.c.revocation)
)
_NEXT_PLANNED = Statement(
    select(func.min(certificate.c.revoked_at, type_=Moment)).where(
        certificate.c.issuer_id == bindparam("issuer"),
        certificate.c.defect.is_not(None),
        IS_PLANNED,
        certificate.c.revoked_at > bindparam("after", type_=Moment),
    )
)
_HIGHEST_SEQUENCE = Statement(select(func.coalesce(func.max(certificate.c.revocation), 0)))
_NUMBERS = Statement(select(crl.c.issuer_id, crl.c.number).order_by(crl.c.issuer_id))
_FORMER = Statement(
    select(counter.c.name, counter.c.value)
    .where(counter.c.name >= NUMBER, counter.c.name < NUMBER_END)
    .order_by(counter.c.name)
)
_NUMBER_OF = Statement(select(crl.c.number).where(crl.c.issuer_id == bindparam("issuer")))
_SET = Statement(update(counter).where(counter.c.name == bindparam("key")), ["value"])
_DROP_CRLS = Statement(delete(crl))
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

    def sequence(self, issuer_id: str, up_to: int | None = None) -> int:
        """The newest revocation of an issuer, of those that are not beyond `up_to`; 0 where there is none."""
        if up_to is not None:
            row = self._transaction.row(_SEQUENCE_UP_TO, issuer=issuer_id, highest=up_to)
            return int(row[0]) if row else 0
        row = self._transaction.row(_NEWEST_SEQUENCE, issuer=issuer_id)
        return int(row[0]) if row else 0

    def since(self, issuer_id: str, sequence: int) -> list[Revocation]:
        """What came after that sequence, oldest first; a serial comes again when its reason has changed."""
        rows = self._transaction.rows(_SINCE, issuer=issuer_id, sequence=sequence)
        return [
            Revocation(serial, revoked_at, reason, not_after, number, is_planned=bool(planned))
            for serial, revoked_at, reason, not_after, number, planned in rows
        ]

    def next_planned(self, issuer_id: str, after: datetime) -> datetime | None:
        """When, later than that, a planned revocation begins to count."""
        row = self._transaction.row(_NEXT_PLANNED, issuer=issuer_id, after=after)
        return None if row is None else row[0]

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

    # what outlives the replacing of whole tables

    def numbers(self) -> dict[str, int]:
        """The highest CRL number that was ever given out, by issuer, those that are gone too."""
        found = {str(row[0]).removeprefix(NUMBER): int(row[1]) for row in self._transaction.rows(_FORMER)}
        for issuer_id, number in self._transaction.rows(_NUMBERS):
            found[issuer_id] = max(number, found.get(issuer_id, 0))
        return dict(sorted(found.items()))

    def next_number(self, issuer_id: str) -> int:
        """The number of the next CRL. Numbers never fall, whatever was reset (status-cases.md R6)."""
        newest = self._transaction.row(_NUMBER_OF, issuer=issuer_id)
        former = self._transaction.row(_VALUE, key=NUMBER + issuer_id)
        return max(int(newest[0]) if newest else 0, int(former[0]) if former else 0) + 1

    def put_aside(self, at_least: Mapping[str, int]) -> None:
        """Forget every CRL, and keep the numbers; `at_least` raises those of some issuers."""
        highest = self.numbers()
        for issuer_id, number in at_least.items():
            highest[issuer_id] = max(number, highest.get(issuer_id, 0))
        for issuer_id, number in highest.items():
            self._keep(NUMBER + issuer_id, number)
        self._transaction.change(_DROP_CRLS)

    def go_on(self) -> None:
        """The next revocation comes behind all that there are, and behind all that there were."""
        highest = self._transaction.row(_HIGHEST_SEQUENCE)
        known = self._transaction.row(_VALUE, key=SEQUENCE)
        self._keep(SEQUENCE, max(int(highest[0]) if highest else 0, int(known[0]) if known else 0))

    def _keep(self, name: str, value: int) -> None:
        if not self._transaction.change(_SET, key=name, value=value):
            self._transaction.change(_START, name=name, value=value)
