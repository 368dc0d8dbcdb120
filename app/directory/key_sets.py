"""The public keystore: key sets and certificates of every participant (connect.md 11)."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from app.directory.keystore_paths import pem_address
from app.errors import NotFound
from app.runtime.addresses import Addresses
from app.runtime.clock import Clock, whole_second
from app.settings import Settings
from app.store.late_changes import Late
from app.store.marks import Mark
from app.store.records import Certificate
from app.store.store import Store, UnitOfWork

INSTANT = timedelta(microseconds=1)
JUST_BEFORE = timedelta(microseconds=1)
"""A key is good at its end, and no more at its revocation."""
MOST_KEPT = 2000
"""Answers in memory at a time; a directory with more owners than this builds some of them anew."""

KeyFile = Literal["application", "transport"]


class Signer(Protocol):
    """The signer of assertions; app.ca.jws has one."""

    @property
    def kid(self) -> str: ...

    @property
    def public_jwk(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose key set: an application, or an organisation where `software_statement_id` is None."""

    organisation_id: str
    software_statement_id: str | None


@dataclass(frozen=True, slots=True)
class Then:
    """A moment, and where the counters of the store stood."""

    moment: datetime
    mark: Mark

    def seen(self, row: Certificate, numbers: Mark) -> Certificate | None:
        """As it was then; None for one that was not there. What was revoked later was not."""
        if numbers.certificate > self.mark.certificate:
            return None
        is_later = numbers.revocation > self.mark.revocation
        if is_later and row.revoked_at is not None and row.revoked_at >= whole_second(self.moment):
            return replace(row, revoked_at=None, revoke_reason=None)
        return row


@dataclass(frozen=True, slots=True)
class _Pair:
    """Both sets of one owner and file, read in one transaction; good at one change token, between two expiries."""

    token: Hashable
    after: datetime | None
    until: datetime | None
    active: bytes
    inactive: bytes

    def holds(self, token: Hashable, now: datetime) -> bool:
        return (
            self.token == token
            and (self.after is None or now > self.after)
            and (self.until is None or now <= self.until)
        )


Rescan = Callable[[UnitOfWork, datetime], tuple[bool, datetime | None]]
"""Whether the last rescan of the CRL has lost the keys of the CA, and when the next one is; None = there are none."""


def nothing_rescanned(_uow: UnitOfWork, _now: datetime) -> tuple[bool, datetime | None]:
    """As it is without that power."""
    return False, None


