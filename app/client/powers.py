"""Clock, faults and journal of one directory."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from app.client import moves
from app.client.records import FaultRecord
from app.client.wishes import match_and_effect, matching, times

if TYPE_CHECKING:
    from app.client.directory import Directory


class Clock:
    """The sandbox's clock; every change answers what it shows then."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def now(self) -> datetime:
        told = self._directory.run(self._directory.session.control("GET", "/clock"))
        return moves.moment(told["now"])

    def advance(self, **length: float) -> datetime:
        """By the arguments of `timedelta`, back too: `days=400`, `hours=-1`."""
        return self._move({"advance": moves.duration(timedelta(**length))})

    def set(self, moment: datetime) -> datetime:
        """To a moment with its zone."""
        return self._move({"set": moment.isoformat()})

    def freeze(self) -> datetime:
        return self._move({"freeze": True})

    def go_on(self) -> datetime:
        return self._move({"freeze": False})

    def scale(self, factor: float) -> datetime:
        """How many times faster than the machine's it goes."""
        return self._move({"scale": factor})

    def reset(self) -> datetime:
        """Back to the machine's."""
        return moves.moment(self._directory.run(self._directory.session.control("DELETE", "/clock"))["now"])

    def _move(self, wanted: Mapping[str, Any]) -> datetime:
        return self._directory.run(moves.move(self._directory.session, wanted))


class Fault(FaultRecord):
    """A fault as it was made; ended by `end`, or behind `with`."""

    _directory: Directory

    def read(self) -> FaultRecord:
        """As it is now, with its hits."""
        return FaultRecord.of(self._call("GET"))

    def end(self) -> FaultRecord:
        return FaultRecord.of(self._call("DELETE"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.end()

    def _call(self, method: str) -> Any:
        return self._directory.run(self._directory.session.control(method, f"/faults/{self.id}"))


class Faults:
    """What goes wrong, exactly when.

    Keywords that are matchers (`path`, `service`, `client`, ...) say which calls it is about, all others what happens:
    `status=503`, `delay="2s"`, `crl_stale=True` (docs/control.md).
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def next(self, count: int, **rule: Any) -> Fault:
        """The next calls that match."""
        return self.add({"next": count}, **rule)

    def after(self, count: int, **rule: Any) -> Fault:
        """Every call behind so many good ones."""
        return self.add({"after": count}, **rule)

    def always(self, **rule: Any) -> Fault:
        return self.add({}, **rule)

    def chance(self, probability: float, *, start: int = 0, **rule: Any) -> Fault:
        """By chance, the same calls on every run with the same start value."""
        return self.add({"probability": probability, "start": start}, **rule)

    def rate(self, limit: str, **rule: Any) -> Fault:
        """What goes beyond `5/s`, `100/min`: 429, unless the rule says otherwise."""
        return self.add({"rate": limit}, **rule)

    def between(self, since: datetime, until: datetime, **rule: Any) -> Fault:
        """By the sandbox's clock."""
        return self.add({"between": [since.isoformat(), until.isoformat()]}, **rule)

    def add(self, trigger: Mapping[str, Any], **rule: Any) -> Fault:
        """Any trigger, or several."""
        match, effect = match_and_effect(rule)
        made = self._directory.run(moves.fault(self._directory.session, trigger, match, effect))
        handle = Fault(made.id, made.hits, made.seen, made.state, made.body)
        object.__setattr__(handle, "_directory", self._directory)
        return handle

    def all(self) -> list[FaultRecord]:
        told = self._directory.run(self._directory.session.control("GET", "/faults"))
        return [FaultRecord.of(each) for each in told["faults"]]

    def clear(self) -> None:
        """All are over."""
        self._directory.run(self._directory.session.control("DELETE", "/faults"))


class Journal:
    """What came to this directory."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def find(self, **filters: Any) -> list[dict[str, Any]]:
        """Exchanges, newest first; the filters are those of `GET /_mock/journal`."""
        return self._directory.run(moves.found(self._directory.session, matching(filters)))

    def assert_never(self, **match: Any) -> None:
        """Raises NotAsExpected, an AssertionError, where something matches."""
        self.verify(match, exactly=0)

    def assert_exactly(self, count: int, **match: Any) -> None:
        """Raises NotAsExpected with the near misses."""
        self.verify(match, exactly=count)

    def verify(
        self,
        match: Mapping[str, Any],
        *,
        exactly: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
    ) -> dict[str, Any]:
        """How often there were exchanges that match. Raises NotAsExpected."""
        wanted = {"match": matching(match), **times(exactly, at_least, at_most)}
        return self._directory.run(moves.verify(self._directory.session, "/journal/verify", wanted))

    def evidence(self, **wanted: Any) -> dict[str, Any]:
        """What a client did about revocation and keys: `assert_="ocsp_checked"`. Raises NotAsExpected."""
        asked = {name.rstrip("_"): value for name, value in matching(wanted).items()}
        return self._directory.run(moves.verify(self._directory.session, "/evidence", asked))

    def clear(self) -> None:
        """Forget what was; data, clock and faults stay."""
        self._directory.run(self._directory.session.control("DELETE", "/journal"))
