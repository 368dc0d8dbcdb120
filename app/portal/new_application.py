"""The wizard for a new application: four steps, each a page that carries what the others hold (connect.md 20).

Nothing is kept here between the pages. The id is made at the first page and sealed, so that a form that is sent twice
makes one application (api-cases.md F-09).
"""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import Response

from app.access import require_applications
from app.errors import Conflict, DirectoryError, Forbidden, NotFound
from app.portal import application_form as forms
from app.portal.applications import LIST, ONE, address, made_page
from app.portal.forms import Form, read_form
from app.portal.navigation import Link, Place
from app.portal.places import at_application, at_organisation, trail
from app.portal.schema_forms import Group
from app.portal.visits import Visit, Visitor
from app.runtime.entropy import SystemEntropy, new_id
from app.web.errors import status_of

PURPOSE = "portal.new_application"
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Step:
    """`name` is the last part of its texts (`applications.step.<name>`)."""

    name: str
    groups: tuple[Group, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Its inputs."""
        return tuple(name for group in self.groups for name in group.names) or (forms.ROLES,)

    def shown(self, *, only_required: bool) -> tuple[str, ...]:
        if not self.groups:
            return (forms.ROLES,)
        return tuple(name for group in self.groups for name in group.shown(only_required=only_required))


STEPS = (
    Step("roles"),
    Step("client", (forms.CLIENT,)),
    Step("authentication", (forms.AUTHENTICATION,)),
    Step("additional", (forms.SECURITY, forms.DESCRIPTION, forms.ADDRESSES)),
)


@router.get(LIST + "/new")
async def begin(visit: Visitor, organisation_id: str) -> Response:
    require_applications(visit.caller, organisation_id)
    place = await at_organisation(visit, organisation_id, "applications")
    new = new_id(SystemEntropy())
    form = forms.empty_form().replacing("id", new).replacing("seal", _seal(visit, organisation_id, new))
    return _page(visit, place, form, 0)


@router.post(LIST + "/new")
async def go_on(visit: Visitor, organisation_id: str) -> Response:
    """To the step before or behind; behind the last one the application is made."""
    require_applications(visit.caller, organisation_id)
    place = await at_organisation(visit, organisation_id, "applications")
    form = await read_form(visit.request)
    step, wish = _step(form), form.text("go")
    if wish in ("short", "all"):
        return _page(visit, place, form.replacing("short", "yes" if wish == "short" else ""), step)
    if wish == "back":
        return _page(visit, place, form, max(step - 1, 0))
    for number in range(step + 1):
        if findings := forms.findings_of(form, visit.sandbox.settings, STEPS[number].names):
            return _page(visit, place, form.with_findings(findings), number, 400)
    if step + 1 < len(STEPS):
        return _page(visit, place, form, step + 1)
    return await _make(visit, place, form, organisation_id)


@router.get(ONE + "/made")
async def made(visit: Visitor, organisation_id: str, software_statement_id: str) -> Response:
    return made_page(visit, await at_application(visit, organisation_id, software_statement_id, "details"))


async def _make(visit: Visit, place: Place, form: Form, organisation_id: str) -> Response:
    wanted = form.text("id")
    if not visit.sandbox.people.seals.is_sealed(form.text("seal"), *_sealed(visit, organisation_id, wanted)):
        raise Forbidden("this form is not of a page that you were given", code="form.foreign")
    try:
        draft = forms.read_creation(form, visit.sandbox.settings)
        create = visit.sandbox.applications.create
        done = await visit.call(create, visit.caller, organisation_id, draft, software_statement_id=wanted)
    except Conflict as refusal:
        if not await _is_there(visit, organisation_id, wanted):
            return _page(visit, place, form.refused(refusal), len(STEPS) - 1, status_of(refusal))
    except DirectoryError as refusal:
        return _page(visit, place, form.refused(refusal), _step_of(refusal), status_of(refusal))
    else:
        if done.client_secret is not None:
            here = await at_application(visit, organisation_id, wanted, "details")
            return made_page(visit, here, done.client_secret)
    return visit.go(visit.url(*address(organisation_id, wanted), "made"))


async def _is_there(visit: Visit, organisation_id: str, software_statement_id: str) -> bool:
    """Whether the same form came before."""
    try:
        await visit.call(visit.sandbox.applications.read, organisation_id, software_statement_id)
    except NotFound:
        return False
    return True


def _step(form: Form) -> int:
    text = form.text("step")
    return int(text) if text in {str(number) for number in range(len(STEPS))} else 0


def _step_of(refusal: DirectoryError) -> int:
    """The first step that holds something wrong; the last one for what concerns none."""
    wrong = {finding.pointer[1:].partition("/")[0] for finding in refusal.findings}
    return next((number for number, step in enumerate(STEPS) if wrong & set(step.names)), len(STEPS) - 1)


def _sealed(visit: Visit, organisation_id: str, new: str) -> tuple[str, ...]:
    return PURPOSE, visit.caller.name, organisation_id, new


def _seal(visit: Visit, organisation_id: str, new: str) -> str:
    return visit.sandbox.people.seals.seal(*_sealed(visit, organisation_id, new))


def _page(visit: Visit, place: Place, form: Form, number: int, status: int = 200) -> Response:
    organisation, step = place.organisation, STEPS[number]
    assert organisation is not None
    only_required = form.flag("short")
    shown = step.shown(only_required=only_required)
    words = {
        "form": form.replacing("step", str(number)),
        "organisation": organisation,
        "steps": STEPS,
        "number": number,
        "step": step,
        "fields": forms.FIELDS,
        "only_required": only_required,
        "shown": shown,
        "carried_names": [name for name in forms.NAMES if name not in shown],
        "roles": [(forms.role_value(role), role) for role in forms.held_roles(organisation)],
    }
    crumbs = trail(
        visit,
        place,
        Link(visit.t("frame.applications"), visit.url("organisations", organisation.organisation_id, "applications")),
        Link(visit.t("applications.new")),
    )
    return visit.page("new_application.html", words, place=place, trail=crumbs, status=status)
