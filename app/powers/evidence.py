"""What a client did about revocation, keys and caches, proved from the journal (control-cases.md I).

Public files are asked for without a name, so a client is known there by the addresses that it has called from. Where
nothing was seen at all nothing is proved: that is never a yes.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.errors import Conflict, NotFound
from app.powers.journal_book import CONTROL, MOST, JournalBook
from app.powers.verification import Times
from app.runtime.exchange import JournalEntry
from app.store.journal import JournalFilter
from app.store.records import Certificate, Page
from app.store.store import Store, UnitOfWork

PUBLIC = (
    "/ocsp",
    "/crl/",
    "/keystore/",
    "/repository/",
    "/jwks",
    "/.well-known/",
    "/participants",
    "/openbanking.jwks",
)
"""How paths of files begin that everybody may have."""
ROTATIONS = ("/_mock/oauth/rotate-key", "mock/scenarios/")
"""Parts of paths; scenarios are moved at the control listener and in the portal."""
DENIALS = ("mtls.", "tls.", "token.", "client.", "assertion.")
DENIED, REFUSED = frozenset({401, 403}), 400
NEWEST_CALL = "call"
LOOKED_AT = 20_000
"""Exchanges that evidence rests on, the newest."""
Entries = Sequence[JournalEntry]
ONCE = Times(1)


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be proved; what is None was not asked for. `before` is `call`, an interaction id, or a filter."""

    client: str | None = None
    certificate: str | None = None
    path: str | None = None
    before: str | JournalFilter = NEWEST_CALL
    since: datetime | None = None
    until: datetime | None = None
    within: timedelta | None = None
    times: Times = ONCE


@dataclass(frozen=True, slots=True)
class Proof:
    """The exchanges that prove it, newest first."""

    entries: tuple[JournalEntry, ...]


class Unproved(Conflict):
    """409 `evidence.*`; `entries` are what was seen instead."""

    def __init__(self, reason: str, code: str, entries: Entries = ()) -> None:
        super().__init__(reason, code=code)
        self.entries = tuple(entries)[:10]


