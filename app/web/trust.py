"""What the public and the control listener both serve of the mock's own: trust anchors and certificate types.

Whoever trusts nothing yet fetches the bundle over plain HTTP (control-cases.md K-04).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.pki.profiles import Ecosystem
from app.sandbox import Sandbox
from app.web.answers import answer
from app.web.calls import call
from app.web.publications import PEM, publish

router = APIRouter()


@router.api_route("/_mock/bundle.pem", methods=["GET", "HEAD"], include_in_schema=False)
async def bundle(request: Request) -> Response:
    """Every CA of this directory, root first, and behind them the CA of the server's own TLS listeners."""
    own: bytes = request.scope["state"].get("listener_ca", b"")
    return await _pem(request, lambda sandbox: sandbox.issuers.bundle_pem() + own)


@router.api_route("/_mock/roots.pem", methods=["GET", "HEAD"], include_in_schema=False)
async def roots(request: Request) -> Response:
    """The root alone."""
    return await _pem(request, lambda sandbox: sandbox.issuers.root_pem())


@router.api_route("/_mock/profiles", methods=["GET", "HEAD"], include_in_schema=False)
async def profiles(request: Request) -> Response:
    """The certificate types of every loaded ecosystem, in full (errata C9).

    `in_use` is false where a later ecosystem has a type of the same name: that one counts.
    """
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    return answer({"ecosystems": [_told(sandbox, ecosystem) for ecosystem in sandbox.ecosystems]})


async def _pem(request: Request, content: Callable[[Sandbox], bytes]) -> Response:
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    body = await call(sandbox, current, sandbox, content)
    return publish(request, body, PEM, max_age=sandbox.settings.jwks_max_age)


def current(sandbox: Sandbox, content: Callable[[Sandbox], bytes]) -> bytes:
    """What the CAs hold now: another process may have rolled the issuing CA over."""
    sandbox.issuers.refresh()
    return content(sandbox)


def _told(sandbox: Sandbox, ecosystem: Ecosystem) -> dict[str, Any]:
    counting = {profile.type: each.name for each in sandbox.ecosystems for profile in each.profile}
    types = []
    for profile in ecosystem.profile:
        in_use = counting[profile.type] == ecosystem.name
        shown = sandbox.profiles[profile.type] if in_use else profile
        types.append(shown.model_dump(mode="json") | {"in_use": in_use})
    return {"name": ecosystem.name, "title": ecosystem.title, "country": ecosystem.country, "types": types}
