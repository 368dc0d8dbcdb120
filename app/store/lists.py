"""Lists: which part, in what order, and how many there are in all (connect.md 2.4)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, Table, bindparam, func, select, union_all

from app.errors import Finding, Invalid
from app.store.columns import Number
from app.store.records import Page
from app.store.statements import Statement, Transaction

T = TypeVar("T")

SEPARATOR = "\x1f"
LONGEST_PATTERN = 5000
"""No field is as long as that, and SQLite refuses patterns of 50,000 octets."""


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """One part of a list, and the length of the whole list."""

    items: tuple[T, ...]
    total: int


@dataclass(frozen=True, slots=True)
class PageStatements:
    """The statements behind one kind of list."""

    rows: Statement
    total: Statement


def page_statements(
    table: Table, query: Select[Any], wanted: ColumnElement[bool], page: Page, *, newest_first: bool = False
) -> PageStatements:
    """A page of `query` (which reads `table`) among the rows that are `wanted`.

    The page is found in the index first and only its rows are read. Oldest first unless asked otherwise: what is added
    while somebody pages comes on a later page, so no row comes twice (api-cases.md D-03).
    """
    order = _order(table, page.sort, newest_first=newest_first)
    keys = select(table.c.number).where(wanted).order_by(*order)
    if page.size is not None:
        keys = keys.limit(bindparam("size", type_=Number)).offset(bindparam("skipped", type_=Number))
    chosen = keys.subquery("chosen")
    rows = query.join(chosen, chosen.c.number == table.c.number).order_by(*order)
    return PageStatements(Statement(rows), Statement(select(func.count()).select_from(table).where(wanted)))


def among_the_first(table: Table, parts: Iterable[ColumnElement[bool]], page: Page) -> ColumnElement[bool]:
    """Whether a row is one of the first of its part, newest first, as many as the page can need.

    A list of several parts, each a range of an index, is merged from these: sorting the whole takes too long.
    """
    order = _order(table, page.sort, newest_first=True)
    reach = bindparam("reach", type_=Number)
    beginnings = (select(table.c.number).where(part).order_by(*order).limit(reach).subquery() for part in parts)
    return table.c.number.in_(union_all(*(select(beginning.c.number) for beginning in beginnings)))


def read_page(
    transaction: Transaction, statements: PageStatements, page: Page, **values: Any
) -> tuple[list[tuple[Any, ...]], int]:
    """The rows of the page, and the length of the whole list."""
    if page.size is None:
        rows = transaction.rows(statements.rows, **values)
        return rows, len(rows)
    skipped = page.size * page.page
    rows = transaction.rows(statements.rows, **values, size=page.size, skipped=skipped, reach=skipped + page.size)
    if page.page == 0 and len(rows) < page.size:
        return rows, len(rows)
    total = transaction.row(statements.total, **values)
    return rows, int(total[0]) if total else 0


def _order(table: Table, sort: tuple[tuple[str, bool], ...], *, newest_first: bool) -> list[ColumnElement[Any]]:
    """As asked, then by creation. An absent value counts as the smallest, as SQLite has it."""
    order: list[ColumnElement[Any]] = []
    for field, descending in sort:
        column = table.c[field]
        if not column.nullable:
            order.append(column.desc() if descending else column.asc())
        else:
            order.append(column.desc().nulls_last() if descending else column.asc().nulls_first())
    creation = (table.c.created_at, table.c.number)
    return [*order, *(column.desc() if newest_first else column.asc() for column in creation)]


def require_sortable(page: Page, fields: frozenset[str]) -> None:
    """Raise Invalid with `sort.field` where a list is to be sorted by what it cannot be sorted by."""
    for field, _descending in page.sort:
        if field not in fields:
            text = "This list cannot be sorted by that field"
            expected = f"one of {', '.join(sorted(fields))}"
            raise Invalid(
                f"{text}: {field[:40]}",
                code="sort.field",
                findings=(Finding("sort.field", text, "/sort", expected, field[:40]),),
            )


def searchable(*texts: str) -> str:
    """What a filter looks into: the texts in folded case, so that both databases find the same."""
    return SEPARATOR.join(map(folded, texts))


def pattern(needle: str) -> str:
    """A LIKE pattern (escape character `\\`) for a substring, whatever characters it has."""
    escaped = folded(needle).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped[:LONGEST_PATTERN]}%"


def folded(text: str) -> str:
    """One spelling of all that differ by case or by composition alone."""
    return unicodedata.normalize("NFC", text).casefold()
