"""Subscriptions, messages and deliveries, on each kind of database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.store.webhook_records import Delivery, DeliveryFilter, Message, Outcome, Subscription
from tests.store.rows import NOW, certificate

MINUTE = timedelta(minutes=1)


def _subscription(name, **more):
    values = {
        "subscription_id": name,
        "owner_kind": "application",
        "owner_id": f"owner of {name}",
        "organisation_id": "acme",
        "endpoint": "https://acme.example/hook",
        "status": "Confirmed",
        "token": f"token of {name}",
        "created_at": NOW,
        "expires_at": NOW + timedelta(days=3),
    }
    return Subscription(**values | more)


def _message(name, **more):
    values = {
        "message_id": name,
        "type": "Notification",
        "made_at": NOW,
        "event": "certificate.revoke",
        "object_id": "kid",
        "organisation_id": "acme",
        "revision": 1,
        "body": "{}",
    }
    return Message(**values | more)


def _delivery(name, position, **more):
    values = {
        "delivery_id": name,
        "subscription_id": "s",
        "message_id": "m",
        "state": "waiting",
        "position": position,
        "made_at": NOW,
        "next_attempt_at": NOW,
    }
    return Delivery(**values | more)


@pytest.fixture
def hooked(store):
    """A store with one subscription and one message."""
    with store.write() as uow:
        uow.webhooks.subscribe(_subscription("s"))
        uow.webhooks.add(_message("m"))
    return store


def test_what_is_kept_comes_back(hooked):
    """Every member of the three records is kept, moments and lists too."""
    record = _delivery("d", 7, effects=("duplicate", "copy"), answers=({"status": 500},), settled_at=NOW)
    with hooked.write() as uow:
        uow.webhooks.enqueue(record)
    with hooked.read() as uow:
        assert uow.webhooks.find_delivery("d") == record
        assert uow.webhooks.message("m") == _message("m")
        assert uow.webhooks.find("s") == replace(_subscription("s"), queued=1)
        assert uow.webhooks.of_owner("owner of s") == uow.webhooks.by_token("token of s") == uow.webhooks.find("s")


def test_one_process_at_a_time_has_the_lease(hooked):
    """A second process gets no lease until the first one gives it back or its time is over; the first may go on."""

    def lease(holder, now):
        with hooked.write() as uow:
            return uow.webhooks.lease("s", holder, now, MINUTE)

    assert [lease("a", NOW), lease("b", NOW), lease("a", NOW)] == [True, False, True]
    assert lease("b", NOW + MINUTE)
    with hooked.write() as uow:
        uow.webhooks.release("s", "a")
    assert not lease("a", NOW + MINUTE)
    with hooked.write() as uow:
        uow.webhooks.release("s", "b")
    assert lease("a", NOW + MINUTE)


def test_lease_ends_where_the_machines_clock_went_back(hooked):
    """A lease that ends later than one could is none: the machine's clock went back."""
    with hooked.write() as uow:
        assert uow.webhooks.lease("s", "a", NOW, MINUTE)
        assert uow.webhooks.lease("s", "b", NOW - timedelta(hours=1), MINUTE)


def test_batch_is_the_head_of_the_queue_in_order(hooked):
    """By position, without what is held back beyond the moment or for a successor."""
    with hooked.write() as uow:
        for record in (
            _delivery("third", 3),
            _delivery("late", 1, state="held", next_attempt_at=NOW + MINUTE),
            _delivery("first", 2),
            _delivery("behind", 4, state="held", next_attempt_at=None),
            _delivery("gone", 5, state="dropped"),
        ):
            uow.webhooks.enqueue(record)

        def batch(now):
            return [each.delivery_id for each in uow.webhooks.batch("s", now, 10)]

        assert batch(NOW) == ["first", "third"]
        assert batch(NOW + MINUTE) == ["late", "first", "third"]
        assert uow.webhooks.held_back("s").delivery_id == "behind"
        assert uow.webhooks.held_until("s") == NOW + MINUTE
        uow.webhooks.free_all(NOW)
        assert batch(NOW) == ["first", "third", "behind"]
        assert uow.webhooks.find("s").queued == 4


