"""Devices without a browser: they show a code, a person types it in elsewhere and answers (RFC 8628, 3.1 to 3.3)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.errors import Unavailable
from app.oauth.attempts import Attempts
from app.oauth.authorisation_request import require_user_scopes
from app.oauth.clients import Client, Clients
from app.oauth.consents import new_grant, scopes_of
from app.oauth.grants import Authenticated
from app.oauth.refusals import OAuthRefusal
from app.oauth.sign_in import SignedIn, digest
from app.runtime.addresses import Addresses
from app.runtime.clock import Clock
from app.runtime.entropy import Entropy, new_id, new_token
from app.settings import Settings
from app.store.grants import DeviceRequest
from app.store.store import Store, UnitOfWork

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so that no words come of it (RFC 8628, 6.1)."""
LENGTH = 8


@dataclass(frozen=True, slots=True)
class DeviceStarted:
    """What the device is told; times in seconds."""

    device_code: str
    user_code: str
    verification_uri: str
    expires_in: int
    interval: int

    @property
    def verification_uri_complete(self) -> str:
        return f"{self.verification_uri}?user_code={self.user_code}"


@dataclass(frozen=True, slots=True)
class DeviceConsent:
    """What a person is asked for a device; `user_code` as the device shows it."""

    client: Client
    scopes: tuple[str, ...]
    user_code: str


class DeviceFlow:
    def __init__(
        self, store: Store, hands: tuple[Clock, Entropy], settings: Settings, addresses: Addresses, clients: Clients
    ) -> None:
        self._store, (self._clock, self._entropy), self._settings = store, hands, settings
        self._page, self._clients = f"{addresses.auth}/device", clients
        self._attempts = Attempts(store, self._clock)

    def start(self, asked: Authenticated) -> DeviceStarted:
        """Codes for an authenticated client. Raises InvalidScope."""
        scopes = tuple(dict.fromkeys(asked.form.get("scope", "").split()))
        require_user_scopes(scopes)
        device_code, user_code = new_token(self._entropy), new_user_code(self._entropy)
        lifetime = self._settings.device_code_lifetime_seconds
        asked.uow.device_requests.add(
            DeviceRequest(
                device_code_sha256=digest(device_code),
                user_code=user_code,
                client_id=asked.client.client_id,
                scopes=scopes,
                created_at=asked.now,
                expires_at=asked.now + timedelta(seconds=lifetime),
                interval_seconds=self._settings.device_poll_seconds,
            )
        )
        interval = self._settings.device_poll_seconds
        return DeviceStarted(device_code, shown(user_code), self._page, lifetime, interval)

    def asked_for(self, user_code: str, person: SignedIn) -> DeviceConsent:
        """What the device with this code wants. Raises OAuthRefusal, `device.*`; Unavailable, `rate.limited`."""
        with self._counting(person), self._store.read() as uow:
            found = _waiting(uow, user_code, self._clock.now())
            client = self._clients.get(uow, found.client_id)
        return DeviceConsent(client, scopes_of(person.account, found.scopes), shown(found.user_code))

    def decide(self, user_code: str, person: SignedIn, *, allowed: bool) -> None:
        """The person has answered. Raises as `asked_for`."""
        with self._counting(person), self._store.write() as uow:
            now = self._clock.now()
            found = _waiting(uow, user_code, now)
            client = self._clients.get(uow, found.client_id)
            scopes = scopes_of(person.account, found.scopes)
            if allowed and scopes:
                grant = new_grant(new_id(self._entropy), client, person, scopes, now)
                uow.grants.add(grant)
                uow.device_requests.allow(found.device_code_sha256, grant.grant_id)
            else:
                uow.device_requests.deny(found.device_code_sha256, now)

    @contextmanager
    def _counting(self, person: SignedIn) -> Iterator[None]:
        """Nobody finds out codes of others by trying (RFC 8628, 5.1). Raises Unavailable, `rate.limited`."""
        account = person.account.user_id
        if seconds := self._attempts.wait(account):
            raise Unavailable(f"too many wrong codes; try again in {seconds} seconds", code="rate.limited")
        try:
            yield
        except OAuthRefusal as refusal:
            if refusal.code.startswith("device."):
                self._attempts.failed(account)
            raise


def new_user_code(entropy: Entropy) -> str:
    """Letters, each as likely as any other."""
    fair = 256 - 256 % len(LETTERS)
    found = ""
    while len(found) < LENGTH:
        found += "".join(LETTERS[octet % len(LETTERS)] for octet in entropy.octets(2 * LENGTH) if octet < fair)
    return found[:LENGTH]


def shown(user_code: str) -> str:
    """As people read it."""
    return f"{user_code[:4]}-{user_code[4:]}"


def typed(text: str) -> str:
    """What was meant: dashes, blanks and case do not count (RFC 8628, 6.1)."""
    return "".join(letter for letter in text[:80].upper() if letter in LETTERS)


def _waiting(uow: UnitOfWork, user_code: str, now: datetime) -> DeviceRequest:
    found = uow.device_requests.find_by_user_code(typed(user_code))
    if found is None:
        raise OAuthRefusal("no device shows this code", code="device.user_code")
    if now >= found.expires_at:
        raise OAuthRefusal("the code is too old; start again at the device", code="device.expired")
    if found.grant_id is not None or found.denied_at is not None:
        raise OAuthRefusal("this code was answered already", code="device.used")
    return found
