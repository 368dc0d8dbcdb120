"""Reading the journal: for the control listener, and for the people of the portal."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from app.powers.journal_book import MOST
from app.runtime.exchange import JournalEntry
from app.sandbox import Sandbox
from app.store.journal import JournalFilter
from app.web.answers import present
from app.web.moments import iso

__all__ = ["MOST", "entries_about", "told"]


def entries_about(sandbox: Sandbox, limit: int = MOST, **wanted: Any) -> list[JournalEntry]:
    """The newest exchanges that fit every member of a JournalFilter.

    Those that wait to be written go before those that the store has.
    """
    return list(sandbox.journal_book.find(JournalFilter(**wanted), limit).entries)


def told(entry: JournalEntry) -> dict[str, Any]:
    detail = dict(entry.detail)
    findings = detail.pop("findings", None)
    members = {
        "at": iso(entry.at.astimezone(UTC)),
        "listener": entry.listener,
        "method": entry.method,
        "path": entry.path,
        "status": entry.status,
        "interaction_id": entry.interaction_id,
        "code": entry.code or None,
        "reason": entry.reason or None,
        "peer": entry.peer or None,
        "findings": findings or None,
        "detail": detail or None,
    }
    return present(members)
