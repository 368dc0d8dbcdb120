"""Backchannel authentication: a client names a person and waits until he has answered elsewhere (CIBA Core, 7).

Poll mode alone. There is no telephone here: the control listener answers for people, one request at a time or all of
them (app/runtime/outcomes.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.oauth import signatures
from app.oauth.authorisation_request import OPENID, require_user_scopes
from app.oauth.clients import Clients
from app.oauth.consents import new_grant, scopes_of
from app.oauth.grants import Authenticated
from app.oauth.jws import JwsFault, read_jws
from app.oauth.refusals import InvalidRequest, InvalidScope, OAuthRefusal
from app.oauth.request_objects import RequestObjects
from app.oauth.sign_in import SignedIn, digest
from app.runtime.clock import Clock
from app.runtime.entropy import Entropy, new_id, new_token
from app.settings import Settings
from app.store.grants import Account, DeviceRequest
from app.store.store import Store, UnitOfWork

HINTS = ("login_hint", "id_token_hint", "login_hint_token")
BINDING = re.compile(r"[ -~]{1,64}")
"""Short and plain, so that two screens can show the same (CIBA Core, 7.1)."""
EXPIRY = re.compile(r"[1-9][0-9]{0,4}")
LONGEST = 86_400


@dataclass(frozen=True, slots=True)
class BackchannelStarted:
    """What the client is told; times in seconds (CIBA Core, 7.3)."""

    auth_req_id: str
    expires_in: int
    interval: int


class Backchannel:
    def __init__(
        self,
        store: Store,
        hands: tuple[Clock, Entropy],
        settings: Settings,
        clients: Clients,
        request_objects: RequestObjects,
    ) -> None:
        self._store, (self._clock, self._entropy), self._settings = store, hands, settings
        self._clients, self._request_objects = clients, request_objects

    def start(self, asked: Authenticated) -> BackchannelStarted:
        """Keep the request of an authenticated client. Raises OAuthRefusal in the words of CIBA Core, 13."""
        parameters = self._request_objects.backchannel(asked)
        scopes = tuple(dict.fromkeys(parameters.get("scope", "").split()))
        require_user_scopes(scopes)
        if OPENID not in scopes:
            raise InvalidScope("a backchannel request needs the scope openid (CIBA Core, 7.1)")
        message = parameters.get("binding_message")
        if message is not None and not BINDING.fullmatch(message):
            text = "binding_message must be 1 to 64 printable characters of ASCII"
            raise OAuthRefusal(text, error="invalid_binding_message", code="backchannel.message")
        account = _person(asked.uow, parameters)
        lifetime = self._lifetime(parameters.get("requested_expiry"))
        auth_req_id = new_token(self._entropy)
        key = digest(auth_req_id)
        asked.uow.device_requests.add(
            DeviceRequest(
                device_code_sha256=key,
                user_code=f"backchannel {key.hex()}",
                client_id=asked.client.client_id,
                scopes=scopes,
                created_at=asked.now,
                expires_at=asked.now + timedelta(seconds=lifetime),
                interval_seconds=self._settings.device_poll_seconds,
                user_id=account.user_id,
                binding_message=message,
            )
        )
        return BackchannelStarted(auth_req_id, lifetime, self._settings.device_poll_seconds)

    def decide(self, auth_req_id: str, person: SignedIn, *, allowed: bool) -> str | None:
        """The person has answered; the message that he was shown. Raises OAuthRefusal, `backchannel.*`."""
        with self._store.write() as uow:
            now, found = self._clock.now(), uow.device_requests.find(digest(auth_req_id))
            if found is None or found.user_id is None:
                raise OAuthRefusal("no such auth_req_id here", code="backchannel.unknown")
            if found.user_id != person.account.user_id:
                raise OAuthRefusal("this request is about another person", code="backchannel.person")
            if now >= found.expires_at:
                raise OAuthRefusal("the request is too old", code="backchannel.expired")
            if found.grant_id is not None or found.denied_at is not None:
                raise OAuthRefusal("this request was answered already", code="backchannel.used")
            settle(uow, self._clients, found, person, (new_id(self._entropy), now), allowed=allowed)
            return found.binding_message

    def _lifetime(self, asked: str | None) -> int:
        if asked is None:
            return self._settings.backchannel_lifetime_seconds
        if not EXPIRY.fullmatch(asked) or int(asked) > LONGEST:
            text = f"requested_expiry must be a whole number of seconds from 1 to {LONGEST}"
            raise InvalidRequest(text, code="backchannel.expiry", got=asked[:20])
        return int(asked)


def settle(
    uow: UnitOfWork,
    clients: Clients,
    found: DeviceRequest,
    person: SignedIn,
    made: tuple[str, datetime],
    *,
    allowed: bool,
) -> None:
    """Write down what a person has answered; `made` are the id of a grant, and the moment."""
    grant_id, now = made
    scopes = scopes_of(person.account, found.scopes)
    if allowed and scopes:
        uow.grants.add(new_grant(grant_id, clients.get(uow, found.client_id), person, scopes, now))
        uow.device_requests.allow(found.device_code_sha256, grant_id)
    else:
        uow.device_requests.deny(found.device_code_sha256, now)


def _person(uow: UnitOfWork, parameters: Mapping[str, str]) -> Account:
    """Whom the one hint names. Raises OAuthRefusal, `unknown_user_id` for nobody who is active."""
    given = [name for name in HINTS if name in parameters]
    if len(given) != 1:
        text = f"exactly one of {', '.join(HINTS)} is needed (CIBA Core, 7.1)"
        raise InvalidRequest(text, code="backchannel.hint", got=", ".join(given) or "none")
    hint = parameters[given[0]]
    if given[0] == "login_hint_token":
        raise InvalidRequest("login_hint_token has no form here; send login_hint", code="backchannel.hint")
    named = _of_token(uow, hint) if given[0] == "id_token_hint" else hint
    account = uow.accounts.find(named.lower()) or uow.accounts.find_by_email(named)
    if account is None or not account.is_active:
        raise OAuthRefusal("nobody active here is named so", error="unknown_user_id", code="backchannel.nobody")
    return account


def _of_token(uow: UnitOfWork, text: str) -> str:
    """`sub` of an ID token of ours, whether it is over or not (OpenID Connect Core, 3.1.2.1)."""
    try:
        jws = read_jws(text)
    except JwsFault as fault:
        raise InvalidRequest(f"id_token_hint is no JWT: {fault}", code="backchannel.hint") from None
    key = next((key for key in uow.signing_keys.all() if key.kid == jws.header.get("kid")), None)
    algorithm = jws.header.get("alg")
    is_ours = key is not None and algorithm in signatures.algorithms_of(key.jwk)
    if key is None or not is_ours or not signatures.is_signed(jws, key.jwk, str(algorithm)):
        raise InvalidRequest("id_token_hint is no ID token of this server", code="backchannel.hint")
    return str(jws.claims.get("sub", ""))
