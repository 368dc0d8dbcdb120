"""The rules of applications, or software statements (connect.md 4). Each public method is one transaction."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.access import PORTAL, Caller, absent, require_application, require_applications, require_super_user
from app.access_rules import Level
from app.directory.beside import FLAGS, known_flags
from app.directory.drafts import ApplicationDraft
from app.directory.first_claims import record_application_claims
from app.directory.history import require_current, snapshot
from app.directory.locks import keep_locked
from app.directory.roles import chosen_roles
from app.errors import Conflict, Finding, Forbidden, Invalid
from app.runtime.addresses import Addresses
from app.runtime.clock import Clock
from app.runtime.entropy import Entropy, new_id, new_token
from app.settings import Settings
from app.store.late_changes import standing_of
from app.store.records import SECRET_SHA256, Application, AuditEvent, Details, Organisation, Page
from app.store.store import Store, UnitOfWork
from app.store.units import Listing

MOVES: Mapping[str, frozenset[str]] = {
    "Active": frozenset({"Active", "Suspended", "Inactive"}),
    "Suspended": frozenset({"Suspended", "Active", "Inactive"}),
    "Inactive": frozenset(),
}
"""The one table of allowed moves (connect.md 4.2): a deleted application takes no change at all."""
DEFAULTS: Details = {
    "Mode": "Live",
    "OpenidFederationEnabled": False,
    "RequireSignedRequestObject": True,
    "IdTokenSignedResponseAlgorithm": "PS256",
    "TokenEndpointAuthMethod": "private_key_jwt",
    "TlsClientCertificateBoundAccessTokens": True,
}
"""Set at creation; a PUT that does not name them leaves them as they are."""
WEBHOOK, STATUS = "NotificationWebhook", "NotificationWebhookStatus"
"""The second is about the first, and is lost with it."""


@dataclass(frozen=True, slots=True)
class ApplicationQuery:
    """Which applications of one organisation are listed."""

    organisation_id: str
    page: Page = field(default_factory=Page)
    filter_by: str = ""
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A created or changed application; `client_secret` only when this very change made one (connect.md 4.3)."""

    application: Application
    client_secret: str | None = None


