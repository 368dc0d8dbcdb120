"""What every change of the directory has in common: the revision it rests on and the record it leaves."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from app.errors import Stale
from app.store.records import SECRET_SHA256, Application, Organisation


def require_current(stored: int, known: frozenset[str] | None) -> None:
    """Raise Stale when none of the caller's copies is the newest; None = the caller does not ask (RFC 9110, 13.1.1)."""
    if known is not None and str(stored) not in known:
        raise Stale(f"If-Match names another revision than {stored}, which the directory has")


def snapshot(record: Organisation | Application) -> dict[str, Any]:
    """A record as plain JSON for the audit, without secrets."""
    members = {name: _plain(value) for name, value in asdict(record).items()}
    members["details"] = {name: v for name, v in members["details"].items() if name != SECRET_SHA256}
    return members


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
