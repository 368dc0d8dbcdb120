"""What every page of the mock's own powers has around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from app.portal.navigation import MOCK, Link, Place
from app.portal.visits import Visit


def power_page(
    visit: Visit, entry: str, template: str, words: Mapping[str, Any], *below: Link, status: int = 200
) -> Response:
    """A page under an entry of MOCK; `below` are the crumbs behind it, of which the last is the page itself."""
    own = next(each for each in MOCK if each.name == entry)
    crumbs: Sequence[Link] = (Link(visit.t(own.text), visit.url(*own.segments)), *below)
    trail = [Link(visit.t("frame.mock_powers")), *crumbs[:-1], Link(crumbs[-1].text)]
    return visit.page(f"mock/{template}", words, place=Place(entry), trail=trail, status=status)
