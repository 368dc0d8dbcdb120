"""Sandboxes: which there are, a new one, into one of them, the end of one (control-cases.md D)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from anyio import to_thread
from fastapi import APIRouter
from starlette.responses import Response

from app.access import ADMIN, PORTAL, WEBSITE
from app.errors import DirectoryError, Finding, Invalid, NotFound
from app.oauth.tokens import TokenRequest
from app.portal.cookies import Cookie, Jar
from app.portal.forms import Form, read_form
from app.portal.mock.asking import ask_first
from app.portal.mock.frame import power_page
from app.portal.mock.horizon import far
from app.portal.navigation import Link
from app.portal.visits import PowerVisitor, Visit
from app.sandbox import DEFAULT
from app.sandboxes import Sandboxes
from app.sandboxes.making import Made, Wanted
from app.sandboxes.places import CHOSEN, PREFIX, START
from app.sandboxes.templates import TEMPLATES, USUAL
from app.store.powers import SandboxRow
from app.web.errors import status_of
from app.web.json_body import read_object
from app.web.moments import iso
from app.web.wanted.members import Together
from app.web.wanted.sandboxes import wanted_of

ENTRY = "mock-sandboxes"
INPUTS = ("template", "id", "seed", "ttl", "clock", "settings")
SHORTEST = timedelta(seconds=1)
"""No age is less."""
GUEST = "super user of default"
"""Whom the audit of a sandbox names where somebody came in from here."""
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Line:
    """One sandbox; `portal` is where its pages are for this browser."""

    row: SandboxRow
    age: str
    left: str
    portal: str


@router.get("/mock/sandboxes")
async def every(visit: PowerVisitor) -> Response:
    """Oldest first; a page that says so where this is a sandbox itself."""
    if visit.sandbox.sandbox_id != DEFAULT:
        return power_page(visit, ENTRY, "sandbox_within.html", {"default": _portal(visit, "mock", "sandboxes")})
    sandboxes = _of_server(visit)
    now = visit.sandbox.clock.machine()
    lines = [_line(visit, row, now) for row in await visit.call(sandboxes.rows.living)]
    words = {"lines": lines, "limit": visit.sandbox.settings.sandboxes_limit}
    return power_page(visit, ENTRY, "sandboxes.html", words)


@router.get("/mock/sandboxes/new")
async def blank(visit: PowerVisitor) -> Response:
    _of_server(visit)
    return _form_page(visit, Form.of({"template": USUAL}))


@router.post("/mock/sandboxes/new")
async def create(visit: PowerVisitor) -> Response:
    """The page says the admin token, once."""
    sandboxes, form = _of_server(visit), await read_form(visit.request)
    try:
        made = await to_thread.run_sync(sandboxes.create, _wanted(form))
    except DirectoryError as refusal:
        at_id = refusal.code == "sandbox.exists"
        return _form_page(visit, _beside(form.refused(refusal, "id" if at_id else "")), status_of(refusal))
    visit.request.scope["state"]["detail"] = {"sandbox": made.row.sandbox_id, "template": made.row.template}
    return _made_page(visit, made)


@router.get("/mock/sandboxes/{sandbox_id}")
async def one(visit: PowerVisitor, sandbox_id: str) -> Response:
    """Raises NotFound."""
    row = await _find(visit, sandbox_id)
    addresses = visit.sandbox.addresses.under(f"{PREFIX}{row.sandbox_id}")
    words = _facts(visit, row) | {"addresses": {**addresses.by_service(), "control": addresses.control}}
    return power_page(visit, ENTRY, "sandbox.html", words, Link(row.sandbox_id))


@router.post("/mock/sandboxes/{sandbox_id}/enter")
async def enter(visit: PowerVisitor, sandbox_id: str) -> Response:
    """Into its portal, signed in: whoever has the powers of the server has those of each sandbox. Raises NotFound."""
    sandboxes = _of_server(visit)
    token = await to_thread.run_sync(_let_in, sandboxes, sandbox_id)
    visit.request.scope["state"]["detail"] = {"sandbox": sandbox_id[:60]}
    response = visit.go(_portal(visit, sandbox_id=sandbox_id))
    replace(Jar.of(visit.request), suffix=f"_{sandbox_id}").put(response, Cookie.SESSION, token)
    return response


@router.get("/mock/sandboxes/{sandbox_id}/drop")
async def ask(visit: PowerVisitor, sandbox_id: str) -> Response:
    """Raises NotFound."""
    row = await _find(visit, sandbox_id)
    t = visit.t
    about = [(t("mock_sandboxes.id"), row.sandbox_id), (t("mock_sandboxes.template"), row.template)]
    return ask_first(visit, ENTRY, "mock_sandboxes.drop", ("mock", "sandboxes"), about=about)


@router.post("/mock/sandboxes/{sandbox_id}/drop")
async def drop(visit: PowerVisitor, sandbox_id: str) -> Response:
    """Raises NotFound."""
    sandboxes = _of_server(visit)
    visit.request.scope["state"]["detail"] = {"sandbox": sandbox_id[:60]}
    if not await to_thread.run_sync(sandboxes.drop, sandbox_id):
        raise _unknown(sandbox_id)
    return visit.go(visit.url("mock", "sandboxes"), notice="mock_sandboxes.dropped", id=sandbox_id)


def _of_server(visit: Visit) -> Sandboxes:
    """Raises NotFound inside of a sandbox, as the control listener does."""
    if visit.sandbox.sandbox_id != DEFAULT:
        raise NotFound("a sandbox has no sandboxes: go to the portal without the prefix", code="path.unknown")
    found: Sandboxes = visit.request.scope["state"]["sandboxes"]
    return found


async def _find(visit: Visit, sandbox_id: str) -> SandboxRow:
    row = await visit.call(_of_server(visit).rows.find, sandbox_id)
    if row is None:
        raise _unknown(sandbox_id)
    return row


def _unknown(sandbox_id: str) -> NotFound:
    return NotFound(f"there is no sandbox {ascii(sandbox_id)[1:-1][:60]}", code="sandbox.unknown")


def _let_in(sandboxes: Sandboxes, sandbox_id: str) -> str:
    """A session of the sandbox's own portal."""
    sandbox = sandboxes.enter(sandbox_id) if sandbox_id != DEFAULT else None
    if sandbox is None:
        raise _unknown(sandbox_id)
    try:
        seconds = sandbox.settings.portal_token_lifetime_seconds
        wanted = TokenRequest(f"{WEBSITE} {ADMIN}", user=GUEST, expires_in=seconds, client_id=PORTAL)
        return sandbox.tokens.issue(wanted).access_token
    finally:
        sandboxes.leave(sandbox)


