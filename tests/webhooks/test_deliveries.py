"""How messages get there: again after a failure, in order, as often as is said; the log and what is sent again."""

import threading
from datetime import timedelta

import pytest

from tests.doors import APPLICATION
from tests.webhooks.receiver import Receiver, verifies

OK, BROKEN = (200, {}, b"ok"), (500, {}, b"oops")


def _revisions(received):
    return [next(iter(each.payload["SoftwareStatements"].values()))["SoftwareCertificates"][0]["Revision"]
            for each in received]  # fmt: skip


@pytest.fixture
def three(issue, receiver):
    """Three certificates are issued, so three messages wait."""

    def made():
        return [issue() for _ in range(3)]

    return made


@pytest.mark.case("control-J-04")
def test_failures_are_tried_again_after_growing_pauses(confirmed, receiver, post, issue, clock, log):
    """500 three times, then 200: pauses of 10, 60 and 300 seconds by the sandbox's clock, one message id, delivered."""
    receiver.answers = [BROKEN, BROKEN, BROKEN, OK]
    issue()
    seen = []
    for pause in (0, 9, 1, 59, 1, 299, 1):
        clock.advance(timedelta(seconds=pause))
        post()
        seen.append(len(receiver.received))
    assert seen == [1, 1, 2, 2, 3, 3, 4]
    assert len({each.told["MessageId"] for each in receiver.received}) == 1
    (first, *_others) = log()
    assert (first["state"], first["attempts"]) == ("delivered", 4)
    assert [each["status"] for each in first["answers"]] == [500, 500, 500, 200]


def test_given_up_after_three_retries(confirmed, receiver, post, issue, clock, log):
    """The fourth failure is the last: the delivery is failed, and the next message goes."""
    receiver.answers = [BROKEN] * 4
    issue()
    issue()
    for pause in (0, 10, 60, 300):
        clock.advance(timedelta(seconds=pause))
        post()
    assert [each["state"] for each in log(event="certificate.create")] == ["delivered", "failed"]


def test_later_messages_wait_for_a_retry(confirmed, receiver, post, three, clock):
    """Order is kept through failures: what comes behind a failed message waits for it."""
    receiver.answers = [BROKEN, OK]
    three()
    post()
    assert len(receiver.received) == 1
    clock.advance(timedelta(seconds=10))
    post()
    revisions = _revisions(receiver.received)
    assert revisions[1:] == sorted(revisions[1:])
    assert revisions[0] == revisions[1]
    assert len(revisions) == 4


def test_unreachable_receiver_is_told_in_the_log(subscribe, receiver, post, log):
    """Nobody listens: the log says why, and the delivery waits for its next attempt."""
    subscribe(receiver.url)
    receiver.close()
    post()
    (entry,) = log()
    assert entry["state"] == "waiting"
    assert entry["answers"][0]["error"]


def test_clock_that_stands_keeps_retries_waiting(confirmed, receiver, post, issue):
    """While the clock stands no pause ends, and nothing is sent over and over."""
    receiver.answers = [BROKEN]
    issue()
    for _ in range(3):
        post()
    assert len(receiver.received) == 1


