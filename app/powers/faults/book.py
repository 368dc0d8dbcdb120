"""The faults of one sandbox: made, asked at every exchange, counted in the store, ended (control-cases.md B).

Without faults an exchange pays nothing: whoever changes them raises the revision of the power `faults`, which the board
follows anyway. With one that fits, its count is one small write: so "the next three" are three, whatever the threads,
workers and machines on one store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.directory.odd_participants import KEPT, STALE, packed
from app.directory.participants import Participants
from app.errors import Conflict, Finding, Invalid, NotFound
from app.powers.board import PowerBoard
from app.powers.faults.combining import Plan, Strike
from app.powers.faults.effects import OLD, main_family
from app.powers.faults.language import Rule, read_rule
from app.powers.faults.matching import Asked
from app.powers.faults.triggers import Moments, exceeded
from app.runtime.clock import Clock
from app.runtime.propagation import NAME as PROPAGATION
from app.runtime.propagation import Delays, last_rescan
from app.store.powers import Fault, Power
from app.store.store import Store, UnitOfWork

MOST = 200
"""Faults that may be there at a time, ended ones too."""
GONE = "gone"
"""In the state of one that was taken away, and is remembered for the rescan alone."""
NAME = "faults"
"""The power that remembers the last number, so that no id comes twice, and that anything has changed."""


@dataclass(frozen=True, slots=True)
class Living:
    """A fault that may strike still."""

    fault_id: str
    rule: Rule


class FaultBook:
    def __init__(
        self, store: Store, clock: Clock, board: PowerBoard, participants: Participants, *, has_listeners: bool = True
    ) -> None:
        """`has_listeners`: the listeners are those of the default sandbox, and others may not break their TLS."""
        self._store, self._clock, self._participants, self._has_listeners = store, clock, participants, has_listeners
        self.living: tuple[Living, ...] = ()
        """Those that may strike still, as of the board's last refresh."""
        board.watch(NAME, self._follow)

    # asking

    def _follow(self, power: Power | None) -> None:
        found: tuple[Fault, ...] = ()
        if power is not None:
            with self._store.read() as uow:
                found = uow.faults.living()
        self.living = tuple(Living(each.fault_id, Rule.of(each.rule)) for each in found)

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
        """A new fault, behind all others. Raises Invalid, Conflict where there are too many."""
        rule, now = read_rule(body), self._clock.now()
        listed = {KEPT: packed(self._participants.publication().body)} if STALE in rule["effect"] else {}
        if main_family(rule["effect"]) == "handshake" and not self._has_listeners:
            raise _not_here()
        with self._store.write() as uow:
            _forget(uow, now)
            if len(uow.faults.all()) >= MOST:
                raise Conflict(f"there are {MOST} faults already: end some", code="fault.too_many")
            number = _next_number(uow)
            if "probability" in rule["trigger"]:
                rule["trigger"].setdefault("start", number)
            made = Fault(f"fault-{number}", number, rule, now, state=listed | _noted(uow, rule["effect"], now))
            uow.faults.add(made)
        return made

    def all(self) -> tuple[Fault, ...]:
        """In the order in which they are asked; the ended ones too, since they tell how often they struck."""
        with self._store.read() as uow:
            return tuple(each for each in uow.faults.all() if GONE not in each.state)

    def get(self, fault_id: str) -> Fault:
        """Raises NotFound."""
        with self._store.read() as uow:
            found = uow.faults.find(fault_id)
        if found is None or GONE in found.state:
            raise _unknown(fault_id)
        return found

    def end(self, fault_id: str) -> Fault:
        """Take it away; how it stood. Raises NotFound."""
        with self._store.write() as uow:
            found = uow.faults.find(fault_id)
            if found is None or GONE in found.state:
                raise _unknown(fault_id)
            if _is_remembered(uow, found):
                uow.faults.end(fault_id, self._clock.now())
                uow.faults.count(fault_id, found.seen, found.hits, {**found.state, GONE: True})
            else:
                uow.faults.drop(fault_id)
            _note_change(uow)
        return found

    def clear(self) -> int:
        """Take all away; how many there were."""
        with self._store.write() as uow:
            _note_change(uow)
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
        is_exceeded, calls = exceeded(trigger.rate, row.state, now)
        state = {**row.state, **calls}
        strikes = strikes and is_exceeded
    hits = row.hits + (strikes and plan.takes(row, living.rule.effect, seen))
    uow.faults.count(row.fault_id, seen, hits, state)
    if trigger.is_spent(hits):
        uow.faults.end(row.fault_id, now.sandbox)
        _note_change(uow)


def _is_remembered(uow: UnitOfWork, fault: Fault) -> bool:
    """Whether the hourly rescan has to know of it still: keys that it has lost come back with the next one."""
    power = uow.powers.find(PROPAGATION)
    has_rescan = power is not None and Delays.of(power.value).rescan_since is not None
    return has_rescan and fault.ended_at is None and Rule.of(fault.rule).match.is_about_crl("issuer.crl")


def _forget(uow: UnitOfWork, now: datetime) -> None:
    """Those that no rescan wants to know of any more."""
    for each in uow.faults.all():
        if GONE in each.state and each.ended_at is not None and each.ended_at < last_rescan(now):
            uow.faults.drop(each.fault_id)


def _noted(uow: UnitOfWork, effect: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """What an effect must know that shows things as they were when the fault began."""
    if OLD.isdisjoint(effect):
        return {}
    mark = uow.marks.now()
    kids = [key.kid for key in uow.signing_keys.published(now)]
    return {"certificate": mark.certificate, "revocation": mark.revocation, "kids": kids}


def _next_number(uow: UnitOfWork) -> int:
    """Also tells every process that the faults have changed."""
    known = uow.powers.find(NAME)
    number = max(uow.faults.next_position(), 1 + int(known.value["last"]) if known else 1)
    uow.powers.put(NAME, {"last": number})
    return number


def _note_change(uow: UnitOfWork) -> None:
    """Every process reads them again: the revision of the power rises."""
    known = uow.powers.find(NAME)
    uow.powers.put(NAME, known.value if known else {"last": 0})


def _not_here() -> Invalid:
    """A handshake is over before anybody knows which sandbox it is for (rulings.md 18)."""
    text = "TLS is broken for whole listeners, which are those of the default sandbox"
    finding = Finding("fault.combination", text, "/effect", fix="Make this fault in the default sandbox")
    return Invalid(text, code=finding.code, findings=(finding,))


def _unknown(fault_id: str) -> NotFound:
    return NotFound(f"there is no fault {fault_id[:80]!r}", code="fault.not_there")
