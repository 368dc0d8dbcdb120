"""The open sandboxes of this process; `default` answers without a prefix (architecture 4).

A sandbox is opened when somebody asks for it. Of those that nobody uses at the moment the longest unused are closed
again, so that hundreds cost no more memory and file handles than a few.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from app.runtime.entropy import Entropy, SystemEntropy
from app.sandbox import DEFAULT, Sandbox
from app.sandboxes.making import Made, Wanted, digest, make
from app.sandboxes.places import Places
from app.sandboxes.rows import ANCHORS, STATE, Rows, anchors_of, as_anchors, is_over, is_same
from app.store.powers import SandboxRow
from app.store.store import Store

QUIET_SECONDS = 2.0
"""How long a drop waits for the server's own look into a sandbox, so that nothing is left when it answers."""
log = structlog.get_logger("connect_mock.sandboxes")


@dataclass(slots=True)
class _Live:
    """An open sandbox; `users` are exchanges that go on in it. One that is `leaving` takes no new ones."""

    row: SandboxRow
    sandbox: Sandbox
    users: int = 0
    quiet: int = 0
    """How many of these are the server itself."""
    leaving: bool = False
    erased: bool = False
    """Whether this process removes what it leaves behind."""


class Sandboxes:
    def __init__(self, default: Sandbox, entropy: Entropy | None = None) -> None:
        self.default, self._entropy = default, entropy or SystemEntropy()
        self.rows, self._places = Rows(default), Places(default)
        self._live: OrderedDict[str, _Live] = OrderedDict()
        self._used: dict[int, _Live] = {}
        self._lock = threading.RLock()
        self._quiet = threading.Condition(self._lock)

    # who asks

    def current(self) -> Sandboxes:
        """As those who are asked before a server has opened anything."""
        return self

    def owner_of(self, token: str) -> str | None:
        """Whose admin token that is; None where it is nobody's. Raises Unavailable."""
        sha256 = digest(token)
        return next((row.sandbox_id for row in self.rows.living() if row.admin_sha256 == sha256), None)

    def get(self, sandbox_id: str) -> Sandbox | None:
        """One that is open here."""
        if sandbox_id == DEFAULT:
            return self.default
        live = self._live.get(sandbox_id)
        return None if live is None else live.sandbox

    def enter(self, sandbox_id: str) -> Sandbox | None:
        """The sandbox of that id, held open until `leave`; None where there is none, or none any more.

        Raises Unavailable.
        """
        if sandbox_id == DEFAULT:
            return self.default
        row = self.rows.find(sandbox_id)
        with self._lock:
            live = self._live.get(sandbox_id)
            if live is not None and (row is None or not is_same(row, live.row)):
                self._let_go(live)
                live = None
            if row is None:
                return None
            if live is None:
                live = self._opened(row)
            live.users += 1
            self._live.move_to_end(sandbox_id)
        self.close_idle()
        return live.sandbox

    def open_ids(self) -> tuple[str, ...]:
        """Of the sandboxes that are open here, the longest unused first behind `default`."""
        with self._lock:
            return DEFAULT, *self._live

    @contextmanager
    def quietly(self, sandbox_id: str) -> Iterator[Sandbox | None]:
        """One that is open here, held so for a moment without counting as used; None where it is not any more.

        Whoever drops it meanwhile waits for the end, so do not wait for others in here.
        """
        with self._lock:
            live = self._live.get(sandbox_id)
            if live is not None:
                live.users += 1
                live.quiet += 1
        if live is None:
            yield self.default if sandbox_id == DEFAULT else None
            return
        try:
            yield live.sandbox
        finally:
            self.leave(live.sandbox)
            with self._quiet:
                live.quiet -= 1
                self._quiet.notify_all()

    def hold(self) -> tuple[Sandbox, ...]:
        """Every sandbox that is open here, each held open until `leave`."""
        with self._lock:
            return tuple(each for each in (self.default, *self._open_ones()) if self.hold_one(each))

    def hold_one(self, sandbox: Sandbox) -> bool:
        """Hold one open that somebody else may let go of; False where it is being closed already."""
        if sandbox is self.default:
            return True
        with self._lock:
            live = self._used.get(id(sandbox))
            if live is None or live.leaving:
                return False
            live.users += 1
            return True

    def _open_ones(self) -> list[Sandbox]:
        return [live.sandbox for live in self._live.values()]

    def leave(self, sandbox: Sandbox) -> None:
        """An exchange in it is over."""
        if sandbox is self.default:
            return
        with self._lock:
            live = self._used.get(id(sandbox))
            if live is None:  # the server is stopping
                return
            live.users -= 1
            is_last = live.leaving and not live.users
        if is_last:
            self._end(live)

    # making and dropping

    def create(self, wanted: Wanted) -> Made:
        """A sandbox of its own, ready to be used.

        Raises Invalid for a template or a setting, Conflict for an id that is taken and where there are too many.
        """
        opened = make(self.default, self.rows, self._places, self._entropy, wanted)
        with self._lock:
            is_open = opened.made.row.sandbox_id in self._live
            if not is_open:
                self._keep(opened.made.row, opened.sandbox)
        if is_open:  # somebody has asked for it already
            opened.sandbox.close()
        self.close_idle()
        return opened.made

    def drop(self, sandbox_id: str) -> bool:
        """Drop it without trace; whether it was there. Exchanges in it come to their end first."""
        row = self.rows.find(sandbox_id)
        return row is not None and self._drop(row)

    def warm(self) -> None:
        """Do ahead what the first sandbox would have to wait for."""
        if self.default.store.embedded:
            Store.warm()

    def tidy(self) -> None:
        """Drop what is over, and close what others have dropped. To be called about once a second; raises nothing."""
        try:
            now, rows = self.default.clock.machine(), {row.sandbox_id: row for row in self.rows.all()}
            for row in rows.values():
                if is_over(row, now):
                    self._drop(row)
            with self._lock:
                gone = [each for name, each in self._live.items() if not _is_there(rows.get(name), each.row)]
                for live in gone:
                    self._let_go(live)
        except Exception as fault:  # noqa: BLE001 - the next turn tries again
            log.warning("sandboxes not tidied", cause=str(fault))

    def close_idle(self, kept: int | None = None) -> None:
        """The longest unused beyond `kept` (default: `sandboxes_open`). The next who asks opens them again."""
        most = self.default.settings.sandboxes_open if kept is None else kept
        with self._lock:
            excess = len(self._live) - most
            idle = [live for live in self._live.values() if not live.users][: max(excess, 0)]
            for live in idle:
                self._let_go(live)

    def anchors(self) -> dict[str, tuple[bytes, ...]]:
        """The CA certificates of every sandbox beside `default`, by its id."""
        return {row.sandbox_id: anchors_of(row) for row in self.rows.living()}

    def close(self) -> None:
        """Write out the journals and let go of every store."""
        with self._lock:
            open_ones = [live.sandbox for live in self._used.values()]
            self._live.clear()
            self._used.clear()
        for sandbox in (*open_ones, self.default):
            sandbox.close()

    def _opened(self, row: SandboxRow) -> _Live:
        return self._keep(row, self._places.open(row))

    def _keep(self, row: SandboxRow, sandbox: Sandbox) -> _Live:
        live = self._live[row.sandbox_id] = self._used[id(sandbox)] = _Live(row, sandbox)
        for watch in (sandbox.issuers.watch, sandbox.issuers.watch_losses):
            watch(lambda _issuer: self._tell_anchors(live))
        return live

    def _tell_anchors(self, live: _Live) -> None:
        """After a roll-over or a reset: the listeners of every process shall trust what there is now."""
        anchors = as_anchors(loaded.record.certificate for loaded in live.sandbox.issuers.all())
        if anchors != live.row.options.get(ANCHORS):
            live.row = self.rows.amend(live.row, anchors=anchors) or live.row

    def _drop(self, row: SandboxRow) -> bool:
        if self.rows.amend(row, **{STATE: "dropping"}) is None and row.options.get(STATE) == "ready":
            return False
        with self._lock:
            live = self._live.get(row.sandbox_id)
            if live is not None and is_same(live.row, row):
                live.erased = True
                self._let_go(live)
                self._quiet.wait_for(lambda: not live.quiet or live.users > live.quiet, QUIET_SECONDS)
                return True
        self._erase(row)
        return True

    def _let_go(self, live: _Live) -> None:
        """Take no new exchange; close it when the last one is over."""
        if self._live.get(live.row.sandbox_id) is live:
            del self._live[live.row.sandbox_id]
        live.leaving = True
        if not live.users:
            self._end(live)

    def _end(self, live: _Live) -> None:
        with self._lock:
            if self._used.pop(id(live.sandbox), None) is None:
                return
        live.sandbox.close()
        if live.erased:
            self._erase(live.row)

    def _erase(self, row: SandboxRow) -> None:
        self._places.erase(row)
        self.rows.forget(row)


def _is_there(row: SandboxRow | None, known: SandboxRow) -> bool:
    return row is not None and is_same(row, known) and row.options.get(STATE) == "ready"