class TestOnPurpose:
    """What is done to deliveries on purpose (control-cases.md J-02, J-03)."""

    @pytest.fixture
    def wish(self, control):
        def put(**effects):
            answer = control("PUT", "/_mock/webhooks/delivery", json=effects)
            assert answer.status_code == 200, answer.text
            return answer.json()

        return put

    @pytest.mark.case("control-J-02")
    def test_duplicate(self, confirmed, receiver, post, three, wish, control):
        """So many messages as `times` says come twice, under the same id; then the effect is over."""
        wish(duplicate={"times": 2})
        three()
        post()
        ids = [each.told["MessageId"] for each in receiver.received]
        assert [ids.count(each) for each in dict.fromkeys(ids)] == [2, 2, 1]
        assert control("GET", "/_mock/webhooks/delivery").json() == {}

    @pytest.mark.case("control-J-02")
    def test_reorder(self, confirmed, receiver, post, three, wish):
        """One message comes behind its successor; ids and payloads stay."""
        wish(reorder={"times": 1})
        three()
        post()
        first, second, third = _revisions(receiver.received)
        assert second < first < third

    @pytest.mark.case("control-J-02")
    def test_reordered_message_goes_when_the_effect_is_taken_away(
        self, confirmed, receiver, post, issue, wish, control
    ):
        """Without a successor it waits, and goes as soon as nothing is to be reordered any more."""
        wish(reorder=True)
        issue()
        post()
        assert receiver.received == []
        assert control("DELETE", "/_mock/webhooks/delivery").json() == {}
        post()
        assert len(receiver.received) == 1

    @pytest.mark.case("control-J-02")
    def test_drop(self, confirmed, receiver, post, three, wish, log):
        """A dropped message never comes; the log has it."""
        wish(drop={"times": 1})
        three()
        post()
        assert len(receiver.received) == 2
        assert [each["state"] for each in log(event="certificate.create")] == ["delivered", "delivered", "dropped"]

    @pytest.mark.case("control-J-02")
    def test_late(self, confirmed, receiver, post, three, wish, clock):
        """A late message comes so many seconds later by the sandbox's clock; others overtake it."""
        wish(late={"seconds": 60, "times": 1})
        three()
        post()
        assert len(receiver.received) == 2
        clock.advance(timedelta(seconds=59))
        post()
        assert len(receiver.received) == 2
        clock.advance(timedelta(seconds=1))
        post()
        revisions = _revisions(receiver.received)
        assert revisions[2] == min(revisions)

    @pytest.mark.case("control-J-03")
    def test_bad_signature(self, confirmed, receiver, post, three, wish, visit):
        """The signature alone is wrong: same members, same certificate, same payload form; the next one is good."""
        wish(bad_signature={"times": 1})
        three()
        post()
        pem = visit(receiver.received[0].told["SigningCertURL"]).content
        assert [verifies(each.told, pem) for each in receiver.received] == [False, True, True]
        bad, good = receiver.received[0].told, receiver.received[1].told
        assert set(bad) == set(good)
        assert len(bad["Signature"]) == len(good["Signature"])

    def test_one_receiver_alone(self, confirmed, receiver, post, issue, wish, control):
        """With `subscription_id` an effect is for one receiver."""
        (known,) = control("GET", "/_mock/webhooks").json()["subscriptions"]
        wish(drop={"subscription_id": known["id"]})
        issue()
        post()
        assert receiver.received == []

    @pytest.mark.parametrize(
        ("wanted", "code"),
        [
            ({"explode": True}, "webhook.effect"),
            ({"late": True}, "field.type"),
            ({"late": {"times": 1}}, "field.missing"),
            ({"drop": {"times": 0}}, "field.value"),
            ({"drop": {"often": 1}}, "field.unknown"),
            ({"duplicate": {"copies": 6}}, "field.value"),
            ({"drop": {"subscription_id": "nobody"}}, "webhook.not_there"),
        ],
    )
    def test_nothing_accepted_is_ignored(self, control, wanted, code):
        """Unknown effects, members and values are refused, with code and pointer (R3)."""
        refused = control("PUT", "/_mock/webhooks/delivery", json=wanted)
        assert (refused.status_code, refused.json()["findings"][0]["code"]) == (422, code)
        assert control("GET", "/_mock/webhooks/delivery").json() == {}

    def test_reset_ends_it(self, confirmed, wish, control):
        """A reset takes every effect away (R5), and the state of the sandbox shows it until then (R2)."""
        wish(drop=True)
        assert control("GET", "/_mock/state").json()["webhooks"]["delivery"] == {"drop": {}}
        assert control("POST", "/_mock/reset", json={"to": "empty", "scope": ["switches"]}).status_code == 200
        assert control("GET", "/_mock/webhooks/delivery").json() == {}


class TestFullQueue:
    @pytest.fixture
    def options(self, options):
        return options | {"webhook_queue_limit": 2}

    @pytest.mark.case("control-J-06")
    def test_queue_is_capped(self, confirmed, receiver, post, issue, control, log):
        """What does not fit is counted, not kept; changes go on; the queue empties when the receiver comes back."""
        receiver.answers = [BROKEN]
        issue()
        post()
        for _ in range(3):
            issue()
        (known,) = control("GET", "/_mock/webhooks").json()["subscriptions"]
        assert (known["queued"], known["overflowed"]) == (2, 2)
        assert len(log(state="waiting")) == 2


class TestShortLog:
    @pytest.fixture
    def options(self, options):
        return options | {"webhook_log_entries": 10}

    def test_log_keeps_the_newest(self, ask, path, confirmed, receiver, post, log):
        """Of what is settled the oldest goes."""
        for number in range(12):
            assert ask("PUT", path, json=APPLICATION | {"Description": f"No. {number}"}).status_code == 200
        post()
        assert [each["revision"] for each in log()] == [*range(12, 2, -1)]
        assert len(receiver.received) == 12


