"""What an inner room shall do wrong in this exchange."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.directory import odd_key_sets
from app.powers.faults.combining import Strike
from app.powers.faults.effects import Family
from app.ra.odd_status import Since
from app.sandbox import Sandbox
from app.store.marks import Mark
from app.web.media import JWK_SET
from app.web.publications import publish


def odd_of(scope: Mapping[str, Any], family: Family) -> Strike | None:
    """The strike, if it is of this family."""
    strike: Strike | None = scope["state"].get("odd")
    return strike if strike is not None and strike.family == family else None


def since_of(strike: Strike) -> Since:
    return Since(strike.since, int(strike.state.get("revocation", 0)))


def mark_of(strike: Strike) -> Mark:
    return Mark(int(strike.state.get("certificate", 0)), int(strike.state.get("revocation", 0)))


def published_keys(request: Request, sandbox: Sandbox, body: bytes) -> Response:
    """A key set, or what a fault makes of it."""
    strike = odd_of(request.scope, "keys")
    if strike is None:
        return publish(request, body, JWK_SET, max_age=sandbox.settings.jwks_max_age)
    return publish(request, odd_key_sets.changed(body, strike.effect), JWK_SET, max_age=0)
