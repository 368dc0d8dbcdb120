"""The software statement assertion (connect.md 12): a signed JWT about an application, which locks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from app.access import Caller, absent, require_application
from app.directory.history import snapshot
from app.directory.keystore_paths import key_set_addresses
from app.errors import Finding, Invalid
from app.runtime.addresses import Addresses
from app.runtime.clock import Clock
from app.runtime.entropy import Entropy, new_id
from app.settings import Settings
from app.store.records import Application, AuditEvent, Organisation
from app.store.store import Store, UnitOfWork

Claims = dict[str, Any]


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

    def assertion(self, caller: Caller, organisation_id: str, software_statement_id: str) -> str:
        """A new assertion; the application is locked from now on.

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
            return self._signer.sign(self._claims(organisation, application))

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
        issued_at: datetime = self._clock.now()
        claims = {
            "iss": self._settings.ssa_issuer,
            "iat": int(issued_at.timestamp()),
            "jti": new_id(self._entropy),
            **_about_organisation(organisation),
            **_about_application(application),
            **self._key_sets(organisation, application),
        }
        return {name: value for name, value in claims.items() if value is not None}

    def _key_sets(self, organisation: Organisation, application: Application) -> Claims:
        keystore = self._addresses.keystore
        software = key_set_addresses(keystore, organisation.organisation_id, application.software_statement_id)
        org = key_set_addresses(keystore, organisation.organisation_id, None)
        return {
            f"{prefix}_{name}": address
            for prefix, sets in (("software", software), ("org", org))
            for name, address in (
                ("jwks_uri", sets.application),
                ("jwks_inactive_uri", sets.application_inactive),
                ("jwks_transport_uri", sets.transport),
                ("jwks_transport_inactive_uri", sets.transport_inactive),
            )
        }


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


def _about_organisation(organisation: Organisation) -> Claims:
    return {
        "org_id": organisation.organisation_id,
        "org_name": organisation.name,
        "org_number": organisation.registration_number,
        "org_status": organisation.status,
        "organisation_competent_authority_claims": [_authority_claim(claim) for claim in organisation.roles],
        "organisation_flags": {},
    }


def _authority_claim(claim: Mapping[str, Any]) -> Claims:
    members = {
        "authorisation_domain": claim.get("domain"),
        "authorisations": claim.get("authorisations", []),
        "registration_id": claim.get("registration_id"),
        "authority_id": claim.get("authority_id"),
        "authority_name": claim.get("authority_name"),
        "authorisation_role": claim.get("role"),
        "authority_code": claim.get("authority_code"),
        "status": claim.get("status", "Active"),
    }
    return {name: value for name, value in members.items() if value is not None}


def _about_application(application: Application) -> Claims:
    details = application.details
    roles = [role for role in application.roles if role.get("Status", "Active") == "Active"]
    return {
        "software_id": application.software_statement_id,
        "software_client_id": application.client_id,
        "software_client_name": application.client_name,
        "software_client_description": details.get("Description"),
        "software_client_uri": details.get("ClientUri"),
        "software_version": details.get("Version", details.get("SoftwareVersion")),
        "software_environment": details.get("Environment"),
        "software_mode": details.get("Mode", "Live"),
        "software_status": application.status,
        "software_redirect_uris": details.get("RedirectUri", []),
        "software_api_webhook_uris": details.get("ApiWebhookUri", []),
        "software_origin_uris": details.get("OriginUri", []),
        "software_homepage_uri": details.get("HomepageUri"),
        "software_logo_uri": details.get("LogoUri"),
        "software_tos_uri": details.get("TermsOfServiceUri"),
        "software_policy_uri": details.get("PolicyUri"),
        "software_on_behalf_of": details.get("OnBehalfOf"),
        "software_flags": {},
        "software_statement_roles": [_role_claim(role) for role in application.roles],
        "software_roles": [str(role["Role"]) for role in roles],
    }


def _role_claim(role: Mapping[str, Any]) -> Claims:
    return {
        "role": role.get("Role"),
        "authorisation_domain": role.get("AuthorisationDomain"),
        "status": role.get("Status", "Active"),
    }
