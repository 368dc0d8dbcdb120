"""A form that is sent twice makes one object: its id is made with the page, and sealed (api-cases.md F-09)."""

from __future__ import annotations

from app.errors import Forbidden, NotFound
from app.portal.forms import Form
from app.portal.rooms.entering import AtRoom
from app.runtime.entropy import SystemEntropy, new_id

PURPOSE = "portal.room"
ID, SEAL = "new-id", "seal"


def with_id(here: AtRoom, form: Form) -> Form:
    """The form of a new object, with its id to be."""
    new = new_id(SystemEntropy())
    seal = here.visit.sandbox.people.seals.seal(*_sealed(here, new))
    return form.replacing(ID, new).replacing(SEAL, seal)


def id_of(here: AtRoom, form: Form) -> str | None:
    """The id to be; None where the form has none. Raises Forbidden for one of somebody else, or of another page."""
    new = form.text(ID)
    if new and not here.visit.sandbox.people.seals.is_sealed(form.text(SEAL), *_sealed(here, new)):
        raise Forbidden("this form is not of a page that you were given", code="form.foreign")
    return new or None


async def came_before(here: AtRoom, new: str) -> bool:
    """Whether the same form has made its object already."""
    try:
        await here.find(new)
    except NotFound:
        return False
    return True


def _sealed(here: AtRoom, new: str) -> tuple[str, ...]:
    return PURPOSE, here.visit.caller.name, *here.segments, new
