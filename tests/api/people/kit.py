"""A directory with an organisation and a domain, and whoever asks it; people come by the API alone."""

from __future__ import annotations

from typing import Any

import httpx

from app.oauth.tokens import TokenRequest
from app.sandbox import Sandbox
from app.store.records import Page
from tests.contract.world import World
from tests.doors import APPLICATION, Client

TYPES = "/references/users/authorisationdomain/usertypes"
SWITCHED_OFF, SWITCHED_ON = {"Status": "Inactive"}, {"Status": "Active"}
ANA = "ana@acme.example"


class Directory(World):
    """With everything that people need."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.super = self.client("directory:admin")
        self.domain = self.claimed_domain()
        self.role = self.new_role(self.domain)

    def acting(self, user: str, scope: str = "directory:website") -> Client:
        """With a token in this person's name, which sees his rights at every request."""
        return Client(self.app, self.sandbox.tokens.issue(TokenRequest(scope=scope, user=user)).access_token)

    def add_administrator(self, email: str = ANA, organisation: str = "") -> str:
        path = f"/organisations/{organisation or self.organisation}/adminusers"
        made = self.admin("POST", path, json={"UserEmail": email})
        assert made.status_code == 201, made.text
        return str(made.json()["UserID"])

    def user_type(self, name: str) -> dict[str, Any]:
        every = self.admin("GET", TYPES).json()["content"]
        return dict(next(each for each in every if each["Name"] == name))

    def domain_user(self, user_type: str = "PTC", email: str = ANA, **changed: Any) -> httpx.Response:
        kind = self.user_type(user_type)
        body = {
            "Email": email,
            "AuthorisationDomainRole": self.role,
            "UserTypeID": kind["AuthorisationDomainUserTypeID"],
            "SystemID": kind["SystemID"],
        }
        return self.admin("POST", self.users, json=body | changed)

    @property
    def users(self) -> str:
        return f"{self.own}/{self.domain}/users"

    def makes_application(self, client: Client, organisation: str = "") -> int:
        path = f"/organisations/{organisation or self.organisation}/softwarestatements"
        return int(client("POST", path, json=APPLICATION).status_code)

    def audit(self, object_type: str) -> list[Any]:
        """Events about objects of a type, the newest first."""
        with self.sandbox.store.read() as uow:
            return [event for event in uow.audit.list(Page()).items if event.object_type == object_type]


def told(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The body of an answer that has this status."""
    assert answer.status_code == status, (answer.status_code, answer.text, answer.headers.get("x-mock-reason"))
    return dict(answer.json())


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert f"[{code}]" in answer.headers["x-mock-reason"]
