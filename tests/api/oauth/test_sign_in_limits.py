"""Limits of failed sign-ins where several processes serve one directory."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.api.app import create_data_app
from app.sandboxes import Sandboxes
from tests.api.oauth.browser import Browser
from tests.doors import open_for_tests


@pytest.fixture
def elsewhere(sandbox, tmp_path, options, clock):
    """A browser at another process on the same store."""
    worker = open_for_tests(tmp_path, options, clock, seed="worker")
    yield Browser(create_data_app(Sandboxes(worker)))
    worker.close()


def fail(browser, email, times):
    browser.open("/sign_in")
    for _ in range(times):
        browser.send("/sign_in", email=email, password="wrong")


def is_closed(browser, email):
    browser.open("/sign_in")
    browser.send("/sign_in", email=email, password="connect-mock")
    return browser.response.status_code == 429


def test_ten_failures_wherever_they_were(browser, elsewhere, ana, person, clock):
    """Five at each of two processes close the account at both, and no other account; in five minutes it is open."""
    other = person("bob@acme.example")
    fail(browser, ana.email, 5)
    fail(elsewhere, ana.email, 5)
    assert is_closed(browser, ana.email)
    assert is_closed(elsewhere, ana.email.upper())
    assert not is_closed(elsewhere, other.email)
    clock.advance(timedelta(minutes=5))
    assert not is_closed(browser, ana.email)


def test_a_success_counts_everywhere(browser, elsewhere, ana):
    """Nine failures at one process and a sign-in at the other: the count begins anew at both."""
    fail(browser, ana.email, 9)
    assert not is_closed(elsewhere, ana.email)
    fail(browser, ana.email, 9)
    assert not is_closed(browser, ana.email)


def test_codes_of_devices(acme, browser, elsewhere, ana):
    """Ten wrong user codes, in two processes, end the guessing of that person (RFC 8628, 5.1)."""
    for each in (browser, elsewhere):
        each.open("/device")
        each.sign_in(ana.email)
        assert [each.send("/device", user_code="BBBB-BBBB").status_code for _ in range(5)] == [400] * 5
    for each in (browser, elsewhere):
        each.open("/device")
        assert each.send("/device", user_code="BBBB-BBBB").status_code == 429


def test_a_reset_forgets_them(browser, ana, control):
    """Who resets tokens and sessions begins anew here as well."""
    fail(browser, ana.email, 10)
    assert is_closed(browser, ana.email)
    assert control("POST", "/_mock/reset", json={"to": "empty", "scope": ["tokens"]}).status_code == 200
    assert not is_closed(browser, ana.email)
