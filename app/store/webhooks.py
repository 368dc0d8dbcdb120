"""Subscriptions, messages and deliveries of webhooks (connect.md 18).

What is sent in one transaction with a change is a row here; whoever sends it takes a lease of the subscription first,
so that of several processes one at a time sends to a receiver, and in order.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, insert, or_, select, text, true, update

from app.store.certificates import QUERY, SHOWN
from app.store.columns import Moment, Number, Words
from app.store.lists import Listing
from app.store.records import Certificate
from app.store.schema import certificate, counter
from app.store.statements import Statement, Transaction, inserting
from app.store.webhook_records import OPEN, Delivery, DeliveryFilter, Message, Outcome, Standing, Subscription
from app.store.webhook_tables import delivery, message, signing_key, subscription

REVISION, POSITION = "webhook-revision", "webhook-position"
"""The counters of what was told, and of places in queues: they rise over every reset."""
THROUGH, LAST = "webhook-expired-through", "webhook-expired-last"
"""The counters of certificates that have expired: a moment in microseconds, and a number among those of that moment."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KEY = "sns"

_SUBSCRIPTION = tuple(subscription.c[field.name] for field in fields(Subscription))
_MESSAGE = tuple(message.c[field.name] for field in fields(Message))
_DELIVERY = tuple(delivery.c[field.name] for field in fields(Delivery))
_IS_OPEN, _IS_SETTLED = text("state IN ('waiting', 'held')"), text("state NOT IN ('waiting', 'held')")
_IS_HELD = text("state = 'held'")
"""Word by word as the indexes say it."""


def _subscriptions(*wanted: Any) -> Statement:
    return Statement(select(*_SUBSCRIPTION).where(*wanted).order_by(subscription.c.number))


def _of_subscription(*columns: str) -> Statement:
    return Statement(update(subscription).where(subscription.c.subscription_id == bindparam("key")), columns)


