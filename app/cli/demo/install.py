"""nginx for the demo: the one that is there, or the Debian package where that may be installed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from app.cli.demo.stage import is_root
from app.cli.programs import find_program

POLICY = Path("/usr/sbin/policy-rc.d")
"""Keeps Debian from starting the service of a package that is installed; the demo starts its own."""


def find_nginx(*, install: bool) -> str | None:
    """Its path; None where it is neither there nor installable."""
    found = find_program("nginx")
    if found or not install or not is_root() or not find_program("apt-get"):
        return found
    no_service = not POLICY.exists()
    if no_service:
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
    try:
        for command in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", "nginx-light"]):
            _apt(command)
    finally:
        if no_service:
            POLICY.unlink(missing_ok=True)
    return find_program("nginx")


def _apt(command: list[str]) -> None:
    """A failure is no fault of the demo: it does without nginx then."""
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", *command], env=quiet, capture_output=True, timeout=180, check=False)
