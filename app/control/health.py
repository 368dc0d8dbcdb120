"""Whether the process runs, and whether it is of use (reliability-cases.md R3 and G-01)."""

from __future__ import annotations

import asyncio
import contextlib

from anyio import to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.errors import DirectoryError, Finding, Unavailable
from app.ra.probe import RoundTrip
from app.runtime.readiness import Readiness
from app.sandbox import Sandbox
from app.web.answers import answer
from app.web.problems import problem

FRESH_SECONDS = 1.0
"""How long a result counts: readiness is asked often, and one of its checks writes."""
PATIENCE_SECONDS = 2.0
"""How long the checks may take; a store that is locked for longer is not ready."""


class Probe:
    """Asks one sandbox whether a round trip would work: at most once in FRESH_SECONDS, one at a time."""

    def __init__(self, sandbox: Sandbox, *, patience: float = PATIENCE_SECONDS) -> None:
        self.sandbox, self._patience = sandbox, patience
        self._trip = RoundTrip(sandbox.store, sandbox.issuers, sandbox.status, sandbox.clock)
        self._asked_at, self._known = float("-inf"), tuple[Finding, ...]()
        self._asking: asyncio.Task[None] | None = None
        self._is_running = False

    async def faults(self) -> tuple[Finding, ...]:
        """What would fail now. Whoever asks while the checks run gets their result."""
        if asyncio.get_running_loop().time() - self._asked_at < FRESH_SECONDS:
            return self._known
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        await asyncio.shield(self._asking)
        return self._known

    async def _ask(self) -> None:
        """In a thread, whatever the store: it may have to wait for a lock, and nobody else shall.

        A thread that is still held up from before is not followed by another.
        """
        self._known = (_slow(self._patience),)
        if not self._is_running:
            self._is_running = True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._patience):
                    self._known = await to_thread.run_sync(self._run, abandon_on_cancel=True)
        self._asked_at = asyncio.get_running_loop().time()

    def _run(self) -> tuple[Finding, ...]:
        with contextlib.suppress(DirectoryError):  # a store that cannot be read is found by the checks
            self.sandbox.board.refresh()
        try:
            return self._trip.faults()
        finally:
            self._is_running = False


def routes(readiness: Readiness) -> APIRouter:
    """`live` and `ready`; they are about the process, and answer before any sandbox is open."""
    router = APIRouter()

    @router.api_route("/_mock/live", methods=["GET", "HEAD"])
    async def live() -> Response:
        return answer({"status": "live"})

    @router.api_route("/_mock/ready", methods=["GET", "HEAD"])
    async def ready(request: Request) -> Response:
        sandbox: Sandbox | None = request.scope["state"]["sandbox"]
        findings = tuple(Finding(f"ready.{readiness.state}", reason) for reason in readiness.reasons)
        if readiness.is_ready and sandbox is None:
            findings = (Finding("ready.starting", "no sandbox is open yet"),)
        if sandbox is not None and readiness.is_ready:
            findings = await _probe(sandbox).faults()
        if findings:
            return _not_ready(findings)
        return answer({"status": "ready"})

    return router


def _probe(sandbox: Sandbox) -> Probe:
    known: Probe | None = sandbox.kept.get(Probe)
    if known is None:
        known = sandbox.kept[Probe] = Probe(sandbox)
    return known


def _not_ready(findings: tuple[Finding, ...]) -> Response:
    """A problem document with `reasons`: what is wanting, each by its code."""
    text = "; ".join(finding.detail for finding in findings)
    reasons = [{"code": finding.code, "reason": finding.detail} for finding in findings]
    return problem(Unavailable(text, code=findings[0].code, findings=findings), 503, reasons=reasons)


def _slow(seconds: float) -> Finding:
    return Finding("ready.slow", f"the checks did not end within {seconds:g} seconds")