class Applications:
    def __init__(self, store: Store, clock: Clock, entropy: Entropy, addresses: Addresses, settings: Settings) -> None:
        self._store, self._clock, self._entropy = store, clock, entropy
        self._addresses, self._settings = addresses, settings

    def create(
        self,
        caller: Caller,
        organisation_id: str,
        draft: ApplicationDraft,
        *,
        software_statement_id: str | None = None,
    ) -> Made:
        """Record a new application, under an id of its own or, from a seed, the given one.

        Raises Forbidden, NotFound, Invalid (roles), Conflict (an id in use).
        """
        require_applications(caller, organisation_id)
        with self._store.write() as uow:
            organisation = uow.organisations.find(organisation_id)
            if organisation is None:
                raise absent(caller, f"organisation {organisation_id}")
            if organisation.status == "Withdrawn":
                raise Forbidden("a withdrawn organisation gets no applications", code="org.not_active")
            self._require_own_client_id(uow, draft.client_id)
            draft = _with_known_flags(uow, draft)
            made = self._made(organisation, draft, software_statement_id or new_id(self._entropy))
            uow.applications.add(made.application)
            record_application_claims(uow, made.application)
            self._note(uow, caller, "create", made.application)
        return made

    def read(self, organisation_id: str, software_statement_id: str) -> Application:
        """One application, deleted ones too. Raises NotFound."""
        with self._store.read() as uow:
            return uow.applications.get(organisation_id, software_statement_id)

    def list(self, query: ApplicationQuery) -> Listing[Application]:
        """Raises NotFound for an unknown organisation."""
        with self._store.read() as uow:
            uow.organisations.get(query.organisation_id)
            return uow.applications.list(
                query.organisation_id, query.page, filter_by=query.filter_by, status=query.status
            )

    def update(
        self, caller: Caller, ids: tuple[str, str], draft: ApplicationDraft, *, revisions: frozenset[str] | None = None
    ) -> Made:
        """Replace what the caller may say, never the roles; under a lock only redirect URIs are added (connect.md 4.2).

        `ids` are those of organisation and application. Raises Forbidden, NotFound, Stale, Invalid, Conflict.
        """
        require_application(caller, *ids)
        with self._store.write() as uow:
            stored = self._stored(uow, caller, ids)
            require_current(stored.revision, revisions)
            status = draft.status or stored.status
            _require_move(stored, status)
            _require_same_client_id(stored, draft)
            changed = (
                keep_locked(stored, draft) if stored.locked else self._replaced(stored, _with_known_flags(uow, draft))
            )
            made = self._with_secret(replace(changed, status=status, revision=stored.revision + 1))
            uow.applications.replace(made.application)
            if status != stored.status:
                uow.late.note(standing_of(stored, self._clock.now()))
            self._note(uow, caller, _action(stored.status, status), made.application)
        return made

    def delete(self, caller: Caller, ids: tuple[str, str], *, revisions: frozenset[str] | None = None) -> None:
        """The soft delete: Inactive for ever; again is nothing new (connect.md 2.6)."""
        require_application(caller, *ids)
        with self._store.write() as uow:
            stored = self._stored(uow, caller, ids)
            require_current(stored.revision, revisions)
            if stored.status != "Inactive":
                changed = replace(stored, status="Inactive", revision=stored.revision + 1)
                uow.applications.replace(changed)
                uow.late.note(standing_of(stored, self._clock.now()))
                self._note(uow, caller, "delete", changed)

    def unlock(self, caller: Caller, ids: tuple[str, str]) -> Application:
        """Clear the lock that an assertion has set. Raises Forbidden, NotFound, Conflict for a deleted application."""
        if self._settings.unlock_requires_super_user:
            require_super_user(caller)
        require_application(caller, *ids, Level.ADMINISTRATOR)
        with self._store.write() as uow:
            stored = self._stored(uow, caller, ids)
            if stored.status == "Inactive":
                raise Conflict("a deleted application cannot be unlocked", code="state.illegal")
            if not stored.locked:
                return stored
            changed = replace(stored, locked=False, revision=stored.revision + 1)
            uow.applications.replace(changed)
            self._note(uow, caller, "unlock", changed)
        return changed

    def _made(self, organisation: Organisation, draft: ApplicationDraft, software_statement_id: str) -> Made:
        application = Application(
            software_statement_id=software_statement_id,
            organisation_id=organisation.organisation_id,
            client_id=draft.client_id or self._client_id(software_statement_id),
            client_name=draft.client_name,
            status="Active",
            locked=False,
            created_at=self._clock.now(),
            details={**DEFAULTS, **draft.details},
            roles=chosen_roles(organisation, draft.roles),
        )
        return self._with_secret(application)

    def _require_own_client_id(self, uow: UnitOfWork, client_id: str | None) -> None:
        """The OAuth endpoints know an application by its id and by its URL too: nobody else may be called so."""
        if client_id == PORTAL:
            raise Conflict(f"client id {PORTAL} is that of the portal")
        if client_id and uow.applications.find_any(client_id.removeprefix(self._relying_party(""))):
            raise Conflict(f"client id {client_id[:80]} is that of another application")

    def _relying_party(self, software_statement_id: str) -> str:
        """The client identifier of OpenID federation (connect.md 1)."""
        return f"{self._addresses.rp}/openid_relying_party/{software_statement_id}"

    def _client_id(self, software_statement_id: str) -> str:
        """The three generations of connect.md 4.3."""
        match self._settings.client_id_style:
            case "url":
                return self._relying_party(software_statement_id)
            case "short":
                return base64.urlsafe_b64encode(self._entropy.octets(16)).decode()[:21]
            case _:
                return software_statement_id

    def _replaced(self, stored: Application, draft: ApplicationDraft) -> Application:
        same = {SECRET_SHA256, FLAGS} | (
            {STATUS} if draft.details.get(WEBHOOK) == stored.details.get(WEBHOOK) else set()
        )
        kept = {name: value for name, value in stored.details.items() if name in DEFAULTS or name in same}
        return replace(stored, client_name=draft.client_name, details={**DEFAULTS, **kept, **draft.details})

    def _with_secret(self, application: Application) -> Made:
        """A switch to client_secret_basic makes a secret, a switch away ends it; its text is kept nowhere."""
        details = dict(application.details)
        had = details.pop(SECRET_SHA256, None)
        if details.get("TokenEndpointAuthMethod") != "client_secret_basic":
            return Made(replace(application, details=details))
        if had is not None:
            return Made(application)
        secret = new_token(self._entropy)
        details[SECRET_SHA256] = hashlib.sha256(secret.encode()).hexdigest()
        return Made(replace(application, details=details), secret)

    def _stored(self, uow: UnitOfWork, caller: Caller, ids: tuple[str, str]) -> Application:
        stored = uow.applications.find(*ids)
        if stored is None:
            raise absent(caller, f"application {ids[1]} in organisation {ids[0]}")
        return stored

    def _note(self, uow: UnitOfWork, caller: Caller, action: str, application: Application) -> None:
        record: dict[str, Any] = snapshot(application)
        uow.audit.add(
            AuditEvent(
                at=self._clock.now(),
                actor=caller.name,
                action=action,
                object_type="application",
                object_id=application.software_statement_id,
                organisation_id=application.organisation_id,
                record=record,
            )
        )


def _with_known_flags(uow: UnitOfWork, draft: ApplicationDraft) -> ApplicationDraft:
    """Raises Invalid for a flag that is none."""
    if not draft.details.get(FLAGS):
        return draft
    known = known_flags(uow, draft.details[FLAGS], "Software_Statement")
    return replace(draft, details={**draft.details, FLAGS: known})


def _require_move(stored: Application, status: str) -> None:
    if status not in MOVES[stored.status]:
        raise Conflict("a deleted application cannot be changed", code="state.illegal")


def _require_same_client_id(stored: Application, draft: ApplicationDraft) -> None:
    if draft.client_id not in (None, stored.client_id):
        finding = Finding(
            "field.read_only", "ClientId cannot be changed", "/ClientId", stored.client_id, str(draft.client_id)[:80]
        )
        raise Invalid(finding.detail, code=finding.code, findings=(finding,))


def _action(before: str, after: str) -> str:
    """What the webhooks of connect.md 18 call it."""
    return {("Active", "Suspended"): "suspend", ("Suspended", "Active"): "unsuspend"}.get((before, after), "update")
