"""The server from the first listener to the last answer."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import structlog
from anyio import to_thread

from app.api.app import create_data_app
from app.ca.keys import KeyPool
from app.control.app import create_control_app
from app.portal.app import create_portal_doors
from app.runtime.clock import SystemClock
from app.runtime.entropy import SystemEntropy, new_id
from app.runtime.outgoing import HttpOutgoing
from app.runtime.readiness import Readiness
from app.sandbox import Sandbox
from app.sandboxes import Sandboxes
from app.server.broken_handshakes import BrokenHandshakes
from app.server.files import write_private
from app.server.forwarded import ForwardedCertificates, Proxies
from app.server.listener import Listener, TlsListener
from app.server.opening import Opening, Start, open_directory
from app.server.postman import Postman
from app.server.rounds import Rounds
from app.server.signals import StopSignal
from app.server.sockets import Bound
from app.server.telling import Teller, as_file, greet, ready_content
from app.server.trust import ClientTrust, Presented, asking
from app.settings import Settings
from app.web.publications import http_date

SETTLE_SECONDS = 0.2
"""As long as somebody leaves in such a time, we wait: who is just sending gets an answer, with `connection: close`."""
IDENTITY_SECONDS = 60
"""How often the certificate of the TLS listeners is looked at."""
log = structlog.get_logger("connect_mock.server")


class Server:
    def __init__(
        self, settings: Settings, bound: Mapping[str, Bound], pool: KeyPool, ready_file: Path | None = None
    ) -> None:
        """Raises ValueError for a setting that does not fit."""
        self._settings, self._bound, self._ready_file = settings, bound, ready_file
        self._proxies = Proxies(settings.trusted_proxies)
        self._opening, self._readiness = Opening(), Readiness()
        ports = {name: each.port for name, each in bound.items()}
        self._start = Start(settings, ports, pool, SystemClock(), self._readiness)
        self._teller = Teller(self._opening)
        self._found: dict[str, object] = {}
        """What every request finds in `scope["state"]`."""
        self._control: Listener | None = None
        self._public: tuple[Listener, ...] = ()
        self._presented: Presented | None = None
        self._rounds: Rounds | None = None
        self._postman: Postman | None = None

    def run(self) -> None:
        """Until a signal; then the answers under way get `stop_timeout` seconds."""
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(self._run())

    async def _run(self) -> None:
        stop, turning = StopSignal(), [asyncio.create_task(self._tick())]
        try:
            await self._open_control()
            self._presented = await asyncio.to_thread(open_directory, self._start, self._opening)
            if not stop.is_set:
                await self._open_public(self._presented)
                self._tell()
                turning.append(asyncio.create_task(self._tidy()))
                self._rounds = Rounds(self._sandboxes)
                self._rounds.start()
                self._postman = Postman(self._sandboxes, HttpOutgoing(), new_id(SystemEntropy()))
                turning.append(asyncio.create_task(self._postman.run()))
            await stop.wait()
            log.info("stopping")
        finally:
            await self._finish(turning)
        log.info("stopped")

    # start

    async def _open_control(self) -> None:
        """First of all, so that who waits for the server can ask how far it is (reliability-cases.md G-01)."""
        addresses = {name: each.url for name, each in self._bound.items()}
        app = create_control_app(self._opening, self._readiness, settings=self._settings, listeners=addresses)
        self._control = Listener(self._bound["control"], app, self._teller.fault, self._found)
        await self._control.open()

    async def _open_public(self, presented: Presented) -> None:
        """http, https and mtls: one application."""
        self._found["listener_ca"] = presented.ca_pem
        door = create_data_app(self._opening, create_portal_doors())
        app = ForwardedCertificates(door, self._proxies, self._teller.dropped)
        https, trust = (
            presented.context(),
            ClientTrust(partial(asking, presented, self._settings.mtls), self._sandboxes),
        )
        breaks = BrokenHandshakes(self._sandbox)
        bound, tell, failed = self._bound, self._teller.fault, self._teller.failure
        self._public = (
            Listener(bound["http"], app, tell, self._found),
            TlsListener(bound["https"], app, tell, self._found, https, tell_failure=failed, breaks=breaks),
            TlsListener(
                bound["mtls"],
                app,
                tell,
                self._found,
                trust.context,
                tell_failure=failed,
                prepare=trust.renew,
                breaks=breaks,
            ),
        )
        for listener in self._public:
            await listener.open()

    def _tell(self) -> None:
        """Ready: to whoever asks, to programs, to people."""
        gc.freeze()  # what is there by now stays: no collection need look at it
        gc.enable()
        self._readiness.ready()
        content = ready_content(self._bound, self._sandbox)
        if self._ready_file is not None:
            write_private(self._ready_file, as_file(content))
        log.info("ready", **content["listeners"])
        if self._settings.log_format == "text":
            greet(content)

    @property
    def _sandboxes(self) -> Sandboxes:
        sandboxes = self._opening.current()
        assert sandboxes is not None
        return sandboxes

    @property
    def _sandbox(self) -> Sandbox:
        return self._sandboxes.default

    # running

    async def _tick(self) -> None:
        """About once a second: the Date header, what takes too long, the listeners' own certificate."""
        loop, turn = asyncio.get_running_loop(), 0
        while True:
            date = http_date(self._start.clock.now()).encode()
            for listener in self._all():
                listener.tick(date, loop.time())
            turn += 1
            if turn % IDENTITY_SECONDS == 0 and self._presented is not None:
                await to_thread.run_sync(self._presented.renew_if_due)
            await asyncio.sleep(1)

    async def _tidy(self) -> None:
        """About once a second, beside all else: sandboxes whose time is over."""
        await to_thread.run_sync(self._sandboxes.warm)
        while True:
            await to_thread.run_sync(self._sandboxes.tidy)
            await asyncio.sleep(1)

    def _all(self) -> tuple[Listener, ...]:
        return self._public if self._control is None else (self._control, *self._public)

    # stop

    async def _finish(self, turning: Sequence[asyncio.Task[None]]) -> None:
        """Readiness first, then the public listeners, then the control listener, which could be asked until then.

        The stores are closed when nobody uses them any more: what goes on by itself is waited for.
        """
        self._readiness.stopping()
        if self._ready_file is not None:
            with suppress(OSError):
                self._ready_file.unlink(missing_ok=True)
        await _let_go(self._public, self._settings.stop_timeout)
        if self._control is not None:
            await _let_go((self._control,), SETTLE_SECONDS)
        if self._rounds is not None:
            await asyncio.to_thread(self._rounds.stop)
        if self._postman is not None:
            await self._postman.close()
        for task in turning:
            task.cancel()
        await asyncio.gather(*turning, return_exceptions=True)
        await asyncio.to_thread(self._opening.close)


async def _let_go(listeners: Sequence[Listener], seconds: float) -> None:
    """Take nothing new, wait for the answers under way, then end what is left."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    for listener in listeners:
        listener.stop_accepting()
    held = 0
    while held != (held := sum(len(listener.connections) for listener in listeners)) and loop.time() < deadline:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(min(SETTLE_SECONDS, seconds))
    for listener in listeners:
        listener.close_idle()
    while any(listener.is_busy for listener in listeners) and loop.time() < deadline:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.02)
    for listener in listeners:
        listener.abort()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where there is one: not on Windows."""
    try:
        import uvloop  # noqa: PLC0415
    except ImportError:
        return None
    return uvloop.new_event_loop