def test_queue_is_counted_as_it_empties(hooked):
    """What is settled counts no more, and is settled once; what is tried again goes on counting."""
    with hooked.write() as uow:
        for number in range(3):
            uow.webhooks.enqueue(_delivery(f"d{number}", number))
        uow.webhooks.settle("s", Outcome("d0", "waiting", 1, ({"status": 500},), NOW + MINUTE))
        assert uow.webhooks.find("s").queued == 3
        for _ in range(2):
            uow.webhooks.settle("s", Outcome("d1", "delivered", 1, ({"status": 200},), settled_at=NOW))
        assert uow.webhooks.find("s").queued == 2
        uow.webhooks.cancel("s", NOW)
        assert uow.webhooks.find("s").queued == 0
        assert uow.webhooks.counts() == {"delivered": 1, "cancelled": 2}
        uow.webhooks.overflow("s")
        assert uow.webhooks.find("s").overflowed == 1


def test_log_is_filtered_and_paged(hooked):
    """Newest first, by each filter alone and with the organisations that may see it."""
    with hooked.write() as uow:
        uow.webhooks.subscribe(_subscription("t", organisation_id="other"))
        uow.webhooks.add(_message("n", event="contact.create", object_id="c"))
        uow.webhooks.enqueue(_delivery("a", 1))
        uow.webhooks.enqueue(_delivery("b", 2, subscription_id="t", message_id="n"))
        uow.webhooks.enqueue(_delivery("c", 3, state="dropped"))

        def log(limit=10, skipped=0, **wanted):
            found = uow.webhooks.log(DeliveryFilter(**wanted), limit, skipped)
            return [delivery.delivery_id for delivery, _message in found.items], found.total

        assert log() == (["c", "b", "a"], 3)
        assert log(limit=1, skipped=1) == (["b"], 3)
        assert log(state="dropped") == (["c"], 1)
        assert log(event="contact.create") == log(object_id="c") == log(subscription_id="t") == (["b"], 1)
        assert log(organisations=("acme",)) == (["c", "a"], 2)
        assert log(organisations=()) == ([], 0)


def test_trimming_keeps_what_waits(hooked):
    """The oldest that are settled go, with their messages; what waits stays, however old."""
    with hooked.write() as uow:
        uow.webhooks.add(_message("old"))
        uow.webhooks.enqueue(_delivery("waits", 1))
        uow.webhooks.enqueue(_delivery("settled", 2, state="delivered", message_id="old"))
        for number in range(3, 6):
            uow.webhooks.enqueue(_delivery(f"d{number}", number, state="delivered"))
        uow.webhooks.trim(3)
        assert uow.webhooks.find_delivery("settled") is None
        assert uow.webhooks.message("old") is None
        assert uow.webhooks.find_delivery("waits") is not None
        assert uow.webhooks.message("m") is not None


def test_revision_rises_over_everything(hooked):
    """Each revision is one more than any before, also when all the rest was forgotten."""
    with hooked.write() as uow:
        assert [uow.webhooks.next_revision() for _ in range(2)] == [1, 2]
        uow.webhooks.clear()
        assert uow.webhooks.subscriptions() == ()
        assert uow.webhooks.next_revision() == 3


def test_expired_certificates_are_found_once(directory):
    """Behind the mark and before now, in the order of their ends, also where many end at one moment; no mark, none."""
    with directory.write() as uow:
        for number in range(1, 5):
            end = NOW + MINUTE * (1 if number < 4 else 2)
            uow.certificates.add(certificate(number, not_before=NOW - MINUTE, not_after=end))
        later = NOW + timedelta(hours=1)
        assert uow.webhooks.expired(later, 10) == ()
        uow.webhooks.told_through(NOW)
        assert uow.webhooks.expired(NOW + MINUTE, 10) == ()
        seen = []
        while found := uow.webhooks.expired(later, 2):
            seen += [number for number, _record in found]
            uow.webhooks.told_through(found[-1][1].not_after, found[-1][0])
        assert seen == sorted(set(seen))
        assert len(seen) == 4
        uow.webhooks.told_through(NOW)
        assert uow.webhooks.expired(later, 10) == ()


def test_who_is_late_is_found(hooked):
    """A subscription that nobody confirmed is overdue at its moment, not before."""
    with hooked.write() as uow:
        uow.webhooks.subscribe(_subscription("p", status="Pending"))
        assert uow.webhooks.overdue(NOW) == ()
        assert [each.subscription_id for each in uow.webhooks.overdue(NOW + timedelta(days=3))] == ["p"]
        uow.webhooks.stand("p", "Confirmed", NOW)
        assert [each.subscription_id for each in uow.webhooks.confirmed()] == ["s", "p"]
