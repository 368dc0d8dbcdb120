"""What a software statement assertion says of organisation and application (connect.md 12). Pure.

Two generations: snake_case as in every published example of a live directory, and the CamelCase of the prose of
OpenAPI 1.39 (errata A28).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from app.directory.keystore_paths import key_set_addresses
from app.store.records import Application, Organisation

Claims = dict[str, Any]
Subject = tuple[Organisation, Application, str]
"""Who is spoken of, and the base address of the keystore."""


def snake_claims(subject: Subject) -> Claims:
    """Members without a value are left out."""
    organisation, application, _keystore = subject
    return _present({**_organisation(organisation), **_application(application), **_key_sets(subject)})


def legacy_claims(subject: Subject) -> Claims:
    """The older generation: fewer members, roles nested by domain."""
    organisation, application, keystore = subject
    details = application.details
    of_software = key_set_addresses(keystore, organisation.organisation_id, application.software_statement_id)
    of_organisation = key_set_addresses(keystore, organisation.organisation_id, None)
    return _present(
        {
            "SoftwareEnvironment": details.get("Environment"),
            "SoftwareMode": details.get("Mode", "Live"),
            "SoftwareId": application.software_statement_id,
            "SoftwareClientId": application.client_id,
            "SoftwareClientName": application.client_name,
            "SoftwareClientDescription": details.get("Description"),
            "SoftwareVersion": _version(details),
            "SoftwareClientUri": details.get("ClientUri"),
            "SoftwareRedirectUris": details.get("RedirectUri", []),
            "SoftwareAuthorityClaims": {"AuthorisationDomains": _by_domain(application.roles, _legacy_role)},
            "OrganisationAuthorityClaims": _legacy_authorities(organisation.roles),
            "SoftwareLogoUri": details.get("LogoUri"),
            "SoftwarePolicyUri": details.get("PolicyUri"),
            "SoftwareTosUri": details.get("TermsOfServiceUri"),
            "SoftwareOnBehalfOf": details.get("OnBehalfOf"),
            "SoftwareJwksUri": of_software.application,
            "SoftwareJwksRevokedUri": of_software.application_inactive,
            "OrgStatus": organisation.status,
            "OrgId": organisation.organisation_id,
            "OrgName": organisation.name,
            "OrgContacts": [],
            "OrgJwksUri": of_organisation.application,
            "OrgJwksRevokedUri": of_organisation.application_inactive,
        }
    )


def _organisation(organisation: Organisation) -> Claims:
    return {
        "org_id": organisation.organisation_id,
        "org_name": organisation.name,
        "org_number": organisation.registration_number,
        "org_status": organisation.status,
        "organisation_competent_authority_claims": [_authority_claim(claim) for claim in organisation.roles],
        "organisation_flags": {},
    }


def _authority_claim(claim: Mapping[str, Any]) -> Claims:
    return _present(
        {
            "authorisation_domain": claim.get("domain"),
            "authorisations": claim.get("authorisations", []),
            "registration_id": claim.get("registration_id"),
            "authority_id": claim.get("authority_id"),
            "authority_name": claim.get("authority_name"),
            "authorisation_role": claim.get("role"),
            "authority_code": claim.get("authority_code"),
            "status": claim.get("status", "Active"),
        }
    )


def _application(application: Application) -> Claims:
    details = application.details
    return {
        "software_id": application.software_statement_id,
        "software_client_id": application.client_id,
        "software_client_name": application.client_name,
        "software_client_description": details.get("Description"),
        "software_client_uri": details.get("ClientUri"),
        "software_version": _version(details),
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
        "software_roles": [str(role["Role"]) for role in application.roles if role.get("Status", "Active") == "Active"],
    }


def _version(details: Mapping[str, Any]) -> str | None:
    """Text, as all who read it expect: the published example has "1.1" [OFB DCR]; from Version first (errata A9)."""
    version = details.get("Version", details.get("SoftwareVersion"))
    return None if version is None else str(version)


def _role_claim(role: Mapping[str, Any]) -> Claims:
    return {
        "role": role.get("Role"),
        "authorisation_domain": role.get("AuthorisationDomain"),
        "status": role.get("Status", "Active"),
    }


def _key_sets(subject: Subject) -> Claims:
    organisation, application, keystore = subject
    owners = {"software": application.software_statement_id, "org": None}
    sets = {
        prefix: key_set_addresses(keystore, organisation.organisation_id, owner) for prefix, owner in owners.items()
    }
    return {
        f"{prefix}_{name}": address
        for prefix, of_owner in sets.items()
        for name, address in (
            ("jwks_uri", of_owner.application),
            ("jwks_inactive_uri", of_owner.application_inactive),
            ("jwks_transport_uri", of_owner.transport),
            ("jwks_transport_inactive_uri", of_owner.transport_inactive),
        )
    }


# the older generation


def _legacy_authorities(claims: Iterable[Mapping[str, Any]]) -> list[Claims]:
    """One entry for each authority under which the organisation is registered."""
    found: dict[tuple[Any, Any], list[Mapping[str, Any]]] = {}
    for claim in claims:
        found.setdefault((claim.get("authority_id"), claim.get("registration_id")), []).append(claim)
    return [
        _present(
            {
                "AuthorityId": authority_id,
                "RegistrationId": registration_id,
                "AuthorisationDomains": _by_domain(held, _legacy_claim),
            }
        )
        for (authority_id, registration_id), held in found.items()
    ]


def _by_domain(
    roles: Iterable[Mapping[str, Any]], told: Callable[[Mapping[str, Any]], tuple[Any, Claims]]
) -> list[Claims]:
    domains: dict[Any, list[Claims]] = {}
    for role in roles:
        domain, claims = told(role)
        domains.setdefault(domain, []).append(claims)
    return [{"AuthorisationDomain": domain, "Roles": claims} for domain, claims in domains.items()]


def _legacy_role(role: Mapping[str, Any]) -> tuple[Any, Claims]:
    return role.get("AuthorisationDomain"), {"Role": role.get("Role"), "Status": role.get("Status", "Active")}


def _legacy_claim(claim: Mapping[str, Any]) -> tuple[Any, Claims]:
    return claim.get("domain"), {"Role": claim.get("role"), "Authorisations": claim.get("authorisations", [])}


def _present(claims: Claims) -> Claims:
    return {name: value for name, value in claims.items() if value is not None}
