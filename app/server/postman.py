"""Sends what webhooks have in their queues, for every sandbox that is open in this process (connect.md 18).

Nothing that a receiver does holds up anybody else: everything waits on its own task, the store is asked in threads, and
of receivers that are slow at once so many are waited for that others still get their turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime

import structlog

from app.runtime.outgoing import Answer, Outgoing, Rules
from app.sandbox import Sandbox
from app.sandboxes import Sandboxes
from app.web.calls import call_slowly
from app.webhooks.post import Parcel

TURN_SECONDS, REMOTE_TURN_SECONDS = 0.25, 1.0
"""The second where each look is a question over the network."""
LOOK_SECONDS = 5.0
"""Though nothing seems to have changed: another process may have given up what it was sending."""
AT_ONCE = 32
"""Receivers that this process waits for at a time."""
log = structlog.get_logger("connect_mock.webhooks")


@dataclass(slots=True)
class _Seen:
    """What this process last saw of a sandbox: its change token, when something is due, when it looked."""

    token: Hashable = None
    following: datetime | None = None
    looked: float = float("-inf")


class Postman:
    def __init__(self, sandboxes: Sandboxes, outgoing: Outgoing, name: str) -> None:
        """`name` tells this process from others on the same store."""
        self._sandboxes, self._outgoing, self._name = sandboxes, outgoing, name
        self._seen: dict[int, _Seen] = {}
        self._busy: dict[tuple[int, str], asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._is_open = True

    async def run(self) -> None:
        """Until it is closed."""
        while self._is_open:
            await self.turn()
            await asyncio.sleep(TURN_SECONDS if self._sandboxes.default.store.embedded else REMOTE_TURN_SECONDS)

    async def turn(self) -> None:
        """Look once at every open sandbox, and begin what is due."""
        held = self._sandboxes.hold()
        self._seen = {key: seen for key, seen in self._seen.items() if key in {id(each) for each in held}}
        for sandbox in held:
            try:
                await self._look(sandbox)
            finally:
                self._sandboxes.leave(sandbox)

    async def settled(self) -> bool:
        """Wait for what was begun; whether there was anything."""
        tasks = tuple(self._busy.values())
        await asyncio.gather(*tasks)
        return bool(tasks)

    async def close(self) -> None:
        """Send nothing more; what was under way is sent again by whoever comes next."""
        self._is_open = False
        tasks = tuple(self._busy.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._outgoing.close()

    async def _look(self, sandbox: Sandbox) -> None:
        """One that cannot be asked is left for the next turn."""
        try:
            for subscription_id in await self._due(sandbox):
                self._begin(sandbox, subscription_id)
        except Exception as fault:  # noqa: BLE001 - the next turn tries again
            log.warning("webhooks not sent", sandbox=sandbox.sandbox_id, cause=str(fault)[:300])

    async def _due(self, sandbox: Sandbox) -> tuple[str, ...]:
        """Where something is to be sent; the store is read when it has changed, or when something falls due."""
        seen, now = self._seen.setdefault(id(sandbox), _Seen()), asyncio.get_running_loop().time()
        if sandbox.store.embedded:
            sandbox.board.refresh()
            token = sandbox.store.change_token()
        else:
            await call_slowly(sandbox.board.refresh)
            token = await call_slowly(sandbox.store.change_token)
        is_due = seen.following is not None and seen.following <= sandbox.clock.now()
        if token == seen.token and not is_due and now - seen.looked < LOOK_SECONDS:
            return ()
        ready, following = await call_slowly(sandbox.webhooks.post.due)
        self._seen[id(sandbox)] = _Seen(token, following, now)
        return ready

    def _begin(self, sandbox: Sandbox, subscription_id: str) -> None:
        key = id(sandbox), subscription_id
        if not self._is_open or key in self._busy or not self._sandboxes.hold_one(sandbox):
            return
        self._busy[key] = asyncio.create_task(self._turn(sandbox, subscription_id, key))

    async def _turn(self, sandbox: Sandbox, subscription_id: str, key: tuple[int, str]) -> None:
        """One of these for each subscription at a time; what came behind its back is looked for when it is over."""
        try:
            if await self._serve(sandbox, subscription_id):
                self._seen.pop(key[0], None)
        finally:
            del self._busy[key]
            self._sandboxes.leave(sandbox)

    async def _serve(self, sandbox: Sandbox, subscription_id: str) -> bool:
        """Send everything that is due for one subscription, in order; whether there was anything."""
        has_sent = False
        async with self._slots:
            try:
                while parcels := await self._take(sandbox, subscription_id):
                    has_sent = True
                    if not await self._send_all(sandbox, parcels):
                        break
            except Exception as fault:  # noqa: BLE001 - it stays in the queue, and the lease ends by itself
                log.warning("webhook not sent", subscription=subscription_id, cause=str(fault)[:300])
            except asyncio.CancelledError:
                await asyncio.shield(call_slowly(sandbox.webhooks.post.give_back, self._name, subscription_id))
                raise
        return has_sent

    async def _take(self, sandbox: Sandbox, subscription_id: str) -> tuple[Parcel, ...]:
        post, signing = sandbox.webhooks.post, sandbox.webhooks.signing
        return await call_slowly(post.take, subscription_id, self._name, signing)

    async def _send_all(self, sandbox: Sandbox, parcels: tuple[Parcel, ...]) -> bool:
        """Whether the queue may be looked at again: not where a receiver has to be waited for."""
        settle, last = sandbox.webhooks.post.settle, parcels[-1]
        for parcel in parcels:
            answers = await self._send(sandbox, parcel)
            goes_on = await call_slowly(settle, self._name, parcel, answers, is_last=parcel is last)
            if not goes_on and parcel is not last:
                return False
        return True

    async def _send(self, sandbox: Sandbox, parcel: Parcel) -> tuple[Answer, ...]:
        """Once, or as often as it is to be sent on purpose."""
        rules = await call_slowly(_rules, sandbox)
        post, parts = self._outgoing.post, (parcel.url, parcel.headers, parcel.body, rules)
        answers = [await post(*parts) for _ in range(parcel.times)]
        log.debug("webhook", url=parcel.url, delivery=parcel.delivery.delivery_id, status=answers[-1].status)
        return tuple(answers)


def _rules(sandbox: Sandbox) -> Rules:
    """Receivers with a certificate of this directory are trusted."""
    return sandbox.webhooks.rules((sandbox.issuers.bundle_pem().decode(),))
