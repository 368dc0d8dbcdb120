"""What a server does by itself every few seconds: expiry notices of every open sandbox, worked out and sent.

It goes on in a thread of its own: a mail server that lets it wait holds up no request and no other task.
"""

from __future__ import annotations

import threading

import structlog

from app.sandboxes import Sandboxes

SECONDS = 3.0
"""By the machine's clock, between two rounds."""
PATIENCE = 2.0
"""Seconds that a stop waits for a round; one that waits for a mail server longer is left to itself."""
log = structlog.get_logger("connect_mock.server")


class Rounds:
    def __init__(self, sandboxes: Sandboxes, seconds: float = SECONDS) -> None:
        self._sandboxes, self._seconds = sandboxes, seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._go, name="rounds", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """No further round begins."""
        self._stopping.set()
        self._thread.join(PATIENCE)

    def _go(self) -> None:
        while not self._stopping.wait(self._seconds):
            self.round()

    def round(self) -> None:
        """One round. It raises nothing: what fails now is done in the next round."""
        for sandbox_id in self._sandboxes.open_ids():
            if self._stopping.is_set():
                return
            try:
                self._notices(sandbox_id)
            except Exception as fault:  # noqa: BLE001 - the next round tries again
                log.warning("notices not worked out", sandbox=sandbox_id, cause=str(fault))

    def _notices(self, sandbox_id: str) -> None:
        """Work out, send, record. While the mail server is waited for the sandbox may be dropped."""
        with self._sandboxes.quietly(sandbox_id) as sandbox:
            if sandbox is None:
                return
            sandbox.board.refresh()  # another process may have moved the clock
            sandbox.notices.work_out()
            delivery = sandbox.delivery
            taken = delivery.take()
        for notice, outcome in delivery.send(taken):
            with self._sandboxes.quietly(sandbox_id) as still:
                if still is not sandbox or self._stopping.is_set():
                    return
                delivery.settle(notice, outcome)
