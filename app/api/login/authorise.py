"""`/auth`: where browsers come with a pushed request (RFC 9126, 4; OpenID Connect Core, 3.1.2)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.api.login import forms
from app.api.login.answers import go_on
from app.api.login.browser import browser_of, signed_in
from app.api.login.continuation import Continuation
from app.api.login.errors import in_html
from app.api.login.views import Views
from app.sandbox import Sandbox
from app.web.calls import call
from app.web.errors import MethodNotAllowed

router = APIRouter()


@in_html
async def authorise(request: Request) -> Response:
    """What the person is asked next.

    A form of another site is turned into an address first, since the browser brings no cookies with it.
    """
    if request.method == "HEAD":
        raise MethodNotAllowed(request.method, "GET, POST")
    if request.method == "POST":
        form = await forms.read(request)
        return go_on(request, Continuation(form.get("client_id", ""), form.get("request_uri", "")).address())
    query = forms.read_once(request)
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    browser, on = browser_of(request), Continuation.of(query)
    who = await signed_in(request, browser)
    step = await call(sandbox, sandbox.people.authorisations.visit, on.visit(request, browser), who)
    return await Views(request, browser, on).step(step, email=query.get("email", ""))


@in_html
async def consent(request: Request) -> Response:
    """The person has answered."""
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    browser = browser_of(request)
    form = await forms.read_own(request, browser)
    on, allowed = Continuation.of(form), forms.is_allowed(form)
    who = await signed_in(request, browser)
    visit, authorisations = on.visit(request, browser), sandbox.people.authorisations
    if who is not None and form.get("person") == who.account.user_id:
        step = await call(sandbox, authorisations.decide, visit, who, allowed=allowed)
    else:
        step = await call(sandbox, authorisations.visit, visit, who)
    return await Views(request, browser, on).step(step)


router.add_route("/auth", authorise, methods=["GET", "POST"])
router.add_route("/sign_in/consent", consent, methods=["POST"])
