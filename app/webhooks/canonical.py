"""Messages in the form of AWS SNS: the document, and the text that is signed (SNS documentation, connect.md 18)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from app.store.webhook_records import Message, Subscription

NOTIFICATION, CONFIRMATION = "Notification", "SubscriptionConfirmation"
SIGNED: Mapping[str, tuple[str, ...]] = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    CONFIRMATION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
"""Which members are signed, in this order; one that is absent is left out."""
CONFIRM, UNSUBSCRIBE = "ConfirmSubscription", "Unsubscribe"


@dataclass(frozen=True, slots=True)
class Topic:
    """The one topic of a directory: its name, and where its public side is."""

    sandbox_id: str
    base: str
    """Address of the service `data`."""

    @property
    def arn(self) -> str:
        """Shaped like one of AWS, with a region and an account that nobody has."""
        return f"arn:aws:sns:mock:000000000000:connect-mock-{self.sandbox_id}"

    def subscription_arn(self, subscription_id: str) -> str:
        return f"{self.arn}:{subscription_id}"

    def subscribe_url(self, token: str) -> str:
        return f"{self.base}/sns?{urlencode({'Action': CONFIRM, 'TopicArn': self.arn, 'Token': token})}"

    def unsubscribe_url(self, subscription_id: str) -> str:
        asked = {"Action": UNSUBSCRIBE, "SubscriptionArn": self.subscription_arn(subscription_id)}
        return f"{self.base}/sns?{urlencode(asked)}"

    def certificate_url(self, name: str) -> str:
        return f"{self.base}/sns/SimpleNotificationService-{name}.pem"


def document(topic: Topic, message: Message, subscription: Subscription) -> dict[str, Any]:
    """A message as one subscription gets it, without signature."""
    told: dict[str, Any] = {"Type": message.type, "MessageId": message.message_id}
    if message.token is not None:
        told["Token"] = message.token
    told |= {"TopicArn": topic.arn, "Message": message.body}
    if message.token is not None:
        told["SubscribeURL"] = topic.subscribe_url(message.token)
    told["Timestamp"] = f"{message.made_at:%Y-%m-%dT%H:%M:%S}.{message.made_at.microsecond // 1000:03d}Z"
    if message.type == NOTIFICATION:
        told["UnsubscribeURL"] = topic.unsubscribe_url(subscription.subscription_id)
    return told


def signed_text(told: Mapping[str, Any]) -> str:
    """Name, line feed, value, line feed, for each member that is signed."""
    return "".join(f"{name}\n{told[name]}\n" for name in SIGNED[told["Type"]] if name in told)


def headers(topic: Topic, message: Message, subscription: Subscription) -> dict[str, str]:
    """Those that SNS sends with a message."""
    told = {
        "content-type": "text/plain; charset=UTF-8",
        "user-agent": "connect-mock",
        "x-amz-sns-message-type": message.type,
        "x-amz-sns-message-id": message.message_id,
        "x-amz-sns-topic-arn": topic.arn,
    }
    if message.type == NOTIFICATION:
        told["x-amz-sns-subscription-arn"] = topic.subscription_arn(subscription.subscription_id)
    return told


def as_text(members: Mapping[str, Any]) -> str:
    """JSON as it stands in `Message`: a compact text."""
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))
