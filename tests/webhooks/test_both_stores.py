"""Webhooks on SQLite and on PostgreSQL, where use cases run in worker threads."""

from datetime import timedelta

import pytest

from tests.webhooks.receiver import verifies


@pytest.fixture
def options(options, store_url):
    return options | {"database": store_url}


@pytest.mark.case("reliability-C-05")
def test_one_life(confirmed, receiver, post, issue, ask, path, clock, log, visit):
    """Confirmed, told, tried again, told of a revocation, in order and with good signatures, on either database."""
    receiver.answers = [(500, {}, b"oops")]
    held = issue()
    post()
    clock.advance(timedelta(seconds=10))
    ask("PUT", f"{path}/certificates/rtstransport/{held['kid']}", json={"RevokeReason": "superseded"})
    post()
    pem = visit(receiver.received[0].told["SigningCertURL"]).content
    assert all(verifies(each.told, pem) for each in receiver.received)
    assert len(receiver.received) == 3
    told = [(each["event"], each["state"], each["attempts"]) for each in log()][:2]
    assert told == [("certificate.revoke", "delivered", 1), ("certificate.create", "delivered", 2)]
