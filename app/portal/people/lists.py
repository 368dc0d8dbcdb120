"""Lists of people as pages show them: narrowed, sorted and cut, from what a use case tells whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.errors import DirectoryError
from app.oauth.offices import Status
from app.oauth.roster import Invited
from app.portal.forms import Form
from app.portal.lists import Asked
from app.portal.visits import Visit
from app.web.calls import call_slowly

SORTS: Mapping[str, str] = {"email": "email", "status": "status"}
EMAIL, OTHERWISE = "Email", "/UserEmail"


@dataclass(frozen=True, slots=True)
class Line:
    """One person in a list; `switch` is the page that takes away what he is, or gives it back, and `turn` which."""

    email: str
    status: Status
    facts: tuple[str, ...] = ()
    turn: str = ""
    switch: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """What a page shows of a list."""

    items: Sequence[Line]
    total: int


def part_of(lines: Iterable[Line], asked: Asked) -> Part:
    """Those that the filter leaves, in order."""
    needle = asked.q.casefold()
    kept = [
        line
        for line in lines
        if (asked.everything or line.status == "Active")
        and any(needle in text.casefold() for text in (line.email, *line.facts))
    ]
    name = asked.sort.removeprefix("-")
    kept.sort(key=lambda line: line.email.casefold())
    if name == "status":
        kept.sort(key=lambda line: line.status, reverse=asked.sort.startswith("-"))
    elif asked.sort.startswith("-"):
        kept.reverse()
    begin = asked.number * asked.size
    return Part(kept[begin : begin + asked.size], len(kept))


def listed(visit: Visit, lines: Iterable[Line], url: Callable[..., str]) -> dict[str, Any]:
    """The words of people_list.html about the list itself."""
    asked = Asked.of(visit.request, SORTS)
    return {"asked": asked, "listing": part_of(lines, asked), "listed": url, "tabs": ()}


async def invited(visit: Visit, form: Form, name: str = EMAIL) -> Invited:
    """Whom a form names."""
    return Invited(form.text(name), await call_slowly(visit.sandbox.people.members.new_password))


def refused(form: Form, refusal: DirectoryError, name: str = EMAIL) -> Form:
    """The form with what was wrong; the API calls the address of an administrator otherwise."""
    shown = form.refused(refusal, name)
    return shown.with_findings(
        [replace(each, pointer=f"/{name}") if each.pointer == OTHERWISE else each for each in shown.findings]
    )
