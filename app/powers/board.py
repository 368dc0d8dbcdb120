"""The powers' small states as this process knows them: brought up to date once an exchange, whoever changed them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable

from app.store.powers import Power
from app.store.store import Store

Follow = Callable[[Power | None], None]
"""Takes a new state; None = there is none any more."""


class PowerBoard:
    def __init__(self, store: Store) -> None:
        self._store, self._lock = store, threading.Lock()
        self._token: Hashable = None
        self._states: dict[str, Power] = {}
        self._followers: dict[str, Follow] = {}

    def watch(self, name: str, follow: Follow) -> None:
        """Tell `follow` of the state of that name, now and with each change that `refresh` finds."""
        self._followers[name] = follow
        follow(self._states.get(name))

    def find(self, name: str) -> Power | None:
        """The state as it was at the last `refresh`."""
        return self._states.get(name)

    @property
    def token(self) -> Hashable:
        """The change token of the last `refresh`: whatever is read from now on is at least as new."""
        return self._token

    def refresh(self) -> Hashable:
        """Learn of every change that was committed before this call; the change token of what is known by then.

        Costs microseconds where there was none. Raises Unavailable.
        """
        token = self._store.change_token()
        if token == self._token:
            return token
        with self._lock:
            token = self._store.change_token()
            if token != self._token:
                self._learn()
                self._token = token
        return token

    def _learn(self) -> None:
        with self._store.read() as uow:
            states = {power.name: power for power in uow.powers.all()}
        before, self._states = self._states, states
        for name, follow in self._followers.items():
            if states.get(name) != before.get(name):
                follow(states.get(name))
