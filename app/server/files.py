"""Files that others read while they change: the bundle and the ready file."""

from __future__ import annotations

import os
from pathlib import Path

from app.runtime.entropy import SystemEntropy, new_id

BUNDLE = "bundle.pem"
"""Name of the file in the data folder that holds everything a client of this directory has to trust."""


def write_private(file: Path, content: bytes) -> None:
    """In one step, for its owner only: who reads it finds the whole of it, old or new. Raises OSError."""
    new = file.with_name(f".{file.name}-{new_id(SystemEntropy())}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(content)
        new.replace(file)
    except OSError:
        new.unlink(missing_ok=True)
        raise
