"""Webhooks: who is told, what became of each message, and sending it again, for those whom it concerns."""

import pytest

from app.store.webhook_records import Outcome
from tests.doors import APPLICATION, NOW
from tests.portal.conftest import links, words

PAGE = "/portal/webhooks"
ENDPOINT = "https://hooks.example/acme"


@pytest.fixture
def hooked(ask, application, sandbox):
    """An application of acme whose webhook is confirmed, with one message that waits."""
    body = APPLICATION | {"ClientName": "Listener", "NotificationWebhook": ENDPOINT}
    made = ask("POST", "/organisations/acme/softwarestatements", json=body)
    assert made.status_code == 201, made.text
    (known,) = sandbox.webhooks.subscriptions()
    sandbox.webhooks.confirm(known.subscription_id)
    changed = APPLICATION | {"Description": "Reads accounts"}
    path = "/organisations/{}/softwarestatements/{}".format(*application)
    assert ask("PUT", path, json=changed).status_code == 200
    return made.json()["SoftwareStatementId"]


def _delivery(browser):
    """The address of the newest delivery."""
    return next(each for each in links(browser.get(PAGE)) if each.startswith(f"{PAGE}/"))


def test_nobody_is_told(browser, organisation):
    """Without a webhook the page says so, and how one is made."""
    page = browser.get(PAGE)
    assert page.status_code == 200
    for part in ("Nobody is told", "No deliveries", "allow_private_webhooks"):
        assert part in words(page)


def test_subscription_and_deliveries(browser, hooked):
    """Application, organisation, address, state and queue; the deliveries newest first."""
    told = words(browser.get(PAGE))
    for part in ("Listener", "Acme Bank", ENDPOINT, "Confirmed", "application.update", "subscription.confirmation"):
        assert part in told
    assert told.index("application.update") < told.index("subscription.confirmation")


def test_one_delivery(browser, hooked):
    """Its page has message id, revision, payload and what was answered so far."""
    told = words(browser.get(_delivery(browser)))
    for part in ("application.update", "Waiting", ENDPOINT, '"Revision": 1', "It was not sent yet", "Reads accounts"):
        assert part in told


def test_what_was_answered(browser, hooked, sandbox):
    """Each attempt with its status and the beginning of the answer, as text; the list tells how many there were."""
    (known,) = sandbox.webhooks.subscriptions()
    address = _delivery(browser)
    answers = ({"at": "2026-06-01T12:00:00.000Z", "status": 500, "body": "<script>alert(1)</script>"},
               {"at": "2026-06-01T12:00:10.000Z", "error": "nobody listens"})  # fmt: skip
    outcome = Outcome(address.rpartition("/")[2], "failed", 2, answers, settled_at=NOW)
    with sandbox.store.write() as uow:
        uow.webhooks.settle(known.subscription_id, outcome)
    page = browser.get(address)
    for part in ("Failed", "500", "<script>alert(1)</script>", "nobody listens"):
        assert part in words(page)
    assert "<script>alert" not in page.text
    assert "2 attempts" in words(browser.get(PAGE))


def test_filters(browser, hooked):
    """By state; an unknown one counts as none."""
    assert "No deliveries" in words(browser.get(f"{PAGE}?state=failed"))
    assert "application.update" in words(browser.get(f"{PAGE}?state=waiting&subscription=nonsense"))
    assert "application.update" in words(browser.get(f"{PAGE}?state=nonsense"))


def test_sent_again(browser, hooked, sandbox):
    """The button makes another delivery of the same message, and leads to it."""
    address = _delivery(browser)
    assert "Send again" in words(browser.get(address))
    answer = browser.post(f"{address}/resend")
    assert answer.status_code == 303
    assert answer.headers["location"] != address
    assert "The message is sent again." in words(browser.get(answer.headers["location"]))
    (known,) = sandbox.webhooks.subscriptions()
    assert known.queued == 3


def test_people_see_their_own(person, hooked, other):
    """An administrator of the organisation reads and sends again; one of another organisation finds nothing there."""
    own, stranger = person("acme"), person("other")
    address = _delivery(own)
    assert own.get(address).status_code == 200
    assert own.post(f"{address}/resend").status_code == 303
    assert ENDPOINT not in words(stranger.get(PAGE))
    assert stranger.get(address).status_code == 404
    assert stranger.post(f"{address}/resend").status_code == 404


@pytest.mark.case("api-A-11")
def test_reading_is_not_sending(person, hooked, sandbox):
    """Who may read the application but not change it sees no button, and his form is refused."""
    reader = person("acme", "PBC")
    address = _delivery(reader)
    assert "Send again" not in words(reader.get(address))
    assert reader.post(f"{address}/resend").status_code == 403
    (known,) = sandbox.webhooks.subscriptions()
    assert known.queued == 2


def test_unknown_delivery(browser, hooked):
    """404 for a delivery that is not there."""
    assert browser.get(f"{PAGE}/nothing").status_code == 404
    assert browser.post(f"{PAGE}/nothing/resend").status_code == 404


def test_sending_again_to_who_left(browser, hooked, sandbox):
    """409 with the reason where the subscription is over."""
    address = _delivery(browser)
    (known,) = sandbox.webhooks.subscriptions()
    sandbox.webhooks.deactivate(known.subscription_id)
    answer = browser.post(f"{address}/resend")
    assert answer.status_code == 409
    assert "would have to be Confirmed" in words(answer)
