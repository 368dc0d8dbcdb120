"""Other programs that commands call."""

from __future__ import annotations

import os
import shutil

SYSTEM_FOLDERS = ("/usr/sbin", "/sbin", "/usr/local/sbin")
"""Where Debian keeps nginx; not on the path of ordinary users."""


def find_program(name: str) -> str | None:
    """Its whole path, or None."""
    return shutil.which(name, path=os.pathsep.join([*os.get_exec_path(), *SYSTEM_FOLDERS]))
