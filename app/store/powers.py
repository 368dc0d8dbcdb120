"""What the mock's own powers keep, as frozen records: every process that serves a sandbox reads the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Power:
    """A small state under a name (`clock`, `propagation`, `switches`); `revision` rises with every change."""

    name: str
    value: Mapping[str, Any]
    revision: int


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule that breaks something on purpose. `state` is its trigger's memory; the lowest `position` is asked first.

    `seen` counts the calls that matched, `hits` those that it has changed.
    """

    fault_id: str
    position: int
    rule: Mapping[str, Any]
    created_at: datetime
    seen: int = 0
    hits: int = 0
    state: Mapping[str, Any] = field(default_factory=dict)
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SandboxRow:
    """A sandbox beside `default`. Both moments are the machine's; without `expires_at` it stays until it is dropped."""

    sandbox_id: str
    created_at: datetime
    expires_at: datetime | None
    template: str
    admin_sha256: bytes
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SnapshotNote:
    """A snapshot without its content; `size` in octets."""

    name: str
    created_at: datetime
    size: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a sandbox under a name."""

    name: str
    created_at: datetime
    content: bytes


@dataclass(frozen=True, slots=True)
class Scenario:
    """How far a rotation drill has come; `revision` rises with every change."""

    name: str
    state: Mapping[str, Any]
    revision: int
