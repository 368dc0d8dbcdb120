"""Webhooks as doors see them: subscriptions and how they are confirmed, the log, what is sent again (connect.md 18)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from app.errors import Conflict, Finding, Invalid, NotFound
from app.runtime.clock import Clock
from app.runtime.outgoing import Rules
from app.settings import Settings
from app.store.lists import Listing
from app.store.store import Store, UnitOfWork
from app.store.webhook_records import Delivery, DeliveryFilter, Message, Subscription
from app.webhooks import effects
from app.webhooks.canonical import CONFIRMATION, Topic
from app.webhooks.outbox import Outbox
from app.webhooks.post import Post
from app.webhooks.signing import SigningKey
from app.webhooks.subscribing import Subscribing


@dataclass(frozen=True, slots=True)
class Parts:
    """What webhooks are made of."""

    topic: Topic
    subscribing: Subscribing
    outbox: Outbox
    post: Post
    signing: SigningKey


class WebhookBook:
    def __init__(self, store: Store, clock: Clock, settings: Settings, control: str, parts: Parts) -> None:
        """`control` is the address of the control listener, which is no target of ours."""
        self._store, self._clock, self._settings, self._control = store, clock, settings, control
        self.topic, self.post, self.signing = parts.topic, parts.post, parts.signing
        self._subscribing, self._outbox = parts.subscribing, parts.outbox

    # subscriptions

    def subscriptions(self, organisation_id: str | None = None) -> tuple[Subscription, ...]:
        """Oldest first, as they stand at this moment; None = everyone's."""
        self.refresh()
        with self._store.read() as uow:
            return uow.webhooks.subscriptions(organisation_id)

    def refresh(self) -> None:
        """End those that nobody has confirmed in time."""
        with self._store.read() as uow:
            is_due = bool(uow.webhooks.overdue(self._clock.now()))
        if is_due:
            self.post.expire()

    def confirm_token(self, token: str) -> Subscription:
        """What a visit of SubscribeURL does. Raises Invalid for a token that nobody was sent, or too late."""
        self.refresh()
        with self._store.write() as uow:
            found = uow.webhooks.by_token(token)
            if found is None or found.status == "Deactivated":
                raise Invalid("no subscription waits for this token", code="webhook.token")
            return self._confirmed(uow, found)

    def confirm(self, subscription_id: str) -> Subscription:
        """Confirm it for a receiver that cannot. Raises NotFound."""
        with self._store.write() as uow:
            return self._confirmed(uow, _found(uow, subscription_id))

    def renew(self, subscription_id: str) -> Subscription:
        """Ask for its confirmation once more, with another token; it gets another id. Raises NotFound."""
        with self._store.write() as uow:
            return self._subscribing.renew(uow, _found(uow, subscription_id))

    def deactivate(self, subscription_id: str) -> Subscription:
        """Tell it nothing any more. Raises NotFound."""
        with self._store.write() as uow:
            found = _found(uow, subscription_id)
            self._subscribing.stand(uow, found, "Deactivated")
            return _found(uow, subscription_id)

    def reconcile(self) -> None:
        """After a reset or an import: who wants to be told is what the objects say."""
        with self._store.write() as uow:
            self._subscribing.reconcile(uow)
            if "reorder" not in effects.settings(uow):
                uow.webhooks.free_all(self._clock.now())

    def _confirmed(self, uow: UnitOfWork, found: Subscription) -> Subscription:
        if found.status != "Confirmed":
            self._subscribing.stand(uow, found, "Confirmed")
        return _found(uow, found.subscription_id)

    # the log

    def log(self, wanted: DeliveryFilter, limit: int, skipped: int = 0) -> Listing[tuple[Delivery, Message]]:
        """Newest first."""
        with self._store.read() as uow:
            return uow.webhooks.log(wanted, limit, skipped)

    def counts(self) -> Mapping[str, int]:
        """How many deliveries there are, by state."""
        with self._store.read() as uow:
            return uow.webhooks.counts()

    def one(self, delivery_id: str) -> tuple[Delivery, Message, Subscription | None]:
        """A delivery, what was sent, and to whom if he still wants to be told. Raises NotFound."""
        with self._store.read() as uow:
            return self._one(uow, delivery_id)

    def resend(self, delivery_id: str) -> Delivery:
        """The same message once more, under its old id, behind all that waits.

        Raises NotFound; Conflict where nobody there may be told that.
        """
        with self._store.write() as uow:
            _delivery, message, subscription = self._one(uow, delivery_id)
            wanted = "Pending" if message.type == CONFIRMATION else "Confirmed"
            if subscription is None or subscription.status != wanted:
                standing = "is over" if subscription is None else f"is {subscription.status}"
                raise Conflict(f"the subscription {standing}, and would have to be {wanted}", code="webhook.standing")
            made = self._outbox.send(uow, message, (subscription,))
        if not made:
            raise Conflict("the queue of this subscription is full", code="webhook.queue")
        return made[0]

    def _one(self, uow: UnitOfWork, delivery_id: str) -> tuple[Delivery, Message, Subscription | None]:
        delivery = uow.webhooks.find_delivery(delivery_id)
        message = None if delivery is None else uow.webhooks.message(delivery.message_id)
        if delivery is None or message is None:
            raise NotFound(f"no delivery {delivery_id[:80]}", code="webhook.not_there")
        return delivery, message, uow.webhooks.find(delivery.subscription_id)

    # what is done on purpose

    def on_purpose(self) -> effects.Settings:
        with self._store.read() as uow:
            return effects.settings(uow)

    def put_on_purpose(self, wanted: effects.Settings) -> effects.Settings:
        """These and no others. Raises Invalid for a subscription that is not there."""
        with self._store.write() as uow:
            if findings := tuple(_unknown(uow, wanted)):
                raise Invalid(findings[0].detail, code=findings[0].code, findings=findings)
            effects.put(uow, wanted, self._clock.now())
            return effects.settings(uow)

    # sending

    def rules(self, trusted: tuple[str, ...]) -> Rules:
        """What a request to a receiver may do; `trusted` are CAs of this directory, PEM."""
        port = urlsplit(self._control).port
        files = tuple(path.read_text() for path in self._settings.webhook_ca_files)
        private = self._settings.allow_private_webhooks
        return Rules(self._settings.webhook_timeout_seconds, private, port, (*trusted, *files))


def _found(uow: UnitOfWork, subscription_id: str) -> Subscription:
    found = uow.webhooks.find(subscription_id)
    if found is None:
        raise NotFound(f"no subscription {subscription_id[:80]}", code="webhook.not_there")
    return found


def _unknown(uow: UnitOfWork, wanted: effects.Settings) -> Iterator[Finding]:
    for name, setting in wanted.items():
        identifier: Any = setting.get("subscription_id")
        if identifier is not None and uow.webhooks.find(identifier) is None:
            text = "there is no such subscription"
            yield Finding("webhook.not_there", text, f"/{name}/subscription_id", got=str(identifier)[:80])
