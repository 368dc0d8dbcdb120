"""How far this server is: starting, ready or stopping, and what it still waits for (reliability-cases.md R3)."""

from __future__ import annotations

from typing import Literal

State = Literal["starting", "ready", "stopping"]


class Readiness:
    """Set by the server, asked by the control listener. Ready means that the whole start is over.

    Whether the store can be written and the keys can sign at this moment is asked of the sandbox, not of this object.
    """

    def __init__(self) -> None:
        self._now: tuple[State, tuple[str, ...]] = ("starting", ("the server is starting",))

    @property
    def state(self) -> State:
        return self._now[0]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is not ready, in words; empty when it is."""
        return self._now[1]

    @property
    def is_ready(self) -> bool:
        return self.state == "ready"

    def waiting_for(self, *reasons: str) -> None:
        """The start is at this point; a stop that has begun stays one."""
        self._move("starting", reasons)

    def ready(self) -> None:
        """Everything is there; a stop that has begun stays one."""
        self._move("ready", ())

    def stopping(self) -> None:
        """From now on nothing new should come."""
        self._now = ("stopping", ("the server is stopping",))

    def _move(self, state: State, reasons: tuple[str, ...]) -> None:
        if self.state != "stopping":
            self._now = (state, reasons)
