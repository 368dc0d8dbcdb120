"""Every page with its words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.api.login.answers import origin, sent
from app.api.login.browser import Browser, form_token
from app.api.login.continuation import Continuation
from app.api.login.pages import OURS, OURS_AND_APPLICATIONS, Problem, page
from app.api.login.scopes import meanings
from app.oauth.accounts import FLAGS, flag, full_name
from app.oauth.authorisation import ConsentNeeded, SignInNeeded, Step
from app.oauth.clients import Client
from app.oauth.device_flow import DeviceConsent
from app.oauth.sign_in import SignedIn
from app.sandbox import Sandbox
from app.store.grants import Account
from app.web.calls import call

OFFERED = 20
"""Users that the sign-in page lists at most."""


class Views:
    """The pages for one request of one browser, on its way to `on`."""

    def __init__(self, request: Request, browser: Browser, on: Continuation) -> None:
        self._request, self._browser, self._on = request, browser, on
        self._sandbox: Sandbox = request.scope["state"]["sandbox"]

    async def step(self, step: Step, *, email: str = "", problem: Problem | None = None, status: int = 200) -> Response:
        """What comes next in an authorisation request: a page, or its answer."""
        if isinstance(step, SignInNeeded):
            purpose = _purpose(step.client, step.redirect_uri)
            words = {"purpose": purpose, "email": email or step.login_hint or ""}
            return await self.sign_in(words, problem=problem, status=status, leads_away=True)
        if isinstance(step, ConsentNeeded):
            return self._consent(step)
        return self._browser.keep(sent(self._request, step))

    async def sign_in(
        self,
        words: Mapping[str, Any],
        *,
        problem: Problem | None = None,
        status: int = 200,
        leads_away: bool = False,
    ) -> Response:
        """The sign-in page; `words` may hold `purpose` and `email`."""
        known = {"purpose": None, "email": "", "offered": await self._offered(), "problem": problem}
        further = {"signs_up": self._sandbox.settings.sign_up, **words}
        return self._draw("sign_in.html", known | further, status=status, leads_away=leads_away)

    def second_factor(self, email: str, ticket: str, problem: Problem | None = None, status: int = 200) -> Response:
        words = {"email": email, "ticket": ticket, "problem": problem}
        return self._draw("second_factor.html", words, status=status)

    def device(self, who: SignedIn, *, problem: Problem | None = None, status: int = 200) -> Response:
        """Where the code of a device is typed."""
        words = {"user": _user(who.account), "user_code": self._on.user_code, "problem": problem}
        return self._draw("device.html", words, status=status)

    def device_consent(self, asked: DeviceConsent, who: SignedIn) -> Response:
        words = {
            "purpose": _purpose(asked.client),
            "user": _user(who.account),
            "scopes": meanings(asked.scopes),
            "action": "/sign_in/device",
            "user_code": asked.user_code,
        }
        return self._draw("consent.html", words)

    def told(self, heading: str, said: str, link: tuple[str, str] | None = None) -> Response:
        """A page that only says something; `link` is its address and its text."""
        address, text = link or ("", "")
        return self._draw("told.html", {"heading": heading, "said": said, "link": address, "link_text": text})

    def signed_in(self, who: SignedIn) -> Response:
        words = {
            "heading": "You are signed in",
            "said": f"As {who.account.email}, until {who.session.expires_at:%Y-%m-%d %H:%M} UTC.",
            "link": "/device",
            "link_text": "Connect a device",
            "user": _user(who.account),
        }
        return self._draw("told.html", words)

    def _consent(self, step: ConsentNeeded) -> Response:
        """For this very person: a form that somebody else sends is drawn anew for him."""
        words = {
            "carried": self._on.carried | {"person": step.account.user_id},
            "purpose": _purpose(step.client, step.redirect_uri),
            "user": _user(step.account),
            "scopes": meanings(step.scopes),
            "action": "/sign_in/consent",
            "user_code": "",
        }
        return self._draw("consent.html", words, leads_away=True)

    def _draw(
        self, template: str, words: Mapping[str, Any], *, status: int = 200, leads_away: bool = False
    ) -> Response:
        token = form_token(self._request, self._browser)
        known = {"form_token": token, "carried": self._on.carried, **words}
        forms_to = OURS_AND_APPLICATIONS if leads_away else OURS
        return self._browser.keep(page(self._request, template, known, status=status, forms_to=forms_to))

    async def _offered(self) -> list[dict[str, str]]:
        """Users to choose from, first those with power over all; choosing one only fills in his address."""
        if not self._sandbox.settings.login_offers_users:
            return []
        people = await call(self._sandbox, self._sandbox.people.accounts.all)
        active = [(account, powers) for account, powers in people if account.is_active]
        active.sort(key=lambda person: not any(flag(person[0], name) for name in FLAGS))
        return [
            {
                "name": full_name(account),
                "email": account.email,
                "powers": powers,
                "link": self._on.address(email=account.email),
            }
            for account, powers in active[:OFFERED]
        ]


def _purpose(client: Client, redirect_uri: str = "") -> dict[str, str]:
    return {
        "client_id": client.client_id,
        "client_name": client.name,
        "organisation_name": client.organisation.name if client.organisation else "this directory",
        "answers_to": origin(redirect_uri) if redirect_uri else "",
    }


def _user(account: Account) -> dict[str, str]:
    return {"name": full_name(account), "email": account.email}
