"""A good call of every operation on plain resources, made from the table of contents (app/wire/contents.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import httpx

from app.wire.contents import CONTENTS
from app.wire.entries import Resource, Verb
from tests.contract.world import World

Body = dict[str, Any]
SERVER: Body = {
    "AutoRegistrationSupported": True,
    "CustomerFriendlyName": "Acme Bank",
    "CustomerFriendlyDescription": "The bank's server",
    "CustomerFriendlyLogoUri": "https://acme.example/logo.svg",
    "Issuer": "https://as.acme.example",
    "PayloadSigningCertLocationUri": "https://acme.example/jwks",
}
CERTIFICATION: Body = {
    "CertificationStartDate": "01/06/2026",
    "CertificationStatus": "Certified",
    "ProfileVariant": "FAPI Adv. OP w/ MTLS",
    "ProfileType": "Redirect",
    "ProfileVersion": 1,
    "CertificationURI": "https://openid.example/certification",
    "Status": "Active",
}
ACCESS = {
    "OrganisationCertificatesAccess": "Read", "OrganisationContactsAccess": "Read", "DomainUserAccess": "Read",
    "SoftwareStatementAccess": "Read", "AuthorisationServerAccess": "Read", "TermsAndConditionsAccess": "Read",
}  # fmt: skip


def _role_claim(world: World, _name: str) -> Body:
    domain = world.claimed_domain()
    role = world.new_role(domain)
    return {"AuthorityId": world.authority(), "AuthorisationDomain": domain, "Role": role, "RegistrationId": "1"}


def _resting(world: World, _name: str) -> Body:
    return {"OrganisationAuthorisationDomainRoleClaimID": world.made("role_claim")}


def _mapping(world: World, _name: str) -> Body:
    return {"AuthorityID": world.authority(), "AuthorisationDomainID": world.domain_id(world.new_domain(mapped=False))}


def _user_type(world: World, name: str) -> Body:
    access = {"DirectoryAccess": True, "ReceiveEmailNotifications": True, **ACCESS}
    return {"Name": name, "SystemID": world.made("user_system"), "Status": "Active", **access}


def _permission(world: World, _name: str) -> Body:
    """What a domain user is, with everything that it names."""
    domain = world.new_domain()
    domain_id, role = world.domain_id(domain), world.new_role(domain)
    roles = f"/references/authorisationdomains/{domain}/authorisationdomainroles?domainRole={role}"
    (found,) = world.admin("GET", roles).json()["content"]
    return {
        "PermissionType": "DomainUser",
        "AuthorisationDomainID": domain_id,
        "AuthorisationDomainRoleID": found["AuthorisationDomainRoleIdentifier"],
        "AuthorisationDomainUserTypeID": world.made("user_type"),
        "AuthorisationDomainSystemID": world.made("user_system"),
    }


def _letters(name: str) -> str:
    number = int(name.rpartition("-")[2])
    return f"{chr(65 + number // 26 % 26)}{chr(65 + number % 26)}"


BODIES: Mapping[str, Callable[[World, str], Body]] = {
    "contact": lambda _w, _n: {"ContactType": "Business", "EmailAddress": "a@acme.example", "PhoneNumber": "+4420"},
    "server": lambda _w, _n: SERVER,
    "api_resource": lambda _w, _n: {"ApiFamilyType": "accounts", "ApiVersion": "1.0.0", "Status": "Active"},
    "server_certification": lambda _w, _n: CERTIFICATION,
    "software_certification": lambda _w, _n: CERTIFICATION,
    "domain_claim": lambda w, _n: {"AuthorityId": w.authority(), "AuthorisationDomainName": w.new_domain()},
    "role_claim": _role_claim,
    "application_claim": _resting,
    "server_claim": _resting,
    "authorisation": lambda _w, n: {"Status": "Active", "MemberState": _letters(n)},
    "authority": lambda _w, n: {"AuthorityCode": n, "AuthorityUri": "https://authority.example"},
    "domain": lambda _w, n: {"AuthorisationDomainName": n, "AuthorisationDomainRegion": "GB", "Status": "Active"},
    "sub_domain": lambda w, _n: {"AuthorisationDomainID": w.domain_id(w.new_domain())},
    "domain_role": lambda _w, n: {"AuthorisationDomainRoleName": n},
    "role_metadata": lambda _w, _n: {
        "EntityType": "oauth_client", "ClaimName": "scope", "PolicyOperator": "add", "DataType": "string",
        "Values": ["openid"],
    },
    "authority_domain": _mapping,
    "user_type": _user_type,
    "user_system": lambda _w, n: {"Name": n, "Description": "A system", "Status": "Active"},
    "flag": lambda _w, n: {"Name": n, "Type": "Organisation", "Value": "yes", "Status": "Active", "AccessLevel": 1},
    "contact_type": lambda _w, n: {"ContactType": n, "AccessLevel": 1},
    "certification_type": lambda _w, n: {
        "TypeName": n, "ResourceType": "authorisationServer", "Description": "d", "Status": "Active",
    },
    "certification_variant": lambda _w, n: {
        "VariantName": n, "CertificationDurationDays": 30, "Description": "d", "Status": "Active",
    },
    "api_family": lambda _w, n: {
        "Name": n, "Version": "1.0", "ConformanceTest": False, "Mandatory": False, "RequiresWellKnown": False,
        "Endpoints": ["/x$"],
    },
    "terms": lambda _w, n: {
        "Name": n, "Type": "Participant", "Content": "# Terms", "ExternalSigningService": {
            "ExternalSigningServiceName": "DocuSign",
            "ExternalSigningServiceSignerTemplateConfig": {"Signer1TemplateId": n},
        },
    },
    "federation": lambda _w, n: {"Name": n, "Status": "Active"},
    "sso_configuration": lambda _w, n: {"DisplayName": n, "Contacts": ["sso@acme.example"], "RedirectUriSuffix": n},
    "sso_version": lambda _w, n: {
        "ClientID": n, "RestrictedDomains": [], "SupportedDomains": ["acme.example"], "GroupClaim": "groups",
        "AuthenticationPolicies": ["TWO_FACTOR"],
    },
    "user_group": lambda _w, n: {"Name": n},
    "group_idp_binding": lambda w, n: {"SsoConfigurationID": w.made("sso_configuration"), "ExternalID": n},
    "group_organisation_binding": lambda w, _n: {"OrganisationID": w.new_organisation()},
    "group_permission": _permission,
    "custom_claim": lambda _w, n: {"Name": n, "Path": "$.super_user", "Source": "TRUST_FRAMEWORK_PROFILE"},
    "metadata_policy": lambda _w, _n: {
        "Type": "openid_provider", "Status": "pending", "Policy": '{"contacts": {"add": ["a@acme.example"]}}',
    },
}  # fmt: skip


def new(kind: str, world: World) -> Body:
    """A body that makes one of this kind; names are not used twice."""
    return BODIES[kind](world, f"{kind}-{next(world.numbers)}")


def new_below(kind: str, path: str, world: World) -> Body:
    """A body that makes one of this kind under this path."""
    if kind == "conformance_configuration":
        return {"ApiFamilyID": path.split("/")[-2], "TestPlanName": f"plan-{next(world.numbers)}"}
    return new(kind, world)


LISTED_ONLY = ("/references/users/sso-configurations", "/dashboard/federation/referencedatapolicies")
"""Lists of what is made elsewhere."""


def entry(kind: str) -> Resource:
    """The first entry of the table of contents of a kind that can be made."""
    elsewhere = ("discovery_endpoint", "group_member")
    return next(r for r in CONTENTS if r.kind.name == kind and ("create" in r.verbs or kind in elsewhere))


def path_of(resource: Resource, world: World) -> str:
    """The path of a list, with a new object for everything above."""
    path = resource.path.replace("{OrganisationId}", world.organisation)
    path = path.replace("{SoftwareStatementId}", world.application)
    above: dict[str, str] = {}
    for parameter, named in resource.above:
        kind, _, by = named.partition(" by ")
        prefix = path[: path.index("{" + parameter)].rstrip("/")
        above[parameter] = world.made(kind, prefix, by)
        path = path.replace("{" + parameter + "}", above[parameter])
    return path


def call(resource: Resource, verb: Verb, query: str, world: World) -> httpx.Response:
    path, kind = path_of(resource, world), resource.kind.name
    if verb == "create":
        return world.admin("POST", path, json=new_below(kind, path, world))
    one = world.made(kind, path, resource.by)
    if verb == "list":
        return world.admin("GET", path + query)
    if verb == "read":
        return world.admin("GET", f"{path}/{one}")
    if verb == "remove":
        return world.admin("DELETE", f"{path}/{one}")
    stored = world.admin("GET", f"{path}/{one}").json()
    again = {"Status": "Active", "Cascade": False} if stored.get("Status") in (None, "Active", "Inactive") else {}
    return world.admin("PUT", f"{path}/{one}", json=stored | again)


Call = Callable[[World], httpx.Response]
METHODS = {"list": "GET", "create": "POST", "read": "GET", "update": "PUT", "remove": "DELETE"}


def _calls() -> Mapping[str, tuple[Call, ...]]:
    found: dict[str, tuple[Call, ...]] = {}
    for resource in CONTENTS:
        for verb in resource.verbs:
            path = resource.path if verb in ("list", "create") else resource.one
            queries = ("", "?page=0&size=2") if verb == "list" else ("",)
            found[f"{METHODS[verb]} {path}"] = tuple(partial(call, resource, verb, query) for query in queries)
    return found


def _endpoints(world: World) -> str:
    return path_of(entry("discovery_endpoint"), world)


def _resource(world: World) -> str:
    path = path_of(entry("api_resource"), world)
    return f"{path}/{world.made('api_resource', path)}"


ADDRESS = {"ApiEndpoints": [{"ApiEndpoint": "https://api.acme.example/accounts/v1/accounts"}]}
ORGANISATION = "/organisations/{OrganisationId}"
SERVERS = f"{ORGANISATION}/authorisationservers/{{AuthorisationServerId}}"
ENDPOINTS = f"{SERVERS}/apiresources/{{ApiResourceId}}/apidiscoveryendpoints"
ROLES = "/references/authorisationdomainroles"


def _replaced(world: World) -> httpx.Response:
    path = _endpoints(world)
    one = world.admin("POST", path, json=ADDRESS).json()["ApiDiscoveryEndpoints"][0]["ApiDiscoveryId"]
    return world.admin("PUT", f"{path}/{one}", json=ADDRESS)


def _role_of(world: World) -> tuple[str, Body]:
    domain = world.new_domain()
    role = world.new_role(domain)
    return role, {"AuthorisationDomainRoleName": role, "AuthorisationDomainName": domain}


def _made_role(world: World) -> httpx.Response:
    return world.admin("POST", ROLES, json=new("domain_role", world) | {"AuthorisationDomainName": world.new_domain()})


def _changed_role(world: World) -> httpx.Response:
    role, body = _role_of(world)
    return world.admin("PUT", f"{ROLES}/{role}", json=body | {"Exclusive": True})


RESOURCE_CALLS: Mapping[str, tuple[Call, ...]] = {
    **_calls(),
    f"POST {ENDPOINTS}": (lambda w: w.admin("POST", _endpoints(w), json=ADDRESS),),
    f"PUT {ENDPOINTS}/{{ApiDiscoveryEndpointId}}": (_replaced,),
    f"GET {SERVERS}/familystatus": (
        lambda w: w.admin("GET", f"{w.own}/authorisationservers/{w.made('server')}/familystatus"),
    ),
    f"GET {SERVERS}/apiresources/{{ApiResourceId}}/metadata": (lambda w: w.admin("GET", f"{_resource(w)}/metadata"),),
    f"PUT {SERVERS}/apiresources/{{ApiResourceId}}/metadata": (
        lambda w: w.admin("PUT", f"{_resource(w)}/metadata", json={"anything": [1]}),
    ),
    "GET /organisations/authorisationservers/webhooks": (
        lambda w: w.client("directory:admin")("GET", "/organisations/authorisationservers/webhooks"),
    ),
    "GET /organisations/authorisationservers/webhooks/clean": (
        lambda w: w.client("directory:admin")("GET", "/organisations/authorisationservers/webhooks/clean"),
    ),
    "GET /organisations/export/open-data": (
        lambda w: w.made("server") and w.client("directory:admin")("GET", "/organisations/export/open-data"),
    ),
    f"POST {ROLES}": (_made_role,),
    f"PUT {ROLES}/{{AuthorisationDomainRoleName}}": (
        _changed_role,
    ),
    f"DELETE {ROLES}/{{AuthorisationDomainRoleName}}": (lambda w: w.admin("DELETE", f"{ROLES}/{_role_of(w)[0]}"),),
    f"GET {ORGANISATION}/softwarestatements/{{SoftwareStatementId}}/metadata": (
        lambda w: w.admin("GET", f"{w.software}/metadata"),
    ),
    "POST /references/apifamilies/init": (lambda w: w.admin("POST", "/references/apifamilies/init"),),
    "GET /references/resources/openid-provider-public-key": (
        lambda w: w.admin("GET", "/references/resources/openid-provider-public-key"),
        lambda w: w.admin(
            "GET", "/references/resources/openid-provider-public-key",
            headers={"accept": "application/x-pem-certificate"},
        ),
    ),
    f"POST {ORGANISATION}/ess/initiatesigning": (
        lambda w: w.admin("POST", f"{w.own}/ess/initiatesigning", json={"TnCId": w.terms(), "NoOfSigners": 2}),
    ),
    f"GET {ORGANISATION}/ess/poll/{{ExternalSigningServiceEnvelopeId}}": (
        lambda w: w.admin("GET", f"{w.own}/ess/poll/{w.envelope()}"),
    ),
    f"POST {ORGANISATION}/ess/reissue/{{ExternalSigningServiceEnvelopeId}}": (
        lambda w: w.admin("POST", f"{w.own}/ess/reissue/{w.envelope()}"),
    ),
    "GET /organisations/ess/poll": (lambda w: w.envelope() and w.admin("GET", "/organisations/ess/poll"),),
    "POST /registration/docusign/webhook": (
        lambda w: w.client("directory:admin")("POST", "/registration/docusign/webhook", json={"event": "sent"}),
    ),
    f"POST {ORGANISATION}/conformancetest": (
        lambda w: w.admin(
            "POST", f"{w.own}/conformancetest",
            json={
                "ResourceUrl": "https://api.acme.example/accounts/v1/accounts",
                "ApiFamilyType": "accounts", "Version": "1.0.0",
            },
        ),
    ),
    "GET /clients": (lambda w: w.admin("GET", "/clients?page=0&size=2"),),
    "POST /clients": (lambda w: w.admin("POST", "/clients"),),
    "GET /clients/{ClientId}": (lambda w: w.admin("GET", f"/clients/{w.application}"),),
    "GET /audit": (lambda w: w.admin("GET", "/audit?page=0&size=5"),),
    "GET /search": (lambda w: w.admin("GET", "/search?identifier=acme"),),
}  # fmt: skip
