"""Sending the outbox: a few notices at a time, those that failed again after pauses on the sandbox's clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

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

    def take(self) -> tuple[Notice, ...]:
        """What is to be sent now, each with an attempt begun, which is this caller's alone. Raises Unavailable.

        Who dies before he has settled it lets it wait for its pause: so a mail may come twice, and none is lost.
        """
        if not self._settings.smtp_host:
            return ()
        with self._store.read() as uow:
            waiting = uow.notices.waiting(self._clock.now(), LONGEST_PAUSE, SOME)
        return tuple(notice for notice in waiting if self._claim(notice))

    def _claim(self, notice: Notice) -> bool:
        with self._store.write() as uow:
            return uow.notices.claim(notice, self._clock.now() + _pause(notice.attempts))

    def send(self, notices: Iterable[Notice]) -> Iterator[tuple[Notice, Outcome]]:
        """Give them to the mail server one after another; it touches no store. Waits, and raises nothing."""
        unreachable: Outcome | None = None
        for notice in notices:
            outcome = unreachable or post(self._settings, notice, self._clock.now())
            unreachable = outcome if outcome.is_unreachable else None
            yield notice, outcome

    def settle(self, notice: Notice, outcome: Outcome) -> None:
        """Record what came of an attempt; `notice` is as `take` gave it. Raises Unavailable."""
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
