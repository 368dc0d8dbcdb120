"""Webhooks of one sandbox, wired."""

from __future__ import annotations

from app.ca.keys import KeyPool
from app.runtime.addresses import Addresses
from app.runtime.clock import Clock
from app.runtime.entropy import Entropy
from app.settings import Settings
from app.store.store import Store
from app.webhooks.book import Parts, WebhookBook
from app.webhooks.canonical import Topic
from app.webhooks.expiries import Expiries
from app.webhooks.outbox import Ground, Outbox
from app.webhooks.post import Post
from app.webhooks.signing import SigningKey
from app.webhooks.subscribing import Subscribing


def wire(
    ground: tuple[Store, Clock, Entropy, Entropy, KeyPool], settings: Settings, addresses: Addresses, sandbox_id: str
) -> WebhookBook:
    """`ground` are the store, the clock, chance for ids and for secrets, ready keys. The store tells from now on."""
    store, clock, entropy, secrets, pool = ground
    topic = Topic(sandbox_id, addresses.data)
    subscribing = Subscribing(clock, (entropy, secrets), topic)
    outbox = Outbox(Ground(clock, entropy, settings, addresses.keystore), subscribing)
    post = Post(store, clock, settings, (subscribing, Expiries(store, clock, outbox), topic))
    store.telling = outbox.tell
    parts = Parts(topic, subscribing, outbox, post, SigningKey(store, settings, (secrets, pool)))
    return WebhookBook(store, clock, settings, addresses.control, parts)
