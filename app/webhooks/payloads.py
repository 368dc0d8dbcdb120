"""What `Message` holds: nested from the organisation down, or the newer form by resource (connect.md 18)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal
from urllib.parse import quote

from app.webhooks.objects import Members
from app.webhooks.occurrences import Occurrence

Format = Literal["classic", "resource"]
Nest = Callable[[Occurrence, Members], Members]
ORGANISATION = "/organisations/{organisation}"
SOFTWARE = f"{ORGANISATION}/softwarestatements/{{software}}"
SERVERS = f"{ORGANISATION}/authorisationservers"
PATHS: Mapping[str, str] = {
    "organisation": ORGANISATION,
    "contact": f"{ORGANISATION}/contacts/{{id}}",
    "domain_claim": f"{ORGANISATION}/authoritydomainclaims/{{id}}",
    "role_claim": f"{ORGANISATION}/authorityclaims/{{id}}",
    "authorisation": f"{ORGANISATION}/authorityclaims/{{0}}/authorisations/{{id}}",
    "server": f"{SERVERS}/{{id}}",
    "api_resource": f"{SERVERS}/{{0}}/apiresources/{{id}}",
    "discovery_endpoint": f"{SERVERS}/{{0}}/apiresources/{{1}}/apidiscoveryendpoints/{{id}}",
    "server_certification": f"{SERVERS}/{{0}}/certifications/{{id}}",
    "application": SOFTWARE,
    "application_claim": f"{SOFTWARE}/authorityclaims/{{id}}",
    "envelope": f"{ORGANISATION}/ess/poll/{{id}}",
}
"""Where the API has an object of this kind."""
OF_SOFTWARE, OF_ORGANISATION = f"{SOFTWARE}/certificates/{{kind}}/{{id}}", f"{ORGANISATION}/certificates/kid/{{id}}"


def payload(occurrence: Occurrence, members: Members, revision: int, form: Format) -> Members:
    """Only the branch concerned; the changed object alone carries `Revision`."""
    if form == "resource":
        return _by_resource(occurrence, members, revision)
    nest = _BRANCHES[occurrence.kind]
    changed = {**members, "Revision": revision}
    if occurrence.kind == "organisation":
        return {"OrganisationDetails": changed}
    return {"OrganisationDetails": {"OrganisationId": occurrence.organisation_id}, **nest(occurrence, changed)}


def _by_resource(occurrence: Occurrence, members: Members, revision: int) -> Members:
    at = occurrence.at
    return {
        "ApiResource": _path(occurrence, members),
        "UpdateTimestamp": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z",
        "ResourcePayload": members,
        "Revision": revision,
    }


def _path(occurrence: Occurrence, members: Members) -> str:
    form = PATHS.get(occurrence.kind) or (OF_SOFTWARE if occurrence.software_statement_id else OF_ORGANISATION)
    identifier = members["kid"] if occurrence.kind == "certificate" else occurrence.object_id
    return form.format(
        *(quote(each, safe="") for each in occurrence.above),
        organisation=quote(occurrence.organisation_id, safe=""),
        software=occurrence.software_statement_id,
        kind=members.get("keyType"),
        id=quote(str(identifier), safe=""),
    )


def _under_software(branch: str) -> Nest:
    def nest(occurrence: Occurrence, changed: Members) -> Members:
        held: Any = changed if branch == "SoftwareDetails" else [changed]
        return {"SoftwareStatements": {str(occurrence.software_statement_id): {branch: held}}}

    return nest


def _listed(branch: str) -> Nest:
    return lambda _occurrence, changed: {branch: [changed]}


def _certificate(occurrence: Occurrence, changed: Members) -> Members:
    is_software = occurrence.software_statement_id is not None
    nest = _under_software("SoftwareCertificates") if is_software else _listed("OrganisationCertificates")
    return nest(occurrence, changed)


def _under_server(branch: str) -> Nest:
    return lambda occurrence, changed: {
        "AuthorisationServers": [{"AuthorisationServerId": occurrence.above[0], branch: [changed]}]
    }


def _endpoint(occurrence: Occurrence, changed: Members) -> Members:
    resource = {"ApiResourceId": occurrence.above[1], "ApiDiscoveryEndpoints": [changed]}
    return {"AuthorisationServers": [{"AuthorisationServerId": occurrence.above[0], "ApiResources": [resource]}]}


def _authorisation(occurrence: Occurrence, changed: Members) -> Members:
    claim = {"OrganisationAuthorityClaimId": occurrence.above[0], "Authorisations": [changed]}
    return {"OrgDomainRoleClaims": [claim]}


_BRANCHES: Mapping[str, Nest] = {
    "organisation": _listed("OrganisationDetails"),
    "application": _under_software("SoftwareDetails"),
    "application_claim": _under_software("SoftwareAuthorityClaims"),
    "certificate": _certificate,
    "contact": _listed("Contacts"),
    "domain_claim": _listed("OrgDomainClaims"),
    "role_claim": _listed("OrgDomainRoleClaims"),
    "authorisation": _authorisation,
    "server": _listed("AuthorisationServers"),
    "api_resource": _under_server("ApiResources"),
    "server_certification": _under_server("AuthorisationServerCertifications"),
    "discovery_endpoint": _endpoint,
    "envelope": _listed("TermsAndConditions"),
}
