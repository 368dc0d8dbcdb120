"""In whose words a refusal at the public door is written: the Connect API's, or those of OAuth at its endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from app.api import problems
from app.api.oauth import dialect
from app.errors import DirectoryError, NotBuilt


def render(error: DirectoryError, scope: Mapping[str, Any]) -> Response:
    """The answer; the journal gets the refusal in the words of the dialect. 501 is alike everywhere (operations.md)."""
    if isinstance(error, NotBuilt) or not dialect.speaks_oauth(scope["path"]):
        response = problems.render(error, scope)
        response.headers.update(dialect.story_link(scope))
        return response
    refusal = scope["state"]["refusal"] = dialect.translated(error, scope)
    return dialect.render(refusal, scope)
