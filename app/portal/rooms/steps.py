"""New objects that are asked for in steps, a group of fields each, as contacts are (connect.md 20).

Nothing is kept between the pages: each carries what the others hold. A form without a step is the whole of it.
"""

from __future__ import annotations

from app.errors import Invalid
from app.portal.forms import Form
from app.portal.rooms.entering import AtRoom
from app.portal.rooms.room_forms import Sheet, read_sheet, refused

STEP, GO, BACK = "step", "go", "back"


def step_of(sheet: Sheet, form: Form) -> int | None:
    """Which step this form is of; None = all at once."""
    text = form.text(STEP)
    return min(int(text[:4]), len(sheet.groups) - 1) if text.isascii() and text.isdigit() else None


def at_step(form: Form, number: int) -> Form:
    return form.replacing(STEP, str(number))


async def step_after(here: AtRoom, sheet: Sheet, form: Form) -> Form | None:
    """The form of the step to show: the one before, one with findings, or the next; None behind the last."""
    number = step_of(sheet, form)
    if number is None:
        return None
    if form.text(GO) == BACK:
        return at_step(form, max(number - 1, 0))
    for index in range(number + 1):
        wrong = await _wrong(here, sheet, form, sheet.groups[index].names)
        if wrong.findings:
            return at_step(wrong, index)
    return at_step(form, number + 1) if number + 1 < len(sheet.groups) else None


async def _wrong(here: AtRoom, sheet: Sheet, form: Form, names: tuple[str, ...]) -> Form:
    """The form with what is wrong with these inputs, whatever the others hold."""
    try:
        await read_sheet(here, sheet, form)
    except Invalid as refusal:
        found = refused(sheet, form, refusal)
        return form.with_findings([finding for name in names for finding in found.about(name)])
    return form
