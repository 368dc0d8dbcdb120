"""Moments in the two older forms that directories write (connect.md 2.5)."""

from __future__ import annotations

from datetime import datetime

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def java(moment: datetime) -> str:
    """`Wed Feb 16 19:35:00 UTC 2022`, without asking the machine's locale."""
    return f"{_DAYS[moment.weekday()]} {_MONTHS[moment.month - 1]} {moment:%d %H:%M:%S} UTC {moment.year}"


def sql(moment: datetime) -> str:
    """`2022-02-16 19:35:00.0`."""
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 100_000}"
