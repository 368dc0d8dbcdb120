"""The outbox of a sandbox: what is due is put into it by whoever looks, each certificate and stage once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from app.errors import Conflict, NotFound
from app.notices.recipients import Recipient, Recipients
from app.notices.stages import LONGEST, Due, due_stages, ends_between
from app.notices.wording import body_of, subject_of
from app.runtime.clock import EARLIEST, Clock
from app.settings import Settings
from app.store.notices import Notice, NoticeFilter, NoticeMark, NoticeState
from app.store.records import Certificate
from app.store.store import Store, UnitOfWork

SPACE = UUID("1f0e9d3c-7a55-5b0e-8c3e-52d6a7f4be19")
SLICE = 200
"""Certificates that are looked at in one transaction: other writers wait no longer."""
LAG = timedelta(days=1)
LAG_ROWS = 500
"""How far the mark may be behind before it is written though nothing was due."""


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at what is due: the moment of it, and how far the outbox was; `newest` is the last certificate."""

    now: datetime
    mark: NoticeMark | None
    epoch: int
    newest: int

    @property
    def lags(self) -> bool:
        if self.mark is None:
            return self.newest > LAG_ROWS
        return self.now - self.mark.through > LAG or self.newest - self.mark.certificate > LAG_ROWS

    def candidates(self, uow: UnitOfWork, last: int) -> tuple[tuple[int, Certificate], ...]:
        seen = self.mark or NoticeMark(EARLIEST)
        spans = ends_between(seen.through, self.now)
        return uow.notices.candidates(spans, seen, self.now + LONGEST, (last, SLICE))

    def untold(self, uow: UnitOfWork, number: int, record: Certificate) -> list[Due]:
        """What of a certificate is due and was not told."""
        is_known = self.mark is not None and number <= self.mark.certificate
        due = [*due_stages(record, self.mark.through if self.mark and is_known else None, self.now)]
        told = uow.notices.stages_of(record.certificate_id) if due else frozenset()
        return [each for each in due if each.stage not in told]


class NoticeBook:
    def __init__(self, store: Store, clock: Clock, settings: Settings, sandbox_id: str) -> None:
        self._store, self._clock, self._settings, self._sandbox_id = store, clock, settings, sandbox_id

    # what is due

    def work_out(self) -> int:
        """Put everything that is due by now into the outbox; how many notices are new.

        Several processes may do so at the same time: they take turns, and none tells what is told. Raises Unavailable.
        """
        with self._store.read() as uow:
            mark, newest = uow.notices.mark(), uow.notices.newest_certificate()
            look = _Look(self._clock.now(), mark, uow.copies.epoch(), newest)
            if not _pending(uow, look) and not look.lags:
                return 0
        made = 0
        last: int | None = 0
        while last is not None:
            with self._store.write() as uow:
                count, last = self._tell(uow, look, last)
                made += count
        with self._store.write() as uow:
            _advance(uow, look)
        return made

    def _tell(self, uow: UnitOfWork, look: _Look, last: int) -> tuple[int, int | None]:
        """One slice; how many notices, and behind which certificate to go on (None = that was the last slice)."""
        found, recipients = look.candidates(uow, last), Recipients(uow)
        notices = [
            self._notice(uow, (record, due), recipients.of(record.organisation_id), look.now)
            for number, record in found
            for due in look.untold(uow, number, record)
        ]
        uow.notices.add_all(sorted(notices, key=lambda notice: notice.due_at))
        return len(notices), _next(found)

    def _notice(
        self, uow: UnitOfWork, about: tuple[Certificate, Due], recipients: tuple[Recipient, ...], now: datetime
    ) -> Notice:
        record, due = about
        assert record.not_after is not None
        software = record.software_statement_id
        application = None if software is None else uow.applications.find(record.organisation_id, software)
        owner = uow.organisations.find(record.organisation_id), application
        state = self._first_state(recipients)
        return Notice(
            notice_id=str(uuid5(SPACE, f"{record.certificate_id}/{due.stage}")),
            certificate_id=record.certificate_id,
            stage=due.stage,
            organisation_id=record.organisation_id,
            software_statement_id=software,
            kid=record.kid,
            type=record.type,
            not_after=record.not_after,
            due_at=due.at,
            made_at=now,
            recipients=recipients,
            subject=subject_of(record, due),
            body=body_of(record, due, owner, self._sandbox_id),
            state=state,
            next_attempt_at=now if state == "waiting" else None,
        )

    def _first_state(self, recipients: tuple[Recipient, ...]) -> NoticeState:
        if not recipients:
            return "no_recipient"
        return "waiting" if self._settings.smtp_host else "kept"

    # asking

    def all(self, wanted: NoticeFilter, limit: int, skipped: int = 0) -> tuple[Notice, ...]:
        """What fell due last goes first, with all that is due by now."""
        self.work_out()
        with self._store.read() as uow:
            return uow.notices.list(wanted, limit, skipped)

    def one(self, notice_id: str) -> Notice:
        """Raises NotFound."""
        self.work_out()
        with self._store.read() as uow:
            return _found(uow, notice_id)

    def counts(self) -> dict[str, int]:
        """By state, as far as somebody has looked."""
        with self._store.read() as uow:
            return uow.notices.counts()

    def resend(self, notice_id: str) -> Notice:
        """Send it again, whatever became of it. Raises NotFound; Conflict without a mail server or a recipient."""
        if not self._settings.smtp_host:
            raise Conflict("there is no mail server: set smtp_host", code="notice.no_server")
        with self._store.write() as uow:
            found = _found(uow, notice_id)
            if not uow.notices.again(notice_id, self._clock.now()):
                raise Conflict("this notice has no recipient", code="notice.no_recipient")
            return uow.notices.find(notice_id) or found


def _found(uow: UnitOfWork, notice_id: str) -> Notice:
    notice = uow.notices.find(notice_id)
    if notice is None:
        raise NotFound(f"there is no notice {ascii(notice_id)[1:-1][:60]}", code="notice.not_there")
    return notice


def _pending(uow: UnitOfWork, look: _Look) -> bool:
    """Whether anything is due that was not told."""
    last: int | None = 0
    while last is not None:
        found = look.candidates(uow, last)
        if any(look.untold(uow, number, record) for number, record in found):
            return True
        last = _next(found)
    return False


def _advance(uow: UnitOfWork, look: _Look) -> None:
    """The mark rises, unless another process has moved it, or whole tables were replaced meanwhile."""
    before = look.mark
    if uow.copies.epoch() == look.epoch and uow.notices.mark() == before:
        through = look.now if before is None else max(before.through, look.now)
        uow.notices.put_mark(NoticeMark(through, look.newest))


def _next(found: tuple[tuple[int, Certificate], ...]) -> int | None:
    return found[-1][0] if len(found) == SLICE else None
