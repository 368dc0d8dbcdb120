"""In whose words a refusal at the public door is written: the Connect API's, OAuth's at its endpoints, or a page's."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from app.api import problems
from app.api.hosts import is_page
from app.api.login import errors as pages
from app.api.oauth import dialect
from app.errors import DirectoryError, NotBuilt
from app.web.exchange import Drawing, Render


def render(error: DirectoryError, scope: Scope) -> Response:
    """The answer; the journal gets the refusal in the words of the dialect. 501 is alike everywhere (operations.md)."""
    if is_page(scope["path"]):
        return pages.refused(Request(scope), error)
    if isinstance(error, NotBuilt) or not dialect.speaks_oauth(scope["path"]):
        response = problems.render(error, scope)
        response.headers.update(dialect.story_link(scope))
        return response
    refusal = scope["state"]["refusal"] = dialect.translated(error, scope)
    return dialect.render(refusal, scope)


def with_doors(doors: Mapping[str, object]) -> Render:
    """The same, and for paths of other doors, by their first segment, what they draw themselves."""

    def rendered(error: DirectoryError, scope: Scope) -> Response:
        door = doors.get(scope["path"][1:].partition("/")[0])
        return door.refusal(error, scope) if isinstance(door, Drawing) else render(error, scope)

    return rendered
