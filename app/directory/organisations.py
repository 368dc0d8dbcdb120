"""The rules of organisations (connect.md 3; rulings.md 10, 11 and 21). Each public method is one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.access import Caller, absent, require_organisation, require_registrar
from app.access_rules import Level
from app.directory.beside import FLAGS, known_flags
from app.directory.drafts import OrganisationDraft
from app.directory.first_claims import record_role_claims
from app.directory.history import require_current, snapshot
from app.errors import Conflict, Finding, Invalid
from app.runtime.clock import Clock
from app.store.late_changes import standing_of
from app.store.records import AuditEvent, Organisation, Page
from app.store.store import Store, UnitOfWork
from app.store.units import Listing

RESERVED = frozenset({"ess", "export", "authorisationservers"})
"""Fixed segments of the published paths (errata D3)."""
KEPT = frozenset({"Domains", FLAGS})
"""Details that a PUT does not remove by its silence: flags, and the registered host domains, which none can say."""
MOVES: Mapping[str, frozenset[str]] = {
    "Pending": frozenset({"Pending", "Active", "Withdrawn"}),
    "Active": frozenset({"Active", "Pending", "Withdrawn"}),
    "Withdrawn": frozenset(),
}
"""The one table of allowed moves (api-cases.md R7): a withdrawn organisation takes no change at all."""


@dataclass(frozen=True, slots=True)
class OrganisationQuery:
    """Which organisations are listed; `member_of` None = everyone's."""

    page: Page = field(default_factory=Page)
    filter_by: str = ""
    hide_inactive: bool = False
    member_of: frozenset[str] | None = None


class Organisations:
    def __init__(self, store: Store, clock: Clock, *_others: object) -> None:
        """Built like its neighbours, with entropy, addresses and settings too; it needs none of these."""
        self._store, self._clock = store, clock

    def create(
        self,
        caller: Caller,
        organisation_id: str,
        draft: OrganisationDraft,
        *,
        roles: tuple[Mapping[str, Any], ...] = (),
    ) -> Organisation:
        """Record a new organisation under the id that the caller chose; `roles` are role claims, from a seed.

        Raises Forbidden (super users only), Invalid (an id that no path could carry), Conflict (an id in use, or one
        that differs from it by case, composition or trailing dots alone: api-cases.md B-17).
        """
        require_registrar(caller)
        if findings := tuple(_id_findings(organisation_id)):
            raise Invalid(findings[0].detail, code=findings[0].code, findings=findings)
        organisation = Organisation(
            organisation_id=organisation_id,
            name=draft.name,
            legal_entity_name=draft.legal_entity_name,
            country_of_registration=draft.country_of_registration,
            registration_number=draft.registration_number,
            status=draft.status or "Active",
            created_at=self._clock.now(),
            details=draft.details,
            roles=roles,
        )
        with self._store.write() as uow:
            organisation = _with_known_flags(uow, organisation)
            if (twin := uow.organisations.twin(organisation_id)) is not None:
                raise Conflict(f"there is an organisation {twin} already")
            uow.organisations.add(organisation)
            record_role_claims(uow, organisation)
            self._note(uow, caller, "create", organisation)
        return organisation

    def read(self, organisation_id: str) -> Organisation:
        """One organisation, withdrawn ones too. Raises NotFound."""
        with self._store.read() as uow:
            return uow.organisations.get(organisation_id)

    def list(self, query: OrganisationQuery) -> Listing[Organisation]:
        """Every participant may read every organisation (rulings.md 10)."""
        with self._store.read() as uow:
            if query.member_of is None:
                return uow.organisations.list(query.page, filter_by=query.filter_by, hide_inactive=query.hide_inactive)
            own = [uow.organisations.find(organisation_id) for organisation_id in sorted(query.member_of)]
        fitting = tuple(each for each in own if each is not None and _fits(each, query))
        size = query.page.size or len(fitting)
        return Listing(fitting[query.page.page * size :][:size], len(fitting))

    def update(
        self, caller: Caller, organisation_id: str, draft: OrganisationDraft, *, revisions: frozenset[str] | None = None
    ) -> Organisation:
        """Replace what the caller may say; an absent Status stays (errata A2). `revisions` are those of If-Match.

        Raises Forbidden, NotFound, Stale, Conflict (`state.illegal`).
        """
        require_organisation(caller, organisation_id)
        with self._store.write() as uow:
            stored = self._stored(uow, caller, organisation_id)
            require_current(stored.revision, revisions)
            status = draft.status or stored.status
            _require_move(caller, stored, status)
            changed = replace(
                stored,
                name=draft.name,
                legal_entity_name=draft.legal_entity_name,
                country_of_registration=draft.country_of_registration,
                registration_number=draft.registration_number,
                status=status,
                details={**{name: value for name, value in stored.details.items() if name in KEPT}, **draft.details},
                revision=stored.revision + 1,
            )
            if FLAGS in draft.details:
                changed = _with_known_flags(uow, changed)
            self._keep(uow, caller, stored, changed)
        return changed

    def withdraw(self, caller: Caller, organisation_id: str, *, revisions: frozenset[str] | None = None) -> None:
        """The soft delete: Withdrawn for ever, its applications Inactive; again is nothing new (connect.md 2.6)."""
        require_organisation(caller, organisation_id, Level.ADMINISTRATOR)
        with self._store.write() as uow:
            stored = self._stored(uow, caller, organisation_id)
            require_current(stored.revision, revisions)
            if stored.status != "Withdrawn":
                self._keep(uow, caller, stored, replace(stored, status="Withdrawn", revision=stored.revision + 1))

    def _stored(self, uow: UnitOfWork, caller: Caller, organisation_id: str) -> Organisation:
        stored = uow.organisations.find(organisation_id)
        if stored is None:
            raise absent(caller, f"organisation {organisation_id}")
        return stored

    def _keep(self, uow: UnitOfWork, caller: Caller, stored: Organisation, changed: Organisation) -> None:
        uow.organisations.replace(changed)
        if changed.status != stored.status:
            uow.late.note(standing_of(stored, self._clock.now()))
        is_withdrawal = changed.status == "Withdrawn" and stored.status != "Withdrawn"
        self._note(uow, caller, "withdraw" if is_withdrawal else "update", changed)
        if is_withdrawal:
            self._close_applications(uow, caller, changed)

    def _close_applications(self, uow: UnitOfWork, caller: Caller, organisation: Organisation) -> None:
        """Tokens, certificates and key sets follow by themselves: all of them ask for these states (api E-03)."""
        for application in uow.applications.list(organisation.organisation_id, Page()).items:
            if application.status != "Inactive":
                closed = replace(application, status="Inactive", revision=application.revision + 1)
                uow.applications.replace(closed)
                uow.late.note(standing_of(application, self._clock.now()))
                self._audit(uow, caller, "delete", "application", (closed.software_statement_id, organisation, closed))

    def _note(self, uow: UnitOfWork, caller: Caller, action: str, organisation: Organisation) -> None:
        self._audit(uow, caller, action, "organisation", (organisation.organisation_id, organisation, organisation))

    def _audit(
        self, uow: UnitOfWork, caller: Caller, action: str, object_type: str, about: tuple[str, Organisation, Any]
    ) -> None:
        object_id, organisation, record = about
        uow.audit.add(
            AuditEvent(
                at=self._clock.now(),
                actor=caller.name,
                action=action,
                object_type=object_type,
                object_id=object_id,
                organisation_id=organisation.organisation_id,
                record=snapshot(record),
            )
        )


