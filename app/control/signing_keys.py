"""The keys that sign tokens, rotated on demand (control-cases.md H-01 and H-02)."""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.control.reading import members_of, query_of, sandbox_of
from app.sandbox import Sandbox
from app.web.answers import answer, present
from app.web.json_body import read_object
from app.web.moments import iso
from app.web.schemas import Field, Schema

WANTED = Schema((Field("emergency", "boolean"),))
router = APIRouter()


@router.post("/_mock/oauth/rotate-key")
async def rotate(request: Request) -> Response:
    """A new key signs from now on; with `emergency` the old ones leave the key set at once."""
    sandbox, body = sandbox_of(request), await request.body()
    query_of(request, ())
    wanted = members_of(WANTED, read_object(body)) if body.strip() else {}
    told = await to_thread.run_sync(_rotate, sandbox, bool(wanted.get("emergency")))
    request.scope["state"]["detail"] = {"kid": told["kid"]}
    return answer(told, 201)


def _rotate(sandbox: Sandbox, is_emergency: bool) -> dict[str, Any]:  # noqa: FBT001 - run_sync passes by position
    """In a thread: making an RSA key takes a while."""
    made = sandbox.oauth.parts.signing_keys.rotate(is_emergency=is_emergency)
    with sandbox.store.read() as uow:
        published = uow.signing_keys.published(sandbox.clock.now())
    keys = [
        present(
            {
                "kid": key.kid,
                "retired_at": iso(key.retired_at) if key.retired_at else None,
                "published_until": iso(key.published_until) if key.published_until else None,
            }
        )
        for key in published
    ]
    return {"kid": made.kid, "keys": keys}
