"""The keystore: key sets and certificates, public and read-only, in all URL forms of connect.md 11."""

from __future__ import annotations

from typing import Literal, cast
from urllib.parse import unquote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.api.faults.odd import mark_of, odd_of, published_keys
from app.directory.key_sets import Then
from app.errors import NotFound
from app.sandbox import Sandbox
from app.web.calls import call
from app.web.publications import PEM, publish

JWK_SET = "application/jwk-set+json"
PREFIX = "/keystore/"
router = APIRouter()


@router.api_route("/keystore/{rest:path}", methods=["GET", "HEAD"], include_in_schema=False)
async def file(request: Request) -> Response:
    """One file of the keystore. Raises NotFound."""
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    *folder, name = _segments(request)
    if not folder and name == "openbanking.jwks":
        body = sandbox.key_sets.assertion_keys()
    elif name in ("application.jwks", "transport.jwks"):
        is_inactive = len(folder) > 1 and folder[-1] == "inactive"
        owner = _owner(folder[:-1] if is_inactive else folder)
        key_file = cast("Literal['application', 'transport']", name.removesuffix(".jwks"))
        strike = odd_of(request.scope, "keys")
        if strike is not None and "jwks_stale" in strike.effect:
            then = Then(strike.since, mark_of(strike))
            body = await call(sandbox, sandbox.key_sets.key_set_then, owner, key_file, then, active=not is_inactive)
        else:
            body = await call(sandbox, sandbox.key_sets.key_set, owner, key_file, active=not is_inactive)
    elif name.endswith(".pem"):
        pem = await call(sandbox, sandbox.key_sets.certificate_pem, _owner(folder), name.removesuffix(".pem"))
        return publish(request, pem, PEM, max_age=sandbox.settings.jwks_max_age)
    else:
        raise _unknown()
    return published_keys(request, sandbox, body)


def _segments(request: Request) -> list[str]:
    """The path in parts, each decoded on its own: an organisation id is free text and may hold a slash."""
    raw = request.scope.get("raw_path")
    if raw is None:
        return str(request.scope["path"]).removeprefix(PREFIX).split("/")
    return [unquote(part) for part in raw.decode("latin-1").removeprefix(PREFIX).split("/")]


def _owner(folder: list[str]) -> tuple[str, str | None]:
    if not 1 <= len(folder) <= 2 or not all(folder):  # noqa: PLR2004 - an organisation, or one and its application
        raise _unknown()
    return folder[0], folder[1] if len(folder) > 1 else None


def _unknown() -> NotFound:
    return NotFound(
        "the keystore has <organisation>[/<application>][/inactive]/application.jwks and transport.jwks, "
        "<organisation>[/<application>]/<kid>.pem and openbanking.jwks",
        code="path.unknown",
    )
