"""Lists: which part is asked for, in what order, and in which shape they are answered (connect.md 2.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.settings import Settings
from app.store.records import Page
from app.web.queries import Query, refused, text

DEFAULT_SIZE, PUBLISHED_SIZE = 100, 20
"""Of pages whose size nobody asks for; the second is that of the published example (connect.md 2.4)."""
LARGEST = 50_000
LAST_PAGE = 1_000_000_000

Published = Literal["page", "array_or_page", "array"]


@dataclass(frozen=True, slots=True)
class ListForm:
    """What a list operation is asked for: the part, and whether it is answered as an array or as a page object."""

    page: Page
    as_page: bool
    sorting: tuple[tuple[str, bool], ...]
    """(name on the wire, descending) for the page object."""


def list_form(query: Query, columns: Mapping[str, str], published: Published, settings: Settings) -> ListForm:
    """Read `page`, `size` and `sort`; `columns` maps names on the wire to fields of the store.

    Raises Invalid with `page.range` or `sort.field`. One rule: what is out of range is refused, never clamped.
    """
    asked = "page" in query or "size" in query
    as_page = _as_page(published, settings.list_shape, asked=asked)
    sorting = _sorting(query, columns)
    bounded = asked or as_page
    size = _number(query, "size", _usual_size(settings), 1, LARGEST) if bounded else LARGEST
    number = _number(query, "page", 0, 0, LAST_PAGE)
    return ListForm(
        Page(number, size, tuple((columns[name], descending) for name, descending in sorting)), as_page, sorting
    )


def shape(form: ListForm, items: list[Any], total: int) -> Any:
    """The list as an array, or as the page object of the contract."""
    return _page_object(form, items, total) if form.as_page else items


def _usual_size(settings: Settings) -> int:
    return settings.page_size or (PUBLISHED_SIZE if settings.strict_published else DEFAULT_SIZE)


def _as_page(published: Published, list_shape: str, *, asked: bool) -> bool:
    if list_shape != "spec":
        return list_shape == "page"
    return published == "page" or (published == "array_or_page" and asked)


def _number(query: Query, name: str, default: int, low: int, high: int) -> int:
    value = text(query, name)
    if not value:
        return default
    digits = value.removeprefix("-")
    if (
        not (digits.isascii() and digits.isdigit())
        or len(digits) > len(str(LAST_PAGE))
        or not low <= int(value) <= high
    ):
        raise refused("page.range", name, f"{name} must be a whole number from {low} to {high}")
    return int(value)


def _sorting(query: Query, columns: Mapping[str, str]) -> tuple[tuple[str, bool], ...]:
    by_folded = {name.lower(): name for name in columns}
    found: dict[str, bool] = {}
    for entry in query.get("sort", ()):
        name, _, direction = entry.partition(",")
        if not name.strip() and not direction:
            continue
        column = by_folded.get(name.strip().lower())
        if column is None:
            raise refused("sort.field", "sort", f"sort must name one of {', '.join(columns)}")
        if direction.strip().lower() not in ("", "asc", "desc"):
            raise refused("sort.field", "sort", "sort must be <field>,asc or <field>,desc")
        found.setdefault(column, direction.strip().lower() == "desc")
    return tuple(found.items())


def _page_object(form: ListForm, items: list[Any], total: int) -> dict[str, Any]:
    size, number = form.page.size or LARGEST, form.page.page
    offset = size * number
    orders = [
        {"property": name, "direction": "DESC" if down else "ASC", "ignoreCase": False, "ascending": not down}
        for name, down in form.sorting
    ]
    is_sorted = bool(orders)
    return {
        "content": items,
        "pageable": {
            "number": number,
            "size": size,
            "offset": offset,
            "sorted": is_sorted,
            "unpaged": False,
            "mode": "OFFSET",
            "sort": {"sorted": is_sorted, "orderBy": orders},
        },
        "totalPages": -(-total // size),
        "totalSize": total,
        "numberOfElements": len(items),
        "size": size,
        "offset": offset,
        "empty": not items,
        "pageNumber": number,
    }
