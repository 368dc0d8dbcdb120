"""Certificates and bare keys: one row each, and in it their one truth (architecture 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, bindparam, false, func, not_, or_, select, true, update
from sqlalchemy.sql.elements import BindParameter

from app.errors import NotFound
from app.store.columns import Moment, Number, Words
from app.store.lists import (
    Listing,
    PageStatements,
    among_the_first,
    page_statements,
    pattern,
    read_page,
    require_sortable,
)
from app.store.records import Certificate, Page, Reason
from app.store.revocations import IS_PLANNED, next_sequence
from app.store.schema import application, certificate, holding, organisation
from app.store.statements import Statement, Transaction, inserting

SORTABLE = frozenset({"not_before", "not_after", "revoked_at", "created_at", "type", "kid", "description"})
TOLD = ("kid", "type", "description", "subject_dn")
"""Where a filter for a text looks."""
Level = Literal["organisation", "application", "both"]
"""Whose rows: the organisation's own, one application's, or both of these together."""

_NAMES = tuple(field.name for field in fields(Certificate) if field.name != "owner_active")
_OWNER_ACTIVE = and_(
    organisation.c.status == "Active",
    or_(certificate.c.software_statement_id.is_(None), application.c.status == "Active"),
)
OWNED = certificate.join(organisation, organisation.c.organisation_id == certificate.c.organisation_id).outerjoin(
    application, application.c.software_statement_id == certificate.c.software_statement_id
)
"""Certificates with their owners."""
QUERY = select(*(certificate.c[name] for name in _NAMES), _OWNER_ACTIVE.label("owner_active")).select_from(OWNED)
NEWEST = (certificate.c.created_at.desc(), certificate.c.number.desc())
_STANDING_FIRST = (certificate.c.revoked_at.is_not(None), *NEWEST)
"""A bare key or an external certificate may be uploaded again after its revocation: the living row goes first."""


SHOWN = or_(certificate.c.defect.is_(None), certificate.c.published.is_(True))
"""Not a defective one that nobody wants among the others (control-cases.md F-32)."""


def _now() -> BindParameter[datetime]:
    return bindparam("now", type_=Moment)


def _alive() -> ColumnElement[bool]:
    """Neither revoked nor expired (records.Certificate.is_active says the rest)."""
    return and_(
        or_(certificate.c.revoked_at.is_(None), and_(IS_PLANNED, certificate.c.revoked_at > _now())),
        or_(certificate.c.not_after.is_(None), certificate.c.not_after >= _now()),
    )


IS_ACTIVE = and_(_alive(), _OWNER_ACTIVE)
"""`records.Certificate.is_active` at the parameter `now`, over `OWNED`."""


def _by(name: str, key: str = "key") -> ColumnElement[bool]:
    return certificate.c[name] == bindparam(key)


def _newest(*wanted: ColumnElement[bool]) -> Statement:
    return Statement(QUERY.where(*wanted).order_by(*NEWEST))


def _first(*wanted: ColumnElement[bool]) -> Statement:
    return Statement(QUERY.where(*wanted).order_by(*_STANDING_FIRST).limit(1))


_ADD = inserting(certificate)
_BY_ID = Statement(QUERY.where(_by("certificate_id")))
_BY_KID = _first(_by("kid"), _by("organisation_id", "owner"))
_BY_KEY = _newest(_by("spki_sha256"))
_BY_CSR = Statement(QUERY.where(_by("csr_sha256"), _by("type", "kind")))
_BY_SERIAL = _newest(_by("serial"))
_BY_SERIAL_OF = _newest(_by("serial"), _by("issuer_id", "issuer"))
_BY_SHA256 = _first(_by("sha256"))
_OF_KID = _newest(_by("kid"))
_NAMED = _newest(_by("kid"), _by("organisation_id", "owner"), _by("software_statement_id", "application"), SHOWN)
_SIGNING = _newest(
    _by("organisation_id", "owner"),
    _by("software_statement_id", "application"),
    certificate.c.use == "sig",
    IS_ACTIVE,
    SHOWN,
)
_SEARCH = Statement(
    QUERY.where(
        SHOWN,
        or_(
            certificate.c.kid == bindparam("key"),
            certificate.c.serial == bindparam("serial"),
            func.lower(certificate.c.subject_dn).like(bindparam("needle", type_=Words), escape="\\"),
            func.lower(certificate.c.description).like(bindparam("needle", type_=Words), escape="\\"),
        ),
    )
    .order_by(*NEWEST)
    .limit(bindparam("size", type_=Number))
)
_STANDS = Statement(
    select(certificate.c.number)
    .select_from(OWNED)
    .where(
        _by("certificate_id"),
        or_(certificate.c.revoked_at.is_(None), certificate.c.revoked_at > _now()),
        or_(certificate.c.not_after.is_(None), certificate.c.not_after >= _now()),
        _OWNER_ACTIVE,
    )
)
_AMEND = Statement(update(certificate).where(_by("certificate_id")), ["description"])
_REVOKE = Statement(update(certificate).where(_by("certificate_id")), ["revoked_at", "revoke_reason", "revocation"])
_ONE_MORE = Statement(
    update(holding)
    .where(
        holding.c.organisation_id == bindparam("owner"),
        holding.c.software_statement_id == bindparam("application"),
        holding.c.type == bindparam("kind"),
    )
    .values(total=holding.c.total + 1)
)
_FIRST_HELD = inserting(holding)


@dataclass(frozen=True, slots=True)
class CertificateFilter:
    """`alive_at` leaves out what is revoked or expired by then; `about` is a part of one of the columns TOLD."""

    alive_at: datetime | None = None
    about: str = ""


class Certificates:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, record: Certificate) -> None:
        """Raises Conflict for a serial of the same issuer, or the same CSR for the same type.

        One with a defect may share its serial, and counts in no list unless it is published.
        """
        values = {name: getattr(record, name) for name in _NAMES}
        values["jwk"] = dict(record.jwk)
        self._transaction.change(_ADD, revocation=None, **values)
        if record.defect is None or record.published:
            self._count(record)

    def _count(self, record: Certificate) -> None:
        """One more in the length of its list."""
        held = {"owner": record.organisation_id, "application": record.software_statement_id or "", "kind": record.type}
        if not self._transaction.change(_ONE_MORE, **held):
            self._transaction.change(
                _FIRST_HELD,
                organisation_id=held["owner"],
                software_statement_id=held["application"],
                type=held["kind"],
                total=1,
            )

    # one

    def find(
        self,
        organisation_id: str,
        kid: str,
        *,
        software_statement_id: str | None = None,
        type: str | None = None,  # noqa: A002
    ) -> Certificate | None:
        """By path. Without `software_statement_id` it is the organisation's own; `type` None is any."""
        statement = _find(of_application=software_statement_id is not None, typed=type is not None)
        return self._one(statement, owner=organisation_id, key=kid, application=software_statement_id, kind=type)

    def find_by_kid(self, organisation_id: str, kid: str) -> Certificate | None:
        """Of an organisation, at whatever level."""
        return self._one(_BY_KID, owner=organisation_id, key=kid)

    def find_by_id(self, certificate_id: str) -> Certificate | None:
        return self._one(_BY_ID, key=certificate_id)

    def find_by_csr(self, csr_sha256: bytes, type: str) -> Certificate | None:  # noqa: A002
        """What was issued for these CSR octets under this type, whoever asked (rulings.md 14)."""
        return self._one(_BY_CSR, key=csr_sha256, kind=type)

    def find_by_sha256(self, sha256: bytes) -> Certificate | None:
        """By the SHA-256 of the DER certificate."""
        return self._one(_BY_SHA256, key=sha256)

    # several

    def key_uses(self, spki_sha256: bytes) -> tuple[Certificate, ...]:
        """Everything that was ever made on a public key, of all owners, newest first."""
        return self._several(_BY_KEY, key=spki_sha256)

    def find_by_serial(self, serial: int, issuer_id: str | None = None) -> tuple[Certificate, ...]:
        """Of one issuer, or of whoever has it, newest first."""
        if issuer_id is None:
            return self._several(_BY_SERIAL, key=serial)
        return self._several(_BY_SERIAL_OF, key=serial, issuer=issuer_id)

    def list(
        self,
        organisation_id: str,
        page: Page,
        *,
        software_statement_id: str | None = None,
        type: str | None = None,  # noqa: A002
        include_organisation: bool = False,
        wanted: CertificateFilter | None = None,
    ) -> Listing[Certificate]:
        """Active and inactive together, newest first unless sorted. Raises Invalid, `sort.field`.

        Without `software_statement_id` the organisation's own; `include_organisation` adds those to an application's.
        """
        require_sortable(page, SORTABLE)
        level: Level = "organisation"
        if software_statement_id is not None:
            level = "both" if include_organisation else "application"
        wanted = wanted or CertificateFilter()
        asked = _Asked(level, typed=type is not None, alive=wanted.alive_at is not None, told=bool(wanted.about))
        statements = _lists(asked, sort=page.sort, whole=page.size is None)
        values: dict[str, Any] = {"owner": organisation_id, "application": software_statement_id, "kind": type}
        values |= {"now": wanted.alive_at, "about": pattern(wanted.about)}
        rows, total = read_page(self._transaction, statements, page, **values)
        return Listing(tuple(Certificate(*row) for row in rows), total)

    def key_set(
        self, organisation_id: str, software_statement_id: str | None, jwks: str, now: datetime, *, active: bool
    ) -> tuple[Certificate, ...]:
        """The keys of one key set file: those that are active at `now`, or those that are not (connect.md 10)."""
        statement = _key_set(of_application=software_statement_id is not None, active=active)
        return self._several(statement, owner=organisation_id, application=software_statement_id, file=jwks, now=now)

    def named(self, organisation_id: str, software_statement_id: str, kid: str) -> tuple[Certificate, ...]:
        """What an application shows under this kid, whatever its status: a bare key may be there more than once."""
        return self._several(_NAMED, owner=organisation_id, application=software_statement_id, key=kid)

    def all_named(self, kid: str) -> tuple[Certificate, ...]:
        """Everything under this kid, whoever has it."""
        return self._several(_OF_KID, key=kid)

    def signing_keys(self, organisation_id: str, software_statement_id: str, now: datetime) -> tuple[Certificate, ...]:
        """The application's own active keys for signatures, newest first; not its organisation's."""
        return self._several(_SIGNING, owner=organisation_id, application=software_statement_id, now=now)

    def stands(self, certificate_id: str, now: datetime) -> bool:
        """Whether it may be used now: asked again inside the transaction that rests on it.

        One whose revocation is dated ahead may be until then (oauth-cases.md F-05).
        """
        return self._transaction.row(_STANDS, key=certificate_id, now=now) is not None

    def search(self, needle: str, serial: int | None, size: int) -> tuple[Certificate, ...]:
        """Of all owners: the whole kid or serial number, or a substring of subject or description; newest first."""
        return self._several(_SEARCH, key=needle, serial=serial, needle=pattern(needle), size=size)

    def count_active(
        self,
        organisation_id: str,
        software_statement_id: str | None,
        type: str,  # noqa: A002
        now: datetime,
    ) -> int:
        """How many of a type are neither revoked nor expired, whatever the standing of their owner."""
        statement = _count(of_application=software_statement_id is not None)
        row = self._transaction.row(
            statement, owner=organisation_id, application=software_statement_id, kind=type, now=now
        )
        return int(row[0]) if row else 0

    # change

    def amend(self, certificate_id: str, description: str | None) -> None:
        """Raises NotFound."""
        self._touch(self._transaction.change(_AMEND, key=certificate_id, description=description), certificate_id)

    def revoke(self, certificate_id: str, at: datetime, reason: Reason) -> int:
        """Revoke, or change the reason: either way the row gets the next revocation sequence. Raises NotFound."""
        sequence = next_sequence(self._transaction)
        touched = self._transaction.change(
            _REVOKE, key=certificate_id, revoked_at=at, revoke_reason=reason, revocation=sequence
        )
        self._touch(touched, certificate_id)
        return sequence

    def lift(self, certificate_id: str) -> int:
        """End a hold: the row is as if it had never been revoked, and gets the next revocation sequence."""
        sequence = next_sequence(self._transaction)
        touched = self._transaction.change(
            _REVOKE, key=certificate_id, revoked_at=None, revoke_reason=None, revocation=sequence
        )
        self._touch(touched, certificate_id)
        return sequence

    def _touch(self, touched: int, certificate_id: str) -> None:
        if not touched:
            raise NotFound(f"no certificate {certificate_id[:80]}")

    def _one(self, statement: Statement, **values: Any) -> Certificate | None:
        row = self._transaction.row(statement, **values)
        return None if row is None else Certificate(*row)

    def _several(self, statement: Statement, **values: Any) -> tuple[Certificate, ...]:
        return tuple(Certificate(*row) for row in self._transaction.rows(statement, **values))


