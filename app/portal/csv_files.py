"""Lists as files for spreadsheets: CSV by RFC 4180, in which no cell is a formula (api-cases.md F-05)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from starlette.responses import Response

from app.portal.pages import HEADERS
from app.store.lists import Listing
from app.store.records import Page
from app.web.moments import iso

CSV = "text/csv; charset=utf-8; header=present"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a cell must not begin with: a spreadsheet would compute it. The last four are the full-width forms."""
AT_A_TIME, MOST = 1_000, 100_000
"""Rows read at once, and rows of a file."""
Row = Mapping[str, Any]


def csv_file(name: str, columns: tuple[str, ...], rows: Iterable[Row]) -> Response:
    """A file of this name; what a row has beside the columns is left out, what it lacks is empty.

    Every cell is quoted: where a semicolon parts the columns, a cell with one in it would begin another cell.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(row.get(column)) for column in columns] for row in rows)
    headers = {**HEADERS, "content-disposition": f'attachment; filename="{name}.csv"'}
    return Response(text.getvalue().encode("utf-8", "replace"), 200, headers, CSV)


def cell(value: Any) -> str:
    """The text of a value; one that a spreadsheet would compute gets an apostrophe before it."""
    text = _text(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def every(read: Callable[[Page], Listing[Any]], first: Page) -> list[Any]:
    """All items of a list in the order of this page, no more than MOST."""
    found: list[Any] = []
    for number in range(MOST // AT_A_TIME):
        listing = read(replace(first, page=number, size=AT_A_TIME))
        found += listing.items
        if len(listing.items) < AT_A_TIME:
            break
    return found


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, list | tuple):
        return " ".join(map(_text, value))
    return str(value)
