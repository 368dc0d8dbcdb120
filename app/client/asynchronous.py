"""`AsyncDirectory`: what `app.client.directory` has, with `await`; what takes no call is the same."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from app.client import moves, trust
from app.client.addresses import Addresses
from app.client.errors import Unreachable
from app.client.records import CertificateRecord, FaultRecord, Token
from app.client.session import Session
from app.client.steps import Steps
from app.client.wishes import match_and_effect, matching, times

T = TypeVar("T")


class AsyncDirectory:
    """One directory, or one sandbox. Every method raises Refused, with the server's words, where it says no."""

    def __init__(
        self, addresses: Addresses, *, control_token: str | None = None, http: httpx.AsyncClient | None = None
    ) -> None:
        self.addresses, self.sandbox_id = addresses, "default"
        self.session = Session(addresses, control_token)
        self._http = http or httpx.AsyncClient(verify=False, timeout=moves.TIMEOUT, trust_env=False)  # noqa: S501
        self._parent: AsyncDirectory | None = None
        self.clock, self.faults, self.journal = AsyncClock(self), AsyncFaults(self), AsyncJournal(self)

    @classmethod
    def from_ready_file(cls, ready_file: Path | str, *, control_token: str | None = None) -> Self:
        return cls(Addresses.read(Path(ready_file)), control_token=control_token)

    @classmethod
    def at(cls, *, http: str, https: str, mtls: str, control: str, control_token: str | None = None) -> Self:
        listeners = {"http": http, "https": https, "mtls": mtls, "control": control}
        return cls(Addresses.of(listeners), control_token=control_token)

    async def run(self, steps: Steps[T]) -> T:
        """Do what takes one call or several."""
        try:
            call = next(steps)
            while True:
                call = steps.send(await self._http.request(call.method, call.url, **call.options()))
        except StopIteration as end:
            result: T = end.value
            return result
        except httpx.HTTPError as fault:
            raise Unreachable(f"{call.method} {call.url}: {fault or type(fault).__name__}") from fault

    async def sandbox(self, *, template: str | None = None, ttl: int | None = None, **wanted: Any) -> AsyncDirectory:
        """A directory of its own on the same server."""
        made = await self.run(moves.sandbox(self.session, {"template": template, "ttl": ttl, **wanted}))
        born = AsyncDirectory(self.addresses.under(made.prefix), control_token=made.admin_token, http=self._http)
        born.sandbox_id, born._parent = made.id, self
        return born

    async def drop(self) -> None:
        if self._parent is not None:
            await self.run(self._parent.session.control("DELETE", f"/sandboxes/{self.sandbox_id}"))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        """A sandbox is dropped; else the connections are closed."""
        if self._parent is None:
            await self._http.aclose()
        else:
            await self.drop()

    async def organisation(self, name: str = "Acme", **members: Any) -> AsyncOrganisation:
        return AsyncOrganisation(self, await self.run(moves.organisation(self.session, name, members)))

    async def token(self, scope: str = "", *, user: str | None = None, expires_in: int | None = None) -> Token:
        return await self.run(moves.token(self.session, {"scope": scope, "user": user, "expires_in": expires_in}))

    async def control(self, method: str, path: str, json: Any = None) -> Any:
        """Any call of the control listener; `path` begins behind `/_mock`."""
        return await self.run(self.session.control(method, path, json))

    async def reset(self, to: str = "baseline", *, scope: Sequence[str] | None = None) -> None:
        await self.control("POST", "/reset", {"to": to} | ({"scope": list(scope)} if scope else {}))

    async def snapshot(self, name: str) -> None:
        await self.control("PUT", f"/snapshots/{name}")

    async def notices(self, **filters: Any) -> list[dict[str, Any]]:
        return await self.run(moves.notices(self.session, filters))

    async def webhooks(self, **filters: Any) -> list[dict[str, Any]]:
        return await self.run(moves.webhooks(self.session, filters))

    async def webhook_delivery(self, **effects: Any) -> dict[str, Any]:
        told: dict[str, Any] = await self.control("PUT", "/webhooks/delivery", effects)
        return told

    async def ssl_context(self, certificate: CertificateRecord | None = None) -> ssl.SSLContext:
        return trust.client_context(await self.run(self.session.bundle()), certificate)

    async def server_context(
        self, certificate: CertificateRecord, *, crl: bool = True, check_dates: bool = True
    ) -> ssl.SSLContext:
        crls = await self.run(moves.crls(self.session)) if crl else []
        authorities = await self.run(self.session.authorities())
        return trust.server_context(authorities, crls, certificate, check_dates=check_dates)

    async def httpx_client(
        self, certificate: CertificateRecord | None = None, *, token: Token | None = None, **options: Any
    ) -> httpx.AsyncClient:
        """Speaks with the Connect API over mutual TLS."""
        context = await self.ssl_context(certificate)
        return httpx.AsyncClient(verify=context, **moves.client_options(self.session, token, options))


class AsyncCertificate(CertificateRecord):
    """A certificate that can be revoked."""

    _holder: _AsyncHolder

    async def revoke(self, reason: str = "superseded") -> None:
        await self._holder.do(moves.revoke(self._holder.directory.session, self._holder.owner, self, reason))


