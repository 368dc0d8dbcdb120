"""Whole tables, out and in: for export, import, snapshots and resets. One transaction, so nobody sees a half."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import Table, bindparam, delete, func, insert, or_, select, update

from app.store.columns import Number
from app.store.copy_tables import PASSING, copied
from app.store.organisations import DOMAINS
from app.store.schema import certificate, counter, domain, holding, metadata, organisation
from app.store.statements import Statement, Transaction, inserting

EPOCH = "restored"
"""The counter that rises whenever whole tables were replaced: processes then forget what they hold."""
BATCH = 500

_BUMP = Statement(update(counter).where(counter.c.name == EPOCH).values(value=counter.c.value + 1))
_START = inserting(counter)
_EPOCH = Statement(select(counter.c.value).where(counter.c.name == EPOCH))
_DETAILS = Statement(select(organisation.c.organisation_id, organisation.c.details).order_by(organisation.c.number))
_ADD_DOMAIN = inserting(domain)
_HOLDER = (certificate.c.organisation_id, certificate.c.software_statement_id, certificate.c.type)
_HOLDINGS = Statement(
    insert(holding).from_select(
        ["organisation_id", "software_statement_id", "type", "total"],
        select(_HOLDER[0], func.coalesce(_HOLDER[1], ""), _HOLDER[2], func.count())
        .where(or_(certificate.c.defect.is_(None), certificate.c.published.is_(True)))
        .group_by(*_HOLDER),
    )
)


class Copies:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def rows(self, name: str) -> Iterator[dict[str, Any]]:
        """Every row of a table as the members of a JSON object, always in the same order."""
        table = copied(name)
        if not _is_numbered(table.table):
            found = self._transaction.rows(_whole(name))
            yield from (table.written(row) for row in found)
            return
        last = 0
        while True:
            part = self._transaction.rows(_part(name), after=last, size=BATCH)
            yield from (table.written(row[1:]) for row in part)
            if len(part) < BATCH:
                return
            last = part[-1][0]

    def clear(self, names: Iterable[str]) -> None:
        """Take every row out of these tables, and what follows from it; others that refer to them must be empty."""
        wanted = set(names)
        if "organisation" in wanted:
            wanted |= {domain.name, holding.name}
        for table in reversed(metadata.sorted_tables):
            if table.name in wanted:
                self._transaction.change(_clearing(table.name))

    def fill(self, name: str, rows: Iterable[Mapping[str, Any]]) -> int:
        """Put rows into a table, in this order; how many. Raises Unreadable, Conflict for a row that is there twice.

        States under a name have repositories of their own (`power_rows`), since their revisions go on.
        """
        table, left = copied(name), iter(rows)
        first = last = self._newest(name)
        while part := [table.read(row) for row in islice(left, BATCH)]:
            numbered = [{"number": number, **row} for number, row in enumerate(part, last + 1)]
            self._transaction.note(_adding(name), numbered)
            last += len(part)
        return last - first

    def _newest(self, name: str) -> int:
        """The last number that was given out; 0 where rows are not numbered."""
        row = self._transaction.row(_last(name)) if _is_numbered(copied(name).table) else None
        return int(row[0]) if row else 0

    def follow(self) -> None:
        """Make again what follows from the rows of organisations and certificates: domains, lengths of lists."""
        self.clear((domain.name, holding.name))
        self._transaction.change(_HOLDINGS)
        for organisation_id, details in self._transaction.rows(_DETAILS):
            for host in dict.fromkeys(str(each).lower() for each in details.get(DOMAINS, ())):
                self._transaction.change(_ADD_DOMAIN, host=host, organisation_id=organisation_id)

    def epoch(self) -> int:
        """How often whole tables were replaced."""
        row = self._transaction.row(_EPOCH)
        return int(row[0]) if row else 0

    def mark(self) -> None:
        """Tell every process that whole tables were replaced."""
        if not self._transaction.change(_BUMP):
            self._transaction.change(_START, name=EPOCH, value=1)


def _is_numbered(table: Table) -> bool:
    return table.primary_key.columns.keys() == ["number"]


@cache
def _whole(name: str) -> Statement:
    table = copied(name)
    query = select(*table.columns).order_by(*table.order)
    return Statement(query.where(table.table.c.name != PASSING[name]) if name in PASSING else query)


@cache
def _part(name: str) -> Statement:
    table = copied(name)
    number = table.table.c.number
    query = select(number, *table.columns).where(number > bindparam("after", type_=Number)).order_by(number)
    return Statement(query.limit(bindparam("size", type_=Number)))


@cache
def _clearing(name: str) -> Statement:
    table = metadata.tables[name]
    rows = delete(table)
    return Statement(rows.where(table.c.name != PASSING[name]) if name in PASSING else rows)


@cache
def _adding(name: str) -> Statement:
    """Every column, the hidden ones too; numbers are counted here, since a question for each takes its time."""
    table = metadata.tables[name]
    return Statement(insert(table).inline(), [column.name for column in table.columns])


@cache
def _last(name: str) -> Statement:
    return Statement(select(func.coalesce(func.max(copied(name).table.c.number), 0)))
