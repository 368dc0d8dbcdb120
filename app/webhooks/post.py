"""What is sent where and when: parcels are given out under a lease, and what became of them is kept (connect.md 18).

One process at a time sends to a receiver, the oldest message first; one that fails is tried again before the next one
goes, after pauses that grow, by the sandbox's clock. So order is kept, and everything is sent at least once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.ca.webhook_signer import WebhookSigner
from app.runtime.clock import Clock
from app.runtime.outgoing import Answer
from app.settings import Settings
from app.store.store import Store, UnitOfWork
from app.store.webhook_records import Delivery, DeliveryState, Message, Outcome, Subscription
from app.webhooks.canonical import CONFIRMATION, Topic, as_text, document, headers, signed_text
from app.webhooks.effects import MOST_TIMES, sendings
from app.webhooks.expiries import Expiries
from app.webhooks.signing import SigningKey
from app.webhooks.subscribing import Subscribing

PAUSES = (timedelta(seconds=10), timedelta(seconds=60), timedelta(minutes=5))
"""Before the second, third and fourth attempt; then it is given up (connect.md 18: three retries)."""
MOST = 20
"""Parcels that are given out at a time."""
SHOWN = 500


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery, ready to be sent `times` times."""

    delivery: Delivery
    subscription: Subscription
    url: str
    headers: dict[str, str]
    body: bytes
    times: int


