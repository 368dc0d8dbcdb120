"""OCSP over HTTP, POST and GET (RFC 6960, appendix A; RFC 5019): raw ASGI, since verifiers ask it most of all.

Every question gets HTTP 200 with an OCSPResponse, or before it is read 405, 413, 414 or 415. Answers without a nonce
are kept by the octets of the question until any process writes, or half their life is over at the sandbox's clock.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

import structlog
from starlette.types import Receive, Scope, Send

from app.api.faults.odd import odd_of
from app.ca import ocsp
from app.errors import TooLarge
from app.powers.faults.combining import Strike
from app.ra.status import OcspReply
from app.sandbox import Sandbox
from app.web.calls import call
from app.web.limits import DIGITS
from app.web.publications import Lifetime, etag_of, http_date, matches

REQUEST, RESPONSE = b"application/ocsp-request", b"application/ocsp-response"
LONGEST = 65_536
"""Octets of a question; a signed one with its chain has a tenth of this."""
MOST_KEPT = 4096
Headers = list[tuple[bytes, bytes]]
log = structlog.get_logger("connect_mock.ocsp")


@dataclass(frozen=True, slots=True)
class Answer:
    """One OCSPResponse as it goes out; good at `token`, from `since` to `until`."""

    body: bytes
    headers: Headers
    token: Hashable
    since: datetime
    until: datetime
    code: str = ""
    told: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What was asked and answered, for the journal."""


class _Refusal(NamedTuple):
    status: int
    code: str
    reason: str


class Kept:
    """The answers of one sandbox, oldest out first."""

    def __init__(self) -> None:
        self._answers: dict[bytes, Answer] = {}

    def find(self, question: bytes, token: Hashable, now: datetime) -> Answer | None:
        answer = self._answers.get(question)
        if answer is not None and answer.token == token and answer.since <= now < answer.until:
            return answer
        return None

    def keep(self, question: bytes, answer: Answer) -> None:
        self._answers.pop(question, None)
        if len(self._answers) >= MOST_KEPT:
            del self._answers[next(iter(self._answers))]
        self._answers[question] = answer


class OcspDoor:
    """One for an application; the answers of a sandbox are kept as long as it is open.

    The edge has put the sandbox into `scope["state"]`, and takes from there what the journal shall say of a refusal, or
    of an answer that says less than was asked.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope["state"]
        question, refusal = await _question(scope, receive)
        if refusal is not None:
            state["code"], state["reason"] = refusal.code, refusal.reason
            await _send_refusal(send, refusal)
            return
        if strike := odd_of(scope, "ocsp"):
            answer = await _odd_answer(state["sandbox"], question, strike)
        else:
            answer = await self._answer(state["sandbox"], question)
        if answer.code:
            state["code"], state["reason"] = answer.code, _MEANING.get(answer.code, "")
        state["detail"] = answer.told
        await _send(scope, send, answer)

    async def _answer(self, sandbox: Sandbox, question: bytes) -> Answer:
        kept: Kept | None = sandbox.kept.get(Kept)
        if kept is None:
            kept = sandbox.kept[Kept] = Kept()
        if sandbox.store.embedded:
            return _from(kept, sandbox, question)
        return await call(sandbox, _from, kept, sandbox, question)


async def _odd_answer(sandbox: Sandbox, question: bytes, strike: Strike) -> Answer:
    """What a fault puts in its place; nobody keeps it."""
    reply = await call(sandbox, sandbox.odd_status.ocsp, question, strike.effect)
    return _answer_of(replace(reply, cacheable=False), None, sandbox)


def _from(kept: Kept, sandbox: Sandbox, question: bytes) -> Answer:
    """The kept answer, or a new one. The token is of the edge's look: what changes meanwhile makes the answer old."""
    token, now = sandbox.board.token, sandbox.clock.now()
    answer = kept.find(question, token, now)
    if answer is None:
        reply = _asked(sandbox, question, now)
        answer = _answer_of(reply, token, sandbox)
        if reply.cacheable:
            kept.keep(question, answer)
    return answer


def _asked(sandbox: Sandbox, question: bytes, now: datetime) -> OcspReply:
    """The status board's answer; where it cannot give one, tryLater (status-cases.md R3, O-27)."""
    try:
        return sandbox.status.ocsp(question)
    except Exception:
        log.exception("ocsp failed")
        return OcspReply(ocsp.fault_answer("try_later"), False, now, now, "ocsp.signer_down")


