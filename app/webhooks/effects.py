"""What is done to deliveries on purpose: twice, out of order, never, late, badly signed (control-cases.md J-02, J-03).

It is decided when a message is queued, in the transaction of the change, so it does not depend on who sends it when.
The settings are a power of the sandbox: seen in its state, ended by their count or by a reset.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from app.store.store import UnitOfWork
from app.store.webhook_records import Subscription

POWER = "webhooks"
Effect = Literal["duplicate", "reorder", "drop", "late", "bad_signature"]
EFFECTS: tuple[Effect, ...] = get_args(Effect)
MOST_TIMES = 5
"""One delivery on purpose."""
Settings = Mapping[str, Mapping[str, Any]]
"""Effect -> what is set: `times` (how many messages are left; absent = all), `seconds` of `late`, `copies` of
`duplicate`, `subscription_id` (absent = every one)."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What is to be done to one delivery."""

    effects: tuple[str, ...] = ()
    delay: timedelta = timedelta()

    @property
    def is_dropped(self) -> bool:
        return "drop" in self.effects

    @property
    def is_late(self) -> bool:
        return "late" in self.effects

    @property
    def is_reordered(self) -> bool:
        return "reorder" in self.effects


def settings(uow: UnitOfWork) -> Settings:
    """What is set; nothing where nobody has set anything."""
    power = uow.powers.find(POWER)
    return {} if power is None else power.value


def put(uow: UnitOfWork, wanted: Settings, now: datetime) -> None:
    """Set these and no others; what was held back for another one to go first waits no longer."""
    if wanted:
        uow.powers.put(POWER, {name: dict(value) for name, value in wanted.items()})
    else:
        uow.powers.drop(POWER)
    if "reorder" not in wanted:
        uow.webhooks.free_all(now)


def fate(uow: UnitOfWork, subscription: Subscription) -> Fate:
    """What happens to the next message of a subscription; what counts is counted down."""
    left = {name: dict(value) for name, value in settings(uow).items()}
    struck = [name for name in EFFECTS if name in left and _is_for(left[name], subscription)]
    if not struck:
        return Fate()
    if "drop" in struck:
        struck = ["drop"]
    delay = timedelta(seconds=int(left["late"]["seconds"])) if "late" in struck else timedelta()
    copies = int(left["duplicate"].get("copies", 2)) if "duplicate" in struck else 1
    for name in struck:
        if "times" in left[name]:
            left[name]["times"] -= 1
    kept = {name: value for name, value in left.items() if value.get("times") != 0}
    if kept != settings(uow):
        _keep(uow, kept)
    return Fate((*struck, *("copy" for _ in range(copies - 1))), delay)


def _keep(uow: UnitOfWork, left: Settings) -> None:
    if left:
        uow.powers.put(POWER, left)
    else:
        uow.powers.drop(POWER)


def _is_for(setting: Mapping[str, Any], subscription: Subscription) -> bool:
    return setting.get("subscription_id") in (None, subscription.subscription_id)


def sendings(effects: tuple[str, ...]) -> int:
    """How often a delivery is sent, one right after the other."""
    return 1 + effects.count("copy")
