"""The cookies of the portal: HttpOnly and SameSite=Lax; over TLS Secure, with the prefix `__Host-` (RFC 6265bis)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from starlette.requests import Request
from starlette.responses import Response

from app.sandbox import Sandbox
from app.web.own_site import is_private

DEFAULT = "default"
"""The sandbox that answers without a prefix."""
YEAR = 31_536_000


class Cookie(Enum):
    """The access token of who is signed in; a sign-in under way; a text for the next page; light or dark."""

    SESSION = "connect_mock_portal"
    SIGN_IN = "connect_mock_portal_sign_in"
    NOTICE = "connect_mock_portal_notice"
    THEME = "connect_mock_portal_theme"


@dataclass(frozen=True, slots=True)
class Jar:
    """The cookies of one request, and how to answer with others."""

    request: Request
    is_private: bool
    suffix: str = ""
    """Tells the cookies of one sandbox from those of another at the same host."""

    @classmethod
    def of(cls, request: Request) -> Jar:
        sandbox: Sandbox = request.scope["state"]["sandbox"]
        suffix = "" if sandbox.sandbox_id == DEFAULT else f"_{sandbox.sandbox_id}"
        return cls(request, is_private(request, sandbox.addresses), suffix)

    def get(self, cookie: Cookie) -> str:
        """ "" where there is none."""
        return self.request.cookies.get(self._name(cookie), "")

    def put(self, response: Response, cookie: Cookie, value: str, seconds: int | None = None) -> None:
        """Until the browser closes, or for so many seconds."""
        name, secure = self._name(cookie), self.is_private
        response.set_cookie(name, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax")

    def drop(self, response: Response, cookie: Cookie) -> None:
        response.delete_cookie(self._name(cookie), path="/", secure=self.is_private, httponly=True, samesite="lax")

    def _name(self, cookie: Cookie) -> str:
        name = f"{cookie.value}{self.suffix}"
        return f"__Host-{name}" if self.is_private else name
