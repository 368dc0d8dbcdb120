"""oauth-cases.md D: an assertion counts once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.api.app import create_data_app
from app.oauth.client_authentication import ClientCall
from app.oauth.refusals import OAuthRefusal
from app.sandboxes import Sandboxes
from app.store import sqlite
from tests.api.oauth.kit import refused
from tests.doors import Client, open_for_tests


@pytest.mark.case("oauth-D-01")
def test_the_same_assertion_again(machine):
    """The second time it is refused, and the third."""
    assertion = machine.assertion()
    assert machine.token(assertion).status_code == 200
    for _ in range(2):
        refused(machine.token(assertion), "assertion.replay")


def test_at_another_endpoint(machine):
    """It is used up for all of them."""
    assertion = machine.assertion()
    token = machine.token(assertion).json()["access_token"]
    refused(machine.introspect(token, client_assertion=assertion), "assertion.replay")
    refused(machine.revoke(token, client_assertion=assertion), "assertion.replay")


@pytest.mark.case("oauth-D-02")
def test_fifty_at_once_over_two_workers(sandbox, machine, tmp_path, options, clock):
    """Of fifty threads on two openings of one store exactly one gets a token."""
    other = open_for_tests(tmp_path, options, clock, seed="another worker")
    form = machine.form()

    def ask(number):
        worker = (sandbox, other)[number % 2]
        try:
            return worker.oauth.token_endpoint.answer(ClientCall("/token", form)).value.access_token
        except OAuthRefusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(50) as threads:
        told = list(threads.map(ask, range(50)))
    other.close()
    assert sorted(told)[1:] != told
    assert told.count("assertion.replay") == 49


@pytest.mark.case("oauth-D-03")
def test_the_same_jti_of_another_client(machine, sibling):
    """Each client has its own."""
    assert machine.token(machine.assertion(jti="one")).status_code == 200
    assert sibling.token(sibling.assertion(jti="one")).status_code == 200


@pytest.mark.case("oauth-D-04")
def test_the_same_jti_in_another_assertion(machine):
    """Another expiry and another signature make no other jti."""
    assert machine.token(machine.assertion(jti="one")).status_code == 200
    refused(machine.token(machine.assertion(jti="one", exp=int(machine.now()) + 200)), "assertion.replay")


def test_the_same_jti_under_another_form_of_the_id(machine, sandbox):
    """UUID and URL are one client."""
    url = f"{sandbox.addresses.rp}/openid_relying_party/{machine.software}"
    assert machine.token(machine.assertion(jti="one")).status_code == 200
    refused(machine.token(machine.assertion(jti="one", iss=url, sub=url)), "assertion.replay")


@pytest.mark.case("oauth-D-05")
def test_after_a_restart(sandbox, machine, tmp_path, options, clock):
    """It is in the store, not in the memory of a process."""
    assertion = machine.assertion()
    assert machine.token(assertion).status_code == 200
    again = open_for_tests(tmp_path, options, clock, seed="started again")
    refused(machine.token(assertion, ask=Client(create_data_app(Sandboxes(again)))), "assertion.replay")
    again.close()


@pytest.mark.case("oauth-D-06")
def test_a_refused_request_has_used_it_too(machine):
    """Once the signature was good the jti counts as used, whatever the request was refused for."""
    assertion = machine.assertion()
    refused(machine.token(assertion, scope="directory:nonsense"), "scope.invalid", 400, "invalid_scope")
    refused(machine.token(assertion), "assertion.replay")


def test_what_was_refused_for_itself_is_not_used(machine, clock):
    """A jti in an assertion that proved nothing is anybody's."""
    from tests.api.oauth.kit import rsa_key

    refused(machine.token(machine.assertion(jti="one", key=rsa_key("rsa-2048-c"))), "assertion.signature")
    refused(machine.token(machine.assertion(jti="one", aud="https://evil.example")), "assertion.aud")
    assert machine.token(machine.assertion(jti="one")).status_code == 200


def test_until_it_is_over_with_leeway(machine, clock):
    """In the last second of the leeway it is refused as used, behind it as expired; an hour later the jti is free."""
    assertion = machine.assertion(jti="one")
    assert machine.token(assertion).status_code == 200
    clock.advance(timedelta(seconds=69))
    refused(machine.token(assertion), "assertion.replay")
    clock.advance(timedelta(seconds=1))
    refused(machine.token(assertion), "assertion.exp")
    clock.advance(timedelta(seconds=1))
    refused(machine.token(machine.assertion(jti="one")), "assertion.replay")
    clock.advance(timedelta(hours=1))
    assert machine.token(machine.assertion(jti="one")).status_code == 200


@pytest.mark.case("oauth-D-07")
def test_a_store_that_takes_no_writes(machine, tmp_path, options, clock, monkeypatch):
    """What cannot be used up is not accepted: 503 and try again; afterwards the same assertion is good."""
    other = open_for_tests(tmp_path, options, clock, seed="another worker")
    assertion = machine.assertion()
    monkeypatch.setattr(sqlite, "LOCK_SECONDS", 0.05)
    with other.store.write():
        told = machine.token(assertion)
    assert told.headers["retry-after"] == "1"
    refused(told, "assertion.store_down", 503, "temporarily_unavailable")
    monkeypatch.undo()
    assert machine.token(assertion).status_code == 200
    other.close()
