"""Dynamic registration of clients, and what becomes of a registration (RFC 7591 and RFC 7592; errata O19 to O23).

A client is always one of an application of the directory, so somebody has to vouch for it: an access token that may
write to the application, or a software statement of the directory about it. The latter is known to many, so it gives no
client secret. Each public method is one transaction.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote

from app.access import Caller, require_application
from app.errors import NotFound
from app.oauth.client_metadata import Ground, Metadata, judged, refused
from app.oauth.clients import Client, Clients, require_active
from app.oauth.jws import JwsFault, read_jws
from app.oauth.refusals import InvalidToken, OAuthRefusal
from app.oauth.registered import KIND, SECRET, TOKEN, Holder, find_registered
from app.oauth.signatures import algorithms_of, is_signed
from app.runtime.addresses import Addresses
from app.runtime.clock import Clock
from app.runtime.entropy import Entropy, new_id, new_token
from app.store.records import AuditEvent, Resource
from app.store.store import Store, UnitOfWork

BASIC = "client_secret_basic"
LONGEST_STATEMENT = 100_000


class PublicKey(Protocol):
    """The key that software statements of the directory are signed by."""

    @property
    def public_jwk(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Registration:
    """A client as it is registered; the texts of token and secret only where somebody has just got or shown them."""

    record: Resource
    client: Client
    token: str = ""
    secret: str | None = None
    address: str = field(default="", kw_only=True)

    @property
    def issued_at(self) -> datetime:
        return self.record.created_at


class Registrations:
    def __init__(
        self,
        store: Store,
        hands: tuple[Clock, Entropy],
        addresses: Addresses,
        clients: Clients,
        grants: tuple[str, ...],
        statements: PublicKey,
    ) -> None:
        """`grants` are the types that the token endpoint takes; `statements` signs software statements."""
        self._store, (self._clock, self._entropy) = store, hands
        self._addresses, self._clients, self._grants, self._statements = addresses, clients, grants, statements

    def register(self, caller: Caller | None, metadata: Metadata) -> Registration:
        """A new client of an application. Raises OAuthRefusal, Forbidden; `caller` None = no access token was sent."""
        named = self._vouched(caller, metadata)
        token = new_token(self._entropy)
        with self._store.write() as uow:
            ground = self._ground(uow, named)
            if caller is not None:
                require_application(caller, *named)
            body: dict[str, Any] = {**judged(metadata, ground), TOKEN: _digest(token)}
            if body["token_endpoint_auth_method"] == BASIC and caller is None:
                text = f"{BASIC} needs an access token for the application; a software statement is known to many"
                raise refused("token_endpoint_auth_method", text, BASIC)
            secret = self._with_secret(body, {})
            record = Resource(new_id(self._entropy), KIND, named[0], named[1], None, "Active", body, self._clock.now())
            uow.resources.add(record)
            self._note(uow, "create", caller.name if caller else named[1], record)
            return self._told(uow, record, token, secret)

    def read(self, client_id: str, token: str) -> Registration:
        """Raises NotFound for an unknown client, InvalidToken for a token that is not its own."""
        with self._store.read() as uow:
            return self._told(uow, self._own(uow, client_id, token), token)

    def update(self, client_id: str, token: str, metadata: Metadata) -> Registration:
        """Put these metadata in the place of all others (RFC 7592, 2.2). Raises as `read`, and OAuthRefusal."""
        with self._store.write() as uow:
            stored = self._own(uow, client_id, token)
            require_shown(stored, metadata)
            named = str(stored.organisation_id), stored.parent_id
            body: dict[str, Any] = {**judged(metadata, self._ground(uow, named)), TOKEN: stored.body[TOKEN]}
            was_basic = stored.body["token_endpoint_auth_method"] == BASIC
            if body["token_endpoint_auth_method"] == BASIC and not was_basic:
                text = f"a client cannot change to {BASIC}; register another one"
                raise refused("token_endpoint_auth_method", text, BASIC)
            self._with_secret(body, stored.body)
            changed = replace(stored, body=body, revision=stored.revision + 1)
            uow.resources.replace(changed)
            self._note(uow, "update", client_id, changed)
            return self._told(uow, changed, token)

    def remove(self, client_id: str, token: str) -> None:
        """The client is gone, with its tokens and what people have allowed it (RFC 7592, 2.3). Raises as `read`."""
        with self._store.write() as uow:
            stored = self._own(uow, client_id, token)
            uow.grants.revoke_client(client_id, self._clock.now())
            uow.tokens.revoke_client(client_id, self._clock.now())
            uow.resources.remove((stored,))
            self._note(uow, "delete", client_id, stored)

    def _vouched(self, caller: Caller | None, metadata: Metadata) -> tuple[str, str]:
        """Ids of organisation and application. Raises OAuthRefusal, `registration.statement`; InvalidToken."""
        statement = metadata.get("software_statement")
        if statement is not None:
            return self._stated(statement)
        if caller is None:
            text = "registration takes an access token that may write to the application, or its software_statement"
            raise InvalidToken(text, code="token.missing")
        named = metadata.get("organisation_id"), metadata.get("software_id")
        if caller.software_statement_id is not None and caller.organisation_id is not None and named[1] is None:
            return caller.organisation_id, caller.software_statement_id
        for name, value in zip(("organisation_id", "software_id"), named, strict=True):
            if not isinstance(value, str) or not value.isprintable():
                raise refused(name, "must name the application that the client is for", value)
        return str(named[0]), str(named[1]).lower()

    def _stated(self, statement: Any) -> tuple[str, str]:
        try:
            jws = read_jws(statement if isinstance(statement, str) and len(statement) <= LONGEST_STATEMENT else "")
        except JwsFault as fault:
            raise _statement_refused(f"it cannot be read: {fault}") from None
        jwk, algorithm = self._statements.public_jwk, str(jws.header.get("alg"))
        if algorithm not in algorithms_of(jwk) or not is_signed(jws, jwk, algorithm):
            raise _statement_refused("it is not signed by this directory", "unapproved_software_statement")
        claims = jws.claims
        found = claims.get("org_id", claims.get("OrgId")), claims.get("software_id", claims.get("SoftwareId"))
        return str(found[0]), str(found[1])

    def _ground(self, uow: UnitOfWork, named: tuple[str, str]) -> Ground:
        """Raises OAuthRefusal for an unknown application, InvalidClient for one that is not active."""
        found = uow.applications.with_organisation(*named)
        if found is None:
            raise refused("software_id", "there is no such application of this organisation", named[1])
        client = self._clients.base(uow, found)
        require_active(client)
        path = f"{self._addresses.keystore}/{quote(named[0], safe='')}/{named[1]}"
        return Ground(client, self._grants, (f"{path}/application.jwks", f"{path}/transport.jwks"))

    def _own(self, uow: UnitOfWork, client_id: str, token: str) -> Resource:
        record = uow.resources.find(KIND, client_id)
        if record is None:
            raise NotFound("no client has registered itself by this id")
        if not token or not hmac.compare_digest(record.body[TOKEN], _digest(token)):
            raise InvalidToken("this is not the registration access token of the client", code="registration.token")
        return record

    def _with_secret(self, body: dict[str, Any], stored: Mapping[str, Any]) -> str | None:
        """Give a new client its secret, or let an old one keep its own; the text of a new one."""
        if body["token_endpoint_auth_method"] != BASIC:
            return None
        if SECRET in stored:
            body[SECRET] = stored[SECRET]
            return None
        secret = new_token(self._entropy)
        body[SECRET] = _digest(secret)
        return secret

    def _told(self, uow: UnitOfWork, record: Resource, token: str, secret: str | None = None) -> Registration:
        found = find_registered(uow, record.resource_id)
        if found is None:
            raise NotFound("the application of this client is not there any more")
        holder: Holder = found[1]
        address = f"{self._addresses.auth}/reg/{record.resource_id}"
        return Registration(record, self._clients.base(uow, holder), token, secret, address=address)

    def _note(self, uow: UnitOfWork, action: str, actor: str, record: Resource) -> None:
        body = {name: value for name, value in record.body.items() if name not in (TOKEN, SECRET)}
        told = {"parent_id": record.parent_id, "revision": record.revision, "body": body}
        now, owner = self._clock.now(), record.organisation_id
        uow.audit.add(AuditEvent(now, actor, action, KIND, record.resource_id, owner, told))


def require_shown(stored: Resource, metadata: Metadata) -> None:
    """An update names its client, and shows the secret that it has (RFC 7592, 2.2; errata O21). Raises OAuthRefusal."""
    if metadata.get("client_id") != stored.resource_id:
        raise refused("client_id", "must be that of the client that is changed", metadata.get("client_id"))
    secret = metadata.get("client_secret")
    if secret is None and SECRET not in stored.body:
        return
    known = str(stored.body.get(SECRET, ""))
    if not isinstance(secret, str) or not hmac.compare_digest(known, _digest(secret)):
        raise refused("client_secret", "must be the one that the client has")


def _statement_refused(text: str, error: str = "invalid_software_statement") -> OAuthRefusal:
    return OAuthRefusal(f"software_statement: {text}", code="registration.statement", error=error)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