_ALL = _subscriptions(true())
_CONFIRMED = _subscriptions(subscription.c.status == "Confirmed")
_OVERDUE = _subscriptions(
    subscription.c.status == "Pending", subscription.c.expires_at <= bindparam("now", type_=Moment)
)
_OF = {
    name: _subscriptions(subscription.c[name] == bindparam("key"))
    for name in ("subscription_id", "owner_id", "organisation_id", "token")
}
_ADD = Statement(
    insert(subscription).inline().values(
        number=select(func.coalesce(func.max(subscription.c.number), 0) + 1).scalar_subquery()
    ),
    [field.name for field in fields(Subscription)],
)  # fmt: skip
_STAND = _of_subscription("status", "confirmed_at")
_DROP = Statement(delete(subscription).where(subscription.c.subscription_id == bindparam("key")))
_QUEUED = Statement(
    update(subscription)
    .where(subscription.c.subscription_id == bindparam("key"))
    .values(
        queued=subscription.c.queued + bindparam("more", type_=Number),
        overflowed=subscription.c.overflowed + bindparam("lost", type_=Number),
    )
)
_LEASE = Statement(
    update(subscription).where(
        subscription.c.subscription_id == bindparam("key"),
        or_(
            subscription.c.lease.is_(None),
            subscription.c.lease == bindparam("holder"),
            subscription.c.leased_until <= bindparam("now", type_=Moment),
            subscription.c.leased_until > bindparam("far", type_=Moment),
        ),
    ),
    ["lease", "leased_until"],
)
_RELEASE = Statement(
    update(subscription).where(
        subscription.c.subscription_id == bindparam("key"), subscription.c.lease == bindparam("holder")
    ),
    ["lease", "leased_until"],
)
_ADD_MESSAGE = inserting(message)
_FIND_MESSAGE = Statement(select(*_MESSAGE).where(message.c.message_id == bindparam("key")))
_ADD_DELIVERY = inserting(delivery)
_FIND_DELIVERY = Statement(select(*_DELIVERY).where(delivery.c.delivery_id == bindparam("key")))
_HELD = Statement(
    select(*_DELIVERY)
    .where(delivery.c.subscription_id == bindparam("key"), _IS_HELD, delivery.c.next_attempt_at.is_(None))
    .order_by(delivery.c.position)
    .limit(1)
)
_FREE = Statement(
    update(delivery).where(delivery.c.delivery_id == bindparam("key")), ["state", "position", "next_attempt_at"]
)
_FREE_ALL = Statement(
    update(delivery).where(delivery.c.state == "held", delivery.c.next_attempt_at.is_(None)),
    ["state", "next_attempt_at"],
)
_BATCH = Statement(
    select(*_DELIVERY)
    .where(
        delivery.c.subscription_id == bindparam("key"),
        _IS_OPEN,
        or_(delivery.c.state == "waiting", delivery.c.next_attempt_at <= bindparam("now", type_=Moment)),
    )
    .order_by(delivery.c.position)
    .limit(bindparam("size", type_=Number))
)
_WITH_QUEUE = _subscriptions(subscription.c.queued > 0)
_NEXT_HELD = Statement(
    select(func.min(delivery.c.next_attempt_at)).where(delivery.c.subscription_id == bindparam("key"), _IS_HELD)
)
_SETTLE = Statement(
    update(delivery).where(delivery.c.delivery_id == bindparam("key"), _IS_OPEN),
    ["state", "attempts", "answers", "next_attempt_at", "settled_at"],
)
_CANCEL = Statement(
    update(delivery).where(delivery.c.subscription_id == bindparam("key"), _IS_OPEN),
    ["state", "next_attempt_at", "settled_at"],
)
_TRIM = Statement(
    delete(delivery).where(
        delivery.c.number
        <= select(func.coalesce(func.max(delivery.c.number), 0)).scalar_subquery() - bindparam("kept", type_=Number),
        _IS_SETTLED,
    )
)
_SWEEP = Statement(delete(message).where(~select(1).where(delivery.c.message_id == message.c.message_id).exists()))
_COUNTS = Statement(select(delivery.c.state, func.count()).group_by(delivery.c.state))
_CLEARING = tuple(Statement(delete(table)) for table in (delivery, message, subscription))
_BUMP = Statement(update(counter).where(counter.c.name == bindparam("key")).values(value=counter.c.value + 1))
_START = inserting(counter)
_VALUE = Statement(select(counter.c.value).where(counter.c.name == bindparam("key")))
_SET = Statement(update(counter).where(counter.c.name == bindparam("key")), ["value"])
_EXPIRED = Statement(
    QUERY.add_columns(certificate.c.number)
    .where(
        or_(
            certificate.c.not_after > bindparam("through", type_=Moment),
            and_(
                certificate.c.not_after == bindparam("through", type_=Moment),
                certificate.c.number > bindparam("last", type_=Number),
            ),
        ),
        certificate.c.not_after < bindparam("now", type_=Moment),
        certificate.c.revoked_at.is_(None),
        SHOWN,
    )
    .order_by(certificate.c.not_after, certificate.c.number)
    .limit(bindparam("size", type_=Number))
)
_FIND_KEY = Statement(select(signing_key.c.pem).where(signing_key.c.name == _KEY))
_ADD_KEY = inserting(signing_key)


