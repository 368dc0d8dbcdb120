"""The portal as one ASGI application under `/portal`; the server puts it into the public door."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import DirectoryError
from app.portal import (
    activity,
    application_moves,
    applications,
    assertion,
    assets,
    audit,
    certificate_page,
    certificate_revocation,
    certificates,
    expiry_notices,
    home,
    new_application,
    new_certificate,
    organisations,
    pki,
    preferences,
    reference_data,
    refusals,
    search,
    sign_in,
    webhooks,
)
from app.portal.front import front
from app.portal.mock.routers import ROUTERS as MOCK_ROUTERS
from app.portal.people import administrators, documents, domain_users, officers, sign_up
from app.portal.rooms import authorities, endpoints, history, pages
from app.portal.visits import SignInNeeded
from app.web.exchange import note_disconnect
from app.web.own_site import SAFE, require_own_site

PREFIX = "/portal"
ROUTERS: tuple[APIRouter, ...] = (
    assets.router,
    home.router,
    preferences.router,
    sign_in.router,
    organisations.router,
    new_application.router,
    applications.router,
    application_moves.router,
    assertion.router,
    search.router,
    certificates.router,
    new_certificate.router,
    certificate_revocation.router,
    certificate_page.router,
    pki.router,
    activity.router,
    expiry_notices.router,
    webhooks.router,
    administrators.router,
    domain_users.router,
    documents.router,
    officers.router,
    sign_up.router,
    audit.router,
    reference_data.router,
    authorities.router,
    endpoints.router,
    history.router,
    pages.router,
    *MOCK_ROUTERS,
)
"""Each with paths under PREFIX."""


def create_portal_doors() -> Mapping[str, ASGIApp]:
    """For the public door: the applications beside it, by the first segment of their paths."""
    return {"portal": create_portal_app(), "": front}


def create_portal_app() -> ASGIApp:
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    for kind in (DirectoryError, HTTPException, Exception):
        app.add_exception_handler(kind, refusals.refused)
    app.add_exception_handler(SignInNeeded, refusals.sign_in_needed)
    app.add_exception_handler(ClientDisconnect, _gone)
    return Portal(app)


class Portal:
    """Before anything that changes: the request came from a page of ours. Pages that were read are no news."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            require_own_site(request, scope["state"]["sandbox"].addresses)
        except DirectoryError as error:
            response = await refusals.refused(request, error)
            await response(scope, receive, send)
            return
        scope["state"]["quiet"] = scope["method"] in SAFE
        await self._app(scope, receive, send)

    def refusal(self, error: DirectoryError, scope: Scope) -> Response:
        """What the edge refuses, such as a body that is too long, is a page as well (see `Drawing`)."""
        return refusals.drawn(Request(scope), error)


async def _gone(request: Request, _error: Exception) -> Response:
    note_disconnect(request.scope)
    return Response(status_code=499)
