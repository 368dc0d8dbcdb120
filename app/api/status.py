"""CRLs over plain HTTP: DER under the name that certificates carry, PEM beside it (RFC 5280, 4.2.1.13; RFC 2585)."""

from __future__ import annotations

import base64

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.api import repository
from app.api.faults.odd import odd_of, since_of
from app.sandbox import Sandbox
from app.store.records import Crl
from app.web.calls import call, call_slowly
from app.web.publications import PEM, Lifetime, publish

CRL = "application/pkix-crl"
router = APIRouter()


@router.api_route("/crl/{name}", methods=["GET", "HEAD"], include_in_schema=False)
async def crl(request: Request) -> Response:
    """`issuer.crl`, `root.crl`, `issuer-g2.crl`, each also as `….crl.pem`; CA files stand here too (connect.md 1)."""
    name: str = request.path_params["name"]
    if name in repository.FILES:
        return await repository.file(request)
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    found = await _found(request, sandbox, name.removesuffix(".pem"))
    until = f"{found.next_update:%Y-%m-%dT%H:%M:%SZ}"
    request.scope["state"]["detail"] = {"crl": {"number": found.number, "next_update": until}}
    is_pem = name.endswith(".pem")
    return publish(
        request,
        _pem(found.der) if is_pem else found.der,
        PEM if is_pem else CRL,
        max_age=0 if odd_of(request.scope, "crl") else sandbox.settings.status_max_age,
        lifetime=Lifetime(found.this_update, found.next_update, sandbox.clock.now()),
    )


async def _found(request: Request, sandbox: Sandbox, name: str) -> Crl:
    """The CRL, or the one that a fault puts in its place; a huge one takes its time, beside the loop."""
    if strike := odd_of(request.scope, "crl"):
        return await call_slowly(sandbox.odd_status.crl, name, strike.effect, since_of(strike))
    return await call(sandbox, sandbox.status.crl, name)


def _pem(der: bytes) -> bytes:
    text = base64.b64encode(der)
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return b"\n".join((b"-----BEGIN X509 CRL-----", *lines, b"-----END X509 CRL-----", b""))
