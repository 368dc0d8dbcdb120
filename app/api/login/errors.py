"""Refusals as pages: whatever goes wrong at a page is told on a page, and never by sending the browser elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from app.api.login.pages import page, sentence
from app.errors import DirectoryError
from app.oauth.refusals import OAuthRefusal
from app.web.answers import header_text
from app.web.errors import status_of
from app.web.problems import reason_of

Handler = Callable[[Request], Awaitable[Response]]
LIMITED = "rate.limited"


def in_html(handler: Handler) -> Handler:
    """The handler with its refusals drawn as pages; the journal gets them as of any door."""

    @wraps(handler)
    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except DirectoryError as error:
            request.scope["state"]["refusal"] = error
            return refused(request, error)

    return guarded


def refused(request: Request, error: DirectoryError) -> Response:
    """The page of a refusal."""
    words = {
        "heading": "This request cannot be answered" if isinstance(error, OAuthRefusal) else error.title,
        "said": sentence(error.description if isinstance(error, OAuthRefusal) else error.reason),
        "error": error.error if isinstance(error, OAuthRefusal) else "",
        "code": error.code,
    }
    response = page(request, "refused.html", words, status=status(error))
    response.headers["x-mock-reason"] = header_text(reason_of(error))
    return response


def status(error: DirectoryError) -> int:
    """Of the page. A refused sign-in is no 401: there is no challenge that a browser could answer."""
    if error.code == LIMITED:
        return HTTPStatus.TOO_MANY_REQUESTS
    found = HTTPStatus.BAD_REQUEST if isinstance(error, OAuthRefusal) else status_of(error)
    return HTTPStatus.BAD_REQUEST if found == HTTPStatus.UNAUTHORIZED else found
