"""Which part of a list a page shows, read from its address and written into its links.

A page is for people: what cannot be read means the usual, never an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request

from app.store.records import Page

SIZE = 24
"""Rows or cards of a page."""
LONGEST_FILTER = 200
LAST_PAGE = 1_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """`sorts` are the names that a list can be sorted by, with the field of the store; the first is the usual one."""

    sorts: Mapping[str, str]
    q: str = ""
    sort: str = ""
    number: int = 0
    everything: bool = False
    """Also what is not active."""
    size: int = SIZE

    @classmethod
    def of(cls, request: Request, sorts: Mapping[str, str], *, size: int = SIZE) -> Asked:
        """Reads `q`, `sort` (a name, descending with `-` before it), `page` (from 1), and `all` without `active`."""
        query = request.query_params
        sort, page = query.get("sort", ""), query.get("page", "")
        return cls(
            sorts=sorts,
            q="".join(c for c in query.get("q", "").strip()[:LONGEST_FILTER] if c.isprintable()),
            sort=sort if sort.removeprefix("-") in sorts else next(iter(sorts)),
            number=min(int(page), LAST_PAGE) - 1 if page.isascii() and page.isdigit() and int(page[:9]) > 0 else 0,
            everything=query.get("all") == "yes" and query.get("active") != "yes",
            size=size,
        )

    @property
    def page(self) -> Page:
        """For the store."""
        field = self.sorts[self.sort.removeprefix("-")]
        return Page(self.number, self.size, ((field, self.sort.startswith("-")),))

    def query(self, **changes: Any) -> dict[str, object]:
        """Parameters of a link to another part; a change of anything but the page begins at the first."""
        there = replace(self, **{"number": 0, **changes})
        return {
            "q": there.q,
            "sort": there.sort if there.sort != next(iter(self.sorts)) else "",
            "all": "yes" if there.everything else "",
            "page": there.number + 1 if there.number else "",
        }

    def turned(self, name: str) -> str:
        """How the list is sorted after a press on the heading of this name."""
        return f"-{name}" if self.sort == name else name

    def pages(self, total: int) -> int:
        return max(1, -(-total // self.size))
