"""Certificates as the mock's user asks about them: status by serial, and what a request would come to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.control.reading import members_of, query_of, sandbox_of
from app.errors import Conflict, DirectoryError, Finding, Forbidden, TooLarge, UnsupportedMedia
from app.ra.authority import CheckReport, Order
from app.sandbox import Sandbox
from app.web import media
from app.web.answers import answer
from app.web.bodies import read_body
from app.web.calls import call
from app.web.json_body import read_object
from app.web.moments import iso
from app.web.problems import findings_of
from app.web.queries import text
from app.web.schemas import Field, Schema

OWNER = (
    Field("type", required=True, least=1, most=60),
    Field("organisation_id", required=True, least=1, most=60),
    Field("software_statement_id", least=1, most=60),
)
CHECK = Schema((*OWNER, Field("csr", required=True, angle_brackets=True)))
CHECK_QUERY = Schema(OWNER)
ENCODED = 6
"""JSON makes at most this of one octet of PEM (`\\u000a`)."""
router = APIRouter()


@router.get("/_mock/cert-status/{serial}")
async def status(request: Request) -> Response:
    """Status by serial in hex, colon-hex, `0x...` or `dec:...` (status-cases.md R-07).

    Where several CAs gave the same serial, `certificates` lists all, and the newest stands on top.
    """
    sandbox, serial = sandbox_of(request), request.path_params["serial"]
    query_of(request, ())
    found = [_plain(each) for each in await call(sandbox, sandbox.status.of_serial, serial)]
    return answer(found[0] | {"certificates": found} if len(found) > 1 else found[0])


@router.post("/_mock/csr:check")
async def check(request: Request) -> Response:
    """The dry run: the findings that the real request would get, and nothing is stored (csr-cases.md R8)."""
    sandbox = sandbox_of(request)
    report = await call(sandbox, _report, sandbox, await _order(request, sandbox))
    findings = [
        {**told, "text": finding.text}
        for told, finding in zip(findings_of(report.findings), report.findings, strict=True)
    ]
    return answer({"would_issue": report.would_issue, "findings": findings})


def _report(sandbox: Sandbox, order: Order) -> CheckReport:
    """What the real request refuses without findings (403, 409) is one here. Raises NotFound for an unknown owner."""
    try:
        return sandbox.ra.check(order)
    except (Forbidden, Conflict) as refusal:
        return CheckReport((_as_finding(refusal),), would_issue=False)


def _as_finding(refusal: DirectoryError) -> Finding:
    return Finding(refusal.code, refusal.reason)


async def _order(request: Request, sandbox: Sandbox) -> Order:
    """From a JSON body, or from PEM with the rest in the query. Raises UnsupportedMedia, TooLarge, Invalid."""
    limit = sandbox.settings.max_csr_bytes
    kind = media.content_type(request.headers.get("content-type"))
    if kind == media.JSON:
        query_of(request, ())
        wanted = members_of(CHECK, read_object(await read_body(request, ENCODED * limit)))
        material = wanted["csr"].encode()
    elif kind == media.PEM or kind in media.PEM_TOO:
        query = query_of(request, [field.name for field in OWNER])
        wanted = members_of(CHECK_QUERY, {name: text(query, name) for name in query})
        material = await read_body(request, limit)
    else:
        raise UnsupportedMedia(f"expected {media.JSON} or {media.PEM}, found {kind[:80]}")
    if len(material) > limit:
        raise TooLarge(f"the request is longer than {limit} octets")
    return Order(wanted["organisation_id"], wanted.get("software_statement_id"), wanted["type"], material)


def _plain(described: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _told(value) for name, value in described.items()}


def _told(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _plain(value)
    return iso(value) if isinstance(value, datetime) else value
