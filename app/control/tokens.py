"""Access tokens for the asking, as long as they name who acts."""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.control.reading import members_of, sandbox_of, wrong
from app.oauth.tokens import TokenRequest
from app.web.answers import answer
from app.web.bodies import read_members
from app.web.calls import call
from app.web.schemas import Field, Schema

THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]\Z")
"""SHA-256 in base64url: 43 characters, the last one with two empty bits."""
WANTED = Schema(
    (
        Field("scope", least=1, most=500),
        Field("software_statement_id", least=1, most=60),
        Field("organisation_id", least=1, most=60),
        Field("user", least=1, most=255, is_name=True),
        Field("x5t#S256", pattern=THUMBPRINT, pattern_text="x5t#S256 must be a SHA-256 in base64url, 43 characters"),
        Field("expires_in", "number"),
    )
)
router = APIRouter()


@router.post("/_mock/tokens")
async def issue(request: Request) -> Response:
    """A token in the form of RFC 6749, 5.1. One that names neither application nor organisation is a super user's."""
    sandbox, wanted = sandbox_of(request), members_of(WANTED, await read_members(request))
    asked = TokenRequest(
        scope=wanted.get("scope", ""),
        organisation_id=wanted.get("organisation_id"),
        software_statement_id=wanted.get("software_statement_id"),
        user=wanted.get("user"),
        x5t_s256=wanted.get("x5t#S256"),
        expires_in=_seconds(wanted.get("expires_in")),
    )
    given = await call(sandbox, sandbox.tokens.issue, asked)
    request.scope["state"]["detail"] = {name: value for name, value in wanted.items() if name != "expires_in"} | {
        "scope": given.scope,
        "expires_in": given.expires_in,
    }
    body = {
        "access_token": given.access_token,
        "token_type": "Bearer",
        "expires_in": given.expires_in,
        "scope": given.scope,
    }
    return answer(body, headers={"cache-control": "no-store"})


def _seconds(value: Any) -> int | None:
    if isinstance(value, float):
        raise wrong("/expires_in", "a whole number of seconds", repr(value))
    return None if value is None else int(value)