def _with_known_flags(uow: UnitOfWork, organisation: Organisation) -> Organisation:
    """Raises Invalid for a flag that is none."""
    if not organisation.details.get(FLAGS):
        return organisation
    known = known_flags(uow, organisation.details[FLAGS], "Organisation")
    return replace(organisation, details={**organisation.details, FLAGS: known})


def _fits(organisation: Organisation, query: OrganisationQuery) -> bool:
    is_shown = organisation.is_active or not query.hide_inactive
    return is_shown and query.filter_by.lower() in organisation.name.lower()


def _id_findings(organisation_id: str) -> Iterator[Finding]:
    """An id is one segment of many paths; so it must be a segment that clients do not rewrite."""
    if organisation_id in RESERVED:
        yield Finding(
            "field.value", f"OrganisationId must not be one of {', '.join(sorted(RESERVED))}", "/OrganisationId"
        )
    if organisation_id in (".", "..") or "/" in organisation_id or "\\" in organisation_id:
        text = "OrganisationId must not hold a slash and not be a dot segment, since it is part of paths"
        yield Finding("field.pattern", text, "/OrganisationId", got=organisation_id[:40])
    if not organisation_id.isprintable() or organisation_id != organisation_id.strip():
        text = "OrganisationId must not hold invisible characters nor begin or end with a blank"
        yield Finding("field.pattern", text, "/OrganisationId")


def _require_move(caller: Caller, stored: Organisation, status: str) -> None:
    if status not in MOVES[stored.status]:
        raise Conflict("a withdrawn organisation cannot be changed", code="state.illegal")
    if status == "Withdrawn":
        require_organisation(caller, stored.organisation_id, Level.ADMINISTRATOR)
    elif status != stored.status:
        require_registrar(caller)
