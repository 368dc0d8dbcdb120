"""What the product needs from the machine it runs on, checked one by one."""

from __future__ import annotations

import os
import re
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from app.cli.programs import find_program
from app.runtime.clock import SystemClock
from app.settings import Settings

ROOM = 200 * 1024 * 1024
"""Octets of free disk below which a database soon stands still."""
OLDEST_OPENSSL = (1, 1, 1)
"""First with `-addext`, which the printed commands use."""
OLDEST_OCSP_NGINX = (1, 19, 0)
"""First with `ssl_ocsp`."""


@dataclass(frozen=True, slots=True)
class Check:
    """`good`; `note`, where something works less well; `bad`, where the server cannot run."""

    what: str
    verdict: Literal["good", "note", "bad"]
    found: str
    advice: str = ""


def every_check(settings: Settings) -> Iterator[Check]:
    yield _python()
    yield _openssl()
    yield _nginx()
    yield from _ports(settings)
    yield _folder(settings.data)
    yield _room(settings.data)
    yield _clock(SystemClock().now())
    yield _database(settings)


def _python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    return Check("Python", "good" if good else "bad", found, "" if good else "Install Python 3.11 or newer")


def _openssl() -> Check:
    version, text = _version_of("openssl", "version")
    if version is None:
        return Check(
            "openssl", "note", "not found", "Install openssl: it makes keys and CSRs (apt-get install openssl)"
        )
    if version < OLDEST_OPENSSL:
        return Check("openssl", "note", text, "Too old for -addext: use the config form of `connect-mock csr`")
    return Check("openssl", "good", text)


def _nginx() -> Check:
    version, text = _version_of("nginx", "-v")
    if version is None:
        advice = "Only `connect-mock demo` wants it (apt-get install nginx-light); it can do without"
        return Check("nginx", "note", "not found", advice)
    if version < OLDEST_OCSP_NGINX:
        return Check("nginx", "note", text, "Too old for ssl_ocsp: use ssl_crl")
    return Check("nginx", "good", text)


def _version_of(program: str, option: str) -> tuple[tuple[int, ...] | None, str]:
    path = find_program(program)
    if path is None:
        return None, ""
    try:
        done = subprocess.run([path, option], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None, ""
    text = (done.stdout or done.stderr).strip().splitlines()
    numbers = re.search(r"(\d+)\.(\d+)\.(\d+)", text[0] if text else "")
    return (tuple(map(int, numbers.groups())) if numbers else None), (text[0] if text else "")


def _ports(settings: Settings) -> Iterator[Check]:
    for name in ("http", "https", "mtls", "control"):
        port = getattr(settings, f"{name}_port")
        host = settings.control_host if name == "control" else settings.host
        yield _port(f"port for {name}", host, port, name)


def _port(what: str, host: str, port: int, name: str) -> Check:
    if port == 0:
        return Check(what, "good", "any free one")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except PermissionError:
            return Check(what, "bad", f"{host}:{port} is not allowed", f"Choose one above 1023 with --{name}-port")
        except OSError as fault:
            advice = f"Fine if connect-mock runs already; else choose another with --{name}-port"
            return Check(what, "note", f"{host}:{port}: {fault.strerror}", advice)
    return Check(what, "good", f"{host}:{port} is free")


def _folder(data: Path) -> Check:
    """The CA keys are in it: nobody else may read it."""
    if not data.exists():
        parent = next(p for p in data.absolute().parents if p.exists())
        writable = os.access(parent, os.W_OK | os.X_OK)
        advice = "" if writable else f"Choose another with --data, or let this user write to {parent}"
        return Check("data folder", "good" if writable else "bad", f"{data} will be made", advice)
    if not data.is_dir() or not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        return Check("data folder", "bad", f"{data} cannot be written to", "Choose another with --data")
    if os.name == "posix" and stat.S_IMODE(data.stat().st_mode) & 0o077:
        mode = f"{stat.S_IMODE(data.stat().st_mode):o}"
        return Check("data folder", "note", f"{data} is open to others ({mode})", f"chmod 700 {data}")
    return Check("data folder", "good", f"{data}, owner-only")


def _room(data: Path) -> Check:
    place = data if data.exists() else next(p for p in data.absolute().parents if p.exists())
    free = shutil.disk_usage(place).free
    found = f"{free // 1024 // 1024} MB free"
    return Check("disk", "good", found) if free > ROOM else Check("disk", "note", found, "Make room, or move --data")


def _clock(now: datetime) -> Check:
    """A clock behind the date of the program itself is wrong, and every certificate would be too."""
    built = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)
    found = f"{now:%Y-%m-%d %H:%M:%S}Z"
    if now < built:
        advice = "Set the clock: certificates would be dated in the past"
        return Check("clock", "bad", f"{found}, older than this program ({built:%Y-%m-%d})", advice)
    return Check("clock", "good", found)


def _database(settings: Settings) -> Check:
    from app.cli.commands.database import shown_url
    from app.store.migrate import head
    from app.store.store import Store, StoreError

    shown = shown_url(settings.database_url)
    if not settings.database and not (settings.data / "connect-mock.db").exists():
        return Check("database", "good", f"{shown} will be made")
    try:
        store = Store.open(settings.database_url, synchronous=settings.sqlite_synchronous)
        try:
            revision = store.revision()
        finally:
            store.close()
    except StoreError as fault:
        return Check("database", "bad", str(fault), "Mend it, or choose another with --database or --data")
    if revision not in (None, head()):
        return Check(
            "database", "note", f"{shown}, schema {revision}", "The server upgrades it, or: connect-mock db upgrade"
        )
    return Check("database", "good", f"{shown}, schema {revision or 'will be made'}")
