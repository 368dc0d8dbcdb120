"""What is told of a change, in the transaction of the change (api-cases.md R8).

The store calls `tell` at the end of every transaction that has left an audit record. First the subscriptions follow
what applications and servers say now, then everyone who has confirmed gets a delivery of each event.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.runtime.clock import Clock
from app.runtime.entropy import Entropy, new_id
from app.settings import Settings
from app.store.records import Application, AuditEvent
from app.store.store import UnitOfWork
from app.store.webhook_records import Delivery, Message, Subscription
from app.webhooks import effects
from app.webhooks.canonical import NOTIFICATION, as_text
from app.webhooks.objects import members_of
from app.webhooks.occurrences import Occurrence, occurrences
from app.webhooks.payloads import payload
from app.webhooks.subscribing import Subscribing


@dataclass(frozen=True, slots=True)
class Ground:
    """What webhooks stand on. `keystore` is the base address of key sets."""

    clock: Clock
    entropy: Entropy
    settings: Settings
    keystore: str


class Outbox:
    def __init__(self, ground: Ground, subscribing: Subscribing) -> None:
        self._ground, self._subscribing = ground, subscribing

    def tell(self, uow: UnitOfWork, noted: tuple[AuditEvent, ...]) -> None:
        """Called by the store, inside the transaction."""
        self._subscribing.follow(uow, noted)
        if uow.webhooks.confirmed():
            self.tell_all(uow, occurrences(uow, noted))

    def tell_all(self, uow: UnitOfWork, happened: Iterable[Occurrence]) -> None:
        """Queue each of these for everyone who has confirmed."""
        told = uow.webhooks.confirmed()
        for occurrence in happened:
            message = self._message(uow, occurrence)
            uow.webhooks.add(message)
            self.send(uow, message, told)

    def send(self, uow: UnitOfWork, message: Message, told: Iterable[Subscription]) -> tuple[Delivery, ...]:
        """Queue it for these; where the queue is full, it is counted instead."""
        return tuple(made for each in told if (made := self._queued(uow, message, each)) is not None)

    def _message(self, uow: UnitOfWork, occurrence: Occurrence) -> Message:
        revision = uow.webhooks.next_revision()
        members = members_of(occurrence, self._ground.keystore, _client_name(uow, occurrence))
        told = payload(occurrence, members, revision, self._ground.settings.webhook_format)
        return Message(
            message_id=new_id(self._ground.entropy),
            type=NOTIFICATION,
            made_at=self._ground.clock.now(),
            event=occurrence.name,
            object_id=occurrence.object_id,
            organisation_id=occurrence.organisation_id,
            revision=revision,
            body=as_text(told),
        )

    def _queued(self, uow: UnitOfWork, message: Message, subscription: Subscription) -> Delivery | None:
        """What was held back for this one to go first goes right behind it."""
        current = uow.webhooks.find(subscription.subscription_id)
        if current is None or current.queued >= self._ground.settings.webhook_queue_limit:
            uow.webhooks.overflow(subscription.subscription_id)
            return None
        held = uow.webhooks.held_back(subscription.subscription_id)
        fate = effects.fate(uow, subscription)
        record = self._delivery(uow, message, subscription, fate, is_partner=held is not None)
        uow.webhooks.enqueue(record)
        if held is not None:
            uow.webhooks.free(held.delivery_id, uow.webhooks.next_position(), self._ground.clock.now())
        return record

    def _delivery(
        self,
        uow: UnitOfWork,
        message: Message,
        subscription: Subscription,
        fate: effects.Fate,
        *,
        is_partner: bool,
    ) -> Delivery:
        now = self._ground.clock.now()
        is_held = fate.is_reordered and not is_partner and not fate.is_dropped
        state = "dropped" if fate.is_dropped else "held" if is_held or fate.is_late else "waiting"
        return Delivery(
            delivery_id=new_id(self._ground.entropy),
            subscription_id=subscription.subscription_id,
            message_id=message.message_id,
            state=state,  # type: ignore[arg-type]
            position=uow.webhooks.next_position(),
            made_at=now,
            next_attempt_at=None if is_held or fate.is_dropped else now + fate.delay,
            settled_at=now if fate.is_dropped else None,
            effects=fate.effects,
        )


def _client_name(uow: UnitOfWork, occurrence: Occurrence) -> str | None:
    """Whose certificate it is, as its object says."""
    if occurrence.kind != "certificate" or occurrence.software_statement_id is None:
        return None
    owner: Application | None = uow.applications.find_any(occurrence.software_statement_id)
    return None if owner is None else owner.client_name