def test_resend_is_the_same_message(confirmed, receiver, post, issue, log, control):
    """The same id, payload and revision, in another delivery."""
    issue()
    post()
    (entry, *_others) = log()
    again = control("POST", f"/_mock/webhooks/deliveries/{entry['id']}:resend")
    assert again.status_code == 201
    post()
    first, second = receiver.received
    assert first.body == second.body
    assert log(message_id=entry["message_id"])[0]["id"] == again.json()["id"] != entry["id"]
    whole = control("GET", f"/_mock/webhooks/deliveries/{entry['id']}").json()
    assert (whole["message"], whole["endpoint"]) == (first.told["Message"], receiver.url)


def test_resend_needs_a_confirmed_subscription(subscribe, receiver, post, log, control, confirmed, issue):
    """Nothing is sent again to who is not subscribed any more; an unknown delivery is 404."""
    issue()
    post()
    (entry, *_others) = log()
    (known,) = control("GET", "/_mock/webhooks").json()["subscriptions"]
    control("POST", f"/_mock/webhooks/subscriptions/{known['id']}:deactivate")
    refused = control("POST", f"/_mock/webhooks/deliveries/{entry['id']}:resend")
    assert (refused.status_code, refused.json()["code"]) == (409, "webhook.standing")
    assert control("POST", "/_mock/webhooks/deliveries/none:resend").status_code == 404


def test_slow_receiver_holds_up_no_other(confirmed, receiver, subscribe, visit, post, issue, log):
    """While one receiver does not answer, another one gets its messages."""
    quick = Receiver()
    try:
        subscribe(quick.url)
        post()
        visit(quick.confirmations[0].told["SubscribeURL"])
        receiver.wait_for = threading.Event()
        receiver.received.clear()
        issue()
        sending = threading.Thread(target=post)
        sending.start()
        for _ in range(2000):
            if quick.notifications and receiver.received:
                break
            sending.join(0.01)
        assert len(quick.notifications) == 1
        assert any(each["state"] == "waiting" for each in log(event="certificate.create"))
        receiver.wait_for.set()
        sending.join(30)
        assert {each["state"] for each in log(event="certificate.create")} == {"delivered"}
    finally:
        quick.close()


def test_reset_and_snapshots_keep_what_was_confirmed(confirmed, receiver, post, issue, control, log):
    """A snapshot brings back a confirmed subscription without asking again; the log is empty, revisions go on."""
    assert control("PUT", "/_mock/snapshots/hooked").status_code in (200, 201)
    issue()
    post()

    assert control("POST", "/_mock/reset", json={"to": "empty"}).status_code == 200
    assert control("GET", "/_mock/webhooks").json()["subscriptions"] == []
    assert control("POST", "/_mock/reset", json={"to": "hooked"}).status_code == 200
    (known,) = control("GET", "/_mock/webhooks").json()["subscriptions"]
    assert (known["status"], known["owner_id"]) == ("Confirmed", confirmed)
    assert log() == []
    post()
    assert len(receiver.received) == 1


def test_export_takes_subscriptions_along(application, confirmed, control, receiver, post):
    """What is exported says who has confirmed and what is done on purpose; the key that signs stays where it is."""
    assert control("PUT", "/_mock/webhooks/delivery", json={"drop": {"times": 1}}).status_code == 200
    document = control("GET", "/_mock/export").content
    assert b"PRIVATE KEY" not in control("GET", "/_mock/webhooks").content
    assert control("POST", "/_mock/reset", json={"to": "empty"}).status_code == 200
    assert control("POST", "/_mock/import", content=document).status_code == 200
    (known,) = control("GET", "/_mock/webhooks").json()["subscriptions"]
    assert (known["status"], known["owner_id"]) == ("Confirmed", confirmed)
    for _ in range(2):
        wanted = {"software": application[1], "type": "rtstransport"}
        assert control("POST", "/_mock/certificates", json=wanted).status_code == 201
    post()
    assert len(receiver.received) == 1


def test_import_with_effects_that_cannot_be(confirmed, control):
    """Settings of deliveries in a document are judged like those that are sent."""
    assert control("PUT", "/_mock/webhooks/delivery", json={"drop": {"times": 1}}).status_code == 200
    document = control("GET", "/_mock/export").json()
    (power,) = (each for each in document["power"] if each["name"] == "webhooks")
    power["value"] = {"drop": {"times": "often"}}
    refused = control("POST", "/_mock/import", json=document)
    assert refused.status_code == 422
    assert "/power/" in refused.json()["findings"][0]["pointer"]
