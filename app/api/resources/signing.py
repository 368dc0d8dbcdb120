"""Terms and conditions at the external signing service, as the REST door has it (connect.md 3; errata R19)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from app.api.operations import Call, Handler
from app.api.organisations import read_schema
from app.directory.envelopes import ADMINISTRATOR, Initiated
from app.errors import Finding, Invalid
from app.store.records import Resource
from app.web.answers import answer, warning_headers
from app.web.calls import call
from app.web.media import JSON, choose
from app.wire.entries import ORGANISATION
from app.wire.published import request_schema, told

NUMBERS = ("TnCId", "NoOfSigners")


async def initiate(request: Call) -> Response:
    """The only answer that tells the passcode."""
    choose(request.accept, [JSON])
    reading = await read_schema(request, request_schema("EssSignRequest", "EssSignRequest"))
    number, signers = (_whole(name, reading.values.get(name)) for name in NUMBERS)
    send, organisation_id = request.sandbox.registers.envelopes.initiate, request.path["OrganisationId"]
    made = await call(request.sandbox, send, request.caller, organisation_id, number, 1 if signers is None else signers)
    return answer(_initiated(made), headers=warning_headers(reading.warnings))


async def poll(request: Call) -> Response:
    choose(request.accept, [JSON])
    ask = request.sandbox.registers.envelopes.poll
    return answer(_polled(await call(request.sandbox, ask, request.caller, *_ids(request))))


async def poll_all(request: Call) -> Response:
    choose(request.accept, [JSON])
    found = await call(request.sandbox, request.sandbox.registers.envelopes.poll_all, request.caller)
    return answer([_polled(envelope) for envelope in found])


async def reissue(request: Call) -> Response:
    choose(request.accept, [JSON])
    again = request.sandbox.registers.envelopes.reissue
    return answer(_polled(await call(request.sandbox, again, request.caller, *_ids(request))))


async def webhook(_request: Call) -> Response:
    """Taken and ignored (errata R19): the directory asks the service itself."""
    return Response(status_code=200)


def _ids(request: Call) -> tuple[str, str]:
    return request.path["OrganisationId"], request.path["ExternalSigningServiceEnvelopeId"]


def _whole(name: str, value: Any) -> int | None:
    if value is None or isinstance(value, int):
        return value
    detail = f"{name} must be a whole number"
    finding = Finding("field.type", detail, f"/{name}", got=str(value)[:40])
    raise Invalid(detail, code=finding.code, findings=(finding,))


def _initiated(made: Initiated) -> dict[str, Any]:
    """The schema OrgTermsAndConditionsDetail; the misspelt date is as published (errata R17)."""
    body = made.envelope.body
    detail = {
        "TermsAndConditionsItem": told(
            {**made.document.body, "Status": made.document.status}, "TermsAndConditionsItem"
        ),
        "InititatedDate": body["InitiatedDate"],
        "ExternalSigningServiceEnvelopeId": made.envelope.resource_id,
        "ExternalSigningServiceEnvelopeStatus": body["EnvelopeStatus"],
        "ExternalSigningServiceEnvelopePasscode": made.passcode,
    }
    by = {"InitiatedBy": body["InitiatedBy"], "Role": ADMINISTRATOR}
    return told({**by, "TermsAndConditionsDetail": detail}, "OrgTermsAndConditionsDetail")


def _polled(envelope: Resource) -> dict[str, Any]:
    """The schema EssPollResponse."""
    members = {
        "OrganisationId": envelope.organisation_id,
        "EssEnvelopeId": envelope.resource_id,
        "ExternalSigningServiceEnvelopeStatus": envelope.body["EnvelopeStatus"],
    }
    return told(members, "EssPollResponse")


HANDLERS: Mapping[str, Handler] = {
    f"POST {ORGANISATION}/ess/initiatesigning": initiate,
    f"GET {ORGANISATION}/ess/poll/{{ExternalSigningServiceEnvelopeId}}": poll,
    f"POST {ORGANISATION}/ess/reissue/{{ExternalSigningServiceEnvelopeId}}": reissue,
    "GET /organisations/ess/poll": poll_all,
    "POST /registration/docusign/webhook": webhook,
}
