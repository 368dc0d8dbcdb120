"""Webhooks (connect.md 18): who is told, the log of deliveries, what is sent again, what is done to them on purpose.

No Connect API operation is published for the log.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any, get_args

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.control.reading import query_of, sandbox_of, wrong
from app.sandbox import Sandbox
from app.store.webhook_records import STATES, Delivery, DeliveryFilter, Message, Standing, Subscription
from app.web.answers import answer, present
from app.web.bodies import read_members
from app.web.calls import call
from app.web.moments import iso
from app.web.queries import Query, text
from app.webhooks import wishes

FILTERS = ("subscription_id", "state", "event", "object_id", "message_id")
USUAL, MOST = 100, 1000
LARGEST = 1_000_000
router = APIRouter()


@router.get("/_mock/webhooks")
async def overview(request: Request) -> Response:
    """Every subscription, how many deliveries there are, and what is done on purpose."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    return answer(await call(sandbox, overview_of, sandbox))


@router.post("/_mock/webhooks/subscriptions/{subscription_id}:confirm")
async def confirm(request: Request, subscription_id: str) -> Response:
    """Confirm it in the place of its receiver. Raises NotFound."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    return answer(subscribed(sandbox, await call(sandbox, sandbox.webhooks.confirm, subscription_id)))


@router.post("/_mock/webhooks/subscriptions/{subscription_id}:renew")
async def renew(request: Request, subscription_id: str) -> Response:
    """Ask for a confirmation once more. Raises NotFound."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    return answer(subscribed(sandbox, await call(sandbox, sandbox.webhooks.renew, subscription_id)))


@router.post("/_mock/webhooks/subscriptions/{subscription_id}:deactivate")
async def deactivate(request: Request, subscription_id: str) -> Response:
    """Tell it nothing any more. Raises NotFound."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    return answer(subscribed(sandbox, await call(sandbox, sandbox.webhooks.deactivate, subscription_id)))


@router.get("/_mock/webhooks/deliveries")
async def listed(request: Request) -> Response:
    """Newest first."""
    sandbox, query = sandbox_of(request), query_of(request, (*FILTERS, "limit", "skip"))
    limit, skipped = _whole(query, "limit", 1, MOST, USUAL), _whole(query, "skip", 0, LARGEST, 0)
    found = await call(sandbox, sandbox.webhooks.log, _filter(query), limit, skipped)
    return answer({"deliveries": [told(*pair) for pair in found.items], "total": found.total})


@router.get("/_mock/webhooks/deliveries/{delivery_id}")
async def single(request: Request, delivery_id: str) -> Response:
    """One, with what was sent and what was answered. Raises NotFound."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    delivery, message, subscription = await call(sandbox, sandbox.webhooks.one, delivery_id)
    endpoint = None if subscription is None else subscription.endpoint
    return answer(present({**told(delivery, message), "endpoint": endpoint, "message": message.body}))


@router.post("/_mock/webhooks/deliveries/{delivery_id}:resend")
async def resend(request: Request, delivery_id: str) -> Response:
    """The same message once more, as another delivery: 201. Raises NotFound, Conflict."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    made = await call(sandbox, sandbox.webhooks.resend, delivery_id)
    delivery, message, _subscription = await call(sandbox, sandbox.webhooks.one, made.delivery_id)
    return answer(told(delivery, message), 201)


@router.get("/_mock/webhooks/delivery")
async def on_purpose(request: Request) -> Response:
    """What is done to messages on purpose."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    return answer(dict(await call(sandbox, sandbox.webhooks.on_purpose)))


@router.put("/_mock/webhooks/delivery")
async def put_on_purpose(request: Request) -> Response:
    """These effects and no others, for messages from now on. Raises Invalid with every finding."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    wanted = await read_members(request)
    request.scope["state"]["detail"] = wanted
    return answer(dict(await call(sandbox, sandbox.webhooks.put_on_purpose, wishes.read(wanted))))


@router.delete("/_mock/webhooks/delivery")
async def as_usual(request: Request) -> Response:
    """Nothing is done on purpose; what was held back for its successor goes now."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    return answer(dict(await call(sandbox, sandbox.webhooks.put_on_purpose, {})))


