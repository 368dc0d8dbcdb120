"""All scenarios of one sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from app.powers.scenarios.book import ScenarioBook
from app.powers.scenarios.language import Scenario
from app.runtime.clock import Clock
from app.store.store import Store


class Drills(Protocol):
    """A group of scenarios with what they need."""

    def scenarios(self) -> Iterator[Scenario]: ...


def join(store: Store, clock: Clock, *drills: Drills) -> ScenarioBook:
    """Their book, in the order of the groups."""
    return ScenarioBook(store, clock, (scenario for group in drills for scenario in group.scenarios()))