class _AsyncHolder:
    def __init__(self, directory: AsyncDirectory, owner: moves.Owner) -> None:
        self.directory, self.owner = directory, owner

    async def do(self, steps: Steps[T]) -> T:
        return await self.directory.run(steps)

    async def certificate(self, type_: str, *hosts: str, country: str = "GB") -> AsyncCertificate:
        made = moves.certificate(self.directory.session, self.owner, type_, hosts, country)
        return self._handle(await self.do(made))

    async def defective(
        self, defect: str | Sequence[str], type_: str = "rtstransport", **wanted: Any
    ) -> AsyncCertificate:
        asked = {"defect": defect if isinstance(defect, str) else list(defect), "type": type_, **wanted}
        return self._handle(await self.do(moves.defective(self.directory.session, self.owner, asked)))

    async def upload(self, type_: str, pem: bytes) -> dict[str, Any]:
        return await self.do(moves.upload(self.directory.session, self.owner, type_, pem))

    async def check(self, type_: str, csr: bytes) -> dict[str, Any]:
        return await self.do(moves.check(self.directory.session, self.owner, type_, csr))

    async def withdraw(self) -> None:
        await self.do(moves.withdraw(self.directory.session, self.owner))

    def _handle(self, made: CertificateRecord) -> AsyncCertificate:
        handle = AsyncCertificate(*(getattr(made, field.name) for field in fields(made)))
        object.__setattr__(handle, "_holder", self)
        return handle


class AsyncOrganisation(_AsyncHolder):
    def __init__(self, directory: AsyncDirectory, data: dict[str, Any]) -> None:
        super().__init__(directory, (data, None))
        self.data, self.id = data, str(data["OrganisationId"])

    async def application(self, name: str = "Reader", **members: Any) -> AsyncApplication:
        return AsyncApplication(self, await self.do(moves.application(self.directory.session, self.id, name, members)))

    async def contact(self, email: str, **members: Any) -> dict[str, Any]:
        return await self.do(moves.contact(self.directory.session, self.id, email, members))


class AsyncApplication(_AsyncHolder):
    def __init__(self, organisation: AsyncOrganisation, data: dict[str, Any]) -> None:
        super().__init__(organisation.directory, (organisation.data, data))
        self.organisation, self.data = organisation, data
        self.id, self.client_id = str(data["SoftwareStatementId"]), str(data["ClientId"])

    async def key_set(self, file: str = "application.jwks") -> dict[str, Any]:
        return await self.do(moves.key_set(self.directory.session, self.owner, file))

    async def token(
        self, certificate: CertificateRecord | None = None, *, scope: str = "", expires_in: int | None = None
    ) -> Token:
        bound = certificate.thumbprint if certificate else None
        wanted = {"scope": scope, "software_statement_id": self.id, "x5t#S256": bound, "expires_in": expires_in}
        return await self.do(moves.token(self.directory.session, wanted))


class AsyncClock:
    def __init__(self, directory: AsyncDirectory) -> None:
        self._directory = directory

    async def now(self) -> datetime:
        return moves.moment((await self._directory.control("GET", "/clock"))["now"])

    async def advance(self, **length: float) -> datetime:
        return await self._move({"advance": moves.duration(timedelta(**length))})

    async def set(self, moment: datetime) -> datetime:
        return await self._move({"set": moment.isoformat()})

    async def freeze(self) -> datetime:
        return await self._move({"freeze": True})

    async def scale(self, factor: float) -> datetime:
        return await self._move({"scale": factor})

    async def reset(self) -> datetime:
        return moves.moment((await self._directory.control("DELETE", "/clock"))["now"])

    async def _move(self, wanted: Mapping[str, Any]) -> datetime:
        return await self._directory.run(moves.move(self._directory.session, wanted))


class AsyncFaults:
    """`next`, `after` and `always` by name; every other trigger by `add`."""

    def __init__(self, directory: AsyncDirectory) -> None:
        self._directory = directory

    async def next(self, count: int, **rule: Any) -> FaultRecord:
        return await self.add({"next": count}, **rule)

    async def after(self, count: int, **rule: Any) -> FaultRecord:
        return await self.add({"after": count}, **rule)

    async def always(self, **rule: Any) -> FaultRecord:
        return await self.add({}, **rule)

    async def add(self, trigger: Mapping[str, Any], **rule: Any) -> FaultRecord:
        match, effect = match_and_effect(rule)
        return await self._directory.run(moves.fault(self._directory.session, trigger, match, effect))

    async def read(self, fault: FaultRecord) -> FaultRecord:
        """As it is now, with its hits."""
        return FaultRecord.of(await self._directory.control("GET", f"/faults/{fault.id}"))

    async def end(self, fault: FaultRecord) -> FaultRecord:
        return FaultRecord.of(await self._directory.control("DELETE", f"/faults/{fault.id}"))

    async def clear(self) -> None:
        await self._directory.control("DELETE", "/faults")


class AsyncJournal:
    def __init__(self, directory: AsyncDirectory) -> None:
        self._directory = directory

    async def find(self, **filters: Any) -> list[dict[str, Any]]:
        return await self._directory.run(moves.found(self._directory.session, matching(filters)))

    async def assert_never(self, **match: Any) -> None:
        await self.verify(match, exactly=0)

    async def assert_exactly(self, count: int, **match: Any) -> None:
        await self.verify(match, exactly=count)

    async def verify(
        self,
        match: Mapping[str, Any],
        *,
        exactly: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
    ) -> dict[str, Any]:
        wanted = {"match": matching(match), **times(exactly, at_least, at_most)}
        return await self._directory.run(moves.verify(self._directory.session, "/journal/verify", wanted))
