"""Clients: a view of applications, read anew for each request, so that what the directory says counts at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.access import PORTAL, SCOPES
from app.oauth.refusals import InvalidClient
from app.oauth.registered import SECRET, Holder, details_of, find_registered
from app.oauth.role_scopes import RoleScopes
from app.runtime.addresses import Addresses
from app.runtime.clock import Clock
from app.settings import Settings
from app.store.records import Application, Organisation, Resource
from app.store.store import UnitOfWork

OPENID_SCOPES = ("openid", "offline_access", "profile", "email", "address", "phone")
"""About the person, not about the directory: every client with redirect URIs may ask for them (connect.md 17.1)."""
LONGEST_ID = 300


@dataclass(frozen=True, slots=True)
class Client:
    """Who may ask for tokens.

    `client_id` is the one form that everything is kept under. Organisation and application are None for a client that
    is part of this server, such as the portal.
    """

    client_id: str
    name: str
    method: str
    scopes: tuple[str, ...]
    redirect_uris: tuple[str, ...] = ()
    secret_sha256: str | None = None
    organisation: Organisation | None = None
    application: Application | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    grant_types: frozenset[str] | None = None
    """Which it has registered for; None = for all."""

    @property
    def is_built_in(self) -> bool:
        """Part of this server: whoever signs in has come to it, and is not asked whether it may act for him."""
        return self.application is None

    @property
    def organisation_id(self) -> str | None:
        return None if self.organisation is None else self.organisation.organisation_id

    @property
    def software_statement_id(self) -> str | None:
        return None if self.application is None else self.application.software_statement_id


class Clients:
    def __init__(self, addresses: Addresses, settings: Settings, role_scopes: RoleScopes, clock: Clock) -> None:
        self._role_scopes, self._clock = role_scopes, clock
        self._prefix = f"{addresses.rp}/openid_relying_party/"
        self._strict = settings.strict_client_id
        self._portal = portal_client(addresses)

    def find(self, uow: UnitOfWork, client_id: str) -> Client | None:
        """By the id that the application was given, its UUID or its URL (connect.md 4.3); octet by octet.

        With `strict_client_id` the first alone. Raises InvalidClient, naming the right form, where another is given.
        """
        if client_id == PORTAL:
            return self._portal
        if not _could_be_an_id(client_id):
            return None
        found = uow.applications.find_client(client_id, client_id.removeprefix(self._prefix))
        if found is None:
            return self._registered(uow, client_id)
        organisation, application = uow.late.holder("token_status", found, self._clock.now())
        if self._strict and application.client_id != client_id:
            raise InvalidClient(
                "the client is known by another form of its id (strict_client_id is on)",
                expected=application.client_id,
                got=client_id[:80],
                detail={"client": application.software_statement_id},
            )
        return self.base(uow, (organisation, application))

    def base(self, uow: UnitOfWork, holder: Holder) -> Client:
        """The client that every application is."""
        organisation, application = holder
        return client_of(organisation, application, self._role_scopes.of(uow, application))

    def _registered(self, uow: UnitOfWork, client_id: str) -> Client | None:
        """One that has registered itself (RFC 7591)."""
        found = find_registered(uow, client_id)
        if found is None:
            return None
        record, holder = found
        return registered_client(record, self.base(uow, uow.late.holder("token_status", holder, self._clock.now())))

    def get(self, uow: UnitOfWork, client_id: str) -> Client:
        """Raises InvalidClient: `client.unknown`, `client.not_active`."""
        found = self.find(uow, client_id)
        if found is None:
            raise unknown_client(client_id)
        require_active(found)
        return found


def portal_client(addresses: Addresses) -> Client:
    """The portal, which comes back to where it can be found."""
    return Client(
        client_id=PORTAL,
        name="the portal",
        method="none",
        scopes=(*SCOPES, *OPENID_SCOPES),
        redirect_uris=tuple(f"{base}/callback" for base in (addresses.web, *addresses.also_web)),
        details={"RequireSignedRequestObject": False},
    )


def client_of(organisation: Organisation, application: Application, scopes: tuple[str, ...]) -> Client:
    """An application as a client; `scopes` are those of the directory that it may have by itself."""
    redirects = tuple(application.details.get("RedirectUri", ()))
    return Client(
        client_id=application.client_id,
        name=application.client_name,
        method=str(application.details.get("TokenEndpointAuthMethod", "private_key_jwt")),
        scopes=(*scopes, *(OPENID_SCOPES if redirects else ())),
        redirect_uris=redirects,
        secret_sha256=application.secret_sha256,
        organisation=organisation,
        application=application,
        details=application.details,
    )


def registered_client(record: Resource, base: Client) -> Client:
    """A registration as a client: never more than its application may now."""
    body, application = record.body, base.application
    assert application is not None
    return replace(
        base,
        client_id=record.resource_id,
        method=body["token_endpoint_auth_method"],
        scopes=tuple(scope for scope in base.scopes if scope in body["scope"].split()),
        redirect_uris=tuple(uri for uri in body["redirect_uris"] if uri in base.redirect_uris),
        secret_sha256=body.get(SECRET),
        details=details_of(record, application),
        grant_types=frozenset(body["grant_types"]),
    )


def unknown_client(client_id: str) -> InvalidClient:
    return InvalidClient(
        "no client of this directory has this id",
        got=client_id[:80],
        fix="Use the SoftwareStatementId of the application, or its federation URL; letter case counts",
    )


def require_active(client: Client) -> None:
    """Raises InvalidClient with `client.not_active`: standing counts at each request (oauth-cases.md R9)."""
    for what, record in (("application", client.application), ("organisation", client.organisation)):
        if record is not None and not record.is_active:
            raise InvalidClient(
                f"the {what} of this client is not active",
                code="client.not_active",
                expected="Active",
                got=record.status,
                detail={"client": client.client_id},
            )


def _could_be_an_id(text: str) -> bool:
    """What no database can hold is no id of ours."""
    return 0 < len(text) <= LONGEST_ID and text.isprintable()
