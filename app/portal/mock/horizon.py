"""The time line of the clock page: where on a line everything ends that ends, near things far apart. In percent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.portal.texts import Texts
from app.powers.ends import KINDS, End, Kind

NOW, LEFT, RIGHT = 30.0, 5.0, 97.0
"""Where the present stands on the line, and where the line ends."""
MINUTE, HOUR, DAY = 60, 3_600, 86_400
UNITS = (("years", 365 * DAY), ("days", DAY), ("hours", HOUR), ("minutes", MINUTE), ("seconds", 1))
TICKS = (DAY, 30 * DAY, 365 * DAY, 3_650 * DAY)
LEAST = timedelta(days=30)
"""The line reaches as far at least, to either side."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of a lane; `x` in percent."""

    x: float
    is_over: bool


@dataclass(frozen=True, slots=True)
class Lane:
    kind: Kind
    y: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """`is_minor` ones are left out where there is little room."""

    x: float
    text: str
    is_minor: bool


@dataclass(frozen=True, slots=True)
class Horizon:
    """`height` in pixels."""

    now: float
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    height: int


def horizon(ends: Sequence[End], now: datetime, t: Texts) -> Horizon:
    """Lanes in the order of KINDS, those alone that hold something."""
    past = max([LEAST, *(now - end.at for end in ends)])
    future = max([LEAST, *(end.at - now for end in ends)])

    def place(distance: timedelta) -> float:
        reach, room = (past, NOW - LEFT) if distance < timedelta() else (future, RIGHT - NOW)
        share = math.log1p(abs(distance) / timedelta(hours=1)) / math.log1p(reach / timedelta(hours=1))
        return round(NOW + math.copysign(share * room, distance.total_seconds()), 2)

    kinds = [kind for kind in KINDS if any(end.kind == kind for end in ends)]
    lanes = tuple(
        Lane(
            kind,
            40 + 44 * number,
            tuple(Mark(place(end.at - now), end.at < now) for end in ends if end.kind == kind),
        )
        for number, kind in enumerate(kinds)
    )
    ticks = tuple(
        Tick(place(distance), far(now + distance, now, t), sign < 0 or seconds not in (DAY, 365 * DAY))
        for sign, reach in ((-1, past), (1, future))
        for seconds in TICKS
        if (distance := timedelta(seconds=sign * seconds)) and abs(distance) <= reach
    )
    return Horizon(NOW, lanes, ticks, 44 * len(lanes) + 40)


def far(moment: datetime, now: datetime, t: Texts) -> str:
    """`in 3 days`, `2 hours ago`."""
    length = length_of(moment - now, t)
    return t("mock_clock.ago", length=length) if moment < now else t("mock_clock.ahead", length=length)


def length_of(distance: timedelta, t: Texts) -> str:
    """`3 days`, whatever its sign."""
    seconds = int(abs(distance.total_seconds()))
    unit, size = next(((unit, size) for unit, size in UNITS if seconds >= size), UNITS[-1])
    return t.count(f"mock_clock.units.{unit}", seconds // size)