def overview_of(sandbox: Sandbox) -> dict[str, Any]:
    """The answer of `/_mock/webhooks`."""
    hooks = sandbox.webhooks
    counts, signer = hooks.counts(), hooks.signing.find()
    return present(
        {
            "topic_arn": hooks.topic.arn,
            "format": sandbox.settings.webhook_format,
            "signature_version": sandbox.settings.webhook_signature_version,
            "signing_cert_url": None if signer is None else hooks.topic.certificate_url(signer.name),
            "subscriptions": [subscribed(sandbox, each) for each in hooks.subscriptions()],
            "deliveries": {state: counts.get(state, 0) for state in STATES},
            "delivery": dict(hooks.on_purpose()),
        }
    )


def state_of(sandbox: Sandbox) -> dict[str, Any]:
    """The part of `/_mock/state`: numbers alone, without the tokens of those who are still to confirm."""
    counts = sandbox.webhooks.counts()
    standings = Counter(each.status for each in sandbox.webhooks.subscriptions())
    return {
        "format": sandbox.settings.webhook_format,
        "subscriptions": {status: standings[status] for status in get_args(Standing)},
        "deliveries": {state: counts.get(state, 0) for state in STATES},
        "delivery": dict(sandbox.webhooks.on_purpose()),
    }


def subscribed(sandbox: Sandbox, found: Subscription) -> dict[str, Any]:
    """A subscription, with the address that its receiver has to visit while that is awaited."""
    is_pending = found.status == "Pending"
    return present(
        {
            "id": found.subscription_id,
            "arn": sandbox.webhooks.topic.subscription_arn(found.subscription_id),
            "owner": found.owner_kind,
            "owner_id": found.owner_id,
            "organisation_id": found.organisation_id,
            "endpoint": found.endpoint,
            "status": found.status,
            "created_at": iso(found.created_at),
            "confirm_by": iso(found.expires_at) if is_pending else None,
            "subscribe_url": sandbox.webhooks.topic.subscribe_url(found.token) if is_pending else None,
            "confirmed_at": None if found.confirmed_at is None else iso(found.confirmed_at),
            "queued": found.queued,
            "overflowed": found.overflowed,
        }
    )


def told(delivery: Delivery, message: Message) -> dict[str, Any]:
    """A delivery without what was sent."""
    return present(
        {
            "id": delivery.delivery_id,
            "subscription_id": delivery.subscription_id,
            "message_id": delivery.message_id,
            "type": message.type,
            "event": message.event,
            "object_id": message.object_id,
            "organisation_id": message.organisation_id,
            "revision": message.revision,
            "state": delivery.state,
            "made_at": iso(delivery.made_at),
            "attempts": delivery.attempts,
            "next_attempt_at": None if delivery.next_attempt_at is None else iso(delivery.next_attempt_at),
            "settled_at": None if delivery.settled_at is None else iso(delivery.settled_at),
            "effects": [effect for effect in delivery.effects if effect != "copy"],
            "answers": list(delivery.answers),
        }
    )


def _filter(query: Query) -> DeliveryFilter:
    given: dict[str, Any] = {name: text(query, name) for name in FILTERS if name in query}
    for name, value in given.items():
        if not value:
            raise wrong(f"/query/{name}", "a value", "nothing")
    if given.get("state", STATES[0]) not in STATES:
        raise wrong("/query/state", f"one of {', '.join(STATES)}", given["state"])
    return replace(DeliveryFilter(), **given)


def _whole(query: Query, name: str, least: int, most: int, usual: int) -> int:
    """A whole number in these bounds."""
    if name not in query:
        return usual
    given = text(query, name)
    if not (given.isascii() and given.isdigit() and len(given) <= len(str(most)) and least <= int(given) <= most):
        raise wrong(f"/query/{name}", f"a whole number from {least} to {most}", given)
    return int(given)