class Post:
    """The queue of one directory, as its sender sees it."""

    def __init__(
        self, store: Store, clock: Clock, settings: Settings, parts: tuple[Subscribing, Expiries, Topic]
    ) -> None:
        self._store, self._clock, self._settings = store, clock, settings
        self._subscribing, self._expiries, self._topic = parts
        self._lease = timedelta(seconds=30 + MOST_TIMES * settings.webhook_timeout_seconds)
        """Longer than anybody can be busy with one delivery."""

    def due(self) -> tuple[tuple[str, ...], datetime | None]:
        """Subscriptions for which something is to be sent now, and when something else falls due, by the clock.

        Those that nobody has confirmed in time end here, and certificates that have expired are told.
        """
        self._expiries.tell()
        now = self._clock.now()
        ready: list[str] = []
        later: list[datetime] = []
        with self._store.read() as uow:
            late = uow.webhooks.overdue(now)
            for each in uow.webhooks.with_queue():
                head = next(iter(uow.webhooks.batch(each.subscription_id, now, 1)), None)
                if head is not None and _is_due(head, now):
                    ready.append(each.subscription_id)
                moments = [uow.webhooks.held_until(each.subscription_id)]
                moments += [] if head is None else [head.next_attempt_at]
                later += [moment for moment in moments if moment is not None and moment > now]
        if late:
            self.expire()
        return tuple(ready), min(later, default=None)

    def expire(self) -> None:
        """End the subscriptions that were not confirmed within three days."""
        with self._store.write() as uow:
            for each in uow.webhooks.overdue(self._clock.now()):
                self._subscribing.stand(uow, each, "Deactivated")

    def take(self, subscription_id: str, holder: str, signing: SigningKey) -> tuple[Parcel, ...]:
        """What `holder` is to send there now, in this order; nothing where another process sends, or must be waited."""
        signer = signing.signer()
        now = self._clock.now()
        with self._store.write() as uow:
            subscription = uow.webhooks.find(subscription_id)
            if subscription is None or not uow.webhooks.lease(
                subscription_id, holder, self._clock.machine(), self._lease
            ):
                return ()
            pairs = tuple(self._sendable(uow, subscription, now))
            if not pairs:
                uow.webhooks.release(subscription_id, holder)
        return tuple(self._parcel(subscription, *pair, signer) for pair in pairs)

    def settle(self, holder: str, parcel: Parcel, answers: tuple[Answer, ...], *, is_last: bool) -> bool:
        """Keep what became of a parcel; whether the next one of the batch may go now."""
        outcome = self._outcome(parcel.delivery, answers)
        with self._store.write() as uow:
            uow.webhooks.settle(parcel.subscription.subscription_id, outcome)
            goes_on = outcome.state != "waiting" and not is_last
            if goes_on:
                current = uow.webhooks.find(parcel.subscription.subscription_id)
                machine = self._clock.machine()
                goes_on = current is not None and current.status == parcel.subscription.status
                goes_on = goes_on and uow.webhooks.lease(current.subscription_id, holder, machine, self._lease)  # type: ignore[union-attr]
            else:
                uow.webhooks.trim(self._settings.webhook_log_entries)
            if not goes_on:
                uow.webhooks.release(parcel.subscription.subscription_id, holder)
        return goes_on

    def give_back(self, holder: str, subscription_id: str) -> None:
        """Sending ends here; what was not settled is sent again by whoever comes next."""
        with self._store.write() as uow:
            uow.webhooks.release(subscription_id, holder)

    def _sendable(
        self, uow: UnitOfWork, subscription: Subscription, now: datetime
    ) -> Iterator[tuple[Delivery, Message]]:
        """The head of the queue, up to one that has to wait; what may not be told any more is cancelled."""
        for delivery in uow.webhooks.batch(subscription.subscription_id, now, MOST):
            message = uow.webhooks.message(delivery.message_id)
            if message is None or not _may_send(subscription, message):
                uow.webhooks.settle(subscription.subscription_id, _cancelled(delivery, now))
            elif _is_due(delivery, now):
                yield delivery, message
            else:
                return

    def _parcel(
        self, subscription: Subscription, delivery: Delivery, message: Message, signer: WebhookSigner
    ) -> Parcel:
        told = document(self._topic, message, subscription)
        version = self._settings.webhook_signature_version
        signature = signer.sign(signed_text(told), version)
        if "bad_signature" in delivery.effects:
            signature = _spoilt(signature)
        told |= {
            "SignatureVersion": version,
            "Signature": signature,
            "SigningCertURL": self._topic.certificate_url(signer.name),
        }
        return Parcel(
            delivery=delivery,
            subscription=subscription,
            url=subscription.endpoint,
            headers=headers(self._topic, message, subscription),
            body=as_text(told).encode(),
            times=sendings(delivery.effects),
        )

    def _outcome(self, delivery: Delivery, answers: tuple[Answer, ...]) -> Outcome:
        """Delivered, to be tried again, or given up."""
        now, attempts = self._clock.now(), delivery.attempts + 1
        told = (*delivery.answers, *(_told(each, now) for each in answers))
        state: DeliveryState = "delivered"
        pause = None
        if not any(each.is_success for each in answers):
            pause = PAUSES[attempts - 1] if attempts <= len(PAUSES) else None
            state = "failed" if pause is None else "waiting"
        return Outcome(
            delivery_id=delivery.delivery_id,
            state=state,
            attempts=attempts,
            answers=told,
            next_attempt_at=None if pause is None else now + pause,
            settled_at=None if pause is not None else now,
        )


def _may_send(subscription: Subscription, message: Message) -> bool:
    """Who has not confirmed is asked to, and told nothing else (control-cases.md J-05)."""
    return subscription.status == ("Pending" if message.type == CONFIRMATION else "Confirmed")


def _is_due(delivery: Delivery, now: datetime) -> bool:
    """Also where the clock went back: no pause is longer than the last one."""
    at = delivery.next_attempt_at
    return at is None or at <= now or at > now + PAUSES[-1]


def _cancelled(delivery: Delivery, now: datetime) -> Outcome:
    return Outcome(delivery.delivery_id, "cancelled", delivery.attempts, delivery.answers, settled_at=now)


def _told(answer: Answer, now: datetime) -> dict[str, object]:
    """An answer as the log keeps it."""
    told: dict[str, object] = {"at": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z"}
    if answer.status is not None:
        told |= {"status": answer.status, "body": answer.text[:SHOWN].replace("\x00", "")}
    if answer.error:
        told["error"] = answer.error
    return told


def _spoilt(signature: str) -> str:
    """Base64 of the same length that verifies nothing."""
    first = "B" if signature[0] == "A" else "A"
    return first + signature[1:]
