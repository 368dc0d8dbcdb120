"""The outbox: notices of certificates that are about to expire, each certificate and stage once (connect.md 19).

A mark tells how far the outbox is: older certificates were looked at up to its moment, so only what fell due since, and
certificates that are newer than the mark, need a look. It rises only, also where the clock goes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, insert, or_, select, true, union_all, update

from app.store.certificates import QUERY, SHOWN
from app.store.columns import Moment, Number, Words
from app.store.copies import Copies
from app.store.notice_table import expiry_notice, notice_mark
from app.store.records import Certificate
from app.store.schema import certificate
from app.store.statements import Statement, Transaction

NoticeState = Literal["kept", "waiting", "sent", "failed", "no_recipient"]
"""`kept`: there was no mail server to send it by."""
STATES: tuple[str, ...] = get_args(NoticeState)


@dataclass(frozen=True, slots=True)
class Notice:
    """A message about one certificate at one stage: so many days before its expiry, 0 = at it.

    `due_at` follows from the certificate; `made_at` is when somebody looked. `recipients` have `name` and `email`.
    `next_attempt_at` is by the sandbox's clock.
    """

    notice_id: str
    certificate_id: str
    stage: int
    organisation_id: str
    software_statement_id: str | None
    kid: str
    type: str
    not_after: datetime
    due_at: datetime
    made_at: datetime
    recipients: tuple[Mapping[str, str], ...]
    subject: str
    body: str
    state: NoticeState
    attempts: int = 0
    next_attempt_at: datetime | None = None
    sent_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class NoticeMark:
    """How far the outbox is: through which moment, and through which certificate by its number."""

    through: datetime
    certificate: int = 0


@dataclass(frozen=True, slots=True)
class NoticeFilter:
    """Which notices are asked for; None does not count. `organisations` are those of which one must be concerned."""

    organisation_id: str | None = None
    software_statement_id: str | None = None
    certificate_id: str | None = None
    kid: str | None = None
    stage: int | None = None
    state: str | None = None
    organisations: tuple[str, ...] | None = None

    def values(self) -> dict[str, Any]:
        """By the names of the columns, without what does not count."""
        named = ("organisation_id", "software_statement_id", "certificate_id", "kid", "stage", "state")
        return {name: value for name in named if (value := getattr(self, name)) is not None}


_NAMES = tuple(field.name for field in fields(Notice))
_COLUMNS = tuple(expiry_notice.c[name] for name in _NAMES)
_MARK = Statement(
    select(notice_mark.c.through, notice_mark.c.certificate).where(notice_mark.c.epoch == bindparam("key"))
)
_DROP_MARKS = Statement(delete(notice_mark))
_ADD_MARK = Statement(insert(notice_mark).inline(), ["epoch", "through", "certificate"])
_NEWEST = Statement(select(func.coalesce(func.max(certificate.c.number), 0)))
_LAST = Statement(select(func.coalesce(func.max(expiry_notice.c.number), 0)))
_STAGES = Statement(select(expiry_notice.c.stage).where(expiry_notice.c.certificate_id == bindparam("key")))
_ADD = Statement(insert(expiry_notice).inline(), ["number", *_NAMES])
_FIND = Statement(select(*_COLUMNS).where(expiry_notice.c.notice_id == bindparam("key")))
_COUNTS = Statement(select(expiry_notice.c.state, func.count()).group_by(expiry_notice.c.state))
_WAITING = Statement(
    select(*_COLUMNS)
    .where(
        expiry_notice.c.state == "waiting",
        or_(
            expiry_notice.c.next_attempt_at <= bindparam("now", type_=Moment),
            expiry_notice.c.next_attempt_at > bindparam("far", type_=Moment),
        ),
    )
    .order_by(expiry_notice.c.next_attempt_at, expiry_notice.c.number)
    .limit(bindparam("size", type_=Number))
)
_CLAIM = Statement(
    update(expiry_notice).where(
        expiry_notice.c.notice_id == bindparam("key"),
        expiry_notice.c.state == "waiting",
        expiry_notice.c.attempts == bindparam("seen"),
    ),
    ["attempts", "next_attempt_at"],
)
_SETTLE = Statement(
    update(expiry_notice).where(expiry_notice.c.notice_id == bindparam("key")),
    ["state", "next_attempt_at", "sent_at", "error"],
)
_AGAIN = Statement(
    update(expiry_notice).where(expiry_notice.c.notice_id == bindparam("key"), expiry_notice.c.state != "no_recipient"),
    ["state", "attempts", "next_attempt_at", "sent_at", "error"],
)


class Notices:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    # what is due

    def mark(self) -> NoticeMark | None:
        """None where nobody has looked yet, and after whole tables were replaced: then everything is looked at."""
        row = self._transaction.row(_MARK, key=Copies(self._transaction).epoch())
        return None if row is None else NoticeMark(*row)

    def put_mark(self, mark: NoticeMark) -> None:
        self._transaction.keep(_DROP_MARKS)
        epoch = Copies(self._transaction).epoch()
        self._transaction.keep(_ADD_MARK, epoch=epoch, through=mark.through, certificate=mark.certificate)

    def newest_certificate(self) -> int:
        row = self._transaction.row(_NEWEST)
        return int(row[0]) if row else 0

    def candidates(
        self, spans: Iterable[tuple[datetime, datetime]], unseen: NoticeMark, reach: datetime
    ) -> tuple[int, ...]:
        """The numbers of certificates that may have something due, in their order.

        Those whose end lies in one of the `spans` (behind the first moment, up to the second), and those that the mark
        does not know yet, if they end by `reach`.
        """
        bounds = tuple(spans)
        values: dict[str, Any] = {f"from_{n}": span[0] for n, span in enumerate(bounds)}
        values |= {f"to_{n}": span[1] for n, span in enumerate(bounds)}
        rows = self._transaction.rows(_candidates(len(bounds)), **values, known=unseen.certificate, reach=reach)
        return tuple(sorted({int(row[0]) for row in rows}))

    def certificates(self, numbers: Sequence[int]) -> tuple[tuple[int, Certificate], ...]:
        """Those of these numbers that are shown among others, with their numbers, in their order."""
        values = {f"number_{n}": number for n, number in enumerate(numbers)}
        rows = self._transaction.rows(_numbered(len(numbers)), **values)
        return tuple((int(row[-1]), Certificate(*row[:-1])) for row in rows)

    def stages_of(self, certificate_id: str) -> frozenset[int]:
        """Those that were told already."""
        return frozenset(int(row[0]) for row in self._transaction.rows(_STAGES, key=certificate_id))

    def add_all(self, records: Iterable[Notice]) -> None:
        """Raises Conflict for a stage of a certificate that was told already."""
        row = self._transaction.row(_LAST)
        first = int(row[0]) + 1 if row else 1
        self._transaction.note(_ADD, [_values(record, number) for number, record in enumerate(records, first)])

    # asking

    def find(self, notice_id: str) -> Notice | None:
        row = self._transaction.row(_FIND, key=notice_id)
        return None if row is None else Notice(*row)

    def list(self, wanted: NoticeFilter, limit: int, skipped: int = 0) -> tuple[Notice, ...]:
        """What fell due last goes first."""
        values, owners = wanted.values(), wanted.organisations
        if owners == ():
            return ()
        statement = _list(frozenset(values), None if owners is None else len(owners))
        values |= {f"owner_{n}": owner for n, owner in enumerate(owners or ())}
        rows = self._transaction.rows(statement, size=limit, skipped=skipped, **values)
        return tuple(Notice(*row) for row in rows)

    def counts(self) -> dict[str, int]:
        """How many there are, by state."""
        found = {str(row[0]): int(row[1]) for row in self._transaction.rows(_COUNTS)}
        return {state: found.get(state, 0) for state in STATES}

    # sending

    def waiting(self, now: datetime, longest: timedelta, size: int) -> tuple[Notice, ...]:
        """Those whose turn it is: also where the clock went back since, so that no pause is longer than `longest`."""
        rows = self._transaction.rows(_WAITING, now=now, far=now + longest, size=size)
        return tuple(Notice(*row) for row in rows)

    def claim(self, record: Notice, next_attempt_at: datetime) -> bool:
        """One more attempt, of this caller alone: False where another was quicker."""
        values = {"seen": record.attempts, "attempts": record.attempts + 1, "next_attempt_at": next_attempt_at}
        return self._transaction.keep(_CLAIM, key=record.notice_id, **values) == 1

    def sent(self, notice_id: str, at: datetime, error: str | None = None) -> None:
        """`error` names recipients for whom the server has not taken it."""
        self._settle(notice_id, state="sent", sent_at=at, error=error)

    def failed(self, notice_id: str, error: str, next_attempt_at: datetime | None) -> None:
        """An attempt came to nothing; None = it was the last one."""
        state: NoticeState = "failed" if next_attempt_at is None else "waiting"
        self._settle(notice_id, state=state, next_attempt_at=next_attempt_at, error=error)

    def again(self, notice_id: str, now: datetime) -> bool:
        """Begin anew with sending it; False where there is nobody to send it to."""
        values = {"state": "waiting", "attempts": 0, "next_attempt_at": now, "sent_at": None, "error": None}
        return self._transaction.keep(_AGAIN, key=notice_id, **values) == 1

    def _settle(self, notice_id: str, **values: Any) -> None:
        self._transaction.keep(
            _SETTLE, key=notice_id, **{"next_attempt_at": None, "sent_at": None, "error": None} | values
        )


def _values(record: Notice, number: int) -> dict[str, Any]:
    values = {name: getattr(record, name) for name in _NAMES}
    return values | {"number": number, "recipients": [dict(each) for each in record.recipients]}


@lru_cache(maxsize=8)
def _candidates(count: int) -> Statement:
    """Each part is a range of an index: written as one condition, all rows would be read."""
    end, number = certificate.c.not_after, certificate.c.number
    ranges: Iterator[ColumnElement[bool]] = (
        and_(end > bindparam(f"from_{n}", type_=Moment), end <= bindparam(f"to_{n}", type_=Moment))
        for n in range(count)
    )
    unseen = and_(number > bindparam("known", type_=Number), end <= bindparam("reach", type_=Moment))
    return Statement(union_all(*(select(number).where(condition) for condition in (*ranges, unseen))))


@lru_cache(maxsize=256)
def _numbered(count: int) -> Statement:
    number = certificate.c.number
    wanted = number.in_([bindparam(f"number_{n}", type_=Number) for n in range(count)])
    return Statement(QUERY.add_columns(number).where(SHOWN, wanted).order_by(number))


@lru_cache(maxsize=64)
def _list(asked: frozenset[str], owners: int | None) -> Statement:
    wanted: list[ColumnElement[bool]] = [expiry_notice.c[name] == bindparam(name) for name in sorted(asked)]
    if owners is not None:
        wanted.append(
            expiry_notice.c.organisation_id.in_([bindparam(f"owner_{n}", type_=Words) for n in range(owners)])
        )
    query = (
        select(*_COLUMNS)
        .where(*(wanted or [true()]))
        .order_by(expiry_notice.c.due_at.desc(), expiry_notice.c.number.desc())
    )
    return Statement(query.limit(bindparam("size", type_=Number)).offset(bindparam("skipped", type_=Number)))
