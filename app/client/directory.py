"""A directory as a test or a program uses it: participants with real certificates, and the mock's own powers.

    directory = Directory.from_ready_file("ready.json").sandbox()
    reader = directory.organisation("Acme").application("Reader")
    certificate = reader.certificate("rtstransport")
    with directory.httpx_client(certificate, token=reader.token(certificate)) as client:
        client.get("/organisations")

`app.client.asynchronous` has the same with `await`.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from app.client import moves, trust
from app.client.addresses import Addresses
from app.client.errors import Unreachable
from app.client.powers import Clock, Faults, Journal
from app.client.records import CertificateRecord, Token
from app.client.session import Session
from app.client.steps import Steps

T = TypeVar("T")


class Directory:
    """One directory, or one sandbox. Every method raises Refused, with the server's words, where it says no."""

    def __init__(
        self, addresses: Addresses, *, control_token: str | None = None, http: httpx.Client | None = None
    ) -> None:
        """`http` sends the calls of this client itself; it need trust nobody, since they go over plain HTTP."""
        self.addresses, self.sandbox_id = addresses, "default"
        self.session = Session(addresses, control_token)
        self._http = http or httpx.Client(verify=False, timeout=moves.TIMEOUT, trust_env=False)  # noqa: S501
        self._parent: Directory | None = None
        self.clock, self.faults, self.journal = Clock(self), Faults(self), Journal(self)

    @classmethod
    def from_ready_file(cls, ready_file: Path | str, *, control_token: str | None = None) -> Self:
        """The server that wrote it: `connect-mock serve --ready-file FILE`."""
        return cls(Addresses.read(Path(ready_file)), control_token=control_token)

    @classmethod
    def at(cls, *, http: str, https: str, mtls: str, control: str, control_token: str | None = None) -> Self:
        """The server with these listeners."""
        listeners = {"http": http, "https": https, "mtls": mtls, "control": control}
        return cls(Addresses.of(listeners), control_token=control_token)

    def run(self, steps: Steps[T]) -> T:
        """Do what takes one call or several."""
        try:
            call = next(steps)
            while True:
                call = steps.send(self._http.request(call.method, call.url, **call.options()))
        except StopIteration as end:
            result: T = end.value
            return result
        except httpx.HTTPError as fault:
            raise Unreachable(f"{call.method} {call.url}: {fault or type(fault).__name__}") from fault

    def control(self, method: str, path: str, json: Any = None) -> Any:
        """Any call of the control listener; `path` begins behind `/_mock`."""
        return self.run(self.session.control(method, path, json))

    # sandboxes

    def sandbox(self, *, template: str | None = None, ttl: int | None = None, **wanted: Any) -> Directory:
        """A directory of its own on the same server; `drop` it, or let `with` do so. More members: docs/control.md."""
        asked = {"template": template, "ttl": ttl, **wanted}
        made = self.run(moves.sandbox(self.session, asked))
        born = Directory(self.addresses.under(made.prefix), control_token=made.admin_token, http=self._http)
        born.sandbox_id, born._parent = made.id, self
        return born

    def drop(self) -> None:
        """End this sandbox, without trace."""
        if self._parent is not None:
            self.run(self._parent.session.control("DELETE", f"/sandboxes/{self.sandbox_id}"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        """A sandbox is dropped; else the connections are closed."""
        if self._parent is None:
            self._http.close()
        else:
            self.drop()

    # participants

    def organisation(self, name: str = "Acme", **members: Any) -> Organisation:
        """The one of this name or id, made where there is none; `members` are those of the Connect API."""
        return Organisation(self, self.run(moves.organisation(self.session, name, members)))

    def token(self, scope: str = "", *, user: str | None = None, expires_in: int | None = None) -> Token:
        """An access token of a super user, or in the name of a person."""
        return self.run(moves.token(self.session, {"scope": scope, "user": user, "expires_in": expires_in}))

    # states

    def state(self) -> dict[str, Any]:
        """Everything that the mock is set to."""
        told: dict[str, Any] = self.control("GET", "/state")
        return told

    def reset(self, to: str = "baseline", *, scope: Sequence[str] | None = None) -> None:
        """Back to the baseline, to a snapshot or to `empty`."""
        self.control("POST", "/reset", {"to": to} | ({"scope": list(scope)} if scope else {}))

    def snapshot(self, name: str) -> None:
        """Keep this moment under a name, for `reset`."""
        self.control("PUT", f"/snapshots/{name}")

    def propagation(self, **delays: Any) -> dict[str, Any]:
        """How late each channel shows a change: `ocsp="0s", crl="PT4H"`."""
        told: dict[str, Any] = self.control("PUT", "/propagation", delays)
        return told

    def outside(self, **answers: Any) -> dict[str, Any]:
        """What those answer who are not here: `signing="declined"`, `approval="deny"`; nothing = as usual."""
        told: dict[str, Any] = self.control("PUT", "/outside", answers)
        return told

    def notices(self, **filters: Any) -> list[dict[str, Any]]:
        """What was told before certificates expire, by the sandbox's clock: `stage=60`, `kid=...`, `state="sent"`."""
        return self.run(moves.notices(self.session, filters))

    def webhooks(self, **filters: Any) -> list[dict[str, Any]]:
        """The log of webhooks, newest first: `event="certificate.revoke"`, `state="failed"`, `subscription_id=...`."""
        return self.run(moves.webhooks(self.session, filters))

    def webhook_delivery(self, **effects: Any) -> dict[str, Any]:
        """What is done to webhooks on purpose: `duplicate=True`, `late={"seconds": 60}`; nothing = as usual."""
        told: dict[str, Any] = self.control("PUT", "/webhooks/delivery", effects)
        return told

    def rollover(self) -> dict[str, Any]:
        """A further generation of the issuing CA."""
        told: dict[str, Any] = self.control("POST", "/ca/rollover")
        return told

    # TLS

    @property
    def bundle(self) -> bytes:
        """All that a client of the directory trusts, in PEM."""
        return self.run(self.session.bundle())

    def ssl_context(self, certificate: CertificateRecord | None = None) -> ssl.SSLContext:
        """For a client of the directory or of its participants; shows the certificate, if one is given."""
        return trust.client_context(self.bundle, certificate)

    def server_context(
        self, certificate: CertificateRecord, *, crl: bool = True, check_dates: bool = True
    ) -> ssl.SSLContext:
        """For a server of a participant: demands a certificate of this directory that its CRLs, as of now, do not list.

        `check_dates=False` where the clock was moved, since OpenSSL goes by the machine's.
        """
        crls = self.run(moves.crls(self.session)) if crl else []
        authorities = self.run(self.session.authorities())
        return trust.server_context(authorities, crls, certificate, check_dates=check_dates)

    def httpx_client(
        self, certificate: CertificateRecord | None = None, *, token: Token | None = None, **options: Any
    ) -> httpx.Client:
        """Speaks with the Connect API over mutual TLS; `base_url` and every other option of httpx may be given."""
        return httpx.Client(verify=self.ssl_context(certificate), **moves.client_options(self.session, token, options))


class Certificate(CertificateRecord):
    """A certificate that can be revoked."""

    _holder: _Holder

    def revoke(self, reason: str = "superseded") -> None:
        """Reasons: docs/errors.md, `revoke.reason`."""
        self._holder.do(moves.revoke(self._holder.directory.session, self._holder.owner, self, reason))


class _Holder:
    """An organisation or an application: whoever has certificates."""

    def __init__(self, directory: Directory, owner: moves.Owner) -> None:
        self.directory, self.owner = directory, owner

    def do(self, steps: Steps[T]) -> T:
        return self.directory.run(steps)

    def certificate(self, type_: str, *hosts: str, country: str = "GB") -> Certificate:
        """A new key, its CSR, and the certificate that the RA gives for it; `hosts` go into the alternative name."""
        made = moves.certificate(self.directory.session, self.owner, type_, hosts, country)
        return self._handle(self.do(made))

    def defective(self, defect: str | Sequence[str], type_: str = "rtstransport", **wanted: Any) -> Certificate:
        """One that is wrong in exactly this respect; `expected_reason` says how a verifier sees it."""
        asked = {"defect": defect if isinstance(defect, str) else list(defect), "type": type_, **wanted}
        return self._handle(self.do(moves.defective(self.directory.session, self.owner, asked)))

    def upload(self, type_: str, pem: bytes) -> dict[str, Any]:
        """A CSR of your own: the answer of the Connect API. Raises Refused with every finding."""
        return self.do(moves.upload(self.directory.session, self.owner, type_, pem))

    def check(self, type_: str, csr: bytes) -> dict[str, Any]:
        """What `upload` would come to: `would_issue` and `findings`."""
        return self.do(moves.check(self.directory.session, self.owner, type_, csr))

    def _handle(self, made: CertificateRecord) -> Certificate:
        handle = Certificate(*(getattr(made, field.name) for field in fields(made)))
        object.__setattr__(handle, "_holder", self)
        return handle


class Organisation(_Holder):
    """`data` is as the Connect API answered it."""

    def __init__(self, directory: Directory, data: dict[str, Any]) -> None:
        super().__init__(directory, (data, None))
        self.data, self.id = data, str(data["OrganisationId"])

    def application(self, name: str = "Reader", **members: Any) -> Application:
        """The one of this name or id, made where there is none."""
        made = self.do(moves.application(self.directory.session, self.id, name, members))
        return Application(self, made)

    def contact(self, email: str, **members: Any) -> dict[str, Any]:
        """Who is told of expiring certificates: a technical contact, unless `ContactType` says otherwise."""
        return self.do(moves.contact(self.directory.session, self.id, email, members))

    def withdraw(self) -> None:
        self.do(moves.withdraw(self.directory.session, self.owner))


class Application(_Holder):
    """`data` is as the Connect API answered it; `secret` is there for clients that have one."""

    def __init__(self, organisation: Organisation, data: dict[str, Any]) -> None:
        super().__init__(organisation.directory, (organisation.data, data))
        self.organisation, self.data = organisation, data
        self.id, self.client_id = str(data["SoftwareStatementId"]), str(data["ClientId"])
        self.secret: str | None = data.get("ClientSecret")

    @property
    def jwks(self) -> str:
        """Address of the active keys of this application."""
        return f"{self.directory.addresses.services['keystore']}/{self.organisation.id}/{self.id}/application.jwks"

    def key_set(self, file: str = "application.jwks") -> dict[str, Any]:
        """A published key set: `transport.jwks`, `application.jwks`, and each below `inactive/`."""
        told: dict[str, Any] = self.do(moves.key_set(self.directory.session, self.owner, file))
        return told

    def token(
        self, certificate: CertificateRecord | None = None, *, scope: str = "", expires_in: int | None = None
    ) -> Token:
        """An access token of this application, bound to the certificate if one is given."""
        bound = certificate.thumbprint if certificate else None
        wanted = {"scope": scope, "software_statement_id": self.id, "x5t#S256": bound, "expires_in": expires_in}
        return self.do(moves.token(self.directory.session, wanted))

    def withdraw(self) -> None:
        self.do(moves.withdraw(self.directory.session, self.owner))

    def suspend(self) -> None:
        self.data = self.do(moves.set_status(self.directory.session, self.owner, "Suspended"))

    def reactivate(self) -> None:
        self.data = self.do(moves.set_status(self.directory.session, self.owner, "Active"))
