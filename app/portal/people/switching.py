"""The dialog before somebody loses what he is, or gets it back: two addresses, so that sending twice does no more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from app.errors import NotFound
from app.oauth.offices import Status
from app.portal.navigation import Link, Place
from app.portal.visits import Visit

TURNS: Mapping[str, Status] = {"deactivate": "Inactive", "reactivate": "Active"}
"""The last segment of the address -> what becomes of it."""


@dataclass(frozen=True, slots=True)
class Switch:
    """Whom and what it is about, and what is to become of it; `back` is the list, `title` its name."""

    email: str
    what: str
    turn: str
    back: str
    title: str

    def asked(self, visit: Visit, place: Place, crumbs: Callable[..., list[Link]]) -> Response:
        """The page that asks."""
        t, name = visit.t, f"people.{self.turn}"
        words = {
            "heading": t(f"{name}.title", email=self.email, what=self.what),
            "says": [t(f"{name}.says")],
            "about": [(t("fields.Email"), self.email), (t("people.is"), self.what)],
            "button": t(f"{name}.button"),
            "is_dangerous": status_after(self.turn) == "Inactive",
            "cancel": self.back,
        }
        trail = crumbs(Link(self.title, self.back), Link(t(f"{name}.button")))
        return visit.page("confirm.html", words, place=place, trail=trail)

    async def done(self, visit: Visit, switched: Callable[[Status], Awaitable[object]]) -> Response:
        """Back to the list, with those who are nothing any more."""
        await switched(status_after(self.turn))
        address = f"{self.back}?all=yes"
        return visit.go(address, notice=f"people.{self.turn}.done", email=self.email, what=self.what)


def status_after(turn: str) -> Status:
    """Raises NotFound for a segment that is none of TURNS."""
    if turn not in TURNS:
        raise NotFound("there is nothing at this path", code="path.unknown")
    return TURNS[turn]


def turn_of(status: Status) -> str:
    """What can be done where this is the status."""
    return "deactivate" if status == "Active" else "reactivate"
