"""Whole states of this directory: snapshots, reset, export, import (control-cases.md G)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.errors import DirectoryError, Finding, Invalid
from app.portal.cookies import Cookie, Jar
from app.portal.forms import Form, read_form
from app.portal.mock.asking import ask_first
from app.portal.mock.frame import power_page
from app.portal.navigation import Link
from app.portal.pages import HEADERS, render
from app.portal.visits import PowerVisitor, SignInNeeded, Visit, enter
from app.powers.documents import INCLUDES
from app.powers.imports import BASELINE
from app.powers.restoring import SCOPES
from app.powers.snapshots import EMPTY
from app.sandbox import Sandbox
from app.store.powers import SnapshotNote
from app.web.calls import call_slowly
from app.web.errors import status_of
from app.web.exports import exported
from app.web.json_body import read_object
from app.web.wanted.states import reset_of
from app.wire import stored

ENTRY = "mock-states"
NAME, DOCUMENT, KEEP = "name", "document", "baseline"
RESET = ("to", "scope", "keep_ca")
router = APIRouter()


@router.get("/mock/states")
async def states(visit: PowerVisitor) -> Response:
    return await _page(visit, Form())


# snapshots


@router.post("/mock/states/snapshots")
async def take(visit: PowerVisitor) -> Response:
    """Keep this moment under a name, in place of what had that name."""
    form = await read_form(visit.request)
    name = form.text(NAME)
    try:
        _note, is_new = await call_slowly(visit.sandbox.snapshots.take, name)
    except DirectoryError as refusal:
        return await _page(visit, form.refused(refusal, NAME), status_of(refusal))
    visit.request.scope["state"]["detail"] = {"snapshot": name}
    notice = "mock_states.taken" if is_new else "mock_states.replaced"
    return visit.go(visit.url("mock", "states"), notice=notice, name=name)


@router.get("/mock/states/snapshots/{name}")
async def document(visit: PowerVisitor, name: str) -> Response:
    """The document that it holds. Raises NotFound."""
    body = await call_slowly(visit.sandbox.snapshots.document, name)
    return Response(body, headers={**HEADERS, **_as_file(name)}, media_type="application/json")


@router.get("/mock/states/snapshots/{name}/delete")
async def ask(visit: PowerVisitor, name: str) -> Response:
    about = [(visit.t("mock_states.name"), name)]
    return ask_first(visit, ENTRY, "mock_states.delete", ("mock", "states"), about=about)


@router.post("/mock/states/snapshots/{name}/delete")
async def delete(visit: PowerVisitor, name: str) -> Response:
    """Raises NotFound; Invalid for the baseline."""
    await visit.call(visit.sandbox.snapshots.drop, name)
    visit.request.scope["state"]["detail"] = {"snapshot": name}
    return visit.go(visit.url("mock", "states"), notice="mock_states.deleted", name=name)


# reset


@router.get("/mock/states/reset")
async def ask_reset(visit: PowerVisitor) -> Response:
    """All scopes are chosen at first, as they are where a call names none."""
    to = visit.request.query_params.get("to", BASELINE)[:60]
    return await _reset_page(visit, Form({"to": (to,), "scope": SCOPES, "keep_ca": ("yes",)}))


@router.post("/mock/states/reset")
async def reset(visit: PowerVisitor) -> Response:
    form = await read_form(visit.request)
    try:
        wanted = reset_of(_reset_members(form))
        visit.request.scope["state"]["detail"] = {"to": wanted.to, "scope": list(wanted.scopes)}
        await call_slowly(visit.sandbox.snapshots.reset, wanted)
    except DirectoryError as refusal:
        where = "to" if refusal.code == "snapshot.not_there" else ""
        return await _reset_page(visit, form.refused(refusal, where), status_of(refusal))
    return await _done(visit, "mock_states.reset_done", to=wanted.to)


def _reset_members(form: Form) -> dict[str, Any]:
    """As a body of POST /_mock/reset has them. What becomes of the CA is said where nothing else decides it."""
    scopes, to = list(form.all("scope")), form.text("to") or BASELINE
    says_keep = to == EMPTY and "data" in scopes
    return {"to": to, "scope": scopes} | ({"keep_ca": form.flag("keep_ca")} if says_keep else {})


# export and import


@router.get("/mock/states/export")
async def export(visit: PowerVisitor) -> Response:
    """A file; what passes comes along where it was ticked."""
    chosen = tuple(word for word in INCLUDES if visit.request.query_params.get(word) == "yes")
    name = f"connect-mock-{visit.sandbox.sandbox_id}.json"
    return await exported(visit.sandbox, chosen, name=name, more=HEADERS)


@router.post("/mock/states/import")
async def bring(visit: PowerVisitor) -> Response:
    """The file takes the place of this directory, all at once; else every finding, and nothing changes."""
    form, sandbox = await read_form(visit.request), visit.sandbox
    body = form.files.get(DOCUMENT, b"")
    try:
        if not body:
            raise _no_file()
        brought = await call_slowly(_bring, sandbox, body, baseline=form.flag(KEEP))
    except DirectoryError as refusal:
        refused = form.refused(refusal, DOCUMENT)
        return await _page(visit, refused, status_of(refusal), findings=refused.findings)
    visit.request.scope["state"]["detail"] = {"imported": brought, "baseline": form.flag(KEEP)}
    return await _done(visit, "mock_states.import_done", rows=f"{sum(brought.values()):,}")


def _no_file() -> Invalid:
    finding = Finding("field.missing", "choose the file of an export", f"/{DOCUMENT}")
    return Invalid(finding.detail, code=finding.code, findings=(finding,))


def _bring(sandbox: Sandbox, body: bytes, *, baseline: bool) -> dict[str, int]:
    return sandbox.imports.bring(read_object(body), stored.wrong, baseline=baseline)


async def _done(visit: Visit, notice: str, **values: str) -> Response:
    """Back to the page, however the clock was moved; where the session went with the old state, a page that says so."""
    await visit.call(visit.sandbox.people.portal.stay, Jar.of(visit.request).get(Cookie.SESSION))
    try:
        await enter(visit.request)
    except SignInNeeded:
        said = visit.t(notice, **values)
        return render(visit.request, "mock/state_done.html", {"said": said, "next": "mock/states"})
    return visit.go(visit.url("mock", "states"), notice=notice, **values)


async def _page(visit: Visit, form: Form, status: int = 200, *, findings: tuple[Finding, ...] = ()) -> Response:
    """`findings` are those of a file, which are about its rows and no input."""
    notes = await visit.call(visit.sandbox.snapshots.all)
    words = {
        "form": form,
        "notes": notes,
        "baseline": BASELINE,
        "includes": tuple(INCLUDES),
        "findings": findings,
        "most": visit.sandbox.settings.max_import_bytes,
    }
    return power_page(visit, ENTRY, "states.html", words, status=status)


async def _reset_page(visit: Visit, form: Form, status: int = 200) -> Response:
    notes: tuple[SnapshotNote, ...] = await visit.call(visit.sandbox.snapshots.all)
    t = visit.t
    names = [(BASELINE, t("mock_states.to_baseline"))]
    names += [(note.name, t("mock_states.to_snapshot", name=note.name)) for note in notes if note.name != BASELINE]
    words = {
        "form": form,
        "names": RESET,
        "choices": [*names, (EMPTY, t("mock_states.to_empty"))],
        "scopes": SCOPES,
    }
    return power_page(visit, ENTRY, "reset.html", words, Link(t("mock_states.reset")), status=status)


def _as_file(name: str) -> dict[str, str]:
    """The name of a snapshot has no character that a header would have to escape."""
    return {"content-disposition": f'attachment; filename="connect-mock-{name}.json"'}
