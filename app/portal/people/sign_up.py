"""A page for whoever has no account yet: what takes mail, codes and approval elsewhere is one form (connect.md 20)."""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.access import Caller
from app.errors import DirectoryError, Finding, Invalid, NotFound
from app.oauth.accounts import AccountDraft
from app.oauth.roster import require_address
from app.portal.forms import Form, read_form
from app.portal.pages import HEADERS, render, texts_of, url_of
from app.runtime.entropy import new_id
from app.sandbox import Sandbox
from app.web.calls import call_slowly
from app.web.errors import status_of
from app.web.schemas import Field, Schema

EMAIL, PASSWORD = "Email", "Password"
SHORTEST, LONGEST = 8, 256
PEOPLE = Schema((
    Field("GivenName", required=True, least=1, most=255, is_name=True),
    Field("FamilyName", required=True, least=1, most=255, is_name=True),
))  # fmt: skip
NAMES = (EMAIL, "GivenName", "FamilyName", PASSWORD)
"""Every input, in the order of the page."""
router = APIRouter()


@router.get("/sign-up")
async def sign_up(request: Request) -> Response:
    _sandbox(request)
    return _page(request, Form())


@router.post("/sign-up")
async def add(request: Request) -> Response:
    """Somebody without any right; an administrator finds him by his address. Never shows a password again."""
    sandbox, form = _sandbox(request), await read_form(request)
    shown = replace(form, values={name: given for name, given in form.values.items() if name != PASSWORD})
    try:
        draft = _draft(request, form, new_id(sandbox.entropy))
        await call_slowly(sandbox.people.accounts.create, Caller(frozenset(), user=draft.email), draft)
    except DirectoryError as refusal:
        return _page(request, shown.refused(refusal, EMAIL), status_of(refusal))
    return RedirectResponse(url_of(request, "signed-up"), 303, dict(HEADERS))


@router.get("/signed-up")
async def signed_up(request: Request) -> Response:
    _sandbox(request)
    return render(request, "signed_up.html", {})


def _draft(request: Request, form: Form, user_id: str) -> AccountDraft:
    """Raises Invalid with every finding, none of which tells the password."""
    findings: list[Finding] = []
    email, password = form.text(EMAIL), form.raw(PASSWORD)
    values = {name: form.text(name) for name in ("GivenName", "FamilyName") if form.text(name)}
    for check in (lambda: require_address(EMAIL, email), lambda: PEOPLE.read(values)):
        try:
            check()
        except Invalid as fault:
            findings += fault.findings
    if not SHORTEST <= len(password) <= LONGEST:
        text = texts_of(request)("people.sign_up.password_length", least=str(SHORTEST), most=str(LONGEST))
        findings.append(Finding("field.value", text, f"/{PASSWORD}"))
    if findings:
        raise Invalid(findings[0].detail, code=findings[0].code, findings=tuple(findings))
    return AccountDraft(user_id, email, password, details=values | {"OrgAccessDetails": {}})


def _page(request: Request, form: Form, status: int = 200) -> Response:
    return render(request, "sign_up.html", {"form": form, "names": NAMES, "least": SHORTEST}, status=status)


def _sandbox(request: Request) -> Sandbox:
    """Raises NotFound where nobody may sign up."""
    found: Sandbox = request.scope["state"]["sandbox"]
    if not found.settings.sign_up:
        raise NotFound("nobody signs up here", code="path.unknown")
    return found