def _wanted(form: Form) -> Wanted:
    """As a body of POST /_mock/sandboxes has it: an empty input is a member that is not there. Raises Invalid."""
    given: dict[str, Any] = {name: form.text(name) for name in INPUTS if form.text(name)}
    if (ttl := str(given.get("ttl", ""))).isascii() and ttl.isdigit():
        given["ttl"] = int(ttl)
    together, settings = Together(), given.pop("settings", None)
    if settings is not None:
        given["settings"] = together.read(lambda: _settings(settings))
    wanted = together.read(lambda: wanted_of(given))
    together.require_good()
    assert wanted is not None
    return wanted


def _settings(text: str) -> dict[str, Any]:
    """Raises Invalid, with the pointer of the input."""
    try:
        return read_object(text.encode())
    except Invalid as refusal:
        finding = Finding(refusal.code, refusal.reason, "/settings")
        raise Invalid(finding.detail, code=finding.code, findings=(finding,)) from None


def _beside(refused: Form) -> Form:
    """What is wrong with the clock is told as of a setting, which it is; here it is an input of its own."""
    if not refused.text("clock"):
        return refused
    return refused.with_findings(
        [replace(each, pointer="/clock") if each.pointer == "/settings/clock" else each for each in refused.findings]
    )


def _portal(visit: Visit, *segments: str, sandbox_id: str = DEFAULT) -> str:
    """The address of a page of another directory's portal, at the host that the browser is at."""
    prefix = "" if sandbox_id == DEFAULT else f"{PREFIX}{sandbox_id}"
    inside = "" if visit.request.scope["state"].get("service_prefix") else "/portal"
    return "/".join((f"{prefix}{inside}", *segments)) or "/"


def _line(visit: Visit, row: SandboxRow, now: datetime) -> Line:
    left = visit.t("mock_sandboxes.no_end") if row.expires_at is None else far(row.expires_at, now, visit.t)
    age = far(row.created_at, max(now, row.created_at + SHORTEST), visit.t)
    return Line(row, age, left, _portal(visit, sandbox_id=row.sandbox_id))


def _facts(visit: Visit, row: SandboxRow) -> dict[str, Any]:
    """What its page and the page of a new one say of it."""
    return {
        "line": _line(visit, row, visit.sandbox.clock.machine()),
        "start": row.options.get(START),
        "settings": row.options.get(CHOSEN, {}),
        "control": f"{visit.sandbox.addresses.control}{PREFIX}{row.sandbox_id}",
    }


def _made_page(visit: Visit, made: Made) -> Response:
    addresses = {**made.addresses.by_service(), "control": made.addresses.control}
    words = {"addresses": addresses, "admin_token": made.admin_token, "bundle": made.bundle.decode()}
    title = visit.t("mock_sandboxes.made", id=made.row.sandbox_id)
    return power_page(visit, ENTRY, "sandbox_made.html", _facts(visit, made.row) | words, Link(title), status=201)


def _form_page(visit: Visit, form: Form, status: int = 200) -> Response:
    t = visit.t
    words = {
        "form": form,
        "names": INPUTS,
        "templates": [(name, t(f"mock_sandboxes.templates.{name.replace('-', '_')}")) for name in TEMPLATES],
        "usual_seconds": visit.sandbox.settings.sandbox_ttl_seconds,
        "machine": iso(visit.sandbox.clock.machine()),
    }
    return power_page(visit, ENTRY, "new_sandbox.html", words, Link(t("mock_sandboxes.new")), status=status)
