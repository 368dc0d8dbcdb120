"""Whether a whole round trip would work at this moment: write, sign, CRL, OCSP (reliability-cases.md R3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import structlog

from app.errors import DirectoryError, Finding
from app.ra.issuers import Issuers, LoadedIssuer
from app.ra.outside import question
from app.ra.status import StatusBoard
from app.runtime.clock import StoredClock
from app.store.store import Store

Check = Callable[[], Iterator[Finding]]
log = structlog.get_logger("connect_mock.probe")


class RoundTrip:
    def __init__(self, store: Store, issuers: Issuers, status: StatusBoard, clock: StoredClock) -> None:
        self._store, self._issuers, self._status, self._clock = store, issuers, status, clock
        self._questions: dict[tuple[str, int], bytes] = {}

    def faults(self) -> tuple[Finding, ...]:
        """What would fail, each with the code of its part; nothing = all works. Raises nothing."""
        checks: dict[str, Check] = {
            "store.not_writable": self._store_works,
            "ca.key": self._keys_work,
            "crl.stale": self._lists_are_fresh,
            "ocsp.signer_down": self._responders_answer,
        }
        return tuple(finding for code, check in checks.items() for finding in _guarded(code, check))

    def _store_works(self) -> Iterator[Finding]:
        with self._store.write() as uow:
            uow.beat()
        yield from ()

    def _keys_work(self) -> Iterator[Finding]:
        """Keys are where the next start will look for them, and the one that issues can sign now."""
        with self._store.read() as uow:
            for name in self._issuers.missing_keys(uow):
                yield Finding("ca.key", f"The private key {name} is no longer in the vault")
            if not self._is_far_away():
                yield from self._issuers.standing(uow, self._clock.now())
            self._issuers.current(uow).signer.signer.bits(b"round trip")

    def _is_far_away(self) -> bool:
        """Whether somebody has moved the clock out of the life of the CA: no fault of ours (control-cases.md R6)."""
        signer = self._issuers.all()[-1].signer
        return self._clock.state is not None and not signer.not_before <= self._clock.now() < signer.not_after

    def _lists_are_fresh(self) -> Iterator[Finding]:
        for loaded in self._issuers.all():
            crl, now = self._status.crl(loaded.crl_name), self._clock.now()
            if not crl.this_update <= now < crl.next_update:
                text = f"{loaded.crl_name} is not of now: {crl.this_update:%Y-%m-%d %H:%M:%S} is its thisUpdate"
                yield Finding("crl.stale", text)

    def _responders_answer(self) -> Iterator[Finding]:
        for loaded in self._issuers.all():
            reply = self._status.ocsp(self._question(loaded))
            responder, now = loaded.responder, self._clock.now()
            if reply.code:
                yield Finding("ocsp.signer_down", f"The OCSP responder of {loaded.title} answers with {reply.code}")
            elif not (responder.not_before <= now <= responder.not_after or self._is_far_away()):
                yield Finding("ocsp.signer_down", f"The OCSP responder of {loaded.title} is not valid now")

    def _question(self, loaded: LoadedIssuer) -> bytes:
        """An OCSPRequest about the responder's own certificate, which every CA of ours knows."""
        key = (loaded.record.issuer_id, loaded.responder.serial)
        if key not in self._questions:
            self._questions[key] = question(loaded, loaded.responder.serial)
        return self._questions[key]


def _guarded(code: str, check: Check) -> Iterator[Finding]:
    """The findings of a check; what it raises is one too."""
    try:
        yield from check()
    except DirectoryError as refusal:
        yield Finding(code, refusal.reason)
    except Exception:  # whatever fails, it is what was asked for
        log.exception("round trip failed", check=code)
        yield Finding(code, "This part fails for a reason that nobody foresaw; the log has it")