def _owned(level: Level) -> ColumnElement[bool]:
    """Written so that each side is one range of the index `ix_certificate_newest`."""
    owner = _by("organisation_id", "owner")
    organisations = and_(owner, certificate.c.software_statement_id.is_(None))
    applications = and_(owner, _by("software_statement_id", "application"))
    chosen = {"organisation": organisations, "application": applications, "both": or_(applications, organisations)}
    return chosen[level]


@lru_cache(maxsize=8)
def _find(*, of_application: bool, typed: bool) -> Statement:
    level: Level = "application" if of_application else "organisation"
    return _first(_by("kid"), _owned(level), _by("type", "kind") if typed else true())


@lru_cache(maxsize=8)
def _key_set(*, of_application: bool, active: bool) -> Statement:
    owned = _owned("application" if of_application else "organisation")
    return _newest(owned, SHOWN, _by("jwks", "file"), IS_ACTIVE if active else not_(func.coalesce(IS_ACTIVE, false())))


@lru_cache(maxsize=8)
def _count(*, of_application: bool) -> Statement:
    owned = _owned("application" if of_application else "organisation")
    count = select(func.count()).select_from(certificate)
    return Statement(count.where(owned, SHOWN, _by("type", "kind"), _alive()))


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which conditions a list has, whatever their values."""

    level: Level
    typed: bool = False
    alive: bool = False
    told: bool = False

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        yield SHOWN
        if self.typed:
            yield _by("type", "kind")
        if self.alive:
            yield _alive()
        if self.told:
            about = bindparam("about", type_=Words)
            yield or_(*(certificate.c[name].ilike(about, escape="\\") for name in TOLD))


@lru_cache(maxsize=256)
def _lists(asked: _Asked, *, sort: tuple[tuple[str, bool], ...], whole: bool) -> PageStatements:
    page, level = Page(size=None if whole else 1, sort=sort), asked.level
    wanted = every = and_(_owned(level), *asked.conditions())
    if level == "both" and not whole:
        levels: tuple[Level, ...] = ("application", "organisation")
        wanted = among_the_first(certificate, (and_(_owned(one), *asked.conditions()) for one in levels), page)
    statements = page_statements(certificate, QUERY, wanted, page, newest_first=True)
    if asked.alive or asked.told:
        return PageStatements(statements.rows, Statement(select(func.count()).select_from(certificate).where(every)))
    return PageStatements(statements.rows, _held(level, typed=asked.typed))


def _held(level: Level, *, typed: bool) -> Statement:
    """The length of a list, from the table that counts along."""
    application_own = holding.c.software_statement_id == bindparam("application")
    organisation_own = holding.c.software_statement_id == ""
    chosen = {
        "organisation": organisation_own,
        "application": application_own,
        "both": or_(application_own, organisation_own),
    }
    total = select(func.coalesce(func.sum(holding.c.total), 0)).where(
        holding.c.organisation_id == bindparam("owner"), chosen[level]
    )
    return Statement(total.where(holding.c.type == bindparam("kind")) if typed else total)
