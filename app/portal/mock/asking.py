"""The page that asks before a power does what cannot be taken back."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from app.portal.forms import Form
from app.portal.mock.frame import power_page
from app.portal.navigation import Link
from app.portal.visits import Visit


def ask_first(
    visit: Visit,
    entry: str,
    text: str,
    back: tuple[str, ...],
    *,
    about: Sequence[tuple[str, str]] = (),
) -> Response:
    """`text` begins the keys `<text>.title`, `.says` and `.button`; `about` are pairs to be shown; Cancel leads `back`.

    The form goes to the address of the page itself.
    """
    t = visit.t
    words = {
        "form": Form(),
        "heading": t(f"{text}.title"),
        "says": [t(f"{text}.says")],
        "about": about,
        "button": t(f"{text}.button"),
        "is_dangerous": True,
        "cancel": visit.url(*back),
    }
    return power_page(visit, entry, "confirm.html", words, Link(t(f"{text}.title")))
