"""The clock of a sandbox: read, set, advanced, frozen, scaled, given back (control-cases.md A)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.control.reading import members_of, query_of, sandbox_of, wrong
from app.powers.clock import SCALES, ClockChange, ClockView, Step, out_of_range, read_step
from app.powers.durations import EXPECTED as DURATION
from app.sandbox import Sandbox
from app.web.answers import answer
from app.web.bodies import read_members
from app.web.calls import call
from app.web.moments import iso
from app.web.schemas import Field, Schema

WANTED = Schema(
    (
        Field("set", least=1, most=60),
        Field("advance", least=1, most=60),
        Field("freeze", "boolean"),
        Field("scale", "number"),
    )
)
MOMENT = re.compile(r"(\d{4,6})-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)
"""RFC 3339, 5.6; longer years are read so that they can be refused for what they are."""
NOW = "now"
"""As `set`: what the machine's clock shows."""
LONGEST_YEAR = 4
router = APIRouter()


@router.get("/_mock/clock")
async def read(request: Request) -> Response:
    """What the clock shows, and how it goes."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    return answer(told(await call(sandbox, sandbox.clock_power.view)))


@router.put("/_mock/clock")
async def change(request: Request) -> Response:
    """`set`, then `advance`, then `freeze` and `scale`, whichever are there: at least one."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    wanted = members_of(WANTED, await read_members(request))
    if not wanted:
        raise wrong("", f"at least one of {', '.join(field.name for field in WANTED.fields)}", "none")
    request.scope["state"]["detail"] = dict(wanted)
    return answer(told(await call(sandbox, sandbox.clock_power.change, _change(sandbox, wanted))))


@router.delete("/_mock/clock")
async def reset(request: Request) -> Response:
    """Back to the machine's clock, or to where the setting `clock` lets it stand."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    return answer(told(await call(sandbox, sandbox.clock_power.reset)))


def told(view: ClockView) -> dict[str, Any]:
    """A clock as JSON."""
    return {
        "now": iso(view.now),
        "machine": iso(view.machine),
        "frozen": view.frozen,
        "scale": int(view.scale) if view.scale.is_integer() else view.scale,
        "moved": view.moved,
        "revision": view.revision,
    }


def _change(sandbox: Sandbox, wanted: Mapping[str, Any]) -> ClockChange:
    """Raises Invalid, with the pointer of what cannot be used."""
    return ClockChange(
        set=_moment(sandbox, wanted["set"]) if "set" in wanted else None,
        advance=_step(wanted["advance"]) if "advance" in wanted else None,
        freeze=wanted.get("freeze"),
        scale=_scale(wanted["scale"]) if "scale" in wanted else None,
    )


def _moment(sandbox: Sandbox, text: str) -> datetime:
    if text == NOW:
        return sandbox.clock.machine()
    found = MOMENT.match(text)
    if found is None:
        raise wrong("/set", "a moment with its zone, such as 2049-12-31T23:59:50Z, or now", text)
    if len(found[1]) > LONGEST_YEAR or found[1] == "0000":
        raise out_of_range("/set")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except ValueError:
        raise wrong("/set", "a moment that there is, such as 2049-12-31T23:59:50Z", text) from None
    except OverflowError:
        raise out_of_range("/set") from None


def _step(text: str) -> Step:
    if (step := read_step(text)) is None:
        raise wrong("/advance", f"{DURATION}, perhaps with a minus before it", text)
    return step


def _scale(value: float) -> float:
    least, most = SCALES
    if not least <= value <= most:
        raise wrong("/scale", f"a number from {least:g} to {most:,.0f}; freeze stops the clock", repr(value))
    return float(value)