def _answer_of(reply: OcspReply, token: Hashable, sandbox: Sandbox) -> Answer:
    """With caching headers where it may be kept (RFC 5019, 6.2): none of them moves, so they are made once."""
    headers: Headers = [(b"content-type", RESPONSE), (b"content-length", str(len(reply.body)).encode())]
    half = reply.this_update + (reply.next_update - reply.this_update) / 2
    if reply.cacheable:
        lifetime = Lifetime(reply.this_update, reply.next_update, half)
        max_age = lifetime.max_age(sandbox.settings.status_max_age)
        headers += [
            (b"cache-control", b"public, max-age=%d, no-transform, must-revalidate" % max_age),
            (b"etag", etag_of(reply.body).encode()),
            (b"last-modified", http_date(reply.this_update).encode()),
            (b"expires", http_date(reply.next_update).encode()),
        ]
    return Answer(reply.body, headers, token, reply.this_update, half, reply.code, {"ocsp": reply.told})


# reading


async def _question(scope: Scope, receive: Receive) -> tuple[bytes, _Refusal | None]:
    method = scope["method"]
    if method == "POST":
        return await _posted(scope, receive)
    if method in ("GET", "HEAD"):
        return _from_path(scope["path"])
    return b"", _Refusal(405, "request.method", "OCSP is asked by POST or GET")


async def _posted(scope: Scope, receive: Receive) -> tuple[bytes, _Refusal | None]:
    for name, value in scope["headers"]:
        if name == b"content-type" and value != REQUEST and value.split(b";")[0].strip().lower() not in (REQUEST, b""):
            shown = value[:80].decode("ascii", "backslashreplace")
            return b"", _Refusal(415, "media.unsupported", f"expected {REQUEST.decode()}, found {shown}")
        if name == b"content-length" and value.isdigit() and int(value[:DIGITS]) > LONGEST:
            return b"", _TOO_LARGE
    body = b""
    is_complete = False
    while not is_complete:
        try:
            message = await receive()
        except TooLarge:
            return b"", _TOO_LARGE
        body += message.get("body", b"")
        is_complete = not message.get("more_body", False)
        if len(body) > LONGEST:
            return b"", _TOO_LARGE
    return body, None


def _from_path(path: str) -> tuple[bytes, _Refusal | None]:
    """The question in base64 behind `/ocsp/`, already percent-decoded; it may hold slashes and plus signs.

    What is no base64 is given to the parser as nothing, which is malformed.
    """
    text = path.removeprefix("/ocsp").removeprefix("/")
    if len(text) > LONGEST:
        return b"", _Refusal(414, "ocsp.too_large", f"the address is longer than {LONGEST} characters")
    try:
        return base64.b64decode(text.encode("ascii"), validate=True), None
    except (binascii.Error, UnicodeEncodeError):
        return b"", None


# writing


async def _send(scope: Scope, send: Send, answer: Answer) -> None:
    status, body = 200, answer.body
    if scope["method"] != "POST":
        given = next((value for name, value in scope["headers"] if name == b"if-none-match"), None)
        etag = next((value for name, value in answer.headers if name == b"etag"), None)
        if given and etag and matches(given.decode("latin-1"), etag.decode()):
            status = 304
        if status == 304 or scope["method"] == "HEAD":  # noqa: PLR2004 - Not Modified
            body = b""
    headers = answer.headers if status == 200 else answer.headers[2:]  # noqa: PLR2004 - 304 has no content
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _send_refusal(send: Send, refusal: _Refusal) -> None:
    text = f"{refusal.reason} [{refusal.code}]".encode("ascii", "backslashreplace")
    headers: Headers = [(b"content-type", b"text/plain"), (b"x-mock-reason", text)]
    headers.append((b"content-length", str(len(text)).encode()))
    if refusal.status == 405:  # noqa: PLR2004 - Method Not Allowed
        headers.append((b"allow", b"GET, HEAD, POST"))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


# what the journal says

_TOO_LARGE = _Refusal(413, "ocsp.too_large", f"the question is longer than {LONGEST} octets")
_MEANING = {
    "ocsp.malformed": "the question is no well-formed OCSPRequest",
    "ocsp.issuer_unknown": "no CA of this directory has these issuer hashes",
    "ocsp.serial_unknown": "the named CA never issued this serial",
    "ocsp.nonce": "the nonce is not 1 to 128 octets, or stands there twice",
    "ocsp.critical_extension": "the question has a critical extension that nothing here knows",
    "ocsp.signer_down": "the answer could not be signed",
}
