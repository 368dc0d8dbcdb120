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

from app.powers.faults.effects import LONGEST_DELAY, Family, main_family
from app.powers.faults.triggers import chance
from app.store.powers import Fault

ALMOST = 1e-12


@dataclass(frozen=True, slots=True)
class Strike:
    """What happens to one exchange; `delay` in seconds.

    Of the fault that decides the answer, `since` is when it began, and `state` what was noted then.
    """

    fault_ids: tuple[str, ...]
    effect: Mapping[str, Any]
    family: Family
    since: datetime
    state: Mapping[str, Any]
    delay: float = 0.0


@dataclass(slots=True)
class Plan:
    """The strike as it comes together."""

    effect: dict[str, Any] = field(default_factory=dict)
    fault_ids: list[str] = field(default_factory=list)
    delay: float = 0.0
    family: Family = "change"
    decider: Fault | None = None

    def takes(self, fault: Fault, effect: Mapping[str, Any], turn: int) -> bool:
        """Add an effect, for the call that is the `turn`-th of that fault; False where it is passed over."""
        family = main_family(effect)
        if self.family == "cut" or (family != "change" and self.family != "change"):
            return False
        new = {name: value for name, value in effect.items() if name != "delay" and name not in self.effect}
        if not new and "delay" not in effect:
            return False
        if family != "change":
            self.family, self.decider = family, fault
        self.decider = self.decider or fault
        self.effect |= new
        self.delay += seconds_of(effect["delay"], turn) if "delay" in effect else 0.0
        self.fault_ids.append(fault.fault_id)
        return True

    def strike(self) -> Strike | None:
        if self.decider is None:
            return None
        delay, decider = min(self.delay, LONGEST_DELAY.total_seconds()), self.decider
        return Strike(tuple(self.fault_ids), self.effect, self.family, decider.created_at, decider.state, delay)


def seconds_of(delay: Any, turn: int) -> float:
    """A fixed delay, or the one that is drawn for this turn from a log-normal distribution."""
    if not isinstance(delay, Mapping):
        return float(delay)
    drawn = min(max(chance(int(delay["start"]), turn), ALMOST), 1 - ALMOST)
    seconds = float(delay["median"]) * math.exp(float(delay["sigma"]) * NormalDist().inv_cdf(drawn))
    return min(seconds, LONGEST_DELAY.total_seconds())
