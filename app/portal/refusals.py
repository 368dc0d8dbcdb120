"""Refusals as pages: the same status, code and findings as at the REST door, in the frame of the portal."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.errors import DirectoryError
from app.portal.pages import HEADERS, here_of, render, url_of
from app.portal.visits import SignInNeeded, Visit, enter
from app.web.errors import status_of
from app.web.own_site import SAFE
from app.web.problems import headers_of, refusal


async def refused(request: Request, error: Exception) -> Response:
    """Any exception as a page. What nobody foresaw comes past the edge too, which logs it."""
    found = refusal(error)
    request.scope["state"].update(refusal=found, quiet=False)
    visit, status = await _visit(request), status_of(found)
    words = {"refusal": found, "status": str(status)}
    if visit is None:
        page = render(request, "refused.html", words, status=status)
    else:
        page = visit.page("refused.html", words, status=status)
    page.headers.update(headers_of(found))
    return page


def drawn(request: Request, found: DirectoryError) -> Response:
    """A refusal before anybody has looked who visits. Of a sandbox that is not there `default` tells it."""
    state = request.scope["state"]
    if found.code == "sandbox.unknown":
        state["sandbox_prefix"] = ""
    status = status_of(found)
    page = render(request, "refused.html", {"refusal": found, "status": str(status)}, status=status)
    page.headers.update(headers_of(found))
    return page


async def sign_in_needed(request: Request, _error: Exception) -> Response:
    """A page that was asked for comes after the sign-in; a form that came too late is not sent again by itself."""
    if request.method in SAFE:
        return RedirectResponse(url_of(request, "sign-in", next=here_of(request)[1:]), 303, dict(HEADERS))
    return render(request, "signed_out.html", {"is_late": True}, status=401)


async def _visit(request: Request) -> Visit | None:
    """Who is signed in, for the frame of the page; a refusal must not fail over that."""
    try:
        return await enter(request)
    except SignInNeeded:
        return None
