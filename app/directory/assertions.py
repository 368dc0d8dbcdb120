"""The software statement assertion (connect.md 12): a signed JWT about an application, which locks it."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from app.access import Caller, absent, require_application
from app.directory.assertion_claims import Claims, legacy_claims, snake_claims
from app.directory.beside import flag_values
from app.directory.history import snapshot
from app.errors import Finding, Invalid
from app.runtime.addresses import Addresses
from app.runtime.clock import Clock
from app.runtime.entropy import Entropy, new_id
from app.settings import Settings
from app.store.records import Application, AuditEvent, Organisation
from app.store.store import Store, UnitOfWork

DAY, HOUR = 86_400, 3600


class Signer(Protocol):
    """Signs claims as a JWS; app.ca.jws has one."""

    def sign(self, claims: Claims) -> str: ...


class Assertions:
    def __init__(
        self,
        store: Store,
        clock: Clock,
        entropy: Entropy,
        addresses: Addresses,
        settings: Settings,
        signer: Signer,
    ) -> None:
        self._store, self._clock, self._entropy = store, clock, entropy
        self._addresses, self._settings, self._signer = addresses, settings, signer

    def assertion(
        self, caller: Caller, organisation_id: str, software_statement_id: str, *, is_over: bool = False
    ) -> str:
        """A new assertion; the application is locked from now on. One that `is_over` ended an hour ago.

        Raises Forbidden, NotFound, Invalid for an application or an organisation that is not active.
        """
        require_application(caller, organisation_id, software_statement_id)
        with self._store.write() as uow:
            found = uow.applications.with_organisation(organisation_id, software_statement_id)
            if found is None:
                raise absent(caller, f"application {software_statement_id} in organisation {organisation_id}")
            organisation, application = found
            _require_active(organisation, application)
            self._lock(uow, caller, application)
            claims = _with_flags(uow, self._claims(organisation, application), found)
            return self._signer.sign(_ended(claims) if is_over else claims)

    def _lock(self, uow: UnitOfWork, caller: Caller, application: Application) -> None:
        locked = application
        if not application.locked:
            locked = replace(application, locked=True, revision=application.revision + 1)
            uow.applications.replace(locked)
        uow.audit.add(
            AuditEvent(
                at=self._clock.now(),
                actor=caller.name,
                action="lock" if not application.locked else "assert",
                object_type="application",
                object_id=locked.software_statement_id,
                organisation_id=locked.organisation_id,
                record=snapshot(locked),
            )
        )

    def _claims(self, organisation: Organisation, application: Application) -> Claims:
        """No `exp`: who reads it limits its age (connect.md 12)."""
        tell = legacy_claims if self._settings.ssa_claims == "legacy" else snake_claims
        return {
            "iss": self._settings.ssa_issuer,
            "iat": int(self._clock.now().timestamp()),
            "jti": new_id(self._entropy),
            **tell((organisation, application, self._addresses.keystore)),
        }


def _with_flags(uow: UnitOfWork, claims: Claims, owner: tuple[Organisation, Application]) -> Claims:
    """The values of flags by their names; the older generation has none."""
    organisation, application = owner
    members = {"organisation_flags": organisation.details, "software_flags": application.details}
    return claims | {name: flag_values(uow, details) for name, details in members.items() if name in claims}


def _ended(claims: Claims) -> Claims:
    """Made yesterday, with an end (control-cases.md B-13)."""
    return {**claims, "iat": claims["iat"] - DAY, "exp": claims["iat"] - HOUR}


def _require_active(organisation: Organisation, application: Application) -> None:
    if not application.is_active:
        text, code = (
            f"the application is {application.status}; only an Active one gets an assertion",
            "software.not_active",
        )
    elif not organisation.is_active:
        text, code = (
            f"the organisation is {organisation.status}; only an Active one gets an assertion",
            "org.not_active",
        )
    else:
        return
    raise Invalid(text, code=code, findings=(Finding(code, text),))
