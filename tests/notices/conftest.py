"""A sandbox with a certificate about to expire, and a mail server beside it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from app.sandboxes import Sandboxes
from app.server.rounds import Rounds
from app.store.notices import NoticeFilter
from tests.control.powers.test_notices import CONTACT
from tests.doors import *  # noqa: F403
from tests.mail_server import MailServer, mail_server

DAY = timedelta(days=1)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def options(server):
    return {"smtp_host": "127.0.0.1", "smtp_port": server.port, "token_lifetime_seconds": 300_000_000}


@pytest.fixture
def contact(ask, organisation):
    """Add a contact to the organisation."""

    def add(**more):
        made = ask("POST", f"/organisations/{organisation}/contacts", json=CONTACT | more)
        assert made.status_code == 201, made.text

    return add


@pytest.fixture
def end(ask, application, path, make_csr):
    """When the certificate of the application expires."""
    made = ask(
        "POST",
        f"{path}/certificates/rtstransport",
        content=make_csr(application),
        headers={"content-type": "application/x-pem-file"},
    )
    assert made.status_code == 201, made.text
    return datetime.fromisoformat(made.json()["ExpiryDateTime"])


@pytest.fixture
def rounds(sandbox):
    """What the server does by itself, one round at a time: `rounds.round()`."""
    return Rounds(Sandboxes(sandbox))


@pytest.fixture
def due(contact, end, clock, rounds):
    """A notice of the stage of sixty days, made and tried once."""
    contact()
    clock.set(end - 60 * DAY)
    rounds.round()


@pytest.fixture
def outbox(sandbox):
    """The notices, what fell due last first."""
    return lambda **wanted: sandbox.notices.all(NoticeFilter(**wanted), 100)
