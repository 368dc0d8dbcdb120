"""Requests answered in a person's name without a browser: for headless tests, by the control listener alone."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.errors import Conflict
from app.oauth.accounts import Accounts
from app.oauth.authorisation import Authorisations
from app.oauth.authorisation_answers import AuthorisationAnswer
from app.oauth.backchannel import Backchannel
from app.oauth.device_flow import DeviceFlow
from app.oauth.interactions import Visit
from app.oauth.sign_in import ONE_TIME, PASSWORD, SEVERAL, SignedIn, SignIn, digest
from app.runtime.clock import Clock
from app.runtime.entropy import Entropy, new_token
from app.store.grants import Account, BrowserSession


class ScriptedLogin:
    def __init__(
        self,
        hands: tuple[Clock, Entropy],
        accounts: Accounts,
        sign_in: SignIn,
        authorisations: Authorisations,
        waiting: tuple[DeviceFlow, Backchannel],
    ) -> None:
        (self._clock, self._entropy), self._accounts, self._sign_in = hands, accounts, sign_in
        self._authorisations, (self._device_flow, self._backchannel) = authorisations, waiting

    def answer(self, client_id: str, request_uri: str, user: str, *, approve: bool) -> AuthorisationAnswer:
        """What the client would get if this person (an id or an address) signed in and answered so.

        Raises NotFound for nobody, Conflict for somebody who is not active, OAuthRefusal as the endpoint does.
        """
        visit = Visit(client_id, request_uri, new_token(self._entropy), fresh=True)
        step = self._authorisations.decide(visit, self._as(user), allowed=approve)
        assert isinstance(step, AuthorisationAnswer)
        return step

    def answer_device(self, user_code: str, user: str, *, approve: bool) -> None:
        """Let or refuse a device in the name of this person. Raises as `answer`."""
        self._device_flow.decide(user_code, self._as(user), allowed=approve)

    def answer_backchannel(self, auth_req_id: str, user: str, *, approve: bool) -> str | None:
        """Answer a backchannel request as the person whom it names; the message with it. Raises as `answer`."""
        return self._backchannel.decide(auth_req_id, self._as(user), allowed=approve)

    def _as(self, user: str) -> SignedIn:
        """The person as if he had just signed in, with all that his sign-in asks for; no session is kept."""
        account = self._accounts.named(user)
        if not account.is_active:
            raise Conflict(f"{account.email} is not active", code="login.failed")
        return as_signed_in(account, self._sign_in, self._entropy, self._clock.now())


def as_signed_in(account: Account, sign_in: SignIn, entropy: Entropy, now: datetime) -> SignedIn:
    """Somebody as if he had shown all that is asked of him at this moment."""
    amr = (PASSWORD, ONE_TIME, SEVERAL) if sign_in.wants_second_factor(account) else (PASSWORD,)
    key = digest(new_token(entropy))
    return SignedIn(BrowserSession(key, account.user_id, now, now + timedelta(hours=1), amr), account)
