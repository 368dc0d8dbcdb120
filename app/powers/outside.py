"""What the services answer that are not here (app/runtime/outcomes.py), as the control listener sets it."""

from __future__ import annotations

from app.runtime.outcomes import NAME, Outcomes
from app.store.store import Store


class Outside:
    def __init__(self, store: Store) -> None:
        self._store = store

    def view(self) -> Outcomes:
        with self._store.read() as uow:
            power = uow.powers.find(NAME)
        return Outcomes() if power is None else Outcomes.of(power.value)

    def put(self, outcomes: Outcomes) -> Outcomes:
        """Everything anew, for whatever is asked from now on."""
        with self._store.write() as uow:
            uow.powers.put(NAME, outcomes.kept())
        return outcomes

    def reset(self) -> Outcomes:
        """They answer as usual."""
        with self._store.write() as uow:
            uow.powers.drop(NAME)
        return Outcomes()
