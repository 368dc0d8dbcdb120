"""Who is told: a subscription for each application and server with a `NotificationWebhook` (connect.md 18).

The address and the state stand in the object, as the API shows them; the row beside it is what sending needs, and is
made again from the object where whole tables were replaced. A state that changes changes both, in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from app.runtime.clock import Clock
from app.runtime.entropy import Entropy, new_id, new_token
from app.store.records import Application, AuditEvent, Resource
from app.store.store import UnitOfWork
from app.store.webhook_records import Delivery, Message, OwnerKind, Standing, Subscription
from app.webhooks.canonical import CONFIRMATION, Topic

WEBHOOK, STATUS = "NotificationWebhook", "NotificationWebhookStatus"
CONFIRM_WITHIN = timedelta(days=3)
OWNERS = ("application", "server")
TEXT = (
    "You have chosen to subscribe to the topic {topic}.\n"
    "To confirm the subscription, visit the SubscribeURL included in this message."
)


@dataclass(frozen=True, slots=True)
class Owner:
    """An object that wants to be told, or no longer does: then `endpoint` is None."""

    kind: OwnerKind
    owner_id: str
    organisation_id: str
    endpoint: str | None
    status: str | None


class Subscribing:
    def __init__(self, clock: Clock, ground: tuple[Entropy, Entropy], topic: Topic) -> None:
        """`ground` gives ids and secrets."""
        self._clock, (self._entropy, self._secrets), self._topic = clock, ground, topic

    # what follows from changes

    def follow(self, uow: UnitOfWork, noted: tuple[AuditEvent, ...]) -> None:
        """After a change: who is new is asked to confirm, who is gone is forgotten."""
        for event in noted:
            if event.object_type in OWNERS and event.action != "assert":
                self._settle(uow, _owner(uow, event.object_type, event.object_id))
            elif event.object_type == "organisation" and event.action == "withdraw":
                for each in uow.webhooks.subscriptions(event.object_id):
                    self.stand(uow, each, "Deactivated")

    def reconcile(self, uow: UnitOfWork) -> None:
        """Make the rows that are missing from the objects: whole tables were replaced. What was confirmed stays so."""
        for owner in _owners(uow):
            self._settle(uow, owner)

    def _settle(self, uow: UnitOfWork, owner: Owner | None) -> None:
        if owner is None:
            return
        known = uow.webhooks.of_owner(owner.owner_id)
        if known is not None and known.endpoint == owner.endpoint:
            return
        if known is not None:
            self._end(uow, known)
            owner = replace(owner, status=None)
        if owner.endpoint is not None:
            self._subscribe(uow, owner, owner.endpoint)

    def _end(self, uow: UnitOfWork, subscription: Subscription) -> None:
        uow.webhooks.cancel(subscription.subscription_id, self._clock.now())
        uow.webhooks.unsubscribe(subscription.subscription_id)

    def _subscribe(self, uow: UnitOfWork, owner: Owner, endpoint: str) -> None:
        now = self._clock.now()
        is_known = owner.status in ("Confirmed", "Deactivated")
        record = Subscription(
            subscription_id=new_id(self._entropy),
            owner_kind=owner.kind,
            owner_id=owner.owner_id,
            organisation_id=owner.organisation_id,
            endpoint=endpoint,
            status=owner.status if is_known else "Pending",  # type: ignore[arg-type]
            token=new_token(self._secrets),
            created_at=now,
            expires_at=now + CONFIRM_WITHIN,
            confirmed_at=now if owner.status == "Confirmed" else None,
        )
        uow.webhooks.subscribe(record)
        if not is_known:
            self.ask(uow, record)

    # confirming

    def ask(self, uow: UnitOfWork, subscription: Subscription) -> Delivery:
        """Queue the message that asks for a confirmation."""
        now = self._clock.now()
        message = Message(
            message_id=new_id(self._entropy),
            type=CONFIRMATION,
            made_at=now,
            event="subscription.confirmation",
            object_id=subscription.owner_id,
            organisation_id=subscription.organisation_id,
            revision=None,
            body=TEXT.format(topic=self._topic.arn),
            token=subscription.token,
        )
        record = Delivery(
            delivery_id=new_id(self._entropy),
            subscription_id=subscription.subscription_id,
            message_id=message.message_id,
            state="waiting",
            position=uow.webhooks.next_position(),
            made_at=now,
            next_attempt_at=now,
        )
        uow.webhooks.add(message)
        uow.webhooks.enqueue(record)
        return record

    def stand(self, uow: UnitOfWork, subscription: Subscription, status: Standing) -> None:
        """Another state, in the row and in the object. What waits for one that is no longer told is given up."""
        now = self._clock.now()
        if status == "Confirmed" and not uow.webhooks.confirmed():
            uow.webhooks.told_through(now)
        uow.webhooks.stand(subscription.subscription_id, status, now if status == "Confirmed" else None)
        if status == "Deactivated":
            uow.webhooks.cancel(subscription.subscription_id, now)
        self._show(uow, subscription, status)

    def renew(self, uow: UnitOfWork, subscription: Subscription) -> Subscription:
        """Begin anew with an old address: another token, another three days."""
        owner = _owner(uow, subscription.owner_kind, subscription.owner_id)
        self._end(uow, subscription)
        if owner is not None:
            self._subscribe(uow, replace(owner, status=None), subscription.endpoint)
            self._show(uow, subscription, "Pending")
        return uow.webhooks.of_owner(subscription.owner_id) or subscription

    def _show(self, uow: UnitOfWork, subscription: Subscription, status: Standing) -> None:
        """In the object, as the API tells it; its revision rises where anybody has seen another state."""
        if subscription.owner_kind == "application":
            application = uow.applications.find_any(subscription.owner_id)
            if application is not None and application.details.get(STATUS, "Pending") != status:
                told = {**application.details, STATUS: status}
                uow.applications.replace(replace(application, details=told, revision=application.revision + 1))
            return
        server = uow.resources.find("server", subscription.owner_id)
        if server is not None and server.body.get(STATUS) != status:
            changed = replace(server, body={**server.body, STATUS: status}, revision=server.revision + 1)
            uow.resources.replace(changed)


def _owner(uow: UnitOfWork, kind: str, object_id: str) -> Owner | None:
    """As it stands now; one that is gone wants nothing."""
    if kind == "application":
        application = uow.applications.find_any(object_id)
        return None if application is None else _of_application(application)
    server = uow.resources.find("server", object_id)
    if server is not None:
        return _of_server(server)
    known = uow.webhooks.of_owner(object_id)
    return None if known is None else Owner("server", object_id, known.organisation_id, None, None)


def _owners(uow: UnitOfWork) -> Iterator[Owner]:
    for application in uow.applications.everywhere():
        yield _of_application(application)
    for server in uow.resources.of_kind("server"):
        yield _of_server(server)


def _of_application(application: Application) -> Owner:
    endpoint = None if application.status == "Inactive" else _text(application.details, WEBHOOK)
    ids = application.software_statement_id, application.organisation_id
    return Owner("application", *ids, endpoint, _text(application.details, STATUS))


def _of_server(server: Resource) -> Owner:
    ids = server.resource_id, str(server.organisation_id)
    return Owner("server", *ids, _text(server.body, WEBHOOK), _text(server.body, STATUS))


def _text(members: Mapping[str, Any], name: str) -> str | None:
    value = members.get(name)
    return str(value) if value else None
