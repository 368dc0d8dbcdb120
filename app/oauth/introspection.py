"""What a token is worth now (RFC 7662; connect.md 17.5). To whom it is not shown it is not active."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from typing import Any

from app.errors import Unauthenticated
from app.oauth.client_authentication import ClientAuthentication, ClientCall, Outcome
from app.oauth.clients import Client
from app.oauth.grants import Authenticated
from app.oauth.refusals import InvalidRequest
from app.oauth.standing import Standing
from app.runtime.addresses import Addresses
from app.settings import Settings
from app.store.records import Token
from app.store.store import UnitOfWork

Answer = dict[str, Any]
INACTIVE: Answer = {"active": False}


class Introspection:
    def __init__(
        self, authentication: ClientAuthentication, addresses: Addresses, settings: Settings, standing: Standing
    ) -> None:
        self._authentication, self._addresses, self._standing = authentication, addresses, standing
        self._seers = frozenset(settings.introspection_clients)

    def answer(self, call: ClientCall) -> Outcome[Answer]:
        """`{"active": false}` alone, or all about a living token. Raises InvalidClient, InvalidRequest."""
        if "token" not in call.form:
            raise InvalidRequest("token is missing", code="request.missing_parameter")
        return self._authentication.run(call, self._told)

    def _told(self, asked: Authenticated) -> Answer:
        found = find_token(asked.uow, asked.form["token"])
        if found is None or not self._may_see(asked.client, found):
            return INACTIVE
        if not self._is_alive(asked, found):
            return INACTIVE
        return self._about(found) | _about_holder(asked.uow, found)

    def _may_see(self, client: Client, token: Token) -> bool:
        return is_own(client, token) or not self._seers.isdisjoint(
            {client.client_id, client.software_statement_id or client.client_id}
        )

    def _is_alive(self, asked: Authenticated, token: Token) -> bool:
        """Whether it would open anything: not revoked, not over, its holder active, its certificate standing."""
        if token.revoked_at is not None or asked.now >= token.expires_at:
            return False
        try:
            self._standing.caller(asked.uow, token)
        except Unauthenticated:
            return False
        return token.x5t_s256 is None or _is_standing_certificate(asked.uow, token.x5t_s256, asked.now)

    def _about(self, token: Token) -> Answer:
        told: Answer = {
            "active": True,
            "client_id": token.client_id or token.software_statement_id,
            "exp": int(token.expires_at.timestamp()),
            "iat": int(token.issued_at.timestamp()),
            "iss": self._addresses.auth,
            "scope": " ".join(token.scopes),
            "token_type": "Bearer",
            "sub": token.user,
        }
        if token.x5t_s256 is not None:
            told["cnf"] = {"x5t#S256": token.x5t_s256}
        return {name: value for name, value in told.items() if value is not None}


def find_token(uow: UnitOfWork, text: str) -> Token | None:
    return uow.tokens.find(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())


def is_own(client: Client, token: Token) -> bool:
    """Of this client; also one that the control listener gave to its application."""
    if token.client_id is not None:
        return token.client_id == client.client_id
    return token.software_statement_id is not None and token.software_statement_id == client.software_statement_id


def _is_standing_certificate(uow: UnitOfWork, x5t_s256: str, now: datetime) -> bool:
    """What the directory does not have it says nothing about: the control listener binds to any thumbprint."""
    found = uow.certificates.find_by_sha256(base64.urlsafe_b64decode(f"{x5t_s256}="))
    return found is None or uow.late.stands("token_status", found.certificate_id, now)


def _about_holder(uow: UnitOfWork, token: Token) -> Answer:
    """The members of a real sample [IB1 docs]; absent instead of null."""
    told: Answer = {}
    organisation = uow.organisations.find(token.organisation_id) if token.organisation_id else None
    if organisation is not None:
        told |= {
            "organisation_id": organisation.organisation_id,
            "organisation_name": organisation.name,
            "organisation_number": organisation.registration_number,
        }
    application = uow.applications.find_any(token.software_statement_id) if token.software_statement_id else None
    if application is not None:
        told |= {
            "software_roles": [role.get("Role") for role in application.roles if role.get("Status") != "Inactive"],
            "software_description": application.details.get("Description"),
            "additional_software_metadata": application.details.get("AdditionalSoftwareMetadata"),
        }
    return {name: value for name, value in told.items() if value is not None}
