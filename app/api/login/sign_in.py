"""Signing in and out: password, second factor, session, and the two files that the pages need."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.api.login import forms
from app.api.login.answers import go_on
from app.api.login.browser import Browser, browser_of, signed_in
from app.api.login.continuation import Continuation
from app.api.login.errors import in_html, status
from app.api.login.pages import STATIC, Problem, sentence, static
from app.api.login.tickets import read_ticket, ticket_for
from app.api.login.views import Views
from app.errors import DirectoryError
from app.sandbox import Sandbox
from app.store.grants import Account
from app.web.calls import call, call_slowly
from app.web.publications import publish

router = APIRouter()
FILES_MAX_AGE = 3600


@in_html
async def entrance(request: Request) -> Response:
    """The sign-in page by itself, or who is signed in."""
    browser, query = browser_of(request), forms.read_once(request)
    who = await signed_in(request, browser)
    views = Views(request, browser, Continuation.of({}))
    return views.signed_in(who) if who else await views.sign_in({"email": query.get("email", "")})


@in_html
async def by_password(request: Request) -> Response:
    """Address and password were given."""
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    browser = browser_of(request)
    form = await forms.read_own(request, browser)
    on, email = Continuation.of(form), form.get("email", "")
    request.scope["state"]["detail"] = {"email": email[:254]}
    try:
        account = await call_slowly(sandbox.people.sign_in.by_password, email, form.get("password", ""))
    except DirectoryError as refusal:
        return await _again(request, browser, on, email, refusal)
    if sandbox.people.sign_in.wants_second_factor(account):
        return Views(request, browser, on).second_factor(account.email, ticket_for(request, browser, account))
    return await _go_on(request, browser, on, account, second_factor=False)


@in_html
async def by_second_factor(request: Request) -> Response:
    """The code was given, behind a password that was right."""
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    browser = browser_of(request)
    form = await forms.read_own(request, browser)
    on, ticket = Continuation.of(form), form.get("ticket", "")
    user_id = read_ticket(request, browser, ticket)
    try:
        account = await call_slowly(sandbox.people.sign_in.by_second_factor, user_id, form.get("code", ""))
    except DirectoryError as refusal:
        request.scope["state"]["refusal"] = refusal
        email = (await call(sandbox, sandbox.people.accounts.read, user_id)).email
        problem = Problem(sentence(refusal.reason), refusal.code, "code")
        return Views(request, browser, on).second_factor(email, ticket, problem, status(refusal))
    return await _go_on(request, browser, on, account, second_factor=True)


@in_html
async def sign_out(request: Request) -> Response:
    """End the session of this browser; a person who was asked for something is asked again as somebody else."""
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    browser = browser_of(request)
    views = Views(request, browser, Continuation.of({}))
    if request.method != "POST":
        who = await signed_in(request, browser)
        return (
            views.signed_in(who) if who else views.told("You are signed out", "Nobody is signed in with this browser.")
        )
    on = Continuation.of(await forms.read_own(request, browser))
    if browser.session:
        await call(sandbox, sandbox.people.sign_in.sign_out, browser.session)
    if on.carried:
        return browser.sign_out(go_on(request, on.address()))
    told = views.told("You are signed out", "This browser has no session here any more.", ("/sign_in", "Sign in again"))
    return browser.sign_out(told)


async def file(request: Request) -> Response:
    """Style sheet or script."""
    name = request.url.path.rpartition("/")[2]
    return publish(request, static(name), STATIC[name], max_age=FILES_MAX_AGE)


async def _go_on(
    request: Request, browser: Browser, on: Continuation, account: Account, *, second_factor: bool
) -> Response:
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    session = await call(sandbox, sandbox.people.sign_in.open_session, account, second_factor=second_factor)
    request.scope["state"]["actor"] = account.user_id
    return browser.sign_in(go_on(request, on.address(proof=on.proof_of(request, browser, session))), session)


async def _again(request: Request, browser: Browser, on: Continuation, email: str, refusal: DirectoryError) -> Response:
    """The same page with what was wrong; where the request itself is over, its own refusal."""
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    views, state = Views(request, browser, on), request.scope["state"]
    problem = Problem(sentence(refusal.reason), refusal.code, "password")
    if on.request_uri:
        step = await call(sandbox, sandbox.people.authorisations.visit, on.visit(request, browser), None)
        drawn = await views.step(step, email=email, problem=problem, status=status(refusal))
    else:
        drawn = await views.sign_in({"email": email}, problem=problem, status=status(refusal))
    state["refusal"] = refusal
    return drawn


router.add_route("/sign_in", entrance, methods=["GET"])
router.add_route("/sign_in", by_password, methods=["POST"])
router.add_route("/sign_in/second_factor", by_second_factor, methods=["POST"])
router.add_route("/session/end", sign_out, methods=["GET", "POST"])
for each in STATIC:
    router.add_route(f"/sign_in/{each}", file, methods=["GET"])
