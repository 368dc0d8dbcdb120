"""The list of participants: every active organisation with its servers and claims, as SDKs read it (connect.md 13).

It follows every change, of any process, as late as the channel `participants` of the propagation is. What did not
change is kept as it was written: after one change one organisation is read and written again.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Any

from app.directory.participant_forms import Metadata, metadata_of, participant
from app.runtime.clock import Clock
from app.settings import Settings
from app.store.listings import CHANNEL, NOTHING, Hidden, hidden
from app.store.store import Store, UnitOfWork

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
Members = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Publication:
    """The list as it goes out, with the entity tag of its octets."""

    body: bytes
    etag: str

    @classmethod
    def of(cls, body: bytes) -> Publication:
        digest = base64.urlsafe_b64encode(hashlib.sha256(body).digest()[:15]).decode()
        return cls(body, f'"{digest}"')

    def holds(self, organisation_id: str) -> bool:
        """Whether an organisation stands there."""
        return any(each["OrganisationId"] == organisation_id for each in json.loads(self.body))


@dataclass(frozen=True, slots=True)
class _Kept:
    """The newest list: good while nothing is committed and no change gets visible, or unseen by a clock set back."""

    publication: Publication
    token: Hashable
    after: datetime | None
    until: datetime | None

    def is_good(self, token: Hashable, clock: Clock) -> bool:
        if self.token != token:
            return False
        if self.after is None and self.until is None:
            return True
        now = clock.now()
        return (self.after is None or self.after <= now) and (self.until is None or now < self.until)


class Participants:
    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store, self._clock, self._settings = store, clock, settings
        self._kept: _Kept | None = None
        self._written: dict[str, tuple[Hashable, bytes]] = {}
        self._lock = Lock()

    def publication(self) -> Publication:
        """The newest one, made again if any process has changed the directory or a change is to be seen by now."""
        kept, token = self._kept, self._store.change_token()
        if kept is not None and kept.is_good(token, self._clock):
            return kept.publication
        with self._lock:
            return self._build(token)

    def rebuild(self) -> Publication:
        """Make it now: whatever was under way is shown (`GET /organisations/export/open-data`)."""
        self.settle()
        return self.publication()

    def settle(self) -> None:
        """Nothing is under way any more."""
        with self._store.read() as uow:
            is_late = bool(uow.late.listings(self._clock.now()))
        if is_late:
            with self._store.write() as uow:
                uow.late.settle(CHANNEL)

    def roles(self) -> list[Members]:
        """Every active role of every domain: what `/roles` tells (its form is published nowhere)."""
        shown = ("AuthorisationDomainName", "AuthorisationDomainRoleName", "RoleType", "Exclusive")
        with self._store.read() as uow:
            return [
                {**{name: r.body.get(name) for name in shown}, "AuthorisationDomainRoleIdentifier": r.resource_id,
                 "Status": r.status}
                for r in uow.resources.of_kind("domain_role") if r.is_active
            ]  # fmt: skip

    def _build(self, token: Hashable) -> Publication:
        now = self._clock.now()
        with self._store.read() as uow:
            moments = uow.late.moments(CHANNEL)
            written = self._fragments(uow, hidden(uow.late, now) if moments else {})
        self._written = written
        publication = Publication.of(b"[" + b",".join(text for _mark, text in written.values() if text) + b"]")
        after = max((moment for moment in moments if moment <= now), default=None)
        until = min((moment for moment in moments if moment > now), default=None)
        self._kept = _Kept(publication, token, after, until)
        return publication

    def _fragments(self, uow: UnitOfWork, late: dict[str, Hidden]) -> dict[str, tuple[Hashable, bytes]]:
        """Of each organisation the marks of what it was written from, and the text; "" for one that is not shown."""
        fingerprints = uow.resources.fingerprints()
        told = uow.resources.of_kind("role_metadata")
        roles = late.get("", NOTHING).resources(told, partial(uow.resources.numbers, ""))
        metadata = metadata_of(roles, uow.resources.of_kind("flag"))
        found: dict[str, tuple[Hashable, bytes]] = {}
        for organisation_id, revision in uow.organisations.revisions().items():
            unseen = late.get(organisation_id, NOTHING)
            mark = (revision, fingerprints.get(organisation_id), metadata.mark, unseen.mark)
            kept = self._written.get(organisation_id)
            if kept is None or kept[0] != mark:
                kept = mark, self._written_out(uow, organisation_id, metadata, unseen)
            found[organisation_id] = kept
        return found

    def _written_out(self, uow: UnitOfWork, organisation_id: str, metadata: Metadata, unseen: Hidden) -> bytes:
        organisation = unseen.organisation(uow.organisations.get(organisation_id))
        if organisation is None or not organisation.is_active:
            return b""
        found = uow.resources.of_organisation(organisation_id)
        resources = unseen.resources(found, partial(uow.resources.numbers, organisation_id))
        shown = participant(organisation, resources, metadata, without_servers=self._settings.participants_all)
        return b"" if shown is None else encode(shown).encode("utf-8", "backslashreplace")
