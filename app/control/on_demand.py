"""Certificates on demand: sound or wrong in one respect, for whoever tests a verifier (control-cases.md F)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.control.reading import members_of, query_of, sandbox_of
from app.errors import Finding, Invalid
from app.powers.defects.reading import kept_name
from app.powers.defects.registry import DEFECTS, Defect
from app.powers.on_demand import Made, names_of, pem_of
from app.sandbox import Sandbox
from app.store.records import Certificate
from app.web.answers import answer, present
from app.web.bodies import read_members
from app.web.calls import call
from app.web.moments import iso
from app.web.queries import text
from app.web.schemas import Field, Schema
from app.web.wanted.certificates import described, expected_reason, order_of

HOLD = Schema((Field("hold", "boolean", required=True),))
router = APIRouter()


@router.post("/_mock/certificates")
async def make(request: Request) -> Response:
    """201 with certificate, key and chain. 422 for what is unknown, and for defects that exclude each other."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    order = order_of(await read_members(request))
    made = await call(sandbox, sandbox.on_demand.make, order)
    request.scope["state"]["detail"] = {"kid": made.certificate.kid, "defect": kept_name(made.defects)}
    location = {"location": f"/_mock/certificates/{made.certificate.kid}", "cache-control": "no-store"}
    return answer(_made(sandbox, made), 201, headers=location)


@router.get("/_mock/certificates")
async def listed(request: Request) -> Response:
    """Those with a defect, newest first; `defect` leaves those with that one."""
    sandbox, query = sandbox_of(request), query_of(request, ("defect",))
    name = text(query, "defect")
    if name and name not in DEFECTS:
        raise _unknown(name)
    found = await call(sandbox, sandbox.on_demand.all, name or None)
    now = sandbox.clock.now()
    return answer({"certificates": [told(each, now) for each in found], "total": len(found)})


@router.get("/_mock/certificate-defects")
async def defects(request: Request) -> Response:
    """What there is to be asked for."""
    query_of(request, ())
    return answer({name: described(defect) for name, defect in DEFECTS.items()})


@router.get("/_mock/certificates/{kid}")
async def one(request: Request) -> Response:
    """Raises NotFound. The key is kept nowhere, so it is not here."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    found = await call(sandbox, sandbox.on_demand.get, request.path_params["kid"])
    chain = await call(sandbox, sandbox.on_demand.chain_of, found)
    return answer(told(found, sandbox.clock.now()) | {"certificate": pem_of(found), "chain": chain})


@router.put("/_mock/certificates/{kid}")
async def change(request: Request) -> Response:
    """`{"hold": false}` lifts a hold, `{"hold": true}` puts one on. Raises NotFound, Conflict."""
    sandbox, kid = sandbox_of(request), request.path_params["kid"]
    query_of(request, ())
    hold = members_of(HOLD, await read_members(request))["hold"]
    changed = await call(sandbox, sandbox.on_demand.hold if hold else sandbox.on_demand.lift, kid)
    request.scope["state"]["detail"] = {"kid": kid, "hold": hold}
    return answer(told(changed, sandbox.clock.now()))


def told(certificate: Certificate, now: datetime) -> dict[str, Any]:
    """A defective certificate as it stands now."""
    defects = [DEFECTS[name] for name in DEFECTS if name in names_of(certificate)]
    status = "revoked" if certificate.is_revoked(now) else "expired" if certificate.is_expired(now) else "good"
    serial = certificate.serial
    return present(
        {
            "kid": certificate.kid,
            "defect": _names(defects),
            "expected_reason": expected_reason(defects),
            "type": certificate.type,
            "organisation_id": certificate.organisation_id,
            "software_statement_id": certificate.software_statement_id,
            "serial": None if serial is None else f"{serial:x}",
            "subject": certificate.subject_dn,
            "not_before": iso(certificate.not_before) if certificate.not_before else None,
            "not_after": iso(certificate.not_after) if certificate.not_after else None,
            "status": status,
            "revoked_at": iso(certificate.revoked_at) if certificate.revoked_at else None,
            "revoke_reason": certificate.revoke_reason,
            "published": bool(certificate.published) if defects else True,
            "description": certificate.description,
        }
    )


def _made(sandbox: Sandbox, made: Made) -> dict[str, Any]:
    now = sandbox.clock.now()
    body = {
        **told(made.certificate, now),
        "certificate": made.pem,
        "key": made.key_pem,
        "chain": made.chain_pem,
        "full_chain": made.pem + made.chain_pem,
        "trust_anchor": sandbox.issuers.root_pem().decode(),
        "expected": [described(defect) for defect in made.defects],
    }
    if made.twin is not None:
        twin, key = made.twin
        body["twin"] = {**told(twin, now), "certificate": pem_of(twin), "key": key}
    return body


def _names(defects: list[Defect]) -> str | list[str] | None:
    names = [defect.name for defect in defects]
    return names if len(names) > 1 else names[0] if names else None


def _unknown(name: str) -> Invalid:
    shown = ascii(name)[1:-1][:60]
    finding = Finding("defect.unknown", f"there is no defect {shown}", "/query/defect", f"one of {', '.join(DEFECTS)}")
    return Invalid(finding.detail, code=finding.code, findings=(finding,))
