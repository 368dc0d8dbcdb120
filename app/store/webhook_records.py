"""What the store remembers of webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

OwnerKind = Literal["application", "server"]
Standing = Literal["Pending", "Confirmed", "Deactivated"]
"""NotificationWebhookStatusEnum of OpenAPI 1.39."""
DeliveryState = Literal["waiting", "held", "delivered", "failed", "dropped", "cancelled"]
"""`held`: kept back on purpose. `dropped`: never sent, on purpose. `cancelled`: the subscription ended before."""
STATES: tuple[str, ...] = get_args(DeliveryState)
OPEN = ("waiting", "held")
"""States of what is still to be sent."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where an application or an authorisation server wants to be told. There is one row for each of them."""

    subscription_id: str
    owner_kind: OwnerKind
    owner_id: str
    organisation_id: str
    endpoint: str
    status: Standing
    token: str
    created_at: datetime
    expires_at: datetime
    confirmed_at: datetime | None = None
    queued: int = 0
    overflowed: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """What is told to everyone, under one id. `body` is the text that stands in `Message`."""

    message_id: str
    type: str
    made_at: datetime
    event: str
    object_id: str
    organisation_id: str
    revision: int | None
    body: str
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message on its way to one subscription. `answers` tell what became of each attempt, oldest first."""

    delivery_id: str
    subscription_id: str
    message_id: str
    state: DeliveryState
    position: int
    made_at: datetime
    attempts: int = 0
    next_attempt_at: datetime | None = None
    settled_at: datetime | None = None
    effects: tuple[str, ...] = ()
    answers: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt has led to."""

    delivery_id: str
    state: DeliveryState
    attempts: int
    answers: tuple[Mapping[str, Any], ...]
    next_attempt_at: datetime | None = None
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries are asked for; None does not count."""

    subscription_id: str | None = None
    state: str | None = None
    event: str | None = None
    object_id: str | None = None
    message_id: str | None = None
    organisations: tuple[str, ...] | None = None
    """Those of which one must be subscribed."""
