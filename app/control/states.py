"""Whole states of the directory: export, import, snapshots, reset (control-cases.md G)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.control.reading import query_of, sandbox_of, wrong
from app.powers.documents import INCLUDES
from app.powers.snapshots import EMPTY
from app.sandbox import Sandbox
from app.store.powers import SnapshotNote
from app.web.answers import JSON, answer, no_content
from app.web.bodies import read_body
from app.web.calls import call, call_slowly
from app.web.exports import exported
from app.web.json_body import read_object
from app.web.media import require_json
from app.web.moments import iso
from app.web.queries import text
from app.web.wanted.states import reset_of
from app.wire import stored

TRUTH = {"true": True, "false": False}
router = APIRouter()


@router.get("/_mock/export")
async def export(request: Request) -> Response:
    """The whole directory as one JSON document; `include` adds what passes: tokens, the journal, CRL numbers."""
    sandbox = sandbox_of(request)
    words = tuple(word for word in text(query_of(request, ("include",)), "include").split(",") if word)
    for word in words:
        if word not in INCLUDES:
            raise wrong("/query/include", f"one or more of {', '.join(INCLUDES)}, parted by commas", word)
    return await exported(sandbox, words)


@router.post("/_mock/import")
async def bring(request: Request) -> Response:
    """An export takes the place of this directory, all at once; 422 with every finding, and then nothing changes."""
    sandbox = sandbox_of(request)
    given = text(query_of(request, ("baseline",)), "baseline") or "true"
    if given not in TRUTH:
        raise wrong("/query/baseline", "true or false", given)
    require_json(request.headers.get("content-type"))
    body = await read_body(request, sandbox.settings.max_import_bytes)
    brought = await call_slowly(_bring, sandbox, body, baseline=TRUTH[given])
    request.scope["state"]["detail"] = {"imported": brought, "baseline": TRUTH[given]}
    return answer({"imported": brought, "baseline": TRUTH[given]})


def _bring(sandbox: Sandbox, body: bytes, *, baseline: bool) -> dict[str, int]:
    return sandbox.imports.bring(read_object(body), stored.wrong, baseline=baseline)


@router.get("/_mock/snapshots")
async def listed(request: Request) -> Response:
    """All, by name."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    return answer({"snapshots": [told(note) for note in await call(sandbox, sandbox.snapshots.all)]})


@router.put("/_mock/snapshots/{name}")
async def take(request: Request) -> Response:
    """Keep this moment under a name, `baseline` too. 201, or 200 where another had that name."""
    sandbox, name = sandbox_of(request), request.path_params["name"]
    query_of(request, ())
    if (await request.body()).strip():
        raise wrong("", "no body: a snapshot holds what is there", "a body")
    note, is_new = await call_slowly(sandbox.snapshots.take, name)
    request.scope["state"]["detail"] = {"snapshot": name}
    return answer(told(note), 201 if is_new else 200)


@router.get("/_mock/snapshots/{name}")
async def one(request: Request) -> Response:
    """The document that it holds, as the export was then. Raises NotFound."""
    sandbox, name = sandbox_of(request), request.path_params["name"]
    query_of(request, ())
    return Response(await call_slowly(sandbox.snapshots.document, name), media_type=JSON)


@router.delete("/_mock/snapshots/{name}")
async def drop(request: Request) -> Response:
    """Raises NotFound; 422 for the baseline."""
    sandbox, name = sandbox_of(request), request.path_params["name"]
    query_of(request, ())
    await call(sandbox, sandbox.snapshots.drop, name)
    request.scope["state"]["detail"] = {"snapshot": name}
    return no_content()


@router.post("/_mock/reset")
async def reset(request: Request) -> Response:
    """Back to the baseline, to a snapshot or to nothing: of everything, or of the named scopes."""
    sandbox, body = sandbox_of(request), await request.body()
    query_of(request, ())
    wanted = reset_of(read_object(body) if body.strip() else {})
    request.scope["state"]["detail"] = {"to": wanted.to, "scope": list(wanted.scopes)}
    await call_slowly(sandbox.snapshots.reset, wanted)
    said: dict[str, Any] = {"to": wanted.to, "scope": list(wanted.scopes)}
    return answer(said | {"keep_ca": wanted.keep_ca} if wanted.to == EMPTY and "data" in wanted.scopes else said)


def told(note: SnapshotNote) -> dict[str, Any]:
    """`size` in octets, as it is kept."""
    return {"name": note.name, "created_at": iso(note.created_at), "size": note.size}
