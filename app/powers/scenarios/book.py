"""Scenarios of one sandbox: begun, moved on, told (control-cases.md H). What is done outlives the process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from app.errors import Conflict, NotFound
from app.powers.scenarios.language import Parameters, Run, Scenario
from app.runtime.clock import Clock
from app.store.store import Store, UnitOfWork


class ScenarioBook:
    def __init__(self, store: Store, clock: Clock, scenarios: Iterable[Scenario]) -> None:
        self._store, self._clock = store, clock
        self.known: Mapping[str, Scenario] = {scenario.name: scenario for scenario in scenarios}

    def all(self) -> tuple[Run, ...]:
        """Every scenario, begun or not."""
        with self._store.read() as uow:
            return tuple(_run(uow, name) for name in self.known)

    def get(self, name: str) -> Run:
        """Raises NotFound."""
        self.scenario(name)
        with self._store.read() as uow:
            return _run(uow, name)

    def scenario(self, name: str) -> Scenario:
        """Raises NotFound, with those that there are."""
        if name not in self.known:
            raise NotFound(f"no scenario {name[:60]}; there are {', '.join(self.known)}")
        return self.known[name]

    def start(self, name: str, parameters: Parameters) -> Run:
        """Begin, and do the first step. Raises NotFound, Invalid, and Conflict where it or a rival is running."""
        scenario = self.scenario(name)
        scenario.check(parameters)
        with self._store.write() as uow:
            before = _run(uow, name)
            self._require_idle(uow, before, scenario.subject(parameters))
            now = self._now()
            run = Run(name, 1, scenario.subject(parameters), parameters, {}, now, now, False, True, before.revision)
            run = self._put(uow, run)
        return self._perform(scenario, run)

    def advance(self, name: str) -> Run:
        """Do the next step; one that was cut off in the middle is done again. Raises NotFound, Conflict."""
        scenario = self.scenario(name)
        with self._store.write() as uow:
            run = _run(uow, name)
            if not run.step:
                raise Conflict(f"{name} was not started", code="scenario.not_started")
            if run.is_ended:
                raise Conflict(f"{name} is at its end", code="scenario.ended")
            step = run.step if run.is_under_way else run.step + 1
            run = self._put(uow, replace(run, step=step, stepped_at=self._now(), is_under_way=True))
        return self._perform(scenario, run)

    def end(self, name: str) -> Run:
        """Leave it as it is; what its steps have done stays. Raises NotFound; Conflict where it is not running."""
        self.scenario(name)
        with self._store.write() as uow:
            run = _run(uow, name)
            if not run.step or run.is_ended:
                raise Conflict(f"{name} is not running", code="scenario.not_started")
            return self._put(uow, replace(run, is_ended=True, is_under_way=False))

    def _perform(self, scenario: Scenario, run: Run) -> Run:
        step = scenario.steps[run.step - 1]
        try:
            added = step.perform({**run.parameters, **run.facts})
        except Exception:
            self._take_back(run)
            raise
        is_ended = run.step == len(scenario.steps)
        with self._store.write() as uow:
            done = replace(run, facts={**run.facts, **added}, is_ended=is_ended, is_under_way=False)
            return self._put(uow, done)

    def _take_back(self, run: Run) -> None:
        """A step that was refused was not done."""
        with self._store.write() as uow:
            self._put(uow, replace(run, step=run.step - 1, is_under_way=False))

    def _require_idle(self, uow: UnitOfWork, before: Run, subject: str) -> None:
        if before.step and not before.is_ended:
            raise Conflict(f"{before.name} is running already", code="scenario.running")
        for other in (_run(uow, name) for name in self.known):
            if other.step and not other.is_ended and other.subject == subject:
                text = f"{other.name} is turning the same ({subject}): move it to its end, or end it"
                raise Conflict(text, code="scenario.rival")

    def _put(self, uow: UnitOfWork, run: Run) -> Run:
        """Raises Conflict where somebody else has moved it meanwhile."""
        return replace(run, revision=uow.scenarios.put(run.name, run.state(), run.revision))

    def _now(self) -> str:
        return self._clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _run(uow: UnitOfWork, name: str) -> Run:
    kept = uow.scenarios.find(name)
    return Run(name) if kept is None else Run.of(kept)
