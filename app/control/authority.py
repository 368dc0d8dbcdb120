"""The certificate authority on demand: a further generation of the issuing CA (connect.md 7)."""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.control.reading import members_of, query_of, sandbox_of
from app.ra.issuers import LoadedIssuer
from app.sandbox import Sandbox
from app.web.answers import answer
from app.web.json_body import read_object
from app.web.moments import iso
from app.web.schemas import Schema

NOTHING = Schema(())
router = APIRouter()


@router.post("/_mock/ca/rollover")
async def roll_over(request: Request) -> Response:
    """From now on new leaves come from a new issuing CA; both CRLs are served, and the bundle has both."""
    sandbox, body = sandbox_of(request), await request.body()
    query_of(request, ())
    if body.strip():
        members_of(NOTHING, read_object(body))
    made = await to_thread.run_sync(_roll_over, sandbox)
    request.scope["state"]["detail"] = {"generation": made.record.generation}
    return answer(described(sandbox, made) | {"certificate": made.pem.decode()}, 201)


def _roll_over(sandbox: Sandbox) -> LoadedIssuer:
    """In a thread: making an RSA key takes a while. The first CRL is there before anybody may ask for it."""
    made = sandbox.issuers.roll_over()
    sandbox.status.crl(made.crl_name)
    return made


def described(sandbox: Sandbox, issuer: LoadedIssuer) -> dict[str, Any]:
    """One CA as people and programs ask for it: names, dates, addresses; and its newest CRL."""
    certificate, responder = issuer.signer.certificate, issuer.responder
    with sandbox.store.read() as uow:
        crl = uow.revocations.newest_crl(issuer.record.issuer_id)
    told: dict[str, Any] = {
        "role": issuer.record.role,
        "generation": issuer.record.generation,
        "subject": certificate.subject.rfc4514_string(),
        "serial": f"{certificate.serial_number:x}",
        "not_before": iso(issuer.signer.not_before),
        "not_after": iso(issuer.signer.not_after),
        "crl": {"addresses": list(issuer.record.crl_addresses)},
        "ocsp": {"not_before": iso(responder.not_before), "not_after": iso(responder.not_after)},
    }
    if crl is not None:
        told["crl"] |= {
            "number": crl.number,
            "this_update": iso(crl.this_update),
            "next_update": iso(crl.next_update),
        }
    return told