class Webhooks:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    # subscriptions

    def subscriptions(self, organisation_id: str | None = None) -> tuple[Subscription, ...]:
        """Oldest first; None = everyone's."""
        return self._several(_ALL) if organisation_id is None else self._of("organisation_id", organisation_id)

    def confirmed(self) -> tuple[Subscription, ...]:
        """Those that are told of changes."""
        return self._several(_CONFIRMED)

    def overdue(self, now: datetime) -> tuple[Subscription, ...]:
        """Those that nobody has confirmed in time."""
        return self._several(_OVERDUE, now=now)

    def find(self, subscription_id: str) -> Subscription | None:
        return next(iter(self._of("subscription_id", subscription_id)), None)

    def of_owner(self, owner_id: str) -> Subscription | None:
        return next(iter(self._of("owner_id", owner_id)), None)

    def by_token(self, token: str) -> Subscription | None:
        return next(iter(self._of("token", token)), None)

    def subscribe(self, record: Subscription) -> None:
        self._transaction.change(_ADD, **{field.name: getattr(record, field.name) for field in fields(record)})

    def stand(self, subscription_id: str, status: Standing, confirmed_at: datetime | None) -> None:
        self._transaction.change(_STAND, key=subscription_id, status=status, confirmed_at=confirmed_at)

    def unsubscribe(self, subscription_id: str) -> None:
        """Forget it; what was told stays in the log."""
        self._transaction.change(_DROP, key=subscription_id)

    def lease(self, subscription_id: str, holder: str, now: datetime, length: timedelta) -> bool:
        """Whether this process may send there, for so long by the machine's clock."""
        until = {"now": now, "far": now + length, "leased_until": now + length}
        return self._transaction.keep(_LEASE, key=subscription_id, holder=holder, lease=holder, **until) == 1

    def release(self, subscription_id: str, holder: str) -> None:
        self._transaction.keep(_RELEASE, key=subscription_id, holder=holder, lease=None, leased_until=None)

    def _of(self, name: str, value: str) -> tuple[Subscription, ...]:
        return self._several(_OF[name], key=value)

    def _several(self, statement: Statement, **values: Any) -> tuple[Subscription, ...]:
        return tuple(Subscription(*row) for row in self._transaction.rows(statement, **values))

    # what is told

    def next_revision(self) -> int:
        """One more than ever before."""
        return self._next(REVISION)

    def _next(self, name: str) -> int:
        if not self._transaction.change(_BUMP, key=name):
            self._transaction.change(_START, name=name, value=1)
        row = self._transaction.row(_VALUE, key=name)
        return int(row[0]) if row else 1

    def add(self, record: Message) -> None:
        self._transaction.change(_ADD_MESSAGE, **{field.name: getattr(record, field.name) for field in fields(record)})

    def message(self, message_id: str) -> Message | None:
        row = self._transaction.row(_FIND_MESSAGE, key=message_id)
        return None if row is None else Message(*row)

    # deliveries

    def next_position(self) -> int:
        """Behind everything that waits anywhere."""
        return self._next(POSITION)

    def enqueue(self, record: Delivery) -> None:
        values = {field.name: getattr(record, field.name) for field in fields(record)}
        values |= {"effects": list(record.effects), "answers": list(record.answers)}
        self._transaction.change(_ADD_DELIVERY, **values)
        if record.state in OPEN:
            self._count(record.subscription_id, 1)

    def overflow(self, subscription_id: str) -> None:
        """The queue was too full for a message."""
        self._transaction.change(_QUEUED, key=subscription_id, more=0, lost=1)

    def held_back(self, subscription_id: str) -> Delivery | None:
        """What waits for another one to go first."""
        row = self._transaction.row(_HELD, key=subscription_id)
        return None if row is None else Delivery(*row)

    def free(self, delivery_id: str, position: int, now: datetime) -> None:
        """Send it at this place."""
        self._transaction.change(_FREE, key=delivery_id, state="waiting", position=position, next_attempt_at=now)

    def free_all(self, now: datetime) -> None:
        """Nothing waits for another one to go first."""
        self._transaction.change(_FREE_ALL, state="waiting", next_attempt_at=now)

    def with_queue(self) -> tuple[Subscription, ...]:
        """Those for which something waits."""
        return self._several(_WITH_QUEUE)

    def held_until(self, subscription_id: str) -> datetime | None:
        """When the first of what is held back may go, by the sandbox's clock."""
        row = self._transaction.row(_NEXT_HELD, key=subscription_id)
        return row[0] if row else None

    def batch(self, subscription_id: str, now: datetime, size: int) -> tuple[Delivery, ...]:
        """The head of the queue, in order; what is held back beyond this moment is left out."""
        rows = self._transaction.rows(_BATCH, key=subscription_id, now=now, size=size)
        return tuple(Delivery(*row) for row in rows)

    def settle(self, subscription_id: str, outcome: Outcome) -> None:
        """Keep what became of an attempt."""
        touched = self._transaction.keep(
            _SETTLE,
            key=outcome.delivery_id,
            state=outcome.state,
            attempts=outcome.attempts,
            answers=[dict(each) for each in outcome.answers],
            next_attempt_at=outcome.next_attempt_at,
            settled_at=outcome.settled_at,
        )
        if touched and outcome.state not in OPEN:
            self._count(subscription_id, -touched)

    def cancel(self, subscription_id: str, now: datetime) -> None:
        """Nothing more goes there."""
        values = {"state": "cancelled", "next_attempt_at": None, "settled_at": now}
        self._count(subscription_id, -self._transaction.change(_CANCEL, key=subscription_id, **values))

    def trim(self, kept: int) -> None:
        """Keep the newest deliveries and those that wait, and the messages of both."""
        if self._transaction.keep(_TRIM, kept=kept):
            self._transaction.keep(_SWEEP)

    def _count(self, subscription_id: str, more: int) -> None:
        self._transaction.keep(_QUEUED, key=subscription_id, more=more, lost=0)

    # certificates that expired

    def expired(self, now: datetime, size: int) -> tuple[tuple[int, Certificate], ...]:
        """Those that ended before now and behind the mark, unrevoked, with their numbers; none without a mark."""
        mark = self._mark()
        if mark is None:
            return ()
        rows = self._transaction.rows(_EXPIRED, through=mark[0], last=mark[1], now=now, size=size)
        return tuple((int(row[-1]), Certificate(*row[:-1])) for row in rows)

    def told_through(self, moment: datetime, number: int = 0) -> None:
        """What ended by then was told, of that very moment up to this number; it is never taken back."""
        mark = self._mark()
        if mark is not None and (moment, number) <= mark:
            return
        values = {THROUGH: (moment - EPOCH) // timedelta(microseconds=1), LAST: number}
        for name, value in values.items():
            if mark is None:
                self._transaction.change(_START, name=name, value=value)
            else:
                self._transaction.change(_SET, key=name, value=value)

    def _mark(self) -> tuple[datetime, int] | None:
        through, last = (self._transaction.row(_VALUE, key=name) for name in (THROUGH, LAST))
        if through is None or last is None:
            return None
        return EPOCH + timedelta(microseconds=int(through[0])), int(last[0])

    # the log

    def find_delivery(self, delivery_id: str) -> Delivery | None:
        row = self._transaction.row(_FIND_DELIVERY, key=delivery_id)
        return None if row is None else Delivery(*row)

    def log(self, wanted: DeliveryFilter, limit: int, skipped: int = 0) -> Listing[tuple[Delivery, Message]]:
        """Newest first."""
        names = ("subscription_id", "state", "event", "object_id", "message_id")
        values: dict[str, Any] = {name: value for name in names if (value := getattr(wanted, name)) is not None}
        owners = wanted.organisations
        if owners == ():
            return Listing((), 0)
        rows, count = _log(frozenset(values), None if owners is None else len(owners))
        values |= {f"owner_{n}": owner for n, owner in enumerate(owners or ())}
        total = self._transaction.row(count, **values)
        found = self._transaction.rows(rows, size=limit, skipped=skipped, **values)
        edge = len(_DELIVERY)
        pairs = tuple((Delivery(*row[:edge]), Message(*row[edge:])) for row in found)
        return Listing(pairs, int(total[0]) if total else 0)

    def counts(self) -> dict[str, int]:
        """How many deliveries there are, by state."""
        return {str(row[0]): int(row[1]) for row in self._transaction.rows(_COUNTS)}

    def clear(self) -> None:
        """Forget who is told, and what was; the revision goes on, and so does the key."""
        for statement in _CLEARING:
            self._transaction.change(statement)

    # the key that signs

    def key(self) -> bytes | None:
        """The private key, PEM."""
        row = self._transaction.row(_FIND_KEY)
        return None if row is None else bytes(row[0])

    def put_key(self, pem: bytes) -> None:
        self._transaction.keep(_ADD_KEY, name=_KEY, pem=pem)


@lru_cache(maxsize=64)
def _log(asked: frozenset[str], owners: int | None) -> tuple[Statement, Statement]:
    joined = delivery.join(message, message.c.message_id == delivery.c.message_id)
    columns = {name: (message if name in ("event", "object_id") else delivery).c[name] for name in asked}
    wanted = [column == bindparam(name) for name, column in sorted(columns.items())]
    if owners is not None:
        names = [bindparam(f"owner_{n}", type_=Words) for n in range(owners)]
        of_owner = select(subscription.c.subscription_id).where(subscription.c.organisation_id.in_(names))
        wanted.append(delivery.c.subscription_id.in_(of_owner))
    fitting = and_(true(), *wanted)
    rows = select(*_DELIVERY, *_MESSAGE).select_from(joined).where(fitting).order_by(delivery.c.number.desc())
    rows = rows.limit(bindparam("size", type_=Number)).offset(bindparam("skipped", type_=Number))
    return Statement(rows), Statement(select(func.count()).select_from(joined).where(fitting))