class KeySets:
    """Key sets as JSON text, kept until any process writes or a key expires at the sandbox's clock."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: Settings,
        addresses: Addresses,
        signer: Signer,
        rescan: Rescan = nothing_rescanned,
    ) -> None:
        self._store, self._clock, self._settings, self._addresses = store, clock, settings, addresses
        self._signer, self._rescan = signer, rescan
        self._kept: dict[tuple[str, str | None, KeyFile], _Pair] = {}

    def key_set(self, owner: tuple[str, str | None], file: KeyFile, *, active: bool) -> bytes:
        """`{"keys":[…]}` of an owner, newest key first.

        An `owner` without application is an organisation or, in the single-identifier form, an application.
        A key stands in exactly one of the two sets: both are made from one view of the store (status-cases.md R-04).
        Raises NotFound.
        """
        token, now = self._store.change_token(), self._clock.now()
        pair = self._kept.get((*owner, file))
        if pair is None or not pair.holds(token, now):
            pair = self._read(owner, file, (token, now))
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[*owner, file] = pair
        return pair.active if active else pair.inactive

    def key_set_then(self, owner: tuple[str, str | None], file: KeyFile, then: Then, *, active: bool) -> bytes:
        """The same as it was at a moment, but for what has expired since. Raises NotFound."""
        now = self._clock.now()
        with self._store.read() as uow:
            known = _owner(uow, *owner)
            rows = self._all_rows(uow, known, file, now)
            numbers = uow.marks.of_owner(known.organisation_id)
        seen = [then.seen(row, numbers.get(row.certificate_id, Mark())) for row in rows]
        return _text(self._jwk(row) for row in seen if row is not None and row.is_active(now) == active)

    def certificate_pem(self, owner: tuple[str, str | None], kid: str) -> bytes:
        """A certificate as PEM, whatever its status; the target of `x5u`. Raises NotFound, also for a bare key."""
        organisation_id, software_statement_id = owner
        with self._store.read() as uow:
            found = uow.certificates.find(organisation_id, kid, software_statement_id=software_statement_id)
        if found is None or found.software_statement_id != software_statement_id:
            raise NotFound(f"no certificate {kid[:80]} here")
        if found.der is None:
            raise NotFound(f"{kid[:80]} is a bare key without a certificate; it stands in {found.jwks}.jwks")
        return ssl.DER_cert_to_PEM_cert(found.der).encode()

    def assertion_keys(self) -> bytes:
        """The keys that sign software statement assertions (`/openbanking.jwks`)."""
        return _text([{**self._signer.public_jwk, "use": "sig", "kid": self._signer.kid}])

    def _read(self, owner: tuple[str, str | None], file: KeyFile, at: tuple[Hashable, datetime]) -> _Pair:
        token, now = at
        with self._store.read() as uow:
            known = _owner(uow, *owner)
            active = self._rows(uow, known, file, now, active=True)
            inactive = self._rows(uow, known, file, now, active=False)
            late = uow.late.of_organisation("jwks", known.organisation_id, now)
            is_lost, next_rescan = self._rescan(uow, now)
            if late or is_lost:
                every = self._all_rows(uow, known, file, now)
                active, inactive = self._as_seen(uow, every, now, is_lost=is_lost)
        rows = (*active, *inactive)
        ends = [c.not_after for c in rows if c.not_after is not None]
        ends += [c.revoked_at - JUST_BEFORE for c in rows if c.is_planned and c.revoked_at is not None]
        return _Pair(
            token,
            after=max((end for end in ends if end < now), default=None),
            until=min((*(end for end in ends if end >= now), *_changes(late, next_rescan)), default=None),
            active=_text(map(self._jwk, active)),
            inactive=_text(map(self._jwk, inactive)),
        )

    def _as_seen(
        self, uow: UnitOfWork, rows: Iterable[Certificate], now: datetime, *, is_lost: bool
    ) -> tuple[tuple[Certificate, ...], tuple[Certificate, ...]]:
        """Those that the files show as active, and as inactive, where the directory knows more (control-cases.md C)."""
        active: list[Certificate] = []
        inactive: list[Certificate] = []
        for row in rows:
            seen = uow.late.certificate("jwks", row, now)
            if seen is not None:
                is_gone = is_lost and row.issuer_id is not None
                (inactive if is_gone or not seen.is_active(now) else active).append(seen)
        return tuple(active), tuple(inactive)

    def _all_rows(self, uow: UnitOfWork, owner: Owner, file: KeyFile, now: datetime) -> list[Certificate]:
        """Active or not, in the order of a key set: the application's own first, each newest first."""
        rows = [row for active in (True, False) for row in self._rows(uow, owner, file, now, active=active)]
        numbers = uow.marks.of_owner(owner.organisation_id)
        own = owner.software_statement_id

        def place(row: Certificate) -> tuple[bool, float, int]:
            number = numbers.get(row.certificate_id, Mark()).certificate
            return row.software_statement_id != own, -row.created_at.timestamp(), -number

        return sorted(rows, key=place)

    @staticmethod
    def _rows(uow: UnitOfWork, owner: Owner, file: KeyFile, now: datetime, *, active: bool) -> tuple[Certificate, ...]:
        """An application's own set holds its organisation's signing keys too [specs-seguranca #202]."""
        organisation_id, software_statement_id = owner.organisation_id, owner.software_statement_id
        rows = tuple(uow.certificates.key_set(organisation_id, software_statement_id, file, now, active=active))
        if software_statement_id is None or file == "transport":
            return rows
        shared = uow.certificates.key_set(organisation_id, None, file, now, active=active)
        return rows + tuple(c for c in shared if c.use == "sig")

    def _jwk(self, certificate: Certificate) -> dict[str, Any]:
        """One key, without `alg`: consumers pin theirs. A bare key has no certificate members."""
        members: dict[str, Any] = {**certificate.jwk, "use": certificate.use, "kid": certificate.kid}
        if certificate.der is not None and certificate.sha256 is not None:
            members["x5c"] = [base64.b64encode(certificate.der).decode()]
            members["x5u"] = pem_address(self._addresses.keystore, certificate)
            members[self._settings.jwks_thumbprint_member] = _b64url(certificate.sha256)
            members["x5dn"] = certificate.subject_dn or ""
        return members


def _changes(late: Iterable[Late], next_rescan: datetime | None) -> Iterator[datetime]:
    """The last moment before each at which the files change by themselves."""
    for moment in (*(each.visible_at for each in late), *filter(None, (next_rescan,))):
        yield moment - INSTANT


def _owner(uow: UnitOfWork, identifier: str, software_statement_id: str | None) -> Owner:
    """Raises NotFound. An organisation goes before an application of the same identifier."""
    if software_statement_id is not None:
        uow.applications.get(identifier, software_statement_id)
        return Owner(identifier, software_statement_id)
    if uow.organisations.find(identifier) is not None:
        return Owner(identifier, None)
    application = uow.applications.find_any(identifier)
    if application is None:
        raise NotFound(f"no organisation and no application {identifier[:80]}")
    return Owner(application.organisation_id, application.software_statement_id)


def _text(keys: Iterable[Mapping[str, Any]]) -> bytes:
    return json.dumps({"keys": list(keys)}, separators=(",", ":"), ensure_ascii=False).encode()


def _b64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
