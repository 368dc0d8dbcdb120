"""The clock as one of the mock's powers: set, advance, freeze, scale (control-cases.md A)."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.errors import Finding, Invalid
from app.powers.board import PowerBoard
from app.powers.durations import read_duration
from app.runtime.clock import EARLIEST, LATEST, ClockState, StoredClock
from app.store.powers import Power
from app.store.store import Store

NAME = "clock"
SCALES = (0.001, 1_000_000.0)
"""Slower is a frozen clock; faster would end the world in a morning."""
_MONTHS = re.compile(r"([+-]?)P(?:(\d{1,5})Y)?(?:(\d{1,5})M)?((?:\d.*)?(?:T.*)?)\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Step:
    """How far to go: whole months by the calendar, then a length of time."""

    months: int = 0
    length: timedelta = timedelta()

    def after(self, moment: datetime) -> datetime:
        """Raises OverflowError. The 31st becomes the last day of a shorter month."""
        year, month = divmod(moment.year * 12 + moment.month - 1 + self.months, 12)
        if not EARLIEST.year <= year <= LATEST.year:
            raise OverflowError
        day = min(moment.day, calendar.monthrange(year, month + 1)[1])
        return moment.replace(year=year, month=month + 1, day=day) + self.length


def read_step(text: object) -> Step | None:
    """An ISO 8601 duration with years and months, or what `read_duration` takes; None for what is none."""
    if (length := read_duration(text)) is not None:
        return Step(length=length)
    found = _MONTHS.match(text) if isinstance(text, str) else None
    if found is None or not (found[2] or found[3]):
        return None
    sign = -1 if found[1] == "-" else 1
    rest = read_duration(f"P{found[4]}") if found[4] else timedelta()
    if rest is None:
        return None
    return Step(sign * (int(found[2] or 0) * 12 + int(found[3] or 0)), sign * rest)


@dataclass(frozen=True, slots=True)
class ClockChange:
    """What to do, in this order; None = nothing of that kind. `freeze` False lets a frozen clock go on."""

    set: datetime | None = None
    advance: Step | None = None
    freeze: bool | None = None
    scale: float | None = None


@dataclass(frozen=True, slots=True)
class ClockView:
    """What the clock shows, what the machine's shows, and how it goes. `revision` 0 = nobody has touched it."""

    now: datetime
    machine: datetime
    frozen: bool
    scale: float
    moved: bool
    revision: int


class ClockPower:
    def __init__(self, store: Store, clock: StoredClock, board: PowerBoard) -> None:
        self._store, self._clock, self._board = store, clock, board
        board.watch(NAME, lambda power: clock.follow(None if power is None else state_of(power)))

    def view(self) -> ClockView:
        """As it is at this moment, in every process."""
        self._board.refresh()
        state, power = self._clock.state, self._board.find(NAME)
        return ClockView(
            now=self._clock.now(),
            machine=self._clock.machine(),
            frozen=self._clock.is_frozen,
            scale=1.0 if state is None else state.scale,
            moved=self._clock.is_moved,
            revision=0 if power is None else power.revision,
        )

    def change(self, wanted: ClockChange) -> ClockView:
        """Change it for every process. Raises Invalid, `clock.range`, where it would leave its bounds."""
        with self._store.write() as uow:
            power, machine = uow.powers.find(NAME), self._clock.machine()
            before = self._clock.given(None if power is None else state_of(power)) or ClockState(machine, machine)
            uow.powers.put(NAME, kept(changed(before, machine, wanted)))
        return self.view()

    def reset(self) -> ClockView:
        """Back to where it stood before anybody touched it: the machine's clock, or the setting `clock`."""
        with self._store.write() as uow:
            uow.powers.drop(NAME)
        return self.view()


def changed(before: ClockState, machine: datetime, wanted: ClockChange) -> ClockState:
    """The state after a change at that moment of the machine's. Raises Invalid, `clock.range`."""
    instant = before.at(machine) if wanted.set is None else wanted.set.astimezone(UTC)
    if wanted.advance is not None:
        try:
            instant = wanted.advance.after(instant)
        except OverflowError:
            raise out_of_range("/advance") from None
    if not EARLIEST <= instant <= LATEST:
        raise out_of_range("/set" if wanted.advance is None else "/advance")
    state = replace(before, instant=instant, machine=machine)
    if wanted.freeze is not None:
        state = replace(state, frozen=wanted.freeze)
    return state if wanted.scale is None else replace(state, scale=wanted.scale)


def out_of_range(pointer: str) -> Invalid:
    """Nobody could date a certificate then."""
    expected = f"a moment from {EARLIEST:%Y-%m-%d} to {LATEST:%Y-%m-%d}"
    finding = Finding("clock.range", "the clock cannot be put there", pointer, expected)
    return Invalid(finding.detail, code=finding.code, findings=(finding,))


def kept(state: ClockState) -> dict[str, Any]:
    return {
        "instant": state.instant.isoformat(),
        "machine": state.machine.isoformat(),
        "scale": state.scale,
        "frozen": state.frozen,
    }


def state_of(power: Power) -> ClockState:
    value: Mapping[str, Any] = power.value
    instant, machine = (datetime.fromisoformat(value[name]) for name in ("instant", "machine"))
    return ClockState(instant, machine, float(value["scale"]), bool(value["frozen"]))
