"""When a fault that fits strikes: by count, by chance that repeats, by rate, by the sandbox's clock. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from app.powers.faults.reading import Problems

TRIGGERS = ("always", "next", "after", "every", "probability", "start", "rate", "between")
MOST = 10_000_000
MOST_A_PERIOD = 1000
PERIODS = {"s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hour": 3600}
RATE = re.compile(r"([1-9][0-9]{0,3})/([a-z]+)\Z", re.ASCII)


class Moments(NamedTuple):
    """The present, by the sandbox's clock and by the machine's."""

    sandbox: datetime
    machine: datetime


@dataclass(frozen=True, slots=True)
class Trigger:
    """Every condition that is given must hold. `since` and `until` are by the sandbox's clock, the end is outside."""

    next: int | None = None
    after: int = 0
    every: int = 1
    probability: float | None = None
    start: int = 0
    rate: tuple[int, int] | None = None
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def of(cls, trigger: Mapping[str, Any]) -> Trigger:
        """From its kept form."""
        known = {name: trigger[name] for name in ("next", "after", "every", "probability", "start") if name in trigger}
        rate = read_rate(trigger["rate"]) if "rate" in trigger else None
        since, until = (
            (datetime.fromisoformat(text) for text in trigger["between"]) if "between" in trigger else (None,) * 2
        )
        return cls(**known, rate=rate, since=since, until=until)

    def is_open(self, now: datetime) -> bool:
        """Whether the clock stands inside its hours; outside of them it sees nothing."""
        return (self.since is None or self.since <= now) and (self.until is None or now < self.until)

    @property
    def is_steady(self) -> bool:
        """Whether it strikes every call of its hours."""
        counting = (self.next, self.probability, self.rate)
        return counting == (None, None, None) and self.after == 0 and self.every == 1

    def is_spent(self, hits: int) -> bool:
        return self.next is not None and hits >= self.next

    def strikes(self, seen: int, hits: int) -> bool:
        """For the call that is the `seen`-th, after `hits` hits; what a rate says is not asked here."""
        if self.is_spent(hits) or seen <= self.after or (seen - self.after) % self.every:
            return False
        return self.probability is None or chance(self.start, seen) < self.probability


def chance(start: int, turn: int) -> float:
    """A number from 0 to 1, the same for the same start value and turn on every run."""
    octets = hashlib.sha256(f"{start}/{turn}".encode()).digest()
    return int.from_bytes(octets[:8]) / 2**64


def exceeded(rate: tuple[int, int], state: Mapping[str, Any], now: Moments) -> tuple[bool, dict[str, Any]]:
    """Whether there were as many calls within the last period as may be; else this one is noted too.

    A call is over when the period has passed on either clock: the sandbox's may stand still, or run.
    """
    most, seconds = rate
    period = timedelta(seconds=seconds)
    noted = [
        [sandbox, machine]
        for sandbox, machine in state.get("calls", ())
        if now.sandbox - _moment(sandbox) < period and now.machine - _moment(machine) < period
    ]
    if len(noted) >= most:
        return True, {"calls": noted}
    return False, {"calls": [*noted, [now.sandbox.timestamp(), now.machine.timestamp()]]}


def _moment(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)


def read_rate(text: Any) -> tuple[int, int] | None:
    """Calls and seconds, from `5/s`, `100/min` or `1000/h`."""
    found = RATE.match(text) if isinstance(text, str) else None
    if found is None or found[2] not in PERIODS or int(found[1]) > MOST_A_PERIOD:
        return None
    return int(found[1]), PERIODS[found[2]]


def read_trigger(value: Any, problems: Problems) -> dict[str, Any]:
    """The kept form of `trigger`; none is always."""
    if value is None or value == "always":
        return {}
    given = problems.object(value, "/trigger")
    for name in given:
        if name not in TRIGGERS:
            problems.unknown(f"/trigger/{name}", "trigger", TRIGGERS)
    found = {name: READERS[name](given[name], f"/trigger/{name}", problems) for name in READERS if name in given}
    if "always" in given:
        if given["always"] is not True:
            problems.wrong("/trigger/always", "true", given["always"])
        if len(given) > 1:
            problems.clash("/trigger/always", "always is not always where another trigger stands beside it")
    if "start" in given and "probability" not in given:
        problems.clash("/trigger/start", "start is the start value of a probability")
    return found


def _count(least: int) -> Any:
    def read(value: Any, pointer: str, problems: Problems) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MOST:
            problems.wrong(pointer, f"a whole number from {least} to {MOST}", value)
            return least
        return value

    return read


def _probability(value: Any, pointer: str, problems: Problems) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        problems.wrong(pointer, "a number above 0, at most 1", value)
        return 1.0
    return float(value)


def _rate(value: Any, pointer: str, problems: Problems) -> str:
    if read_rate(value) is None:
        problems.wrong(pointer, f"calls in a period, 1 to {MOST_A_PERIOD}: 5/s, 100/min or 1000/h", value)
    return str(value)


def _between(value: Any, pointer: str, problems: Problems) -> list[str]:
    if isinstance(value, dict) and set(value) == {"from", "until"}:
        value = [value["from"], value["until"]]
    moments = [read_moment(each) for each in value] if isinstance(value, list) and len(value) == 2 else []  # noqa: PLR2004
    if len(moments) != 2 or None in moments or moments[0] >= moments[1]:  # type: ignore[operator]  # noqa: PLR2004
        problems.wrong(pointer, 'two moments with their zone, the earlier first: ["2026-01-01T00:00:00Z", ...]', value)
        return []
    return [moment.isoformat() for moment in moments if moment is not None]


def read_moment(text: Any) -> datetime | None:
    """A moment with its zone, in UTC; None for what is none."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
        return None if moment is None or moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


READERS: Mapping[str, Any] = {
    "next": _count(1),
    "after": _count(0),
    "every": _count(1),
    "probability": _probability,
    "start": _count(0),
    "rate": _rate,
    "between": _between,
}
