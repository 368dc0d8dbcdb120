"""Who asks: exactly one method of client authentication, the registered one (connect.md 17.2; oauth-cases.md R7).

Everything that can be refused is refused before the store is written; then standing is asked again, a client assertion
is used up and the effect is done, all in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar

from app.errors import Unavailable
from app.oauth.client_assertions import Assertion, ClientAssertions, Proof
from app.oauth.client_secrets import Credentials, read_basic, require_secret
from app.oauth.clients import Client, Clients, require_active, unknown_client
from app.oauth.grants import Authenticated, Form
from app.oauth.peers import Peer
from app.oauth.refusals import InvalidClient, InvalidRequest, OAuthRefusal, RateLimited, TemporarilyUnavailable
from app.oauth.subject_names import require_subject
from app.runtime.clock import Clock
from app.runtime.rates import FailureRate
from app.store.store import Store, UnitOfWork

T = TypeVar("T")
Method = Literal["private_key_jwt", "tls_client_auth", "client_secret_basic", "client_secret_post"]


@dataclass(frozen=True, slots=True)
class ClientCall:
    """A request to an endpoint that authenticates clients.

    `endpoint` is its path, which may be an audience of assertions (rulings.md 16); `authorization` the header of that
    name; `address` that of the other end.
    """

    endpoint: str
    form: Form
    authorization: str | None = None
    peer: Peer | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What came of it, and who it was."""

    client: Client
    value: T


@dataclass(frozen=True, slots=True)
class _Claimed:
    """Who somebody says that he is, and how he shows it."""

    client_id: str
    method: Method
    assertion: Assertion | None = None
    credentials: Credentials | None = None


@dataclass(frozen=True, slots=True)
class _Shown:
    """A client that was who he said, a moment ago; `standing` is the certificate or key that it rests on."""

    client: Client
    proof: Proof | None = None
    standing: str | None = None


