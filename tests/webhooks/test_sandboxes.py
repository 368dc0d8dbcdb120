"""Webhooks of sandboxes beside `default`: their own subscriptions, topic, addresses and settings."""

import asyncio

import pytest

from app.access import Caller
from app.api.app import create_data_app
from app.directory.drafts import ApplicationDraft, OrganisationDraft
from app.runtime.outgoing import HttpOutgoing
from app.sandboxes import Sandboxes
from app.sandboxes.making import Wanted
from app.server.postman import Postman
from app.store.webhook_records import DeliveryFilter
from tests.doors import Client
from tests.webhooks.conftest import KEY
from tests.webhooks.receiver import verifies

CALLER = Caller(frozenset({"directory:website"}))


@pytest.fixture
def options():
    """The default directory refuses receivers on this machine; the other one has a setting of its own."""
    return {}


@pytest.fixture
def sandboxes(sandbox):
    opened = Sandboxes(sandbox)
    opened.create(Wanted("beside", settings={"allow_private_webhooks": True}))
    yield opened
    opened.close_idle(0)


def _listen(directory, url):
    """An application that wants to be told, whose subscription nobody has confirmed yet."""
    draft = OrganisationDraft("Acme", "Acme Ltd", "GB", "1", None, {})
    directory.organisations.create(CALLER, "acme", draft)
    details = {"NotificationWebhook": url, "RedirectUri": ["https://acme.example/cb"]}
    directory.applications.create(CALLER, "acme", ApplicationDraft("Listener", None, None, details))
    with directory.store.write() as uow:
        uow.webhooks.put_key(KEY.read_bytes())


def _drain(sandboxes):
    async def drained():
        postman = Postman(sandboxes, HttpOutgoing(), "tests")
        try:
            await postman.turn()
            while await postman.settled():
                await postman.turn()
        finally:
            await postman.close()

    asyncio.run(drained())


def test_each_sandbox_tells_for_itself(sandbox, sandboxes, receiver):
    """Its topic and addresses are its own; what happens in `default` is not told there; nobody is held open behind."""
    beside = sandboxes.enter("beside")
    _listen(beside, receiver.url)
    _drain(sandboxes)
    (asked,) = receiver.confirmations
    assert asked.told["TopicArn"].endswith(":connect-mock-beside")
    assert "/sandboxes/beside/sns?" in asked.told["SubscribeURL"]
    ask = Client(create_data_app(sandboxes))
    path = "/" + asked.told["SubscribeURL"].split("/", 3)[3]
    assert ask("GET", path).status_code == 200
    pem = ask("GET", "/" + asked.told["SigningCertURL"].split("/", 3)[3]).content
    assert verifies(asked.told, pem)
    draft = OrganisationDraft("Other", "Other Ltd", "GB", "2", None, {})
    sandbox.organisations.create(CALLER, "other", draft)
    beside.organisations.create(CALLER, "further", draft)
    _drain(sandboxes)
    assert [each.payload["OrganisationDetails"]["OrganisationId"] for each in receiver.notifications] == ["further"]
    sandboxes.leave(beside)
    sandboxes.close_idle(0)
    assert sandboxes.get("beside") is None


def test_setting_of_the_other_one_counts_for_it_alone(sandbox, sandboxes, receiver):
    """`default` does not send to this machine, and its log says so."""
    _listen(sandbox, receiver.url)
    _drain(sandboxes)
    assert receiver.received == []
    (found,) = sandbox.webhooks.log(DeliveryFilter(), 10).items
    assert found[0].answers[0]["error"].startswith("url.blocked")
