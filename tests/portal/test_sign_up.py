"""Signing up: one form makes an account without any right; an administrator makes somebody of it (connect.md 20)."""

from __future__ import annotations

import pytest

from app.oauth.passwords import matches
from app.store.records import Page
from tests.portal.conftest import inputs, words

PATH, SECRET = "/portal/sign-up", "correct horse battery"
ZOE = {"Email": "zoe@acme.example", "GivenName": "Zoë", "FamilyName": "O'Neil", "Password": SECRET}


def test_walk(stranger, sandbox, ask, browser_of, organisation):
    """The account has the names and the password, and no rights; they come with an administrator's form."""
    assert set(inputs(stranger.get(PATH))) == set(ZOE)
    made = stranger.post(PATH, ZOE)
    assert made.status_code == 303
    assert "You have an account now" in words(stranger.get(made.headers["location"]))
    with sandbox.store.read() as uow:
        account = uow.accounts.find_by_email(ZOE["Email"])
    assert matches(SECRET, account.password_hash)
    assert (account.details["GivenName"], account.details["FamilyName"]) == ("Zoë", "O'Neil")
    zoe = browser_of(user=account.user_id)
    page = f"/portal/organisations/{organisation}/administrators"
    for path in ("", "/organisations", f"/organisations/{organisation}", "/search?q=a", "/activity", "/pki", "/audit"):
        refused = zoe.get(f"/portal{path}")
        assert refused.status_code == 403, path
        assert "zoe@acme.example has no rights yet" in words(refused)
    assert zoe.get(page).status_code == 403
    told = ask("POST", f"/organisations/{organisation}/adminusers", json={"UserEmail": ZOE["Email"]})
    assert told.json()["UserID"] == account.user_id
    assert zoe.get(page).status_code == 200


def test_everything_is_told_at_once_and_no_password_again(stranger, sandbox):
    """An empty form has a finding beside each field; what was typed stays, but for the password."""
    page = stranger.post(PATH, dict.fromkeys(ZOE, ""))
    assert page.status_code == 400
    assert all(f'id="{name}-fault"' in page.text for name in ZOE)
    page = stranger.post(PATH, ZOE | {"Email": "nobody", "Password": "short-1"})
    assert page.status_code == 400
    assert "short-1" not in page.text
    assert inputs(page)["GivenName"] == ["Zoë"]
    with sandbox.store.read() as uow:
        assert uow.accounts.all() == ()


def test_an_address_is_taken_once(stranger):
    """409, whatever the case of letters."""
    assert stranger.post(PATH, ZOE).status_code == 303
    assert stranger.post(PATH, ZOE | {"Email": "ZOE@acme.example"}).status_code == 409


def test_the_audit_names_who_it_was(stranger, sandbox):
    """Himself; without the password, in clear or as a hash."""
    stranger.post(PATH, ZOE)
    with sandbox.store.read() as uow:
        (event,) = (each for each in uow.audit.list(Page()).items if each.record.get("email") == ZOE["Email"])
    assert event.actor == ZOE["Email"]
    assert SECRET not in str(event.record)
    assert "scrypt" not in str(event.record)


def test_other_sites_sign_nobody_up(stranger):
    """The form is accepted from own pages alone."""
    foreign = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert stranger.post(PATH, ZOE, headers=foreign).status_code == 403


class TestWithout:
    @pytest.fixture
    def options(self):
        return {"sign_up": False}

    def test_nobody_signs_up(self, stranger):
        """404 for the pages and the form."""
        assert stranger.get(PATH).status_code == 404
        assert stranger.get("/portal/signed-up").status_code == 404
        assert stranger.post(PATH, ZOE).status_code == 404
