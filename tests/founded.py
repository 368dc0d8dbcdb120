"""A founded directory, copied: tables and CA keys made anew for each test would be most of what a test costs."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from datetime import datetime
from pathlib import Path

from app.ca.keys import KeyPool
from app.runtime.addresses import Addresses
from app.runtime.clock import MovableClock
from app.runtime.entropy import SeededEntropy
from app.sandbox import Ground, open_sandbox
from app.settings import Settings

FILE = "connect-mock.db"
_kept: dict[str, Path] = {}


def found(settings: Settings, addresses: Addresses, now: datetime) -> None:
    """Put a database that was founded at `now` into an empty data folder.

    Other chance is used than the test's own, so that nothing the test makes repeats what was founded.
    """
    if settings.database or settings.ca_passphrase or (settings.data / FILE).exists():
        return
    key = repr((sorted(settings.model_dump(exclude={"data"}).items()), addresses, now))
    if key not in _kept:
        _kept[key] = _founded(settings, addresses, now)
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(_kept[key], settings.data / FILE)


def _founded(settings: Settings, addresses: Addresses, now: datetime) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="connect-mock-founded-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    ground = Ground(MovableClock(now), SeededEntropy("founded"), KeyPool())
    open_sandbox(settings.model_copy(update={"data": folder}), addresses, ground).close()
    return folder / FILE
