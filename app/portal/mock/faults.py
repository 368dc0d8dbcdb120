"""Faults: those that are there, a new one, away with one or with all of them (control-cases.md B)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from app.errors import DirectoryError
from app.portal.forms import Form, read_form
from app.portal.mock.fault_form import (
    CHOSEN,
    COUNTS,
    LONG,
    OPENED,
    SIGMA,
    VALUED,
    WRITTEN,
    body_of,
    effects_by_family,
    from_template,
    names_of_inputs,
    refused,
)
from app.portal.mock.fault_list import ENTRY, list_page, name_of
from app.portal.mock.frame import power_page
from app.portal.navigation import Link
from app.portal.visits import PowerVisitor, Visit
from app.powers.faults.templates import TEMPLATES
from app.web.errors import status_of

router = APIRouter()


@router.get("/mock/faults")
async def faults(visit: PowerVisitor) -> Response:
    return await list_page(visit, None)


@router.get("/mock/faults/new")
async def new(visit: PowerVisitor) -> Response:
    """Empty, or as `template` fills it."""
    return _form_page(visit, from_template(visit.request.query_params.get("template", "")))


@router.post("/mock/faults/new")
async def make(visit: PowerVisitor) -> Response:
    """The same as POST /_mock/faults, with its findings."""
    form = await read_form(visit.request)
    try:
        made = await visit.call(visit.sandbox.faults.add, body_of(form))
    except DirectoryError as refusal:
        return _form_page(visit, refused(form, refusal), status_of(refusal))
    visit.request.scope["state"]["detail"] = {"fault": made.fault_id, **made.rule}
    return visit.go(visit.url("mock", "faults"), notice="mock_faults.made", name=name_of(made))


@router.post("/mock/faults/clear")
async def clear(visit: PowerVisitor) -> Response:
    ended = await visit.call(visit.sandbox.faults.clear)
    visit.request.scope["state"]["detail"] = {"ended": ended}
    return visit.go(visit.url("mock", "faults"), notice="mock_faults.cleared", number=str(ended))


@router.post("/mock/faults/{fault_id}/end")
async def end(visit: PowerVisitor, fault_id: str) -> Response:
    """Raises NotFound where somebody has taken it away already."""
    ended = await visit.call(visit.sandbox.faults.end, fault_id)
    visit.request.scope["state"]["detail"] = {"fault": ended.fault_id}
    return visit.go(visit.url("mock", "faults"), notice="mock_faults.ended", name=name_of(ended), hits=str(ended.hits))


def _form_page(visit: Visit, form: Form, status: int = 200) -> Response:
    words = {
        "form": form,
        "names": names_of_inputs(),
        "written": WRITTEN,
        "chosen": CHOSEN,
        "counts": COUNTS,
        "families": effects_by_family(),
        "opened": OPENED,
        "valued": VALUED,
        "long": LONG,
        "sigma": SIGMA,
        "templates": TEMPLATES,
    }
    below = Link(visit.t("mock_faults.new"))
    return power_page(visit, ENTRY, "fault_new.html", words, below, status=status)
