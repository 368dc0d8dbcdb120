"""Proof of what a client did (control-cases.md I): `POST /_mock/evidence`."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.control.reading import query_of, sandbox_of
from app.powers.evidence import Unproved
from app.web.answers import answer
from app.web.bodies import read_members
from app.web.calls import call
from app.web.journal import told
from app.web.problems import problem
from app.web.wanted.evidence import asked_of, question_of

router = APIRouter()


@router.post("/_mock/evidence")
async def evidence(request: Request) -> Response:
    """200 with the exchanges that prove it, else 409 with what was seen instead; asking leaves no entry."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    request.scope["state"]["quiet"] = True
    members = await read_members(request)
    name, wanted = asked_of(members)
    question = await call(sandbox, question_of, sandbox, wanted, members.get("before"))
    try:
        proof = await call(sandbox, sandbox.evidence.assertions[name], question)
    except Unproved as unproved:
        entries = [told(entry) for entry in unproved.entries]
        request.scope["state"]["refusal"] = unproved
        return problem(unproved, 409, **{"assert": name}, holds=False, entries=entries, near_misses=[])
    body = {"assert": name, "holds": True, "count": len(proof.entries)}
    return answer(body | {"entries": [told(entry) for entry in proof.entries]})
