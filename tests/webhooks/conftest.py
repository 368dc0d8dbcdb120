"""A sandbox with a receiver of webhooks beside it, and a postman that goes when he is told."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.runtime.outgoing import HttpOutgoing
from app.sandboxes import Sandboxes
from app.server.postman import Postman
from tests.doors import (  # noqa: F401
    APPLICATION,
    application,
    ask,
    client,
    clock,
    control,
    database_kind,
    door,
    make_csr,
    nobody,
    organisation,
    other,
    path,
    readiness,
    rsa_key,
    sandbox,
    token,
)
from tests.webhooks.receiver import Receiver

KEY = Path(__file__).parents[1] / "keys" / "rsa-2048-a.pem"


@pytest.fixture
def options():
    """Receivers are on this machine."""
    return {"allow_private_webhooks": True, "webhook_timeout_seconds": 60, "token_lifetime_seconds": 300_000_000}


@pytest.fixture
def receiver():
    opened = Receiver()
    yield opened
    opened.close()


@pytest.fixture
def signing(sandbox):  # noqa: F811
    """A key that need not be made first."""
    with sandbox.store.write() as uow:
        uow.webhooks.put_key(KEY.read_bytes())


@pytest.fixture
def post(sandbox, signing):  # noqa: F811
    """Send everything that is due by now."""

    async def drained():
        postman = Postman(Sandboxes(sandbox), HttpOutgoing(), "tests")
        try:
            await postman.turn()
            while await postman.settled():
                await postman.turn()
        finally:
            await postman.close()

    return lambda: asyncio.run(drained())


@pytest.fixture
def subscribe(ask, organisation):  # noqa: F811
    """An application that wants to be told at this address; its id."""

    def made(url, owner=organisation):
        body = APPLICATION | {"ClientName": "Listener", "NotificationWebhook": url}
        answer = ask("POST", f"/organisations/{owner}/softwarestatements", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["SoftwareStatementId"]

    return made


@pytest.fixture
def visit(nobody):  # noqa: F811
    """Visit an address of ours, without a token."""

    def asked(url):
        parts = urlsplit(url)
        return nobody("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path)

    return asked


@pytest.fixture
def confirmed(application, subscribe, receiver, post, visit):  # noqa: F811
    """A subscription that its receiver has confirmed, beside an application: the id of its own one."""
    owner = subscribe(receiver.url)
    post()
    (asked,) = receiver.confirmations
    assert visit(asked.told["SubscribeURL"]).status_code == 200
    receiver.received.clear()
    return owner


@pytest.fixture
def issue(ask, application, path, make_csr, rsa_key):  # noqa: F811
    """Issue a transport certificate to an application; its object."""

    def made():
        answer = ask(
            "POST",
            f"{path}/certificates/rtstransport",
            content=make_csr(application),
            headers={"content-type": "application/x-pem-file"},
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    return made


@pytest.fixture
def log(control):  # noqa: F811
    """The log of deliveries, newest first."""

    def read(**query):
        answer = control("GET", "/_mock/webhooks/deliveries", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()["deliveries"]

    return read
