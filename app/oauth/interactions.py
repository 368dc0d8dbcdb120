"""One authorisation request on its way through one browser, from its `request_uri` to the answer.

A `request_uri` is good for one visit (RFC 9126, 4). The visit makes an interaction of it, which is known by the same
secret together with the browser's own, so the same browser may reload a page and no other one can go on with it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.oauth.authorisation_request import AuthorisationRequest
from app.oauth.clients import Client, Clients
from app.oauth.refusals import InvalidClient, InvalidRequest, OAuthRefusal
from app.store.grants import PushedRequest
from app.store.store import UnitOfWork

PREFIX = "urn:ietf:params:oauth:request_uri:"
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Visit:
    """What a browser brings: the two parameters of its address, the secret of its cookie, and what it can prove.

    `fresh` is whether the person has signed in for this very interaction.
    """

    client_id: str
    request_uri: str
    browser: str
    fresh: bool = False

    @property
    def name(self) -> str:
        """By which the interaction is known to forms and seals."""
        return _digest(self.request_uri, self.browser).hex()


@dataclass(frozen=True, slots=True)
class Interaction:
    """A request that waits for a person, with the client that sent it as it stands now."""

    key: bytes
    client: Client
    request: AuthorisationRequest
    began_at: datetime


class Interactions:
    def __init__(self, clients: Clients, lifetime: timedelta) -> None:
        self._clients, self._lifetime = clients, lifetime

    def enter(self, uow: UnitOfWork, visit: Visit, now: datetime) -> Interaction:
        """The interaction of this visit, begun if need be.

        Raises OAuthRefusal with `request_uri.*`, `client.*` or `redirect_uri.mismatch`: there is nowhere to go back to.
        """
        _require_form(visit)
        key = _digest(visit.request_uri, visit.browser)
        found = uow.pushed_requests.find(key) or self._begin(uow, visit, key, now)
        if found.client_id != visit.client_id:
            found = self._of_same_client(uow, found, visit)
        if found.used_at is not None:
            raise _refused("used", "this request_uri was answered already: each one is good for one answer")
        if now >= found.expires_at:
            raise _refused("expired", "nobody answered in time; the request is over")
        return self._standing(uow, found)

    def leave(self, uow: UnitOfWork, interaction: Interaction, now: datetime) -> None:
        """It is answered: it will not be again. Raises InvalidRequest where another tab was faster."""
        taken = uow.pushed_requests.take(interaction.key, now)
        if taken is None or not taken.is_first:
            raise _refused("used", "this request_uri was answered already: each one is good for one answer")

    def _begin(self, uow: UnitOfWork, visit: Visit, key: bytes, now: datetime) -> PushedRequest:
        pushed = uow.pushed_requests.find(_digest(visit.request_uri))
        if pushed is None:
            raise _refused("unknown", "no such request_uri here, or it was forgotten long after its end")
        if pushed.client_id != visit.client_id:
            pushed = self._of_same_client(uow, pushed, visit)
        if now >= pushed.expires_at:
            raise _refused("expired", f"this request_uri was good until {pushed.expires_at:%Y-%m-%dT%H:%M:%SZ}")
        taken = uow.pushed_requests.take(pushed.request_sha256, now)
        if taken is None or not taken.is_first:
            raise _refused("used", "this request_uri was used already, in another browser or before its answer")
        begun = PushedRequest(key, pushed.client_id, pushed.parameters, now, now + self._lifetime)
        uow.pushed_requests.add(begun)
        return begun

    def _of_same_client(self, uow: UnitOfWork, pushed: PushedRequest, visit: Visit) -> PushedRequest:
        """Another form of the same client's id is fine (connect.md 4.3); another client is not (RFC 9126, 2.2)."""
        asking = self._clients.find(uow, visit.client_id)
        if asking is None:
            raise InvalidClient("no client of this directory has the client_id of this address")
        if asking.client_id != pushed.client_id:
            raise _refused("client", "this request_uri was given to another client than client_id names")
        return pushed

    def _standing(self, uow: UnitOfWork, found: PushedRequest) -> Interaction:
        """The directory may have changed since the request was pushed: what it says now counts."""
        client = self._clients.get(uow, found.client_id)
        request = AuthorisationRequest.of_json(found.parameters)
        if request.redirect_uri not in client.redirect_uris:
            text = "the redirect_uri of this request is not registered any more"
            raise InvalidRequest(text, code="redirect_uri.mismatch")
        return Interaction(found.request_sha256, client, request, found.created_at)


def request_key(request_uri: str) -> bytes:
    """By which a pushed request is kept."""
    return _digest(request_uri)


def _require_form(visit: Visit) -> None:
    """Only requests that were pushed are answered: what comes through the browser alone was never authenticated."""
    if not visit.client_id:
        raise InvalidRequest("client_id is needed beside request_uri", code="request.missing_parameter")
    if not visit.request_uri:
        raise InvalidRequest(
            "request_uri is needed: push the request to /request first (RFC 9126)", code="request_uri.missing"
        )
    if not visit.request_uri.startswith(PREFIX) or len(visit.request_uri) > LONGEST:
        raise _refused("unknown", f"a request_uri of this server begins with {PREFIX}")


def _refused(kind: str, reason: str) -> OAuthRefusal:
    fix = "Push the request again and send the browser to the new request_uri"
    return OAuthRefusal(reason, error="invalid_request_uri", code=f"request_uri.{kind}", fix=fix)


def _digest(*secrets: str) -> bytes:
    return hashlib.sha256("\n".join(secrets).encode("utf-8", "surrogatepass")).digest()
