"""Operations over the whole directory: the registry of clients, search, audit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from starlette.responses import Response

from app.access import Caller, power, require_right
from app.access_rules import Level, Need
from app.api.operations import Call, Handler
from app.api.paging import list_form, shape
from app.directory.audit import AuditQuery, Entry
from app.directory.ecosystem import KINDS, ClientQuery, Pair
from app.directory.keystore_paths import key_set_addresses
from app.errors import Forbidden
from app.web.answers import answer, present
from app.web.calls import call
from app.web.media import JSON, choose
from app.web.moments import iso
from app.web.queries import Query, refused, text

STATUSES = ("Active", "Suspended", "Inactive")
ALL_STATUSES = (*STATUSES, "Withdrawn", "Pending")
TAKEN: Mapping[str, str] = {
    "redirect_uris": "RedirectUri",
    "post_logout_redirect_uris": "PostLogoutRedirectUris",
    "token_endpoint_auth_method": "TokenEndpointAuthMethod",
    "client_uri": "ClientUri",
    "homepage_uri": "HomepageUri",
    "logo_uri": "LogoUri",
    "tos_uri": "TermsOfServiceUri",
    "policy_uri": "PolicyUri",
    "software_version": "Version",
    "client_description": "Description",
    "software_api_webhook_uri": "ApiWebhookUri",
    "openid_federation_enabled": "OpenidFederationEnabled",
}
"""Member of a registered client -> detail of its application."""


async def list_clients(request: Call) -> Response:
    choose(request.accept, [JSON])
    query = request.query
    form = list_form(query, {}, "page", request.sandbox.settings)
    wanted = ClientQuery(
        page=form.page,
        name=text(query, "name"),
        status=_one_of(query, "status", STATUSES) or None,
        role=text(query, "role"),
        since=_day(query, "startDate"),
        until=_day(query, "endDate", last=True),
    )
    found = await call(request.sandbox, request.sandbox.registers.ecosystem.clients, wanted)
    return answer(shape(form, [_client(request, pair) for pair in found.items], found.total))


async def rebuild_clients(_request: Call) -> Response:
    """The registry is read from the applications: there is nothing to build (errata R12)."""
    return Response(status_code=201)


async def read_client(request: Call) -> Response:
    choose(request.accept, [JSON])
    found = await call(request.sandbox, request.sandbox.registers.ecosystem.client, request.path["ClientId"])
    return answer(_client(request, found))


def _client(request: Call, pair: Pair) -> dict[str, Any]:
    """The schema RegisteredClient."""
    organisation, application = pair
    details = application.details
    addresses = key_set_addresses(
        request.sandbox.addresses.keystore, organisation.organisation_id, application.software_statement_id
    )
    return present(
        {
            "client_id": application.client_id,
            "client_name": application.client_name,
            **{name: details.get(detail) for name, detail in TAKEN.items()},
            "grant_types": ["client_credentials"],
            "response_types": [],
            "scope": "directory:software",
            "jwks_uri": addresses.application,
            "software_id": application.software_statement_id,
            "roles": [str(r["Role"]) for r in application.roles if r.get("Status", "Active") == "Active"],
            "application_type": "web",
            "status": application.status,
            "organisation_id": organisation.organisation_id,
            "org_id": organisation.organisation_id,
            "last_updated": iso(application.created_at),
            "software_flags": [],
            "organisation_registration_number": organisation.registration_number,
            "organisation_company_register": organisation.details.get("CompanyRegister"),
            "organisation_country": organisation.details.get("Country"),
        }
    )


async def search(request: Call) -> Response:
    choose(request.accept, [JSON])
    query = request.query
    kinds = _several(query, "resourceTypes", KINDS)
    statuses = _several(query, "status", ALL_STATUSES)
    found = await call(request.sandbox, request.sandbox.registers.ecosystem.search, text(query, "identifier"))
    return answer({"results": [r for r in found if r["resourceType"] in kinds and r["status"] in statuses]})


async def audit(request: Call) -> Response:
    """Newest first; who reads the audit of one organisation alone must name it, or belong to just one."""
    choose(request.accept, [JSON])
    query = request.query
    form = list_form(query, {}, "page", request.sandbox.settings)
    wanted = AuditQuery(
        page=form.page,
        organisation_id=_audited(request.caller, text(query, "organisationId")),
        resource_type=text(query, "resourceType"),
        resource_id=text(query, "resourceId") or None,
        parent_id=text(query, "parentResourceId"),
        action=_one_of(query, "actionType", ("created", "updated", "deleted")),
        actor=text(query, "performedBy"),
        since=_day(query, "startDate"),
        until=_day(query, "endDate", last=True),
    )
    found = await call(request.sandbox, request.sandbox.registers.audit_trail.list, wanted)
    page: dict[str, Any] = shape(
        form, [_entry(entry, in_days=request.sandbox.settings.strict_published) for entry in found.items], found.total
    )
    if isinstance(page, dict):
        page = {"items": page.pop("content"), **page}
    return answer(page)


def _audited(caller: Caller, asked: str) -> str | None:
    """The one organisation whose audit is shown; None = all. Raises Forbidden."""
    if not asked and power(caller, "audit") < Level.READ:
        own = sorted(caller.organisations)
        if len(own) != 1:
            raise Forbidden("organisationId must name an organisation whose audit the caller may read")
        asked = own[0]
    require_right(caller, Need("audit", Level.READ), asked or None)
    return asked or None


def _entry(entry: Entry, *, in_days: bool) -> dict[str, Any]:
    """The audit fields and the record of the object (errata R2); the publication has days, not moments (R3)."""
    event = entry.event
    return present(
        {
            "ResourceType": entry.resource_type,
            "EntryType": entry.action,
            "PerformedBy": event.actor,
            "Timestamp": event.at.date().isoformat() if in_days else iso(event.at),
            "EntryId": entry.number,
            "OrganisationId": event.organisation_id,
            "ResourceId": event.object_id,
            "Record": dict(event.record),
        }
    )


def _one_of(query: Query, name: str, choices: tuple[str, ...]) -> str:
    value = text(query, name)
    if value and value not in choices:
        raise refused("field.value", name, f"{name} must be one of {', '.join(choices)}")
    return value


def _several(query: Query, name: str, choices: tuple[str, ...]) -> tuple[str, ...]:
    """The values of a parameter that may be repeated or hold commas; none given = all."""
    given = [part.strip() for value in query.get(name, ()) for part in value.split(",") if part.strip()]
    if not set(given) <= set(choices):
        raise refused("field.value", name, f"{name} must be among {', '.join(choices)}")
    return tuple(given) or choices


def _day(query: Query, name: str, *, last: bool = False) -> datetime | None:
    """A date or a moment; a date as an end means the whole day."""
    value = text(query, name)
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise refused("field.pattern", name, f"{name} must be a date such as 2026-06-01") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    is_whole_day = last and len(value) == len("2026-06-01") and moment.time() == time()
    return moment + timedelta(days=1) if is_whole_day else moment


HANDLERS: Mapping[str, Handler] = {
    "GET /clients": list_clients,
    "POST /clients": rebuild_clients,
    "GET /clients/{ClientId}": read_client,
    "GET /search": search,
    "GET /audit": audit,
}
