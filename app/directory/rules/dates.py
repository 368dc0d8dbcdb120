"""Dates of certifications: dd/MM/yyyy, and days of the calendar (errata S2 and S3). Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from app.directory.kinds import refused

FORM = "%d/%m/%Y"


def day(member: str, text: str) -> date:
    """Raises Invalid for a day that no calendar has, such as 39/19/2999."""
    try:
        first, month, year = (int(part) for part in text.split("/"))
        return date(year, month, first)
    except ValueError:
        raise refused(member, f"{member} must be a day of the calendar, dd/MM/yyyy", text) from None


def moment(now: datetime) -> str:
    """As bodies hold it: `UpdatedAt`."""
    return f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z"


def after_days(start: date, days: int) -> str:
    """The day so many days later; where the calendar ends, its last."""
    try:
        return f"{start + timedelta(days=days):{FORM}}"
    except OverflowError:
        return f"{date.max:{FORM}}"
