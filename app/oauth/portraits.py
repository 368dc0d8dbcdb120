"""What the directory has of a client and of a key, at the sandbox's clock: for who wants to know why he was refused."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.oauth.clients import Client, Clients
from app.oauth.refusals import InvalidClient
from app.runtime.clock import Clock
from app.store.records import Certificate, Page
from app.store.store import Store, UnitOfWork

SHOWN = 25
"""Keys of one client that are told of, the newest."""
DIGEST = 32


@dataclass(frozen=True, slots=True)
class KeyPortrait:
    """A certificate or bare key. `status` is one line, such as `revoked at 2026-01-01T12:00:00Z (superseded)`."""

    kid: str
    type: str
    use: str
    status: str
    organisation_id: str
    software_statement_id: str | None
    subject: str | None
    serial: str | None
    not_before: datetime | None
    not_after: datetime | None


@dataclass(frozen=True, slots=True)
class ClientPortrait:
    """A client with how it proves that it is it; `status` is one line."""

    client_id: str
    name: str
    status: str
    method: str
    scopes: tuple[str, ...]
    organisation_id: str | None
    organisation_name: str | None
    software_statement_id: str | None
    keys: tuple[KeyPortrait, ...]


class Portraits:
    def __init__(self, store: Store, clock: Clock, clients: Clients) -> None:
        self._store, self._clock, self._clients = store, clock, clients

    def of_clients(self, names: Iterable[str]) -> tuple[ClientPortrait, ...]:
        """Those of these texts that are ids of clients, in any form; each client once."""
        now, found = self._clock.now(), dict[str, ClientPortrait]()
        with self._store.read() as uow:
            for name in names:
                client = self._client(uow, name)
                if client is not None and client.client_id not in found:
                    found[client.client_id] = _portrait(uow, client, now)
        return tuple(found.values())

    def of_keys(self, names: Iterable[str]) -> tuple[KeyPortrait, ...]:
        """Those of these texts that are kids or thumbprints here; each certificate once, whoever has it."""
        now, found = self._clock.now(), dict[str, KeyPortrait]()
        with self._store.read() as uow:
            for name in names:
                for certificate in _named(uow, name):
                    found.setdefault(certificate.certificate_id, portrait_of(certificate, now))
        return tuple(found.values())

    def of_serial(self, serial: int) -> tuple[KeyPortrait, ...]:
        """Every certificate of this serial number."""
        with self._store.read() as uow:
            return tuple(portrait_of(each, self._clock.now()) for each in uow.certificates.find_by_serial(serial))

    def _client(self, uow: UnitOfWork, name: str) -> Client | None:
        """Also one whose other form of the id would be refused (`strict_client_id`)."""
        try:
            return self._clients.find(uow, name)
        except InvalidClient as refusal:
            return self._clients.find(uow, refusal.findings[0].expected)


def portrait_of(certificate: Certificate, now: datetime) -> KeyPortrait:
    return KeyPortrait(
        kid=certificate.kid,
        type=certificate.type,
        use=certificate.use,
        status=_status(certificate, now),
        organisation_id=certificate.organisation_id,
        software_statement_id=certificate.software_statement_id,
        subject=certificate.subject_dn,
        serial=None if certificate.serial is None else f"{certificate.serial:x}",
        not_before=certificate.not_before,
        not_after=certificate.not_after,
    )


def _portrait(uow: UnitOfWork, client: Client, now: datetime) -> ClientPortrait:
    organisation, application = client.organisation, client.application
    keys: tuple[Certificate, ...] = ()
    if organisation is not None and application is not None:
        owner, software = organisation.organisation_id, application.software_statement_id
        keys = uow.certificates.list(owner, Page(size=SHOWN), software_statement_id=software).items
    return ClientPortrait(
        client_id=client.client_id,
        name=client.name,
        status=_standing(client),
        method=client.method,
        scopes=client.scopes,
        organisation_id=client.organisation_id,
        organisation_name=None if organisation is None else organisation.name,
        software_statement_id=client.software_statement_id,
        keys=tuple(portrait_of(key, now) for key in keys),
    )


def _standing(client: Client) -> str:
    for what, record in (("application", client.application), ("organisation", client.organisation)):
        if record is not None and not record.is_active:
            return f"the {what} is {record.status}"
    return "Active"


def _status(certificate: Certificate, now: datetime) -> str:
    if certificate.revoked_at is not None:
        return f"revoked at {certificate.revoked_at:%Y-%m-%dT%H:%M:%SZ} ({certificate.revoke_reason})"
    if certificate.is_expired(now):
        return f"expired at {certificate.not_after:%Y-%m-%dT%H:%M:%SZ}"
    if certificate.not_before is not None and now < certificate.not_before:
        return f"not valid before {certificate.not_before:%Y-%m-%dT%H:%M:%SZ}"
    return "active" if certificate.owner_active else "its owner is not active"


def _named(uow: UnitOfWork, name: str) -> tuple[Certificate, ...]:
    """By kid, or by the thumbprint that tokens are bound to, which for a certificate is the same."""
    found = uow.certificates.all_named(name)
    if found or not (sha256 := _digest(name)):
        return found
    one = uow.certificates.find_by_sha256(sha256)
    return () if one is None else (one,)


def _digest(text: str) -> bytes | None:
    try:
        octets = base64.urlsafe_b64decode(f"{text}{'=' * (-len(text) % 4)}")
    except (ValueError, binascii.Error):
        return None
    return octets if len(octets) == DIGEST else None
