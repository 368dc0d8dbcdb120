"""Answers of the authorisation endpoint as HTTP: an address to go to, or a form that goes there by itself."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from app.api.login.pages import OURS_AND_APPLICATIONS, page
from app.oauth.authorisation_answers import AuthorisationAnswer
from app.web.sandboxes import prefix_of

SEE_OTHER = 303
"""Never 307: it would carry the form of a sign-in to the application (RFC 9700, 4.12)."""


def sent(request: Request, answer: AuthorisationAnswer) -> Response:
    """Back to the application."""
    state = request.scope["state"]
    error = answer.parameters.get("error")
    state["detail"] = {"response_mode": answer.mode, "answered": error or "code"}
    if error:
        state.update(code=f"authorisation.{error}", reason=answer.parameters.get("error_description", ""))
    if answer.mode != "form_post":
        return go(answer.location)
    words = {"action": answer.redirect_uri, "origin": origin(answer.redirect_uri), "answer": answer.parameters}
    return page(request, "form_post.html", words, forms_to=OURS_AND_APPLICATIONS, scripted=True)


def go(address: str) -> Response:
    """To this address; its query may be secret, so that no page is told of it and nothing keeps it."""
    headers = {"location": address, "cache-control": "no-store", "referrer-policy": "no-referrer"}
    return Response(status_code=SEE_OTHER, headers=headers)


def go_on(request: Request, path: str) -> Response:
    """To another page of ours."""
    return go(f"{prefix_of(request)}{path}")


def origin(address: str) -> str:
    """Scheme, host and port of a redirect URI."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
