"""Webhooks: who is told of changes, what became of each message, and sending it once more (connect.md 18)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.access import require_right
from app.access_rules import Level, Need
from app.errors import NotFound
from app.portal.lists import Asked
from app.portal.navigation import Link, Place
from app.portal.visits import Visit, Visitor
from app.store.webhook_records import STATES, Delivery, DeliveryFilter, Message, Subscription

ENTRY = "webhooks"
SIZE = 50
SORTS: Mapping[str, str] = {"newest": "number"}
LOOKS: Mapping[str, str] = {
    "Confirmed": "active", "Pending": "pending", "delivered": "active", "waiting": "pending", "held": "pending",
}  # fmt: skip
"""How a state looks; every other one is trouble."""
AREAS = {"application": "software_statements", "server": "authorisation_servers"}
"""Whose webhook it is: who may change that may send again."""
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Line:
    """One subscription: the name and the page of whom it is for, None where there is none any more."""

    subscription: Subscription
    organisation: str
    name: str
    href: str | None


@router.get("/webhooks")
async def listed(visit: Visitor) -> Response:
    """Super users see those of every organisation, others those of their own."""
    asked, query = Asked.of(visit.request, SORTS, size=SIZE), visit.request.query_params
    state, chosen = query.get("state", ""), query.get("subscription", "")
    subscriptions = await visit.call(_subscriptions, visit)
    state = state if state in STATES else ""
    chosen = chosen if chosen in {each.subscription.subscription_id for each in subscriptions} else ""
    own = None if visit.is_super_user else tuple(sorted(_own_ids(visit)))
    wanted = DeliveryFilter(chosen or None, state or None, organisations=own)
    found = await visit.call(visit.sandbox.webhooks.log, wanted, SIZE, SIZE * asked.number)
    words = {
        "asked": asked,
        "state": state,
        "states": STATES,
        "chosen": chosen,
        "subscriptions": subscriptions,
        "endpoints": {each.subscription.subscription_id: each.subscription.endpoint for each in subscriptions},
        "deliveries": found.items,
        "total": found.total,
        "looks": LOOKS,
        "href": partial(visit.url, ENTRY, state=state, subscription=chosen),
        "allow_private": visit.sandbox.settings.allow_private_webhooks,
    }
    return visit.page("webhooks.html", words, place=Place(ENTRY), trail=[Link(visit.t("frame.webhooks"))])


@router.get("/webhooks/{delivery_id}")
async def delivery(visit: Visitor, delivery_id: str) -> Response:
    """One, with its payload and what was answered. Raises NotFound."""
    told, message, subscription = await _own(visit, delivery_id)
    words = {
        "delivery": told,
        "message": message,
        "subscription": subscription,
        "payload": _payload(message),
        "looks": LOOKS,
        "effects": [effect for effect in told.effects if effect != "copy"],
        "may_resend": subscription is not None and _may_resend(visit, subscription),
    }
    crumbs = [Link(visit.t("frame.webhooks"), visit.url(ENTRY)), Link(message.event)]
    return visit.page("webhook_delivery.html", words, place=Place(ENTRY), trail=crumbs)


@router.post("/webhooks/{delivery_id}/resend")
async def resend(visit: Visitor, delivery_id: str) -> Response:
    """The same message once more, as another delivery. Raises NotFound, Forbidden, Conflict."""
    _told, _message, subscription = await _own(visit, delivery_id)
    if subscription is not None:
        require_right(visit.caller, Need(AREAS[subscription.owner_kind], Level.WRITE), *_where(subscription))
    made = await visit.call(visit.sandbox.webhooks.resend, delivery_id)
    return visit.go(visit.url(ENTRY, made.delivery_id), notice="webhooks.resent")


async def _own(visit: Visit, delivery_id: str) -> tuple[Delivery, Message, Subscription | None]:
    """Those of others, and those of nobody any more, are only there for super users."""
    told, message, subscription = await visit.call(visit.sandbox.webhooks.one, delivery_id)
    is_own = subscription is not None and subscription.organisation_id in _own_ids(visit)
    if not (is_own or visit.is_super_user):
        raise NotFound(f"no delivery {delivery_id[:80]}", code="webhook.not_there")
    return told, message, subscription


def _own_ids(visit: Visit) -> frozenset[str]:
    """Organisations whose applications he may read as one of them."""
    own = visit.caller.organisations
    return frozenset(each for each in own if visit.may(AREAS["application"], Level.READ, each))


def _may_resend(visit: Visit, subscription: Subscription) -> bool:
    return visit.may(AREAS[subscription.owner_kind], Level.WRITE, *_where(subscription))


def _where(subscription: Subscription) -> tuple[str, str | None]:
    software = subscription.owner_id if subscription.owner_kind == "application" else None
    return subscription.organisation_id, software


def _subscriptions(visit: Visit) -> list[Line]:
    found = visit.sandbox.webhooks.subscriptions()
    readable = _own_ids(visit)
    return [_line(visit, each) for each in found if visit.is_super_user or each.organisation_id in readable]


def _line(visit: Visit, subscription: Subscription) -> Line:
    place = ("organisations", subscription.organisation_id)
    with visit.sandbox.store.read() as uow:
        organisation = uow.organisations.find(subscription.organisation_id)
        if subscription.owner_kind == "application":
            application = uow.applications.find_any(subscription.owner_id)
            name = None if application is None else application.client_name
            href = visit.url(*place, "applications", subscription.owner_id)
        else:
            server = uow.resources.find("server", subscription.owner_id)
            name = None if server is None else str(server.body.get("CustomerFriendlyName", ""))
            href = visit.url(*place, "servers", subscription.owner_id)
    return Line(
        subscription,
        organisation.name if organisation else subscription.organisation_id,
        name or subscription.owner_id,
        None if name is None else href,
    )


def _payload(message: Message) -> str:
    """For people: JSON on several lines; the text that asks for a confirmation is none."""
    try:
        payload: Any = json.loads(message.body)
    except ValueError:
        return message.body
    return json.dumps(payload, indent=2, ensure_ascii=False)
