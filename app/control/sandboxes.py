"""Sandboxes beside the default one: made, listed, dropped (control-cases.md D)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anyio import to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.control.reading import query_of
from app.errors import NotFound
from app.sandboxes import Sandboxes
from app.sandboxes.making import Made
from app.sandboxes.places import CHOSEN, PREFIX, START
from app.sandboxes.templates import TEMPLATES
from app.store.powers import SandboxRow
from app.web.answers import answer
from app.web.bodies import read_members
from app.web.calls import call
from app.web.moments import iso
from app.web.sandboxes import prefix_of
from app.web.wanted.sandboxes import wanted_of


def routes(listeners: Mapping[str, str]) -> APIRouter:
    """`listeners` are base addresses, filled in by the server."""
    router = APIRouter()

    @router.post("/_mock/sandboxes")
    async def create(request: Request) -> Response:
        sandboxes, given = _of_server(request), await read_members(request) if await request.body() else {}
        query_of(request, ())
        wanted = wanted_of(given)
        made = await to_thread.run_sync(sandboxes.create, wanted)
        request.scope["state"]["detail"] = {"sandbox": made.row.sandbox_id, "template": made.row.template}
        headers = {"location": f"/_mock/sandboxes/{made.row.sandbox_id}", "cache-control": "no-store"}
        return answer(_made(made, listeners), 201, headers=headers)

    @router.get("/_mock/sandboxes")
    async def every(request: Request) -> Response:
        sandboxes = _of_server(request)
        query_of(request, ())
        rows = await call(sandboxes.default, sandboxes.rows.living)
        return answer({"sandboxes": [_told(row, listeners) for row in rows], "templates": list(TEMPLATES)})

    @router.get("/_mock/sandboxes/{sandbox_id}")
    async def one(request: Request) -> Response:
        sandboxes, sandbox_id = _of_server(request), request.path_params["sandbox_id"]
        query_of(request, ())
        row = await call(sandboxes.default, sandboxes.rows.find, sandbox_id)
        if row is None:
            raise _unknown(sandbox_id)
        return answer(_told(row, listeners))

    @router.delete("/_mock/sandboxes/{sandbox_id}")
    async def drop(request: Request) -> Response:
        sandboxes, sandbox_id = _of_server(request), request.path_params["sandbox_id"]
        query_of(request, ())
        request.scope["state"]["detail"] = {"sandbox": sandbox_id[:60]}
        if not await to_thread.run_sync(sandboxes.drop, sandbox_id):
            raise _unknown(sandbox_id)
        return Response(status_code=204)

    return router


def _of_server(request: Request) -> Sandboxes:
    """Raises NotFound inside of a sandbox: there are none in it."""
    if prefix_of(request):
        raise NotFound("a sandbox has no sandboxes: ask without the prefix", code="path.unknown")
    found: Sandboxes = request.scope["state"]["sandboxes"]
    return found


def _unknown(sandbox_id: str) -> NotFound:
    return NotFound(f"there is no sandbox {ascii(sandbox_id)[1:-1][:60]}", code="sandbox.unknown")


def _told(row: SandboxRow, listeners: Mapping[str, str]) -> dict[str, Any]:
    prefix = f"{PREFIX}{row.sandbox_id}"
    return {
        "id": row.sandbox_id,
        "template": row.template,
        "created_at": iso(row.created_at),
        "expires_at": None if row.expires_at is None else iso(row.expires_at),
        "seed": row.options.get(START),
        "settings": row.options.get(CHOSEN, {}),
        "prefix": prefix,
        "listeners": {name: f"{url}{prefix}" for name, url in listeners.items()},
    }


def _made(made: Made, listeners: Mapping[str, str]) -> dict[str, Any]:
    """With what is told once: the admin token. `bundle` are the CAs of the sandbox alone."""
    return _told(made.row, listeners) | {
        "admin_token": made.admin_token,
        "control": made.addresses.control,
        "services": made.addresses.by_service(),
        "bundle": made.bundle.decode(),
    }
