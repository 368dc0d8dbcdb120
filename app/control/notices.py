"""The outbox of expiry notices (connect.md 19): read, and sent again. No Connect API operation is published for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.control.reading import query_of, sandbox_of, wrong
from app.notices.stages import STAGES
from app.sandbox import Sandbox
from app.store.notices import STATES, Notice, NoticeFilter
from app.web.answers import answer, present
from app.web.calls import call, call_slowly
from app.web.moments import iso
from app.web.queries import Query, text

FILTERS = ("organisation_id", "software_statement_id", "certificate_id", "kid", "stage", "state")
USUAL, MOST = 100, 1000
router = APIRouter()


@router.get("/_mock/notices")
async def listed(request: Request) -> Response:
    """What fell due last goes first; everything that is due at this moment is there."""
    sandbox, query = sandbox_of(request), query_of(request, (*FILTERS, "limit"))
    limit = _whole(query, "limit", range(1, MOST + 1), f"a whole number from 1 to {MOST}")
    found = await call_slowly(sandbox.notices.all, _filter(query), USUAL if limit is None else limit)
    counts = await call(sandbox, sandbox.notices.counts)
    return answer({"notices": [told(each) for each in found], "counts": counts, "smtp": server_of(sandbox)})


@router.get("/_mock/notices/{notice_id}")
async def single(request: Request, notice_id: str) -> Response:
    """One, with its text. Raises NotFound."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    return answer(whole(await call_slowly(sandbox.notices.one, notice_id)))


@router.post("/_mock/notices/{notice_id}:resend")
async def resend(request: Request, notice_id: str) -> Response:
    """Send it once more, whatever became of it. Raises NotFound; Conflict without a mail server or a recipient."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    return answer(whole(await call(sandbox, sandbox.notices.resend, notice_id)))


def told(notice: Notice) -> dict[str, Any]:
    """Without its text."""
    moments = (notice.not_after, notice.due_at, notice.made_at)
    not_after, due_at, made_at = map(iso, moments)
    return present(
        {
            "id": notice.notice_id,
            "stage": notice.stage,
            "certificate_id": notice.certificate_id,
            "kid": notice.kid,
            "type": notice.type,
            "organisation_id": notice.organisation_id,
            "software_statement_id": notice.software_statement_id,
            "not_after": not_after,
            "due_at": due_at,
            "made_at": made_at,
            "recipients": [_recipient(each) for each in notice.recipients],
            "subject": notice.subject,
            "state": notice.state,
            "attempts": notice.attempts,
            "next_attempt_at": None if notice.next_attempt_at is None else iso(notice.next_attempt_at),
            "sent_at": None if notice.sent_at is None else iso(notice.sent_at),
            "error": notice.error,
        }
    )


def whole(notice: Notice) -> dict[str, Any]:
    return told(notice) | {"text": notice.body}


def server_of(sandbox: Sandbox) -> str:
    """Where notices go: `host:port`, or `none`."""
    settings = sandbox.settings
    return f"{settings.smtp_host}:{settings.smtp_port}" if settings.smtp_host else "none"


def _recipient(recipient: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name in ("email", "name") if (value := recipient.get(name))}


def _filter(query: Query) -> NoticeFilter:
    given = {name: text(query, name) for name in FILTERS if name in query and name != "stage"}
    for name, value in given.items():
        if not value:
            raise wrong(f"/query/{name}", "a value", "nothing")
    if given.get("state", STATES[0]) not in STATES:
        raise wrong("/query/state", f"one of {', '.join(STATES)}", given["state"])
    stages = f"one of {', '.join(map(str, STAGES))}"
    return replace(NoticeFilter(**dict[str, Any](given)), stage=_whole(query, "stage", STAGES, stages))


def _whole(query: Query, name: str, allowed: range | tuple[int, ...], expected: str) -> int | None:
    """A whole number of those; None where it is not asked for."""
    if name not in query:
        return None
    given = text(query, name)
    if not (given.isascii() and given.isdigit() and len(given) <= len(str(MOST)) and int(given) in allowed):
        raise wrong(f"/query/{name}", expected, given)
    return int(given)
