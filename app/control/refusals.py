"""How this door writes a refusal: always a problem document (control-cases.md R1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from app.errors import DirectoryError, Invalid
from app.web.errors import status_of
from app.web.problems import problem

UNREADABLE = ("json.", "serial.")
"""First part of the codes of what cannot be read at all: 400. What is read and refused is 422 (R3)."""


def render(error: DirectoryError, scope: Mapping[str, Any]) -> Response:  # noqa: ARG001 - as every door's renderer
    status = status_of(error)
    if isinstance(error, Invalid) and not error.code.startswith(UNREADABLE):
        status = 422
    return problem(error, status)
