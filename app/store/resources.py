"""Objects of the plain kinds: servers, claims, contacts, reference data. One table for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, select, true, update

from app.errors import Conflict
from app.store.columns import Words
from app.store.listings import Listings
from app.store.lists import (
    Listing,
    PageStatements,
    page_statements,
    pattern,
    read_page,
    require_sortable,
    searchable,
)
from app.store.records import Page, Resource
from app.store.schema import resource
from app.store.statements import Statement, Transaction, inserting

SORTABLE = frozenset({"created_at", "key", "resource_id", "status"})
COLUMNS = tuple(c for c in resource.columns if c.name not in ("number", "search"))
SEPARATOR = "\x1f"
"""Between the names in a key."""
LONGEST = 300
"""Characters of a member that filters look into."""

_FIND = Statement(select(*COLUMNS).where(resource.c.resource_id == bindparam("id")))
_STORED = Statement(select(*COLUMNS, resource.c.number).where(resource.c.resource_id == bindparam("id")))
_NUMBERS = Statement(
    select(resource.c.resource_id, resource.c.number).where(
        func.coalesce(resource.c.organisation_id, "") == bindparam("organisation")
    )
)
_BY_KEY = Statement(select(*COLUMNS).where(resource.c.kind == bindparam("kind"), resource.c.key == bindparam("key")))
_BELOW = Statement(
    select(*COLUMNS)
    .where(resource.c.parent_id == bindparam("parent"))
    .order_by(resource.c.created_at, resource.c.number)
)
_OF_KIND = Statement(
    select(*COLUMNS).where(resource.c.kind == bindparam("kind")).order_by(resource.c.created_at, resource.c.number)
)
_OF_ORGANISATION = Statement(
    select(*COLUMNS)
    .where(resource.c.organisation_id == bindparam("organisation"))
    .order_by(resource.c.created_at, resource.c.number)
)
_ROLE, _METADATA = resource.alias("domain_role"), resource.alias("role_metadata")
_OF_ROLE = Statement(
    select(_ROLE.c.status, _METADATA.c.status, _METADATA.c.body)
    .select_from(
        _ROLE.outerjoin(
            _METADATA, and_(_METADATA.c.parent_id == _ROLE.c.resource_id, _METADATA.c.kind == "role_metadata")
        )
    )
    .where(_ROLE.c.kind == "domain_role", _ROLE.c.key == bindparam("key"))
    .order_by(_METADATA.c.created_at, _METADATA.c.number)
)
_FINGERPRINTS = Statement(
    select(
        resource.c.organisation_id,
        func.count(),
        func.sum(resource.c.revision),
        func.sum(resource.c.number),
    )
    .where(resource.c.organisation_id.is_not(None))
    .group_by(resource.c.organisation_id)
)
_ADD = inserting(resource)
_REPLACE = Statement(
    update(resource).where(resource.c.resource_id == bindparam("id"), resource.c.revision == bindparam("expected")),
    ["key", "status", "body", "revision", "search"],
)
_REMOVE = Statement(delete(resource).where(resource.c.resource_id == bindparam("id")))


class Resources:
    def __init__(self, transaction: Transaction, listings: Listings) -> None:
        self._transaction, self._listings = transaction, listings

    def find(self, kind: str, resource_id: str) -> Resource | None:
        """By its id, if it is of this kind."""
        row = self._transaction.row(_FIND, id=resource_id)
        return None if row is None or row[1] != kind else Resource(*row)

    def by_key(self, kind: str, key: str) -> Resource | None:
        row = self._transaction.row(_BY_KEY, kind=kind, key=key)
        return None if row is None else Resource(*row)

    def below(self, parent_id: str, kind: str | None = None) -> tuple[Resource, ...]:
        """Everything that hangs directly below an object, oldest first; None = of every kind."""
        rows = self._transaction.rows(_BELOW, parent=parent_id)
        return tuple(Resource(*row) for row in rows if kind in (None, row[1]))

    def role_metadata(self, domain: str, role: str) -> tuple[Mapping[str, Any], ...] | None:
        """What a domain role says now about clients that have it, oldest first; None where there is no such role.

        An inactive role, and metadata that are inactive, say nothing. In one query: tokens ask.
        """
        rows = tuple(self._transaction.rows(_OF_ROLE, key=role_key(domain, role)))
        return tuple(body for role, metadata, body in rows if role == metadata == "Active") if rows else None

    def of_kind(self, kind: str) -> tuple[Resource, ...]:
        """All there are, oldest first."""
        return tuple(Resource(*row) for row in self._transaction.rows(_OF_KIND, kind=kind))

    def of_organisation(self, organisation_id: str) -> tuple[Resource, ...]:
        """Everything of one organisation, whatever its kind, oldest first."""
        rows = self._transaction.rows(_OF_ORGANISATION, organisation=organisation_id)
        return tuple(Resource(*row) for row in rows)

    def fingerprints(self) -> dict[str, tuple[int, int, int]]:
        """For each organisation with objects, numbers that are others after any change of them."""
        rows = self._transaction.rows(_FINGERPRINTS)
        return {str(row[0]): (int(row[1]), int(row[2]), int(row[3])) for row in rows}

    def list(
        self, kind: str, page: Page, *, parent_id: str | None = None, status: str | None = None, filter_by: str = ""
    ) -> Listing[Resource]:
        """Oldest first unless sorted; `filter_by` is a substring of its names. Raises Invalid, `sort.field`."""
        require_sortable(page, SORTABLE)
        values = {"kind": kind, "parent": parent_id, "status": status}
        asked = {name: value for name, value in values.items() if value is not None}
        if filter_by:
            asked["needle"] = pattern(filter_by)
        statements = _lists(frozenset(asked), page.sort, whole=page.size is None)
        rows, total = read_page(self._transaction, statements, page, **asked)
        return Listing(tuple(Resource(*row) for row in rows), total)

    def add(self, record: Resource) -> None:
        """Raises Conflict when id or key are in use (at the end of the transaction at the latest)."""
        self._listings.resource(record, lambda: None)
        self._transaction.change(
            _ADD,
            resource_id=record.resource_id,
            kind=record.kind,
            organisation_id=record.organisation_id,
            parent_id=record.parent_id,
            created_at=record.created_at,
            **_values(record),
        )

    def replace(self, record: Resource) -> None:
        """Keep the next revision. Raises Conflict unless the stored one is the revision before."""
        self._listings.resource(record, partial(self._stored, record))
        expected = record.revision - 1
        if not self._transaction.change(_REPLACE, id=record.resource_id, expected=expected, **_values(record)):
            raise Conflict(f"revision {record.revision} does not follow the one that is stored")

    def numbers(self, organisation_id: str) -> dict[str, int]:
        """The places in the store of everything of one organisation, by id; "" = of what belongs to none."""
        return dict(self._transaction.rows(_NUMBERS, organisation=organisation_id))

    def remove(self, records: Iterable[Resource]) -> None:
        for record in records:
            self._listings.resource(record, partial(self._stored, record))
            self._transaction.change(_REMOVE, id=record.resource_id)

    def _stored(self, record: Resource) -> tuple[Resource, int] | None:
        row = self._transaction.row(_STORED, id=record.resource_id)
        return None if row is None else (Resource(*row[:-1]), int(row[-1]))


def role_key(domain: str, role: str) -> str:
    """The key of a domain role: its name is one of its domain."""
    return f"{domain}{SEPARATOR}{role}"


def searched(resource_id: str, body: Mapping[str, Any]) -> str:
    """What filters look into: the id and every short text at the top of the body."""
    texts = (value for value in body.values() if isinstance(value, str) and len(value) <= LONGEST)
    return searchable(resource_id, *texts)


def _values(record: Resource) -> dict[str, Any]:
    """What may change."""
    return {
        "key": record.key,
        "status": record.status,
        "body": dict(record.body),
        "revision": record.revision,
        "search": searched(record.resource_id, record.body),
    }


@lru_cache(maxsize=64)
def _lists(asked: frozenset[str], sort: tuple[tuple[str, bool], ...], *, whole: bool) -> PageStatements:
    wanted = and_(
        resource.c.kind == bindparam("kind"),
        resource.c.parent_id == bindparam("parent") if "parent" in asked else true(),
        resource.c.status == bindparam("status") if "status" in asked else true(),
        resource.c.search.like(bindparam("needle", type_=Words), escape="\\") if "needle" in asked else true(),
    )
    return page_statements(resource, select(*COLUMNS), wanted, Page(size=None if whole else 1, sort=sort))