class Evidence:
    def __init__(self, store: Store, book: JournalBook) -> None:
        self._store, self._book = store, book
        self.assertions: Mapping[str, Callable[[Question], Proof]] = {
            "ocsp_checked": lambda question: self._checked(question, "ocsp"),
            "crl_fetched": lambda question: self._checked(question, "crl"),
            "jwks_refetched": self._refetched,
            "denied_within": self._denied,
            "conditional_get": self._conditional,
        }

    # status before a call

    def _checked(self, question: Question, kind: str) -> Proof:
        """Status was asked for before the call, and the answer still held then."""
        seen = self._seen(question)
        place, call = self._call(seen, question)
        known = self._peers(seen, question)
        serial = self._serial(question)
        earlier = [entry for entry in seen[place + 1 :] if kind in entry.detail and entry.peer in known]
        if kind == "ocsp" and serial is not None:
            earlier = [entry for entry in earlier if entry.detail[kind].get("serial") == serial]
        if question.path:
            earlier = [entry for entry in earlier if question.path in entry.path]
        if not earlier:
            raise Unproved(f"no answer of {kind.upper()} came before the call", "evidence.missing", [call])
        held = [entry for entry in earlier if _until(entry, kind) > call.at]
        if not held:
            text = f"the newest answer of {kind.upper()} was over before the call, at {_until(earlier[0], kind)}"
            raise Unproved(text, "evidence.stale", [call, *earlier])
        _require(held, question.times, f"answers of {kind.upper()} that held at the call")
        return Proof((call, *held))

    def _call(self, seen: Entries, question: Question) -> tuple[int, JournalEntry]:
        """The exchange that the check must go before, and its place among all."""
        names, before = self._names(question), question.before
        for place, entry in enumerate(seen):
            if isinstance(before, JournalFilter):
                fits = before.fits(entry)
            elif before != NEWEST_CALL:
                fits = entry.interaction_id == before
            else:
                fits = not entry.path.startswith(PUBLIC) and self._is_of(entry, names, question)
            if fits:
                return place, entry
        raise Unproved("no such call was seen", "evidence.nothing_seen")

    # keys

    def _refetched(self, question: Question) -> Proof:
        """A key set was read after the last rotation, or after `since`."""
        seen = self._seen(question)
        known = self._peers(seen, question)
        newer = seen if question.since else self._after_rotation(seen)
        fetched = [entry for entry in newer if _is_key_set(entry, question.path) and entry.peer in known]
        _require(fetched, question.times, "readings of the key set after the rotation", seen)
        return Proof(tuple(fetched))

    def _after_rotation(self, seen: Entries) -> Entries:
        """By the order in which things came: the sandbox's clock may stand still."""
        rotation = self._book.find(JournalFilter(listener=CONTROL, path=ROTATIONS[0]), 1).entries
        drilled = self._book.find(JournalFilter(path=ROTATIONS[1]), MOST).entries
        drilled = tuple(entry for entry in drilled if entry.detail.get("rotated"))
        newest = max((*rotation, *drilled[:1]), key=lambda entry: entry.at, default=None)
        if newest is not None:
            together = self._book.find(JournalFilter(since=newest.at), MOST).entries
            after = together[: together.index(newest)] if newest in together else together
            return [entry for entry in after if entry in seen]
        with self._store.read() as uow:
            current = uow.signing_keys.current()
        start = current.created_at if current else datetime.min.replace(tzinfo=UTC)
        return [entry for entry in seen if entry.at >= start]

    # refusal

    def _denied(self, question: Question) -> Proof:
        """Refused within that time of the revocation, and never let in afterwards."""
        revoked = self._revocation(question)
        limit = revoked + (question.within or timedelta(seconds=60))
        names = self._names(question)
        seen = [entry for entry in self._seen(question) if self._is_of(entry, names, question) and entry.at >= revoked]
        if not seen:
            raise Unproved("nothing was seen of it since the revocation", "evidence.nothing_seen")
        late = [entry for entry in seen if 0 < entry.status < REFUSED and entry.at > limit]
        denied = [entry for entry in seen if _is_denial(entry)]
        if late:
            raise Unproved(f"it was let in at {late[0].at}, later than {limit}", "evidence.late", late)
        if not denied or denied[-1].at > limit:
            raise Unproved(f"it was not refused by {limit}", "evidence.late", denied or seen)
        return Proof(tuple(denied))

    def _revocation(self, question: Question) -> datetime:
        if question.since is not None:
            return question.since
        with self._store.read() as uow:
            found = self._certificates(uow, question)
        moments = [each.revoked_at for each in found if each.revoked_at is not None]
        if not moments:
            raise Unproved("nothing of it was revoked", "evidence.nothing_seen")
        return max(moments)

    # caches

    def _conditional(self, question: Question) -> Proof:
        """It asked with If-None-Match or If-Modified-Since."""
        seen = self._seen(question)
        known = self._peers(seen, question)
        fetched = [
            entry
            for entry in seen
            if entry.method in ("GET", "HEAD") and entry.peer in known and (question.path or "") in entry.path
        ]
        if not fetched:
            raise Unproved("nothing was fetched", "evidence.nothing_seen")
        conditional = [entry for entry in fetched if "conditional" in entry.detail]
        _require(conditional, question.times, "conditional requests", fetched)
        return Proof(tuple(conditional))

    # who

    def _seen(self, question: Question) -> Entries:
        """Everything at the doors in that time, newest first. Raises Unproved where there is nothing."""
        wanted = JournalFilter(not_listener=CONTROL, since=question.since, until=question.until)
        entries = self._book.find(wanted, LOOKED_AT).entries
        if not entries:
            raise Unproved("nothing was seen", "evidence.nothing_seen")
        return entries

    def _names(self, question: Question) -> tuple[str, ...]:
        return self._book.names_of(question.client) if question.client else ()

    def _is_of(self, entry: JournalEntry, names: tuple[str, ...], question: Question) -> bool:
        if question.certificate is not None and not question.client:
            return JournalFilter(cert=question.certificate).fits(entry)
        if not question.client:
            return True
        return entry.peer == question.client or JournalFilter(clients=names).fits(entry)

    def _peers(self, seen: Entries, question: Question) -> set[str]:
        """The addresses that it has called from. Raises Unproved where it was never seen."""
        if not question.client:
            return {entry.peer for entry in seen}
        if _is_address(question.client):
            known = {entry.peer for entry in seen if entry.peer == question.client}
        else:
            names = self._names(question)
            known = {entry.peer for entry in seen if self._is_of(entry, names, question)}
        if not known:
            raise Unproved(f"nothing was seen of {question.client[:80]}", "evidence.nothing_seen")
        return known

    def _certificates(self, uow: UnitOfWork, question: Question) -> tuple[Certificate, ...]:
        """What the revocation is to be of: one certificate, or all of an application. Raises NotFound."""
        if question.certificate is not None:
            found = uow.certificates.all_named(question.certificate)
            if not found:
                raise NotFound(f"no certificate {question.certificate[:80]}")
            return found
        names = self._names(question)
        application = next((each for name in names if (each := uow.applications.find_any(name))), None)
        if application is None:
            raise NotFound(f"no application {(question.client or '')[:80]}")
        listed = uow.certificates.list(
            application.organisation_id, Page(), software_statement_id=application.software_statement_id
        )
        return listed.items

    def _serial(self, question: Question) -> str | None:
        if question.certificate is None:
            return None
        with self._store.read() as uow:
            found = self._certificates(uow, question)
        return f"{found[0].serial:x}" if found[0].serial is not None else None


def _require(found: Entries, times: Times, what: str, seen: Entries = ()) -> None:
    """Raise Unproved, `evidence.count`, unless there are as many as expected."""
    if not times.holds(len(found)):
        raise Unproved(f"expected {times.text}, found {len(found)} {what}", "evidence.count", found or seen)


def _until(entry: JournalEntry, kind: str) -> datetime:
    """nextUpdate of the answer."""
    return datetime.fromisoformat(str(entry.detail[kind].get("next_update", "1970-01-01T00:00:00Z")))


def _is_key_set(entry: JournalEntry, path: str | None) -> bool:
    is_one = entry.path.endswith((".jwks", "/jwks")) and entry.method in ("GET", "HEAD")
    return is_one and 0 < entry.status < REFUSED and (path or "") in entry.path


def _is_denial(entry: JournalEntry) -> bool:
    return entry.status in DENIED or entry.code.startswith(DENIALS)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
