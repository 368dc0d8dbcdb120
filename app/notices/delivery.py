"""Sending the outbox: a few notices at a time, those that failed again after pauses on the sandbox's clock."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from app.notices.mail import Outcome, post
from app.runtime.clock import Clock
from app.settings import Settings
from app.store.notices import Notice
from app.store.store import Store

PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)
"""Behind each attempt but the last."""
LONGEST_PAUSE = PAUSES[-1]
SOME = 20
"""Notices of one sandbox in one turn, so that others have theirs."""
log = structlog.get_logger("connect_mock.notices")


class Delivery:
    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store, self._clock, self._settings = store, clock, settings

    def turn(self) -> int:
        """Send what waits, as far as its turn has come; how many attempts it took. Raises Unavailable.

        Of several processes one sends a notice: it claims the attempt first. One that dies meanwhile lets it wait for
        its pause, so a mail may come twice, and none is lost. No transaction is open while the server is waited for.
        """
        if not self._settings.smtp_host:
            return 0
        attempts, unreachable = 0, None
        for notice in self._waiting():
            now = self._clock.now()
            if not self._claim(notice, now):
                continue
            attempts += 1
            outcome = unreachable or post(self._settings, notice, now)
            unreachable = outcome if outcome.is_unreachable else None
            self._settle(notice, outcome)
        return attempts

    def _waiting(self) -> tuple[Notice, ...]:
        with self._store.read() as uow:
            return uow.notices.waiting(self._clock.now(), LONGEST_PAUSE, SOME)

    def _claim(self, notice: Notice, now: datetime) -> bool:
        with self._store.write() as uow:
            return uow.notices.claim(notice, now + _pause(notice.attempts))

    def _settle(self, notice: Notice, outcome: Outcome) -> None:
        """`notice` is as it was before the attempt."""
        is_last = outcome.is_final or notice.attempts >= len(PAUSES)
        now = self._clock.now()
        with self._store.write() as uow:
            if outcome.is_sent:
                uow.notices.sent(notice.notice_id, now, outcome.error or None)
            else:
                uow.notices.failed(notice.notice_id, outcome.error, None if is_last else now + _pause(notice.attempts))
        if outcome.is_sent:
            log.info("notice sent", notice=notice.notice_id, recipients=len(notice.recipients))
        else:
            log.warning("notice not sent", notice=notice.notice_id, cause=outcome.error, final=is_last)


def _pause(attempts: int) -> timedelta:
    """Behind the attempt that follows so many others."""
    return PAUSES[min(attempts, len(PAUSES) - 1)]
