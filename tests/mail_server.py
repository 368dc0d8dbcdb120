"""A real SMTP server in a thread of the tests, which keeps what it takes (aiosmtpd)."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "directory", "a-secret-of-the-mail-server"


@dataclass
class MailServer:
    """`replies` are given to the next mails instead of taking them; `refused` are recipients it does not know."""

    port: int
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    encrypted: list[bool] = field(default_factory=list)
    signed_in: list[bool] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - as aiosmtpd names it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.replies:
            return self.replies.pop(0)
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        self.envelopes.append((str(envelope.mail_from), tuple(envelope.rcpt_tos)))
        self.encrypted.append(session.ssl is not None)
        self.signed_in.append(bool(session.authenticated))
        return "250 OK"

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        is_right = isinstance(given, LoginPassword) and given == LoginPassword(USER.encode(), PASSWORD.encode())
        return AuthResult(success=is_right, handled=False)


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None, *, auth: bool = False) -> Iterator[MailServer]:
    """On a free port of 127.0.0.1; with `tls` it speaks to nobody before STARTTLS, with `auth` to nobody unknown."""
    bound = socket.create_server(("127.0.0.1", 0))
    server = MailServer(bound.getsockname()[1])
    options: dict[str, Any] = {"tls_context": tls, "require_starttls": tls is not None, "hostname": "localhost"}
    if auth:
        options |= {"authenticator": server.authenticate, "auth_required": True, "auth_require_tls": tls is not None}
    loop = asyncio.new_event_loop()
    started = threading.Event()
    listening: list[asyncio.Server] = []

    async def begin() -> None:
        listening.append(await loop.create_server(lambda: SMTP(server, loop=loop, **options), sock=bound))
        started.set()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(begin())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(20)
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(_end(listening[0]), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


async def _end(listening: asyncio.Server) -> None:
    """Take no more, and end what is under way."""
    listening.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
