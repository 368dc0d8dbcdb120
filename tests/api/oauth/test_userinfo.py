"""`/me`: what a token tells of the person who allowed it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.doors import Client


def me(acme, email, scope, method="GET", **options):
    token = acme.redeem(acme.scripted(email, scope=scope)["code"]).json()["access_token"]
    return Client(acme.ask.app, token)(method, "/me", **options)


@pytest.fixture
def full(person):
    return person(PhoneNumber="+44 20 7946 0001", Address="1 Main Street, London")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_everything(acme, full, method):
    """connect.md 17.6: sub is the address; the rest as the scopes ask for."""
    answer = me(acme, full.email, "openid profile email phone address", method)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "sub": full.email,
        "name": "Ana Silva",
        "given_name": "Ana",
        "family_name": "Silva",
        "email": full.email,
        "email_verified": True,
        "phone_number": "+44 20 7946 0001",
        "phone_number_verified": True,
        "address": "1 Main Street, London",
    }


@pytest.mark.parametrize(
    ("scope", "claims"),
    [
        ("openid", {"sub"}),
        ("openid email", {"sub", "email", "email_verified"}),
        ("openid profile directory:website", {"sub", "name", "given_name", "family_name"}),
    ],
)
def test_only_what_the_scopes_ask_for(acme, full, scope, claims):
    """The information is subject to the scopes of the token (UserOPInfo)."""
    assert set(me(acme, full.email, scope).json()) == claims


def test_what_is_not_known_is_absent(acme, ana):
    """Never null."""
    assert set(me(acme, ana.email, "openid phone address").json()) == {"sub"}


def test_without_openid(acme, ana):
    """insufficient_scope, 403 (RFC 6750, 3.1)."""
    token = acme.redeem(acme.scripted(ana.email, scope="directory:website", nonce=None)["code"]).json()["access_token"]
    answer = Client(acme.ask.app, token)("GET", "/me")
    assert answer.status_code == 403
    assert "openid" in answer.headers["x-mock-reason"]


def test_a_token_of_a_machine(acme):
    """Nobody is behind it."""
    token = acme.token(grant_type="client_credentials").json()["access_token"]
    assert Client(acme.ask.app, token)("GET", "/me").status_code == 403


def test_no_usable_token(acme, ana, clock):
    """None, a made-up one, one that is over: 401 with a challenge."""
    token = acme.redeem(acme.scripted(ana.email)["code"]).json()["access_token"]
    assert Client(acme.ask.app, token)("GET", "/me").status_code == 200
    clock.advance(timedelta(hours=1))
    for text in (None, "made-up", token):
        answer = Client(acme.ask.app, text)("GET", "/me")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.case("oauth-H-09")
def test_only_in_the_header(acme, ana):
    """Neither in the address nor in a form is a token looked at."""
    token = acme.redeem(acme.scripted(ana.email)["code"]).json()["access_token"]
    assert acme.ask("GET", f"/me?access_token={token}").status_code == 401
    assert acme.ask("POST", "/me", data={"access_token": token}).status_code == 401


def test_a_changed_name_shows_at_once(acme, ana, sandbox):
    """The account of this very moment is told."""
    import dataclasses

    token = acme.redeem(acme.scripted(ana.email, scope="openid profile")["code"]).json()["access_token"]
    with sandbox.store.write() as uow:
        uow.accounts.replace(dataclasses.replace(ana, details={"GivenName": "Anna"}, revision=1))
    assert Client(acme.ask.app, token)("GET", "/me").json()["name"] == "Anna"
