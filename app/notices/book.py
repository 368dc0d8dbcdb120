"""The outbox of a sandbox: what is due is put into it by whoever looks, each certificate and stage once."""

from __future__ import annotations

from collections.abc import Iterator
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
from app.store.records import Application, Certificate, Organisation
from app.store.store import Store, UnitOfWork

SPACE = UUID("1f0e9d3c-7a55-5b0e-8c3e-52d6a7f4be19")
SLICE = 100
"""Certificates that are looked at in one transaction: other writers wait no longer."""
LAG = timedelta(days=1)
LAG_ROWS = 500
"""How far the mark may be behind before it is written though nothing was due."""


Owner = tuple[Organisation | None, Application | None]


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at what is due: the moment of it, and how far the outbox was.

    `newest` is the last certificate by its number, `numbers` those that may have something due.
    """

    now: datetime
    mark: NoticeMark | None
    epoch: int
    newest: int
    numbers: tuple[int, ...]

    @classmethod
    def at(cls, uow: UnitOfWork, now: datetime) -> _Look:
        mark = uow.notices.mark()
        seen = mark or NoticeMark(EARLIEST)
        numbers = uow.notices.candidates(ends_between(seen.through, now), seen, now + LONGEST)
        return cls(now, mark, uow.copies.epoch(), uow.notices.newest_certificate(), numbers)

    @property
    def lags(self) -> bool:
        if self.mark is None:
            return self.newest > LAG_ROWS
        return self.now - self.mark.through > LAG or self.newest - self.mark.certificate > LAG_ROWS

    def slices(self) -> Iterator[tuple[int, ...]]:
        """The numbers in parts."""
        return (self.numbers[first : first + SLICE] for first in range(0, len(self.numbers), SLICE))

    def untold(self, uow: UnitOfWork, numbers: tuple[int, ...]) -> Iterator[tuple[Certificate, Due]]:
        """What of these is due and was not told."""
        for number, record in uow.notices.certificates(numbers):
            is_known = self.mark is not None and number <= self.mark.certificate
            due = [*due_stages(record, self.mark.through if self.mark and is_known else None, self.now)]
            told = uow.notices.stages_of(record.certificate_id) if due else frozenset()
            yield from ((record, each) for each in due if each.stage not in told)


class NoticeBook:
    def __init__(self, store: Store, clock: Clock, settings: Settings, sandbox_id: str) -> None:
        self._store, self._clock, self._settings, self._sandbox_id = store, clock, settings, sandbox_id

    # what is due

    def work_out(self) -> int:
        """Put everything that is due by now into the outbox; how many notices are new.

        Several processes may do so at the same time: they take turns, and none tells what is told. Raises Unavailable.
        """
        with self._store.read() as uow:
            look = _Look.at(uow, self._clock.now())
            if not any(True for part in look.slices() for _ in look.untold(uow, part)) and not look.lags:
                return 0
        made = 0
        for part in look.slices():
            with self._store.write() as uow:
                made += self._tell(uow, look, part)
        with self._store.write() as uow:
            _advance(uow, look)
        return made

    def _tell(self, uow: UnitOfWork, look: _Look, numbers: tuple[int, ...]) -> int:
        """One slice; how many notices."""
        recipients, owners = Recipients(uow), _Owners(uow)
        notices = [
            self._notice(about, owners.of(about[0]), recipients.of(about[0].organisation_id), look.now)
            for about in look.untold(uow, numbers)
        ]
        uow.notices.add_all(sorted(notices, key=lambda notice: notice.due_at))
        return len(notices)

    def _notice(
        self, about: tuple[Certificate, Due], owner: Owner, recipients: tuple[Recipient, ...], now: datetime
    ) -> Notice:
        record, due = about
        assert record.not_after is not None
        state = self._first_state(recipients)
        return Notice(
            notice_id=str(uuid5(SPACE, f"{record.certificate_id}/{due.stage}")),
            certificate_id=record.certificate_id,
            stage=due.stage,
            organisation_id=record.organisation_id,
            software_statement_id=record.software_statement_id,
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


class _Owners:
    """Looked up once for each application, as long as this object lives: one transaction."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._found: dict[tuple[str, str | None], Owner] = {}

    def of(self, record: Certificate) -> Owner:
        key = organisation_id, software = record.organisation_id, record.software_statement_id
        if key not in self._found:
            application = None if software is None else self._uow.applications.find(organisation_id, software)
            self._found[key] = self._uow.organisations.find(organisation_id), application
        return self._found[key]


def _advance(uow: UnitOfWork, look: _Look) -> None:
    """The mark rises, unless another process has moved it, or whole tables were replaced meanwhile."""
    before = look.mark
    if uow.copies.epoch() == look.epoch and uow.notices.mark() == before:
        through = look.now if before is None else max(before.through, look.now)
        uow.notices.put_mark(NoticeMark(through, look.newest))
