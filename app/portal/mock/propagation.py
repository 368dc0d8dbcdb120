"""How late each view of the directory is: a form on the page of the faults (control-cases.md C)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from app.errors import DirectoryError
from app.portal.forms import read_form
from app.portal.mock.fault_list import RESCAN, list_page
from app.portal.visits import PowerVisitor
from app.runtime.propagation import CHANNELS
from app.web.errors import status_of
from app.web.wanted.propagation import HOURLY, OFF, lateness_of

router = APIRouter()


@router.post("/mock/propagation")
async def change(visit: PowerVisitor) -> Response:
    """Every channel anew, as PUT /_mock/propagation; an empty field is as late as usual."""
    form = await read_form(visit.request)
    given: dict[str, str] = {channel: form.text(channel) for channel in CHANNELS if form.text(channel)}
    given[RESCAN] = HOURLY if form.flag(RESCAN) else OFF
    visit.request.scope["state"]["detail"] = given
    try:
        lateness = lateness_of(given)
        await visit.call(visit.sandbox.propagation.put, lateness.late, rescan=lateness.is_hourly)
    except DirectoryError as refusal:
        return await list_page(visit, form.refused(refusal), status_of(refusal))
    return visit.go(visit.url("mock", "faults"), notice="mock_faults.delayed")


@router.post("/mock/propagation/flush")
async def flush(visit: PowerVisitor) -> Response:
    """Every change that is under way is shown everywhere, at once."""
    ended = await visit.call(visit.sandbox.propagation.flush)
    visit.request.scope["state"]["detail"] = {"flushed": ended}
    return visit.go(visit.url("mock", "faults"), notice="mock_faults.flushed", number=str(ended))


@router.post("/mock/propagation/reset")
async def reset(visit: PowerVisitor) -> Response:
    """No view is later than usual, and nothing is under way."""
    await visit.call(visit.sandbox.propagation.reset)
    return visit.go(visit.url("mock", "faults"), notice="mock_faults.not_late")
