"""Several faults on one exchange (control-cases.md B-16). Pure.

Faults are asked in the order in which they were made. The first whose effect decides the answer wins; a later one that
would decide it too is passed over, and keeps its count. Delays add up; of every other change the first one counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from statistics import NormalDist
from typing import Any

from app.powers.faults.effects import LONGEST_DELAY, main_family
from app.powers.faults.triggers import chance

ALMOST = 1e-12


@dataclass(frozen=True, slots=True)
class Strike:
    """What happens to one exchange. `delay` in seconds; `since` is when the fault began that decides the answer."""

    fault_ids: tuple[str, ...]
    effect: Mapping[str, Any]
    delay: float = 0.0
    since: datetime | None = None


@dataclass(slots=True)
class Plan:
    """The strike as it comes together."""

    effect: dict[str, Any] = field(default_factory=dict)
    fault_ids: list[str] = field(default_factory=list)
    delay: float = 0.0
    family: str = "change"
    since: datetime | None = None

    def takes(self, fault_id: str, effect: Mapping[str, Any], turn: int, since: datetime) -> bool:
        """Add an effect, for the call that is the `turn`-th; False where it is passed over."""
        family = main_family(effect)
        if self.family == "cut" or (family != "change" and self.family != "change"):
            return False
        new = {name: value for name, value in effect.items() if name != "delay" and name not in self.effect}
        if not new and "delay" not in effect:
            return False
        if family != "change":
            self.family, self.since = family, since
        self.effect |= new
        self.delay += seconds_of(effect["delay"], turn) if "delay" in effect else 0.0
        self.fault_ids.append(fault_id)
        return True

    def strike(self) -> Strike | None:
        if not self.fault_ids:
            return None
        delay = min(self.delay, LONGEST_DELAY.total_seconds())
        return Strike(tuple(self.fault_ids), self.effect, delay, self.since)


def seconds_of(delay: Any, turn: int) -> float:
    """A fixed delay, or the one that is drawn for this turn from a log-normal distribution."""
    if not isinstance(delay, Mapping):
        return float(delay)
    drawn = min(max(chance(int(delay["start"]), turn), ALMOST), 1 - ALMOST)
    seconds = float(delay["median"]) * math.exp(float(delay["sigma"]) * NormalDist().inv_cdf(drawn))
    return min(seconds, LONGEST_DELAY.total_seconds())
