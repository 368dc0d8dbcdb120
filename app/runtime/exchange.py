"""What the journal remembers of one exchange."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One exchange at a door, or one refused handshake. `detail` holds findings, fingerprints, causes; no secrets."""

    at: datetime
    listener: str
    method: str
    path: str
    status: int
    interaction_id: str
    code: str = ""
    reason: str = ""
    peer: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
