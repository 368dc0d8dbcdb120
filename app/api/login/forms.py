"""Forms and addresses of our own pages, read: each parameter once, those without a value are not there."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request

from app.api.login.browser import Browser, require_own_form
from app.api.oauth.forms import read_form
from app.oauth.refusals import InvalidRequest
from app.web.queries import read_query

Form = Mapping[str, str]


async def read(request: Request) -> Form:
    """The body. Raises InvalidRequest, TooLarge."""
    return await read_form(request)


async def read_own(request: Request, browser: Browser) -> Form:
    """The body of a form that a page of ours has sent. Raises Forbidden, `form.foreign`, for any other."""
    form = await read(request)
    require_own_form(request, browser, form)
    return form


def read_once(request: Request) -> Form:
    """The query. Raises InvalidRequest, `request.duplicate_parameter`, Invalid where it cannot be read."""
    query = read_query(request.scope)
    if doubled := [name for name, values in query.items() if len(values) > 1]:
        text = f"{ascii(doubled[0][:80])[1:-1]} is given more than once"
        raise InvalidRequest(text, code="request.duplicate_parameter")
    return {name: values[0] for name, values in query.items() if values[0]}


def is_allowed(form: Form) -> bool:
    """Which of the two buttons was pressed. Raises InvalidRequest where it was neither."""
    decision = form.get("decision")
    if decision not in ("allow", "deny"):
        raise InvalidRequest("decision must be allow or deny", code="request.parameter")
    return decision == "allow"
