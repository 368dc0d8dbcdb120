"""What those answer who are not here: the signing service, the conformance suite, identity providers, telephones."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.access import Caller
from app.control.reading import query_of, sandbox_of
from app.runtime.outcomes import Outcomes
from app.web.answers import answer
from app.web.bodies import read_members
from app.web.calls import call
from app.web.wanted.outside import envelope_of, outcomes_of, sign_in_of

OURS = Caller(scopes=frozenset(), user="control listener")
router = APIRouter()


@router.get("/_mock/outside")
async def read(request: Request) -> Response:
    """What they answer now."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    return answer(told(await call(sandbox, sandbox.outside.view)))


@router.put("/_mock/outside")
async def change(request: Request) -> Response:
    """What they answer from now on; what is not named is as usual."""
    sandbox, wanted = sandbox_of(request), await read_members(request)
    query_of(request, ())
    request.scope["state"]["detail"] = wanted
    return answer(told(await call(sandbox, sandbox.outside.put, outcomes_of(wanted))))


@router.delete("/_mock/outside")
async def reset(request: Request) -> Response:
    """They answer as usual."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    return answer(told(await call(sandbox, sandbox.outside.reset)))


@router.put("/_mock/envelopes/{envelope_id}")
async def sign(request: Request) -> Response:
    """The signers of one envelope that is under way sign it, or do not."""
    sandbox, wanted = sandbox_of(request), await read_members(request)
    query_of(request, ())
    envelope_id, outcome = str(request.path_params["envelope_id"]).lower(), envelope_of(wanted)
    request.scope["state"]["detail"] = {"envelope_id": envelope_id, **wanted}
    moved = await call(sandbox, sandbox.registers.envelopes.answer, OURS, envelope_id, outcome)
    status = moved.body["EnvelopeStatus"]
    return answer({"envelope_id": envelope_id, "organisation_id": moved.organisation_id, "status": status})


@router.post("/_mock/sso:sign-in")
async def sign_in(request: Request) -> Response:
    """An identity provider has signed somebody in; the groups in his token decide in which groups he is."""
    sandbox, wanted = sandbox_of(request), await read_members(request)
    query_of(request, ())
    request.scope["state"]["detail"] = wanted
    told_ = sign_in_of(wanted)
    groups = await call(sandbox, sandbox.registers.memberships.signed_in, OURS, told_)
    return answer({"user": told_.email, "groups": list(groups)})


def told(outcomes: Outcomes) -> dict[str, Any]:
    return outcomes.kept()
