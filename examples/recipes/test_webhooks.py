"""Being told of changes: a receiver that confirms, verifies, and does the right thing when messages come badly."""

import time

import pytest
from hook import Hook


@pytest.fixture
def directory(connect_mock_server):
    """One that may send to this machine."""
    with connect_mock_server.sandbox(settings={"allow_private_webhooks": True}) as sandbox:
        yield sandbox


@pytest.fixture
def hook(directory):
    """A receiver whose subscription is confirmed."""
    services = directory.state()["addresses"]
    hook = Hook(services["data"], directory.ssl_context())
    directory.organisation("Bank").application("Listener", NotificationWebhook=hook.url)
    until(lambda: _statuses(directory) == ["Confirmed"])
    yield hook
    hook.close()


def until(so):
    """Wait, but not for ever."""
    end = time.monotonic() + 30
    while not so():
        assert time.monotonic() < end
        time.sleep(0.02)


def _statuses(directory):
    return [each["status"] for each in directory.control("GET", "/webhooks")["subscriptions"]]


def _tried(directory):
    """How often the message at the head of the queue was sent so far."""
    return max((len(each["answers"]) for each in directory.webhooks(state="waiting")), default=0)


def _told(hook, kid):
    """The states of one certificate, as they came."""
    branches = [branch for payload in hook.payloads for branch in payload.get("SoftwareStatements", {}).values()]
    every = [each for branch in branches for each in branch.get("SoftwareCertificates", ())]
    return [each["Status"] for each in every if each["kid"] == kid]


def test_revocation_is_told(directory, hook):
    """A client's certificate is issued and revoked: the bank learns of both, in this order, with good signatures."""
    certificate = directory.organisation("Acme").application("Reader").certificate("rtstransport")
    certificate.revoke("keycompromise")
    until(lambda: _told(hook, certificate.kid) == ["Active", "Inactive"])


def test_receiver_that_was_down_is_told_later(directory, hook):
    """It fails twice; the directory tries again after its pauses, and nothing is lost."""
    hook.fails = 2
    certificate = directory.organisation("Acme").application("Reader").certificate("rtstransport")
    until(lambda: _tried(directory) == 1)
    directory.clock.advance(seconds=10)
    until(lambda: _tried(directory) == 2)
    directory.clock.advance(seconds=60)
    until(lambda: _told(hook, certificate.kid) == ["Active"])


def test_message_that_comes_twice_counts_once(directory, hook):
    """At least once means twice now and then: what a receiver has done it does not do again."""
    directory.webhook_delivery(duplicate=True)
    certificate = directory.organisation("Acme").application("Reader").certificate("rtstransport")
    until(lambda: _told(hook, certificate.kid) == ["Active", "Active"])
    revisions = {each["revision"] for each in directory.webhooks(event="certificate.create")}
    assert len(revisions) == 1


def test_forged_message_is_not_believed(directory, hook):
    """A bad signature: the receiver answers with an error and keeps nothing."""
    directory.webhook_delivery(bad_signature=True)
    certificate = directory.organisation("Acme").application("Reader").certificate("rtstransport")
    until(lambda: any(each["answers"] for each in directory.webhooks(state="waiting")))
    assert _told(hook, certificate.kid) == []
