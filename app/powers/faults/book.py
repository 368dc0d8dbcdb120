"""The faults of one sandbox: made, asked at every exchange, counted in the store, ended (control-cases.md B).

Without faults an exchange pays for one comparison. With one that fits, its count is one small write: so "the next
three" are three, whatever the threads, workers and machines on one store.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.errors import Conflict, NotFound
from app.powers.faults.combining import Plan, Strike
from app.powers.faults.language import Rule, read_rule
from app.powers.faults.matching import Asked
from app.powers.faults.triggers import Moments, exceeded
from app.runtime.clock import Clock
from app.store.powers import Fault
from app.store.store import Store, UnitOfWork

MOST = 200
"""Faults that may be there at a time, ended ones too."""
NUMBERS = "fault_numbers"
"""The power that remembers the last number, so that no id comes twice."""


@dataclass(frozen=True, slots=True)
class Living:
    """A fault that may strike still."""

    fault_id: str
    rule: Rule


class FaultBook:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._token: Hashable = None
        self._living: tuple[Living, ...] = ()
        self._rules: dict[str, Rule] = {}

    # asking

    def living(self, token: Hashable) -> tuple[Living, ...]:
        """Those that may strike still; read again only when the store's change token is another."""
        if token != self._token:
            with self._store.read() as uow:
                found = uow.faults.living()
            self._rules = {each.fault_id: self._rules.get(each.fault_id) or Rule.of(each.rule) for each in found}
            self._living = tuple(Living(*item) for item in self._rules.items())
            self._token = token
        return self._living

    def strike(self, living: Iterable[Living], asked: Asked) -> Strike | None:
        """What happens to this exchange, counted; None where nothing does."""
        now = self._clock.now()
        fitting = [each for each in living if each.rule.trigger.is_open(now) and each.rule.fits(asked)]
        if not fitting:
            return None
        plan, moments = Plan(), Moments(now, self._clock.machine())
        with self._store.write() as uow:
            for each in fitting:
                _count(uow, each, plan, moments)
        return plan.strike()

    # making and ending

    def add(self, body: Mapping[str, Any]) -> Fault:
        """A new fault, behind all others. Raises Invalid, NotBuilt, Conflict where there are too many."""
        rule, now = read_rule(body), self._clock.now()
        with self._store.write() as uow:
            if len(uow.faults.all()) >= MOST:
                raise Conflict(f"there are {MOST} faults already: end some", code="fault.too_many")
            number = _next_number(uow)
            if "probability" in rule["trigger"]:
                rule["trigger"].setdefault("start", number)
            made = Fault(f"fault-{number}", number, rule, now)
            uow.faults.add(made)
        return made

    def all(self) -> tuple[Fault, ...]:
        """In the order in which they are asked; the ended ones too, since they tell how often they struck."""
        with self._store.read() as uow:
            return uow.faults.all()

    def get(self, fault_id: str) -> Fault:
        """Raises NotFound."""
        with self._store.read() as uow:
            found = uow.faults.find(fault_id)
        if found is None:
            raise _unknown(fault_id)
        return found

    def end(self, fault_id: str) -> Fault:
        """Take it away; how it stood. Raises NotFound."""
        with self._store.write() as uow:
            found = uow.faults.find(fault_id)
            if found is None:
                raise _unknown(fault_id)
            uow.faults.drop(fault_id)
        return found

    def clear(self) -> int:
        """Take all away; how many there were."""
        with self._store.write() as uow:
            return uow.faults.drop_all()


def state_of(fault: Fault, now: datetime) -> str:
    """`active`, `waiting` for its hours, `over` behind them, or `ended` by its count."""
    trigger = Rule.of(fault.rule).trigger
    if fault.ended_at is not None:
        return "ended"
    if trigger.is_open(now):
        return "active"
    return "waiting" if trigger.since is not None and now < trigger.since else "over"


def _count(uow: UnitOfWork, living: Living, plan: Plan, now: Moments) -> None:
    """Let one fault see the call, and perhaps strike."""
    row = uow.faults.find(living.fault_id)
    if row is None or row.ended_at is not None:
        return
    trigger, seen, state = living.rule.trigger, row.seen + 1, row.state
    strikes = trigger.strikes(seen, row.hits)
    if trigger.rate is not None:
        is_exceeded, state = exceeded(trigger.rate, row.state, now)
        strikes = strikes and is_exceeded
    hits = row.hits + (strikes and plan.takes(row.fault_id, living.rule.effect, seen, row.created_at))
    uow.faults.count(row.fault_id, seen, hits, state)
    if trigger.is_spent(hits):
        uow.faults.end(row.fault_id, now.sandbox)


def _next_number(uow: UnitOfWork) -> int:
    known = uow.powers.find(NUMBERS)
    number = max(uow.faults.next_position(), 1 + int(known.value["last"]) if known else 1)
    uow.powers.put(NUMBERS, {"last": number})
    return number


def _unknown(fault_id: str) -> NotFound:
    return NotFound(f"there is no fault {fault_id[:80]!r}", code="fault.not_there")
