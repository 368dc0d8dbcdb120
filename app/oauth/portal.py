"""The portal as a client of this authorisation server: a part of the server, so it needs no secret to be it.

It goes the way of every client all the same: pushed request, PKCE, the person's own sign-in, one code for one token
(connect.md 17.6). Its token never leaves the browser session that it was given for.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from app.access import ADMIN, PORTAL, WEBSITE
from app.oauth.clients import Clients
from app.oauth.grants import Authenticated, GrantHandler, TokenAnswer
from app.oauth.pushed_requests import PushedRequests
from app.oauth.refusals import OAuthRefusal
from app.oauth.sign_in import digest
from app.runtime.clock import Clock
from app.runtime.entropy import Entropy, new_token
from app.store.store import Store

SCOPE = f"openid {WEBSITE} {ADMIN}"
"""Asked for; of the last two a person gives what the table of rights gives him."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in under way. The browser goes to `/auth` with the first two; it keeps the others until it is back."""

    client_id: str
    request_uri: str
    state: str
    verifier: str


class PortalSessions:
    def __init__(
        self, store: Store, hands: tuple[Clock, Entropy], clients: Clients, pushed: PushedRequests, grant: GrantHandler
    ) -> None:
        """`grant` is that of `authorization_code`."""
        self._store, (self._clock, self._entropy) = store, hands
        self._clients, self._pushed, self._grant = clients, pushed, grant

    def begin(self, redirect_uri: str, *, anew: bool) -> Begun:
        """Push a request; `anew` asks for the password even where the browser is signed in. Raises OAuthRefusal."""
        state, verifier = new_token(self._entropy), new_token(self._entropy)
        form = {
            "client_id": PORTAL,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": SCOPE,
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
            .rstrip(b"=")
            .decode(),
            "code_challenge_method": "S256",
        }
        if anew:
            form["prompt"] = "login"
        with self._store.write() as uow:
            client = self._clients.get(uow, PORTAL)
            pushed = self._pushed.push(Authenticated(uow, client, form, self._clock.now(), self._clock.machine()))
        return Begun(PORTAL, pushed.request_uri, state, verifier)

    def finish(self, code: str, redirect_uri: str, verifier: str) -> TokenAnswer:
        """The token for a code. Raises InvalidGrant; what a misused code brings down stays down."""
        form = {"code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
        with self._store.write() as uow:
            asked = Authenticated(uow, self._clients.get(uow, PORTAL), form, self._clock.now(), self._clock.machine())
            outcome = self._tried(asked)
        if isinstance(outcome, OAuthRefusal):
            raise outcome
        return outcome

    def stay(self, token: str) -> None:
        """The token of a browser lives as long from now on as if it had been given now.

        For who has moved the clock himself: he would be signed out by what he looks at. Others are not spared.
        """
        with self._store.write() as uow:
            found = uow.tokens.find(digest(token))
            if found is not None and found.revoked_at is None:
                now = self._clock.now()
                uow.tokens.prolong(found.token_sha256, now, now + (found.expires_at - found.issued_at))

    def end(self, token: str) -> None:
        """Sign out: the grant with its tokens, and the browser's session at the authorisation server."""
        with self._store.write() as uow:
            found = uow.tokens.find(digest(token))
            if found is None:
                return
            if found.grant_id is None:
                uow.tokens.revoke(found.token_sha256, self._clock.now())
                return
            grant = uow.grants.find(found.grant_id)
            uow.grants.revoke(found.grant_id, self._clock.now())
            if grant is not None and "sid" in grant.details:
                uow.browser_sessions.end_named(str(grant.details["sid"]))

    def _tried(self, asked: Authenticated) -> TokenAnswer | OAuthRefusal:
        try:
            return self._grant(asked)
        except OAuthRefusal as refusal:
            return refusal


def _challenge(verifier: str) -> str:
    """S256 (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
