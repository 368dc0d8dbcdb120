"""SIGTERM and Ctrl-C: the first asks the server to stop, the second ends it."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StopSignal:
    """Set in the event loop by the first signal. Made inside the running loop."""

    def __init__(self) -> None:
        self._loop, self._asked = asyncio.get_running_loop(), asyncio.Event()
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                signal.signal(number, self._handle)

    @property
    def is_set(self) -> bool:
        return self._asked.is_set()

    async def wait(self) -> None:
        await self._asked.wait()

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        """Whoever asks twice does not want to wait; what was answered is on the disk in any case."""
        if self._asked.is_set():
            os._exit(128 + number)
        self._loop.call_soon_threadsafe(self._asked.set)
