"""How late each view of the directory shows a change, and the hourly rescan of the CRL (control-cases.md C)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.powers.faults.language import Rule
from app.runtime.clock import Clock
from app.runtime.propagation import HOUR, NAME, Channel, Delays, last_rescan
from app.settings import Settings
from app.store.powers import Fault
from app.store.store import Store, UnitOfWork

LONGEST = timedelta(days=366)
CRL = "issuer.crl"
"""What the rescan looks at: the CRL of the first issuing CA."""
USELESS = frozenset({"crl_down", "crl_stale", "crl_future", "crl_wrong_issuer", "reset", "drop"})
"""Effects with which a CRL is none for whoever fetches it."""
REFUSED = 400


@dataclass(frozen=True, slots=True)
class PropagationView:
    """What is set, and how many changes are under way."""

    delays: Delays
    under_way: int
    revision: int


class Propagation:
    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store, self._clock, self._settings = store, clock, settings

    def view(self) -> PropagationView:
        with self._store.read() as uow:
            return _view(uow)

    def put(self, late: Mapping[Channel, timedelta], *, rescan: bool) -> PropagationView:
        """Every channel anew, for changes from now on; one that is not named is late as usual. Earlier ones stand."""
        with self._store.write() as uow:
            since = (uow.late.delays().rescan_since or self._clock.now()) if rescan else None
            usual = self._store.usual.delays.late
            delays = Delays({channel: length for channel, length in {**usual, **late}.items() if length}, since)
            uow.powers.put(NAME, delays.kept())
            return _view(uow)

    def flush(self) -> int:
        """All channels agree from now on; how many changes were under way (control-cases.md C-03)."""
        with self._store.write() as uow:
            return uow.late.flush()

    def reset(self) -> PropagationView:
        """No view is later than usual, and nothing is under way."""
        with self._store.write() as uow:
            uow.late.flush()
            uow.powers.drop(NAME)
            return _view(uow)

    def visible_at(self, object_id: str) -> dict[Channel, datetime]:
        """From when on which view shows the last change of an object; those that it was never late for are left out."""
        with self._store.read() as uow:
            return uow.late.visible_at(object_id)

    # the rescan

    def rescanned(self, uow: UnitOfWork, now: datetime) -> tuple[bool, datetime | None]:
        """Whether the last rescan has lost the keys, and when the next one is; None = there are none.

        With `rescan_on_crl_failure: deactivate` a rescan that finds no usable CRL takes every key of the CA for
        revoked, until one finds it again [specs-seguranca #202].
        """
        since = uow.late.delays().rescan_since
        if since is None:
            return False, None
        hour = last_rescan(now)
        if self._settings.rescan_on_crl_failure == "keep" or since >= hour:
            return False, hour + HOUR
        return any(_disturbs(fault, hour) for fault in uow.faults.all()), hour + HOUR


def usual_delays(settings: Settings) -> Delays:
    """What holds unless somebody says otherwise: `participants_delay`."""
    delay = timedelta(seconds=settings.participants_delay)
    return Delays({"participants": delay} if delay else {})


def _view(uow: UnitOfWork) -> PropagationView:
    power = uow.powers.find(NAME)
    return PropagationView(uow.late.delays(), uow.late.count(), 0 if power is None else power.revision)


def _disturbs(fault: Fault, hour: datetime) -> bool:
    """Whether a rescan at that hour found no usable CRL by this fault; triggers that count see no rescan."""
    rule = Rule.of(fault.rule)
    if not fault.created_at < hour or (fault.ended_at is not None and fault.ended_at < hour):
        return False
    is_useless = not USELESS.isdisjoint(rule.effect) or int(rule.effect.get("status", 0)) >= REFUSED
    return is_useless and rule.trigger.is_open(hour) and rule.trigger.is_steady and rule.match.is_about_crl(CRL)
