"""The page of the faults: what is there with its hits, what there is to start from, how late views are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from app.portal.forms import Form
from app.portal.mock.frame import power_page
from app.portal.visits import Visit
from app.powers.durations import iso_duration
from app.powers.faults.book import state_of
from app.powers.faults.templates import TEMPLATES
from app.powers.propagation import PropagationView
from app.runtime.propagation import CHANNELS
from app.store.powers import Fault

ENTRY = "mock-faults"
STATES = ("active", "waiting", "over", "ended")
"""In the order of the list: what may strike still, then what is past."""
RESCAN = "rescan"


@dataclass(frozen=True, slots=True)
class Row:
    """A fault as the list tells it; each part of its rule as short lines, and the whole as JSON."""

    fault: Fault
    name: str
    state: str
    match: tuple[str, ...]
    trigger: tuple[str, ...]
    effect: tuple[str, ...]
    rule: str


async def list_page(visit: Visit, form: Form | None, status: int = 200) -> Response:
    """`form` is that of the delays, where it came back."""
    sandbox = visit.sandbox
    now, found = sandbox.clock.now(), await visit.call(sandbox.faults.all)
    view = await visit.call(sandbox.propagation.view)
    rows = sorted((_row(fault, state_of(fault, now)) for fault in found), key=lambda row: STATES.index(row.state))
    words = {
        "form": form or _form_of(view),
        "rows": rows,
        "templates": TEMPLATES,
        "channels": CHANNELS,
        "rescan": RESCAN,
        "view": view,
    }
    return power_page(visit, ENTRY, "faults.html", words, status=status)


def name_of(fault: Fault) -> str:
    return str(fault.rule.get("name") or fault.fault_id)


def _form_of(view: PropagationView) -> Form:
    """The delays as the form would send them again."""
    late: dict[str, str] = {channel: iso_duration(length) for channel, length in view.delays.late.items() if length}
    return Form.of({**late, RESCAN: view.delays.rescan_since is not None})


def _row(fault: Fault, state: str) -> Row:
    rule = {name: part for name, part in fault.rule.items() if part}
    return Row(
        fault=fault,
        name=name_of(fault),
        state=state,
        match=_lines(fault.rule["match"]),
        trigger=_lines(fault.rule["trigger"]),
        effect=_lines(fault.rule["effect"]),
        rule=json.dumps(rule, indent=2, ensure_ascii=False),
    )


def _lines(part: Mapping[str, Any]) -> tuple[str, ...]:
    """`next 3`, `path /token, /auth`, `crl_stale`."""
    return tuple(name if value is True else f"{name} {_text(value)}" for name, value in part.items())


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_text(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
