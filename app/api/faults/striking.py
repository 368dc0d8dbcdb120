"""Faults at the public door: asked before anything is done for a request, never below `/_mock` (control-cases.md B)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from starlette.types import Message, Receive, Scope

from app.api.faults.asking import asked_of
from app.api.faults.changes import ChangedAnswer
from app.api.oauth.dialect import speaks_oauth
from app.powers.faults.book import Living
from app.powers.faults.combining import Strike
from app.runtime.skew import NONE, SKEW
from app.sandbox import Sandbox
from app.web.answers import encode
from app.web.calls import call
from app.web.exchange import Exchange

GONE_SECONDS = 5.0
"""How long a cut connection gets to be gone."""
FORM = 1_000_000
"""Octets of a form that is read to see which client it is from; a longer one is from nobody."""
SERVER_ERRORS = 500


async def struck(exchange: Exchange, sandbox: Sandbox, living: tuple[Living, ...]) -> bool:
    """Let the faults see this exchange; whether it is over by that.

    A delay is waited for here. What an answer shall be changed by is set up; what inner rooms shall do wrong stands in
    `scope["state"]["odd"]`.
    """
    scope = exchange.scope
    if scope["path"].startswith("/_mock") or not (living := _concerned(living, scope["path"])):
        return False
    body = await _form(exchange) if _wants_form(living, scope) else None
    strike = await call(sandbox, sandbox.faults.strike, living, asked_of(sandbox, scope, body))
    if strike is None:
        return False
    scope["state"]["faults"] = list(strike.fault_ids)
    if strike.delay:
        await asyncio.sleep(strike.delay)
    return await _happens(exchange, strike)


def _concerned(living: Iterable[Living], path: str) -> tuple[Living, ...]:
    """The portal is where faults are ended: only what names it strikes there."""
    is_portal = path == "/portal" or path.startswith("/portal/")
    return tuple(each for each in living if not is_portal or each.rule.match.names_portal)


async def _happens(exchange: Exchange, strike: Strike) -> bool:
    effect, state = strike.effect, exchange.scope["state"]
    if "reset" in effect or "drop" in effect:
        kind = "reset" if "reset" in effect else "drop"
        state.update(code="fault.injected", reason=f"the connection was cut ({kind})")
        await _cut(exchange, is_reset=kind == "reset")
        return True
    exchange.through(lambda send: ChangedAnswer(send, effect, strike.fault_ids, lambda: _cut(exchange, is_reset=False)))
    if "status" in effect or "crl_down" in effect:
        state.update(code="fault.injected", reason=f"answered by {', '.join(strike.fault_ids)}")
        await _answer(exchange, effect)
        return True
    state["odd"] = strike
    if "clock_skew" in effect:
        SKEW.set(timedelta(seconds=effect["clock_skew"]))
    return False


def settle() -> None:
    """The exchange is over; the next one of this task sees the clock as it is."""
    SKEW.set(NONE)


async def _answer(exchange: Exchange, effect: Mapping[str, Any]) -> None:
    """As a gateway in front of the directory would."""
    status = int(effect.get("status", HTTPStatus.SERVICE_UNAVAILABLE))
    media_type, body = _usual(status)
    if "body" in effect:
        body = effect["body"].encode()
    headers = [(b"content-type", effect.get("content_type", media_type).encode())]
    if "retry_after" in effect:
        headers.append((b"retry-after", str(effect["retry_after"]).encode()))
    if status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
        headers, body = headers[1:], b""
    else:
        headers.append((b"content-length", str(len(body)).encode()))
    await exchange.send({"type": "http.response.start", "status": status, "headers": headers})
    await exchange.send({"type": "http.response.body", "body": body})


def _usual(status: int) -> tuple[str, bytes]:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Status"
    if status < SERVER_ERRORS:
        return "application/json", encode({"message": phrase}).encode()
    page = f"<html><head><title>{status} {phrase}</title></head><body><h1>{status} {phrase}</h1></body></html>\n"
    return "text/html", page.encode()


async def _cut(exchange: Exchange, *, is_reset: bool) -> None:
    """End the connection, and wait until it has ended: the server takes what follows for a fault of ours."""
    cut: Callable[..., None] | None = exchange.scope.get("extensions", {}).get("connect_mock.line", {}).get("cut")
    if cut is None:
        return
    cut(reset=is_reset)
    with suppress(TimeoutError):
        async with asyncio.timeout(GONE_SECONDS):
            while (await exchange.receive())["type"] != "http.disconnect":
                pass


# forms


def _wants_form(living: Iterable[Living], scope: Scope) -> bool:
    """Whether some fault is about a client, and this request may name one in its body."""
    return (
        scope["method"] == "POST"
        and speaks_oauth(scope["path"])
        and any(each.rule.match.wants_identity for each in living)
    )


async def _form(exchange: Exchange) -> bytes | None:
    """The body, which inner rooms get once more; None where it is too long."""
    receive, kept, body = exchange.receive, list[Message](), b""
    while True:
        message = await receive()
        kept.append(message)
        body += message.get("body", b"")
        if message["type"] == "http.disconnect" or not message.get("more_body", False) or len(body) > FORM:
            break
    exchange.receive = _again(kept, receive)
    return body if len(body) <= FORM else None


def _again(kept: list[Message], receive: Receive) -> Callable[[], Awaitable[Message]]:
    async def replay() -> Message:
        return kept.pop(0) if kept else await receive()

    return replay
