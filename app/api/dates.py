"""Dates as the API writes them (connect.md 2.5)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from app.runtime.old_dates import java, sql
from app.web.moments import iso

__all__ = ["DateStyle", "certificate_date", "java", "sql"]
DateStyle = Literal["iso", "java", "sql", "observed"]


def certificate_date(moment: datetime, style: DateStyle, *, revoked: bool) -> str:
    """A certificate date; `observed` is the Java form for living certificates and the SQL form for revoked ones."""
    if style == "observed":
        style = "sql" if revoked else "java"
    return {"iso": iso, "java": java, "sql": sql}[style](moment)
