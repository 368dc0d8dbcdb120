"""Reading what is sent to the OAuth endpoints: each parameter once, in the body alone (RFC 6749, 3.1 and 3.2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from app.errors import Invalid, UnsupportedMedia
from app.oauth.grants import Form
from app.oauth.refusals import InvalidRequest
from app.web.json_body import kind_of, read_object
from app.web.media import JSON, content_type

FORM = "application/x-www-form-urlencoded"
MOST_PARAMETERS = 100
DUPLICATE = "request.duplicate_parameter"


async def read_form(request: Request, *, takes_json: bool = False) -> Form:
    """The parameters that have a value; with `takes_json` also as the members of a JSON object (errata O4).

    Raises InvalidRequest with `request.content_type`, `.duplicate_parameter` or `.malformed`.
    """
    kind = _kind(request)
    if kind == FORM:
        return _once(_pairs(await request.body()))
    if takes_json and kind == JSON:
        return _members(await request.body())
    expected = f"{FORM} or {JSON}" if takes_json else FORM
    text = "the body is in a media type that is not read here"
    raise InvalidRequest(text, code="request.content_type", expected=expected, got=kind[:80] or "none")


def require(form: Form, name: str, request: Request) -> None:
    """Raise InvalidRequest for a parameter that is not there, and say so where it was put into the query."""
    if name in form:
        return
    if request.scope.get("query_string"):
        text = f"{name} is missing in the body, and parameters of the query are not read"
        raise InvalidRequest(text, code=DUPLICATE, fix="Send every parameter once, in the body")
    raise InvalidRequest(f"{name} is missing", code="request.missing_parameter", expected=name)


def _kind(request: Request) -> str:
    values = request.headers.getlist("content-type")
    try:
        return content_type(values[0]) if len(values) == 1 else ""
    except UnsupportedMedia as error:
        raise InvalidRequest(error.reason, code="request.content_type") from None


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError:
        text = "the form cannot be read"
        expected = f"at most {MOST_PARAMETERS} parameters in UTF-8, percent-encoded"
        raise InvalidRequest(text, code="request.malformed", expected=expected) from None


def _once(pairs: Iterable[tuple[str, str]]) -> Form:
    form: dict[str, str] = {}
    for name, value in pairs:
        if name in form:
            shown = name[:80]
            raise InvalidRequest("a parameter is given more than once", code=DUPLICATE, expected="once", got=shown)
        form[name] = value
    return {name: value for name, value in form.items() if value}


def _members(body: bytes) -> Form:
    try:
        members: dict[str, Any] = read_object(body)
    except Invalid as error:
        code = DUPLICATE if error.code == "field.duplicate_member" else "request.malformed"
        raise InvalidRequest(error.reason, code=code) from None
    for name, value in members.items():
        if not isinstance(value, str):
            text = "every member must be a text"
            raise InvalidRequest(
                text, code="request.malformed", expected="a string", got=f"{name[:80]}: {kind_of(value)}"
            )
    return {name: value for name, value in members.items() if value}
