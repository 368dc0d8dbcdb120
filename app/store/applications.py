"""Applications, or software statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import and_, bindparam, or_, select, true, update

from app.errors import Conflict, NotFound
from app.store.columns import Moment, Number, Words
from app.store.lists import Listing, PageStatements, page_statements, pattern, read_page, require_sortable, searchable
from app.store.organisations import COLUMNS as ORGANISATION_COLUMNS
from app.store.organisations import organisation_of
from app.store.records import Application, Organisation, Page
from app.store.schema import application, organisation
from app.store.statements import Row, Statement, Transaction, inserting

SORTABLE = frozenset({"client_name", "software_statement_id", "client_id", "status", "locked", "created_at"})
COLUMNS = tuple(c for c in application.columns if c.name not in ("number", "search"))

_OWN = and_(
    application.c.software_statement_id == bindparam("key"), application.c.organisation_id == bindparam("owner")
)
_FIND = Statement(select(*COLUMNS).where(_OWN))
_FIND_ANY = Statement(select(*COLUMNS).where(application.c.software_statement_id == bindparam("key")))
_WITH_ORGANISATION = Statement(
    select(*ORGANISATION_COLUMNS, *COLUMNS)
    .select_from(application)
    .join(organisation, organisation.c.organisation_id == application.c.organisation_id)
    .where(_OWN)
)
_CLIENT = Statement(
    select(*ORGANISATION_COLUMNS, *COLUMNS)
    .select_from(application)
    .join(organisation, organisation.c.organisation_id == application.c.organisation_id)
    .where(
        or_(
            application.c.client_id == bindparam("client"),
            application.c.software_statement_id == bindparam("software"),
        )
    )
    .order_by(application.c.client_id != bindparam("client"))
    .limit(1)
)
_IDS = Statement(
    select(application.c.software_statement_id)
    .where(application.c.organisation_id == bindparam("owner"))
    .order_by(application.c.created_at, application.c.number)
)
_SEARCH = Statement(
    select(*COLUMNS)
    .where(
        or_(
            application.c.search.like(bindparam("needle", type_=Words), escape="\\"),
            application.c.client_id == bindparam("client"),
        )
    )
    .order_by(application.c.client_name, application.c.number)
    .limit(bindparam("size", type_=Number))
)
_EVERYWHERE = Statement(
    select(*COLUMNS)
    .where(application.c.search.like(bindparam("needle", type_=Words), escape="\\"))
    .order_by(application.c.created_at, application.c.number)
)
_ADD = inserting(application)
_REPLACE = Statement(
    update(application).where(
        application.c.software_statement_id == bindparam("key"), application.c.revision == bindparam("expected")
    ),
    [
        c.name
        for c in application.columns
        if c.name not in ("number", "software_statement_id", "organisation_id", "created_at")
    ],
)


@dataclass(frozen=True, slots=True)
class RegistryFilter:
    """Which clients; None and "" = any. `name` is a substring of client name or id."""

    name: str = ""
    status: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def values(self) -> dict[str, Any]:
        """What is asked for, under the names of the placeholders."""
        given = {
            "needle": pattern(self.name) if self.name else None,
            "status": self.status,
            "since": self.since,
            "until": self.until,
        }
        return {name: value for name, value in given.items() if value is not None}


class Applications:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find(self, organisation_id: str, software_statement_id: str) -> Application | None:
        """The application, if it is of that organisation."""
        row = self._transaction.row(_FIND, key=software_statement_id, owner=organisation_id)
        return None if row is None else application_of(row)

    def get(self, organisation_id: str, software_statement_id: str) -> Application:
        """Raises NotFound."""
        found = self.find(organisation_id, software_statement_id)
        if found is None:
            raise NotFound(f"no application {software_statement_id[:80]} in organisation {organisation_id[:80]}")
        return found

    def find_any(self, software_statement_id: str) -> Application | None:
        """The application, whoever has it."""
        row = self._transaction.row(_FIND_ANY, key=software_statement_id)
        return None if row is None else application_of(row)

    def with_organisation(
        self, organisation_id: str, software_statement_id: str
    ) -> tuple[Organisation, Application] | None:
        """Both in one query: every request of an application asks for its standing."""
        row = self._transaction.row(_WITH_ORGANISATION, key=software_statement_id, owner=organisation_id)
        if row is None:
            return None
        split = len(ORGANISATION_COLUMNS)
        return organisation_of(row[:split]), application_of(row[split:])

    def find_client(self, client_id: str, software_statement_id: str) -> tuple[Organisation, Application] | None:
        """The application with this client id or else this id of its own, whoever has it, with its organisation."""
        row = self._transaction.row(_CLIENT, client=client_id, software=software_statement_id)
        if row is None:
            return None
        split = len(ORGANISATION_COLUMNS)
        return organisation_of(row[:split]), application_of(row[split:])

    def add(self, record: Application) -> None:
        """Raises Conflict for an id or a client id in use."""
        self._transaction.change(
            _ADD,
            software_statement_id=record.software_statement_id,
            organisation_id=record.organisation_id,
            created_at=record.created_at,
            **_values(record),
        )

    def replace(self, record: Application) -> None:
        """Keep the next revision; everything but ids and the date of creation may change.

        Raises NotFound; Conflict unless the stored revision is the one before, or for a client id in use.
        """
        key = record.software_statement_id
        if not self._transaction.change(_REPLACE, key=key, expected=record.revision - 1, **_values(record)):
            stored = self.get(record.organisation_id, key)
            raise Conflict(f"revision {record.revision} cannot follow revision {stored.revision} of this application")

    def list(
        self, organisation_id: str, page: Page, *, filter_by: str = "", status: str | None = None
    ) -> Listing[Application]:
        """Oldest first unless sorted; `filter_by` is a substring of client name or id. Raises Invalid, `sort.field`."""
        require_sortable(page, SORTABLE)
        statements = _lists(
            filtered=bool(filter_by), by_status=status is not None, sort=page.sort, whole=page.size is None
        )
        values: dict[str, Any] = {"owner": organisation_id}
        if filter_by:
            values["needle"] = pattern(filter_by)
        if status is not None:
            values["wanted"] = status
        rows, total = read_page(self._transaction, statements, page, **values)
        return Listing(tuple(map(application_of, rows)), total)

    def registry(self, page: Page, wanted: RegistryFilter) -> Listing[tuple[Organisation, Application]]:
        """Of all organisations, oldest first, each with its own."""
        values = wanted.values()
        statements = _registry(frozenset(values), whole=page.size is None)
        rows, total = read_page(self._transaction, statements, page, **values)
        split = len(ORGANISATION_COLUMNS)
        return Listing(tuple((organisation_of(row[:split]), application_of(row[split:])) for row in rows), total)

    def everywhere(self, *, filter_by: str = "", status: str | None = None) -> tuple[Application, ...]:
        """Of all organisations, oldest first."""
        rows = self._transaction.rows(_EVERYWHERE, needle=pattern(filter_by))
        return tuple(each for each in map(application_of, rows) if status in (None, each.status))

    def search(self, needle: str, size: int) -> tuple[Application, ...]:
        """Of all organisations: a substring of client name or id, or the whole client id; by name."""
        rows = self._transaction.rows(_SEARCH, needle=pattern(needle), client=needle, size=size)
        return tuple(map(application_of, rows))

    def ids(self, organisation_id: str) -> tuple[str, ...]:
        """Every application of an organisation, deleted ones too, oldest first."""
        return tuple(str(row[0]) for row in self._transaction.rows(_IDS, owner=organisation_id))


def application_of(row: Row) -> Application:
    """The record in a row of COLUMNS."""
    return Application(*row)


def _values(record: Application) -> dict[str, Any]:
    """What may change."""
    return {
        "client_id": record.client_id,
        "client_name": record.client_name,
        "status": record.status,
        "locked": record.locked,
        "details": dict(record.details),
        "roles": [dict(role) for role in record.roles],
        "revision": record.revision,
        "search": searchable(record.client_name, record.software_statement_id),
    }


@lru_cache(maxsize=16)
def _registry(asked: frozenset[str], *, whole: bool) -> PageStatements:
    since, until = bindparam("since", type_=Moment), bindparam("until", type_=Moment)
    conditions = {
        "needle": application.c.search.like(bindparam("needle", type_=Words), escape="\\"),
        "status": application.c.status == bindparam("status"),
        "since": application.c.created_at >= since,
        "until": application.c.created_at <= until,
    }
    wanted = and_(true(), *(condition for name, condition in conditions.items() if name in asked))
    query = (
        select(*ORGANISATION_COLUMNS, *COLUMNS)
        .select_from(application)
        .join(organisation, organisation.c.organisation_id == application.c.organisation_id)
    )
    return page_statements(application, query, wanted, Page(size=None if whole else 1))


@lru_cache(maxsize=64)
def _lists(
    *,
    filtered: bool,
    by_status: bool,
    sort: tuple[tuple[str, bool], ...],
    whole: bool,
) -> PageStatements:
    wanted = and_(
        application.c.organisation_id == bindparam("owner"),
        application.c.search.like(bindparam("needle", type_=Words), escape="\\") if filtered else true(),
        application.c.status == bindparam("wanted") if by_status else true(),
    )
    return page_statements(application, select(*COLUMNS), wanted, Page(size=None if whole else 1, sort=sort))
