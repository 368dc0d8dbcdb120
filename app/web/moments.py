"""Moments as JSON carries them."""

from __future__ import annotations

from datetime import datetime


def iso(moment: datetime) -> str:
    """`2024-08-22T10:11:12.123Z`; `moment` is aware and in UTC."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
