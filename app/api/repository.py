"""The repository: CA certificates in PEM and DER, and the policies page (connect.md 7)."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.errors import NotFound
from app.sandbox import Sandbox
from app.web import trust
from app.web.calls import call
from app.web.publications import PEM, publish

DER = "application/pkix-cert"
POLICIES = """connect-mock: certificate policy
================================

THIS IS A MOCK. DO NOT TRUST its certificates.

Every certificate of this directory is made for tests only. Nobody was identified, no key is protected, nothing is
warranted; the CA keys stand in a file on a developer's machine. Whoever holds that file can make any certificate.
Never put these CAs into a trust store that matters.

connect-mock is independent: not affiliated with, endorsed by or connected to Raidiam or any ecosystem whose
certificate layouts it imitates.

Files here: root-ca.pem, issuer-ca.pem, chain.pem (issuer, root), bundle.pem (every CA of this directory);
root-ca.der and issuer-ca.der hold the same certificates in DER.
"""
_HTML = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>connect-mock: certificate policy</title>"
    f"<pre>{POLICIES}</pre></html>"
)


def _der(pem: bytes) -> bytes:
    return ssl.PEM_cert_to_DER_cert(pem.decode())


FILES: Mapping[str, tuple[str, Callable[[Sandbox], bytes]]] = {
    "root-ca.pem": (PEM, lambda sandbox: sandbox.issuers.root_pem()),
    "issuer-ca.pem": (PEM, lambda sandbox: sandbox.issuers.issuing_pem()),
    "chain.pem": (PEM, lambda sandbox: sandbox.issuers.chain_pem()),
    "bundle.pem": (PEM, lambda sandbox: sandbox.issuers.bundle_pem()),
    "root-ca.der": (DER, lambda sandbox: _der(sandbox.issuers.root_pem())),
    "issuer-ca.der": (DER, lambda sandbox: _der(sandbox.issuers.issuing_pem())),
}
"""File name -> media type and what it holds."""
router = APIRouter()


@router.api_route("/repository/policies", methods=["GET", "HEAD"], include_in_schema=False)
async def policies(request: Request) -> Response:
    """The text that the CPS address of every certificate leads to; HTML for who prefers it."""
    if "text/html" in request.headers.get("accept", ""):
        return Response(_HTML, media_type="text/html", headers={"vary": "accept"})
    return Response(POLICIES, media_type="text/plain", headers={"vary": "accept"})


@router.api_route("/repository/{name}", methods=["GET", "HEAD"], include_in_schema=False)
async def file(request: Request) -> Response:
    """One CA file. Raises NotFound, naming those that exist.

    A parameter that is declared makes FastAPI load pydantic's old half, which costs a twentieth of the start.
    """
    name: str = request.path_params["name"]
    if name not in FILES:
        raise NotFound(f"the repository has {', '.join(FILES)} and policies", code="path.unknown")
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    media_type, content = FILES[name]
    body = await call(sandbox, trust.current, sandbox, content)
    return publish(request, body, media_type, max_age=sandbox.settings.jwks_max_age)
