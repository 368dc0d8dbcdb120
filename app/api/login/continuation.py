"""Where a person goes on after signing in: to an application's request, to a device, or nowhere in particular.

It is never an address from outside: the parameters are named here, and the address is made of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from starlette.requests import Request

from app.api.login.browser import Browser
from app.oauth.interactions import Visit
from app.sandbox import Sandbox

FRESH = "fresh"
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Continuation:
    """`proof` shows that the person signed in for this very request (see `proof_of`)."""

    client_id: str = ""
    request_uri: str = ""
    user_code: str = ""
    device: bool = False
    proof: str = ""

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Continuation:
        """From a form or a query of ours."""
        names = ("client_id", "request_uri", "user_code", "proof")
        return cls(
            **{name: parameters.get(name, "")[:LONGEST] for name in names},
            device="user_code" in parameters or "device" in parameters,
        )

    @property
    def carried(self) -> dict[str, str]:
        """The hidden fields of forms on the way."""
        if self.request_uri:
            found = {"client_id": self.client_id, "request_uri": self.request_uri, "proof": self.proof}
            return {name: value for name, value in found.items() if value}
        if self.device:
            return {"device": "1"} | ({"user_code": self.user_code} if self.user_code else {})
        return {}

    def address(self, **more: str) -> str:
        """Where it goes on, with further parameters."""
        if self.request_uri:
            path, parameters = "/auth", {"client_id": self.client_id, "request_uri": self.request_uri}
        elif self.device:
            path, parameters = "/device", {"user_code": self.user_code} if self.user_code else {}
        else:
            path, parameters = "/sign_in", {}
        query = urlencode(parameters | {name: value for name, value in more.items() if value}, quote_via=quote)
        return f"{path}?{query}" if query else path

    def visit(self, request: Request, browser: Browser) -> Visit:
        """What the use case is told of this browser's visit."""
        sandbox: Sandbox = request.scope["state"]["sandbox"]
        visit = Visit(self.client_id, self.request_uri, browser.secret)
        session = browser.session or ""
        is_fresh = bool(session) and sandbox.people.seals.is_sealed(self.proof, FRESH, visit.name, session)
        return Visit(self.client_id, self.request_uri, browser.secret, fresh=is_fresh)

    def proof_of(self, request: Request, browser: Browser, session: str) -> str:
        """That this session began for this request: `prompt=login` and `max_age` are then fulfilled."""
        sandbox: Sandbox = request.scope["state"]["sandbox"]
        visit = Visit(self.client_id, self.request_uri, browser.secret)
        return sandbox.people.seals.seal(FRESH, visit.name, session) if self.request_uri else ""
