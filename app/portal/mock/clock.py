"""The clock: set, advanced, frozen, scaled, given back; and what ends when (control-cases.md A)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.errors import DirectoryError
from app.portal.cookies import Cookie, Jar
from app.portal.forms import YES, Form, read_form
from app.portal.mock.frame import power_page
from app.portal.mock.horizon import far, horizon, length_of
from app.portal.places import certificate_address
from app.portal.texts import Texts
from app.portal.visits import PowerVisitor, Visit
from app.powers.clock import ClockView
from app.powers.ends import End, Ends
from app.runtime.clock import LATEST
from app.web.errors import status_of
from app.web.moments import iso
from app.web.wanted.clock import change_of

ENTRY = "mock-clock"
FIELDS = ("set", "advance", "scale")
STEPS = ("PT1H", "P1D", "P7D", "P30D", "P1Y")
"""Buttons, with a text each."""
JUST_BEHIND = timedelta(seconds=1)
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Row:
    """An end as the table tells it; `behind` is the moment to go to."""

    end: End
    name: str
    far: str
    is_over: bool
    href: str | None
    behind: str


@router.get("/mock/clock")
async def clock(visit: PowerVisitor) -> Response:
    return await _page(visit, Form())


@router.post("/mock/clock")
async def change(visit: PowerVisitor) -> Response:
    """One of the forms of the page: what it has is what is changed."""
    form, sandbox = await read_form(visit.request), visit.sandbox
    given = _given(form)
    visit.request.scope["state"]["detail"] = given
    try:
        view = await visit.call(sandbox.clock_power.change, change_of(given, sandbox.clock.machine()))
    except DirectoryError as refusal:
        return await _page(visit, form.refused(refusal), status_of(refusal))
    return await _changed(visit, "mock_clock.changed", view.now)


@router.post("/mock/clock/reset")
async def reset(visit: PowerVisitor) -> Response:
    """Back to the machine's clock, or to where the setting `clock` lets it stand."""
    view = await visit.call(visit.sandbox.clock_power.reset)
    return await _changed(visit, "mock_clock.given_back", view.now)


async def _changed(visit: Visit, notice: str, now: datetime) -> Response:
    """Who has moved the clock stays signed in."""
    await visit.call(visit.sandbox.people.portal.stay, Jar.of(visit.request).get(Cookie.SESSION))
    return visit.go(visit.url("mock", "clock"), notice=notice, moment=f"{now:%d/%m/%Y %H:%M:%S} UTC")


async def _page(visit: Visit, form: Form, status: int = 200) -> Response:
    sandbox, t = visit.sandbox, visit.t
    view = await visit.call(sandbox.clock_power.view)
    now, ends = await visit.call(Ends(sandbox.store, sandbox.issuers, sandbox.clock).all)
    words = {
        "form": form,
        "fields": FIELDS,
        "view": view,
        "offset": _offset(view, t),
        "steps": STEPS,
        "horizon": horizon(ends, now, t),
        "rows": [_row(visit, end, now, t) for end in ends],
    }
    return power_page(visit, ENTRY, "clock.html", words, status=status)


def _offset(view: ClockView, t: Texts) -> str:
    """How far the clock stands from the machine's."""
    distance = view.now - view.machine
    key = "mock_clock.behind" if distance < timedelta() else "mock_clock.before"
    return t(key, length=length_of(distance, t))


def _given(form: Form) -> Mapping[str, Any]:
    """As a body of PUT /_mock/clock has it; an empty field is told as such."""
    given: dict[str, Any] = {name: form.text(name) for name in ("set", "advance") if name in form.values}
    if "scale" in form.values:
        given["scale"] = number_of(form.text("scale"))
    if "freeze" in form.values:
        given["freeze"] = form.text("freeze") == YES
    return given


def number_of(text: str) -> float | str:
    """A number that was written; what is none stays a text, which the schema refuses."""
    try:
        return float(text)
    except ValueError:
        return text


def _row(visit: Visit, end: End, now: datetime, t: Texts) -> Row:
    href = visit.url(*certificate_address(end.certificate)) if end.certificate is not None else None
    name = t.count(f"mock_clock.tokens.{end.name}", end.number) if end.kind == "token" else end.name
    behind = end.at + JUST_BEHIND if end.at < LATEST else end.at
    return Row(end, name, far(end.at, now, t), end.at < now, href, iso(behind))
