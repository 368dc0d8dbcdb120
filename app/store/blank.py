"""An empty SQLite database with the newest schema, ready in memory: a copy is there in a millisecond."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

from app.store.migrate import upgrade
from app.store.sqlite import SqliteDatabase


@cache
def blank() -> bytes:
    """The whole file."""
    with tempfile.TemporaryDirectory(prefix="connect-mock-blank-") as folder:
        path = Path(folder) / "blank.db"
        database = SqliteDatabase(path, "OFF")
        try:
            upgrade(database)
        finally:
            database.close()
        return path.read_bytes()


def lay_out(path: Path) -> None:
    """Put such a file there, for its owner only, unless there is one already."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as file:
        file.write(blank())
