"""What organisations and people have agreed to, at the REST door (connect.md 3); the documents are plain resources."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from app.api.operations import Call, Handler
from app.api.paging import list_form, shape
from app.web.answers import answer
from app.web.calls import call
from app.web.media import JSON, choose
from app.wire.terms import participant_signing_object, signing_object


async def of_organisation(request: Call) -> Response:
    choose(request.accept, [JSON])
    form = list_form(request.query, {}, "page", request.sandbox.settings)
    found = await call(request.sandbox, request.sandbox.registers.terms.of_organisation, request.path["OrganisationId"])
    size = form.page.size or len(found)
    part = found[form.page.page * size :][:size]
    return answer(shape(form, [participant_signing_object(each) for each in part], len(found)))


async def of_user(request: Call) -> Response:
    """Takes no page of a list; the answer is one all the same."""
    choose(request.accept, [JSON])
    form = list_form(request.query, {}, "page", request.sandbox.settings)
    terms = request.sandbox.registers.terms
    found = await call(request.sandbox, terms.of_user, request.caller, request.path["UserEmailOrID"])
    size = form.page.size or len(found)
    part = found[form.page.page * size :][:size]
    return answer(shape(form, [signing_object(each) for each in part], len(found)))


HANDLERS: Mapping[str, Handler] = {
    "GET /organisations/{OrganisationId}/tnchistory": of_organisation,
    "GET /users/{UserEmailOrID}/history": of_user,
}
