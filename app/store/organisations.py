"""Organisations, and which host domains are theirs."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy import and_, bindparam, delete, select, true, update

from app.errors import Conflict, NotFound
from app.store.columns import Words
from app.store.listings import Listings
from app.store.lists import (
    SEPARATOR,
    Listing,
    PageStatements,
    folded,
    page_statements,
    pattern,
    read_page,
    require_sortable,
    searchable,
)
from app.store.records import Organisation, Page
from app.store.schema import domain, organisation
from app.store.statements import Row, Statement, Transaction, inserting

SORTABLE = frozenset(
    {
        "organisation_id",
        "name",
        "legal_entity_name",
        "country_of_registration",
        "registration_number",
        "status",
        "created_at",
    }
)
COLUMNS = tuple(c for c in organisation.columns if c.name not in ("number", "search"))
DOMAINS = "Domains"
"""Member of an organisation's details: its registered host domains."""

_FIND = Statement(select(*COLUMNS).where(organisation.c.organisation_id == bindparam("key")))
_REVISIONS = Statement(
    select(organisation.c.organisation_id, organisation.c.revision).order_by(
        organisation.c.created_at, organisation.c.number
    )
)
_ADD = inserting(organisation)
_REPLACE = Statement(
    update(organisation).where(
        organisation.c.organisation_id == bindparam("key"), organisation.c.revision == bindparam("expected")
    ),
    [c.name for c in organisation.columns if c.name not in ("number", "organisation_id", "created_at")],
)
_ALIKE = Statement(
    select(organisation.c.organisation_id).where(
        organisation.c.search.like(bindparam("needle", type_=Words), escape="\\")
    )
)
_DOMAINS = Statement(
    select(domain.c.host, domain.c.organisation_id)
    .join(organisation, organisation.c.organisation_id == domain.c.organisation_id)
    .order_by(organisation.c.number.desc())
)
_ADD_DOMAIN = inserting(domain)
_DROP_DOMAINS = Statement(delete(domain).where(domain.c.organisation_id == bindparam("key")))


class Organisations:
    def __init__(self, transaction: Transaction, listings: Listings) -> None:
        self._transaction, self._listings = transaction, listings

    def find(self, organisation_id: str) -> Organisation | None:
        row = self._transaction.row(_FIND, key=organisation_id)
        return None if row is None else organisation_of(row)

    def get(self, organisation_id: str) -> Organisation:
        """Raises NotFound."""
        found = self.find(organisation_id)
        if found is None:
            raise NotFound(f"no organisation {organisation_id[:80]}")
        return found

    def add(self, record: Organisation) -> None:
        """Raises Conflict when the id is in use (at the end of the transaction at the latest)."""
        self._listings.organisation(record.organisation_id, lambda: None)
        self._transaction.change(
            _ADD,
            organisation_id=record.organisation_id,
            created_at=record.created_at,
            **_values(record),
        )
        self._claim(record)

    def replace(self, record: Organisation) -> None:
        """Keep the next revision of an organisation; everything but its id and the date of its creation may change.

        Raises NotFound; Conflict unless the stored revision is the one before.
        """
        self._listings.organisation(record.organisation_id, lambda: self.find(record.organisation_id))
        values = _values(record)
        if not self._transaction.change(_REPLACE, key=record.organisation_id, expected=record.revision - 1, **values):
            stored = self.get(record.organisation_id)
            raise Conflict(f"revision {record.revision} cannot follow revision {stored.revision} of this organisation")
        self._transaction.change(_DROP_DOMAINS, key=record.organisation_id)
        self._claim(record)

    def list(self, page: Page, *, filter_by: str = "", hide_inactive: bool = False) -> Listing[Organisation]:
        """Oldest first unless sorted; `filter_by` is a substring of name, legal name, id or registration number.

        Raises Invalid, `sort.field`.
        """
        require_sortable(page, SORTABLE)
        statements = _lists(
            filtered=bool(filter_by), hide_inactive=hide_inactive, sort=page.sort, whole=page.size is None
        )
        values = {"needle": pattern(filter_by)} if filter_by else {}
        rows, total = read_page(self._transaction, statements, page, **values)
        return Listing(tuple(map(organisation_of, rows)), total)

    def revisions(self) -> dict[str, int]:
        """The revision of every organisation, oldest first."""
        return {str(row[0]): int(row[1]) for row in self._transaction.rows(_REVISIONS)}

    def twin(self, organisation_id: str) -> str | None:
        """An id that looks the same to people or file systems: other case, other composition, trailing dots."""
        wanted = _canonical(organisation_id)
        rows = self._transaction.rows(_ALIKE, needle=pattern(SEPARATOR + wanted))
        return next((str(row[0]) for row in rows if _canonical(row[0]) == wanted), None)

    def domains(self) -> dict[str, str]:
        """Every registered host domain and its organisation; of two the one that was in the directory first."""
        return dict(self._transaction.rows(_DOMAINS))

    def _claim(self, record: Organisation) -> None:
        hosts: Iterable[str] = record.details.get(DOMAINS, ())
        for host in dict.fromkeys(str(host).lower() for host in hosts):
            self._transaction.change(_ADD_DOMAIN, host=host, organisation_id=record.organisation_id)


def organisation_of(row: Row) -> Organisation:
    """The record in a row of COLUMNS."""
    return Organisation(*row)


def _canonical(organisation_id: str) -> str:
    return folded(organisation_id).rstrip(". ")


def _values(record: Organisation) -> dict[str, Any]:
    """What may change."""
    return {
        "name": record.name,
        "legal_entity_name": record.legal_entity_name,
        "country_of_registration": record.country_of_registration,
        "registration_number": record.registration_number,
        "status": record.status,
        "details": dict(record.details),
        "roles": [dict(role) for role in record.roles],
        "revision": record.revision,
        "search": searchable(record.name, record.legal_entity_name, record.organisation_id, record.registration_number),
    }


@lru_cache(maxsize=64)
def _lists(
    *,
    filtered: bool,
    hide_inactive: bool,
    sort: tuple[tuple[str, bool], ...],
    whole: bool,
) -> PageStatements:
    wanted = and_(
        true(),
        organisation.c.search.like(bindparam("needle", type_=Words), escape="\\") if filtered else true(),
        organisation.c.status == "Active" if hide_inactive else true(),
    )
    return page_statements(organisation, select(*COLUMNS), wanted, Page(size=None if whole else 1, sort=sort))
