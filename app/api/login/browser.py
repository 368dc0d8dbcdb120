"""The two cookies of a browser, and the proof that a form is one of our pages in that very browser.

One cookie names the browser from its first page on; forms and interactions are bound to it. The other is the session of
whoever signed in. Both are HttpOnly and SameSite=Lax; over TLS they are Secure and carry the prefix `__Host-`, so that
no other host and no plain http can set them (RFC 6265bis, 4.1.3.2).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from app.errors import Forbidden
from app.oauth.sign_in import SignedIn
from app.runtime.entropy import new_token
from app.sandbox import DEFAULT, Sandbox
from app.web.calls import call
from app.web.own_site import is_private, require_own_site

BROWSER, SESSION = "connect_mock_browser", "connect_mock_session"
SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
FORM = "form"


@dataclass(frozen=True, slots=True)
class Browser:
    """Who asks. `secret` is new where the browser had none; then `is_new`, and it has to be told."""

    secret: str
    session: str | None
    is_new: bool
    is_secure: bool
    suffix: str = ""
    """Tells the cookies of one sandbox from those of another at the same host."""

    def keep(self, response: Response) -> Response:
        """Tell the browser its secret, if it does not know it yet."""
        if self.is_new:
            self._set(response, BROWSER, self.secret)
        return response

    def sign_in(self, response: Response, session: str) -> Response:
        """Give it the session of a person who has just signed in: never one that was there before."""
        self._set(response, SESSION, session)
        return self.keep(response)

    def sign_out(self, response: Response) -> Response:
        for secure in {self.is_secure, False}:
            response.delete_cookie(self._name(SESSION, is_secure=secure), path="/", secure=secure, httponly=True)
        return self.keep(response)

    def _set(self, response: Response, name: str, value: str) -> None:
        """Without a date of its own: it goes when the browser closes; the session has its end in the store."""
        full = self._name(name, is_secure=self.is_secure)
        response.set_cookie(full, value, path="/", secure=self.is_secure, httponly=True, samesite="lax")

    def _name(self, name: str, *, is_secure: bool) -> str:
        return _name(f"{name}{self.suffix}", is_secure=is_secure)


def browser_of(request: Request) -> Browser:
    """The browser of a request."""
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    is_secure = is_private(request, sandbox.addresses)
    suffix = "" if sandbox.sandbox_id == DEFAULT else f"_{sandbox.sandbox_id}"
    secret = _cookie(request.cookies, f"{BROWSER}{suffix}", is_secure=is_secure)
    session = _cookie(request.cookies, f"{SESSION}{suffix}", is_secure=is_secure)
    return Browser(secret or new_token(sandbox.entropy), session, secret is None, is_secure, suffix)


async def signed_in(request: Request, browser: Browser) -> SignedIn | None:
    """Whoever is signed in with this browser."""
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    return await call(sandbox, sandbox.people.sign_in.session, browser.session)


def form_token(request: Request, browser: Browser) -> str:
    """What our pages carry in their forms."""
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    return sandbox.people.seals.seal(FORM, browser.secret)


def require_own_form(request: Request, browser: Browser, form: Mapping[str, str]) -> None:
    """Raise Forbidden, `form.foreign`, unless the form came from a page of ours in this browser.

    A client that is no browser and says nothing of where it comes from has the token of the page alone to show.
    """
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    if "origin" in request.headers or "sec-fetch-site" in request.headers:
        require_own_site(request, sandbox.addresses)
    if browser.is_new or not sandbox.people.seals.is_sealed(form.get("form_token", ""), FORM, browser.secret):
        text = "this form is not of a page that this browser was given; allow cookies, go back, and load the page again"
        raise Forbidden(text, code="form.foreign")


def _cookie(cookies: Mapping[str, str], name: str, *, is_secure: bool) -> str | None:
    value = cookies.get(_name(name, is_secure=is_secure), "")
    return value if SECRET.fullmatch(value) else None


def _name(name: str, *, is_secure: bool) -> str:
    return f"__Host-{name}" if is_secure else name
