"""The life of a certificate as a line: where it begins and ends, where now is, where it was revoked; in percent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.portal.texts import Texts

MARGIN = 0.04
"""Of the line, left free at either end."""
DAY = 86_400


@dataclass(frozen=True, slots=True)
class TimeLine:
    since: datetime
    until: datetime
    begin: float
    lived: float
    """Where the life begins, and how long it is, on the whole line."""
    now: float
    revoked: float | None
    state: str
    """`future`, `valid`, `expired`, `revoked`: for the colour."""
    says: str


def time_line(span: tuple[datetime, datetime], now: datetime, t: Texts, revoked_at: datetime | None = None) -> TimeLine:
    """The line reaches from the earliest to the latest of all these moments."""
    since, until = span
    first, last = min(since, now), max(until, now)
    whole = max((last - first).total_seconds(), 1.0)

    def place(moment: datetime) -> float:
        share = (moment - first).total_seconds() / whole
        return round(100 * (MARGIN + share * (1 - 2 * MARGIN)), 2)

    state = _state(since, until, now, revoked_at)
    return TimeLine(
        since=since,
        until=until,
        begin=place(since),
        lived=round(place(until) - place(since), 2),
        now=place(now),
        revoked=None if revoked_at is None else place(min(max(revoked_at, first), last)),
        state=state,
        says=_words(state, (since, until), now, t, revoked_at),
    )


def _state(since: datetime, until: datetime, now: datetime, revoked_at: datetime | None) -> str:
    if revoked_at is not None and revoked_at <= now:
        return "revoked"
    if now < since:
        return "future"
    return "expired" if now > until else "valid"


def _words(state: str, span: tuple[datetime, datetime], now: datetime, t: Texts, revoked_at: datetime | None) -> str:
    if state == "revoked" and revoked_at is not None:
        return t("certificates.line.revoked", day=f"{revoked_at:%d/%m/%Y}", days=_days(now, revoked_at))
    if state == "valid":
        return t("certificates.line.valid", days=_days(span[1], now), whole=_days(span[1], span[0]))
    if state == "expired":
        return t("certificates.line.expired", days=_days(now, span[1]))
    return t("certificates.line.future", days=_days(span[0], now))


def _days(later: datetime, earlier: datetime) -> str:
    return f"{int((later - earlier).total_seconds() // DAY):,}"
