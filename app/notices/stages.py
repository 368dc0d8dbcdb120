"""The stages before the expiry of a certificate, and which of them have come (connect.md 19). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.store.records import Certificate

STAGES = (60, 30, 14, 7, 1, 0)
"""Days before the expiry; the last one is the expiry itself."""
LONGEST = timedelta(days=STAGES[0])


@dataclass(frozen=True, slots=True)
class Due:
    """A stage of a certificate, and the moment at which it comes."""

    stage: int
    at: datetime


def due_stages(record: Certificate, since: datetime | None, now: datetime) -> Iterator[Due]:
    """Those that came behind `since` (None = ever) and up to `now`, in their order.

    Not those that lay behind when the certificate was made: whoever gets one for ten days knows that it is one. None at
    or behind a revocation, and none of a certificate whose owner is not active: nobody has to renew it.
    """
    if record.not_after is None or not record.owner_active:
        return
    for stage in STAGES:
        at = record.not_after - timedelta(days=stage)
        is_new = (since is None or at > since) and record.created_at <= at <= now
        if is_new and not (record.revoked_at is not None and record.revoked_at <= at):
            yield Due(stage, at)


def ends_between(since: datetime, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """For each stage: behind which moment and up to which a certificate ends whose stage came in between."""
    for stage in STAGES:
        ahead = timedelta(days=stage)
        yield since + ahead, now + ahead