class ClientAuthentication:
    def __init__(
        self, store: Store, clock: Clock, clients: Clients, assertions: ClientAssertions, failures: FailureRate
    ) -> None:
        self._store, self._clock, self._clients = store, clock, clients
        self._assertions, self._failures = assertions, failures

    def run(self, call: ClientCall, effect: Callable[[Authenticated], T]) -> Outcome[T]:
        """Authenticate, and do the effect in the transaction that uses the assertion up.

        An OAuthRefusal of the effect leaves the assertion used and what the effect has written (oauth-cases.md D-06).
        Raises InvalidClient, InvalidRequest, RateLimited, TemporarilyUnavailable, and what the effect raises.
        """
        claimed = self._claimed(call)
        failing = claimed.client_id, call.address
        if self._failures.is_exceeded(failing):
            raise RateLimited("too many failed authentications of this client", detail={"client": failing[0][:80]})
        try:
            shown = self._shown(call, claimed)
            return self._effect(call, shown, effect)
        except InvalidClient as refusal:
            self._failures.failed(failing)
            refusal.detail = {"client": claimed.client_id[:80], **refusal.detail}
            raise

    def _claimed(self, call: ClientCall) -> _Claimed:
        """What the request itself says. Raises InvalidRequest for two methods, InvalidClient for none."""
        form, method = call.form, _method(call)
        if method == "private_key_jwt":
            assertion = self._assertions.read(form)
            return _Claimed(assertion.client_id, method, assertion=assertion)
        if method == "client_secret_basic":
            credentials = read_basic(call.authorization or "", form.get("client_id"))
            return _Claimed(credentials.client_id, method, credentials=credentials)
        return _Claimed(form.get("client_id", ""), method)

    def _shown(self, call: ClientCall, claimed: _Claimed) -> _Shown:
        """Hold it against the directory; nothing is written."""
        now = self._clock.now()
        with self._store.read() as uow:
            client = self._client(uow, claimed)
            require_active(client)
            _require_method(client, claimed.method)
            if claimed.assertion is not None:
                proof = self._assertions.prove(uow, client, claimed.assertion, call.endpoint, now)
                return _Shown(client, proof, proof.key.certificate_id)
            if claimed.credentials is not None:
                require_secret(client, claimed.credentials)
                return _Shown(client)
            return _Shown(client, standing=require_subject(uow, client, call.peer, now))

    def _client(self, uow: UnitOfWork, claimed: _Claimed) -> Client:
        client = self._clients.find(uow, claimed.client_id)
        if client is None:
            if claimed.assertion is not None:
                self._assertions.pretend(claimed.assertion)
            raise unknown_client(claimed.client_id)
        return client

    def _effect(self, call: ClientCall, shown: _Shown, effect: Callable[[Authenticated], T]) -> Outcome[T]:
        try:
            outcome = self._written(call, shown, effect)
        except Unavailable as fault:
            code = "assertion.store_down" if shown.proof else ""
            raise TemporarilyUnavailable(fault.reason, code=code or fault.code) from fault
        if isinstance(outcome, OAuthRefusal):
            raise outcome
        return outcome

    def _written(
        self, call: ClientCall, shown: _Shown, effect: Callable[[Authenticated], T]
    ) -> Outcome[T] | OAuthRefusal:
        """In one transaction, which a refusal of the effect does not undo."""
        with self._store.write() as uow:
            now, machine = self._clock.now(), self._clock.machine()
            self._require_standing(uow, shown, now)
            if shown.proof is not None:
                _use_up(uow, shown.client, shown.proof, (now, machine))
            try:
                return Outcome(
                    shown.client, effect(Authenticated(uow, shown.client, call.form, now, machine, call.peer))
                )
            except OAuthRefusal as refusal:
                refusal.detail = {"client": shown.client.client_id, **refusal.detail}
                return refusal

    def _require_standing(self, uow: UnitOfWork, shown: _Shown, now: datetime) -> None:
        """Between reading and writing somebody may have revoked a key or suspended the client."""
        if shown.standing is not None:
            if not uow.late.stands("token_status", shown.standing, now):
                text = "the key or certificate of the client has just become inactive"
                raise InvalidClient(text, code="assertion.key.inactive" if shown.proof else "mtls.revoked")
        else:
            require_active(self._clients.get(uow, shown.client.client_id))


def _method(call: ClientCall) -> Method:
    form = call.form
    found: list[Method] = []
    if call.authorization is not None:
        found.append("client_secret_basic")
    if "client_assertion" in form or "client_assertion_type" in form:
        found.append("private_key_jwt")
    if "client_secret" in form:
        found.append("client_secret_post")
    if len(found) > 1:
        text = "a request authenticates its client in one way (RFC 6749, 2.3)"
        raise InvalidRequest(text, code="client.auth_method", expected="one method", got=" and ".join(found))
    if not found and "client_id" not in form:
        raise InvalidClient(
            "the request does not say which client it is from",
            code="client.auth_method",
            expected="client_assertion, or client_id with a client certificate, or a Basic header",
        )
    return found[0] if found else "tls_client_auth"


def _require_method(client: Client, method: Method) -> None:
    """The registered method and no other, however good (oauth-cases.md E-11)."""
    if client.method != method:
        raise InvalidClient(
            "the client is registered for another method",
            code="client.auth_method",
            expected=client.method,
            got=method,
            fix="TokenEndpointAuthMethod of the application says which",
            detail={"client": client.client_id},
        )


def _use_up(uow: UnitOfWork, client: Client, proof: Proof, present: tuple[datetime, datetime]) -> None:
    """Once, whatever happens to the clock; `present` is by the sandbox's clock and by the machine's."""
    if not uow.used_assertions.use(client.client_id, proof.jti_sha256, proof.until, *present):
        raise InvalidClient(
            "this jti was used before",
            code="assertion.replay",
            fix="Make a new assertion for each request",
            detail={"client": client.client_id},
        )
