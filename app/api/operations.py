"""The front of the Connect API: path to operation, token to caller, scope, rights, then the handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import unquote_to_bytes

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.access import Caller, require_scope
from app.api.callers import authenticate, note_caller
from app.api.catalogue import Catalogue, Operation
from app.api.rights import require_rights
from app.errors import Finding, Invalid, NotBuilt, NotFound, Unauthenticated
from app.sandbox import Sandbox
from app.web.errors import MethodNotAllowed
from app.web.queries import Query, read_query


@dataclass(frozen=True)
class Call:
    """One admitted request to one operation; `path` holds the decoded parameters of the path."""

    request: Request
    sandbox: Sandbox
    operation: Operation
    path: Mapping[str, str]
    asker: Caller | None = field(default=None)

    @property
    def caller(self) -> Caller:
        """The holder of the token; an operation without scopes has none and must not ask."""
        if self.asker is None:
            raise Unauthenticated("this operation was called without a token", code="token.missing")
        return self.asker

    @cached_property
    def query(self) -> Query:
        return read_query(self.request.scope)

    @property
    def accept(self) -> str | None:
        """All Accept headers as one (RFC 9110, 5.3)."""
        return ", ".join(self.request.headers.getlist("accept")) or None


Handler = Callable[[Call], Awaitable[Response]]


class Operations:
    """An ASGI application that answers every published operation: built ones by their handlers, the others with 501."""

    def __init__(self, catalogue: Catalogue, handlers: Mapping[str, Handler]) -> None:
        names = {operation.name for operation in catalogue.operations}
        if strangers := set(handlers) - names:
            raise ValueError(f"handlers for operations that are not published: {sorted(strangers)}")
        self._catalogue, self._handlers = catalogue, handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(scope, receive)
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        place = self._catalogue.find(segments_of(scope))
        if place is None:
            raise NotFound("there is nothing at this path", code="path.unknown")
        method = scope["method"]
        if method == "OPTIONS":
            return Response(status_code=204, headers={"allow": place.allow})
        operation = place.operations.get("GET" if method == "HEAD" else method)
        if operation is None:
            raise MethodNotAllowed(method, place.allow)
        sandbox: Sandbox = scope["state"]["sandbox"]
        caller = await self._admit(sandbox, scope, operation)
        handler = self._handlers.get(operation.name)
        if handler is None:
            raise NotBuilt(f"Operation not implemented in this mock: {operation.name}")
        if caller is not None:
            require_rights(caller, operation, place.parameters)
        return await handler(Call(Request(scope, receive), sandbox, operation, place.parameters, caller))

    async def _admit(self, sandbox: Sandbox, scope: Scope, operation: Operation) -> Caller | None:
        if not operation.scopes:
            return None
        caller = await authenticate(sandbox, scope)
        note_caller(scope, caller.name, caller.software_statement_id, caller.organisation_id)
        require_scope(caller, *operation.scopes)
        return caller


def segments_of(scope: Mapping[str, Any]) -> list[str]:
    """The segments of the path, each decoded by itself, so that an escaped slash stays inside its segment."""
    raw = scope.get("raw_path")
    if raw is None:
        return str(scope["path"])[1:].split("/")
    return [_decoded(segment) for segment in raw.split(b"?")[0][1:].split(b"/")]


def _decoded(segment: bytes) -> str:
    try:
        text = unquote_to_bytes(segment).decode()
    except UnicodeDecodeError as error:
        raise _unreadable("the path is not UTF-8") from error
    if any(c < " " or c == "\x7f" for c in text):
        raise _unreadable("the path holds control characters")
    return text


def _unreadable(detail: str) -> Invalid:
    return Invalid(detail, code="field.pattern", findings=(Finding("field.pattern", detail, "/path"),))
