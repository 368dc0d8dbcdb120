"""`/device`: where a person types the code of a device, and answers (RFC 8628, 3.3)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.api.login import forms
from app.api.login.browser import Browser, browser_of, signed_in
from app.api.login.continuation import Continuation
from app.api.login.errors import in_html, status
from app.api.login.pages import Problem, sentence
from app.api.login.views import Views
from app.errors import DirectoryError
from app.oauth.sign_in import SignedIn
from app.sandbox import Sandbox
from app.web.calls import call

router = APIRouter()


@in_html
async def entrance(request: Request) -> Response:
    """The page for the code; a person signs in first. A code in the address only fills it in (RFC 8628, 3.3.1)."""
    query, browser = forms.read_once(request), browser_of(request)
    on = Continuation(user_code=query.get("user_code", "")[:80], device=True)
    views, who = Views(request, browser, on), await signed_in(request, browser)
    return views.device(who) if who else await views.sign_in({"email": query.get("email", "")})


@in_html
async def code(request: Request) -> Response:
    """A code was typed: what its device wants."""
    browser, form, on = await _read(request)
    who = await signed_in(request, browser)
    if who is None:
        return await Views(request, browser, on).sign_in({})
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    try:
        asked = await call(sandbox, sandbox.people.device_flow.asked_for, form.get("user_code", ""), who)
    except DirectoryError as refusal:
        return _again(request, browser, on, who, refusal)
    return Views(request, browser, on).device_consent(asked, who)


@in_html
async def decision(request: Request) -> Response:
    """The person has answered."""
    browser, form, on = await _read(request)
    who = await signed_in(request, browser)
    views = Views(request, browser, on)
    if who is None:
        return await views.sign_in({})
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    allowed = forms.is_allowed(form)
    try:
        decide = sandbox.people.device_flow.decide
        await call(sandbox, decide, form.get("user_code", ""), who, allowed=allowed)
    except DirectoryError as refusal:
        return _again(request, browser, on, who, refusal)
    request.scope["state"]["actor"] = who.account.user_id
    if allowed:
        return views.told("The device is connected", "It goes on by itself; this page can be closed.")
    return views.told("The device was refused", "It gets no access; this page can be closed.")


async def _read(request: Request) -> tuple[Browser, forms.Form, Continuation]:
    browser = browser_of(request)
    form = await forms.read_own(request, browser)
    return browser, form, Continuation(user_code=form.get("user_code", "")[:80], device=True)


def _again(request: Request, browser: Browser, on: Continuation, who: SignedIn, refusal: DirectoryError) -> Response:
    """The page for the code once more, with what was wrong."""
    request.scope["state"]["refusal"] = refusal
    problem = Problem(sentence(refusal.reason), refusal.code, "user_code")
    return Views(request, browser, on).device(who, problem=problem, status=status(refusal))


router.add_route("/device", entrance, methods=["GET"])
router.add_route("/device", code, methods=["POST"])
router.add_route("/sign_in/device", decision, methods=["POST"])
