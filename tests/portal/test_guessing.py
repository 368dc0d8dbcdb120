"""Guessing passwords at the sign-in of the portal (api-cases.md F-06)."""

import hashlib
import re
from collections import Counter

import pytest

from app.access import Caller
from app.oauth.accounts import AccountDraft
from app.oauth.attempts import ALLOWED
from app.runtime.entropy import new_id
from tests.accounts import administrator_of
from tests.portal.conftest import inputs, words
from tests.portal.test_sign_in import EMAIL, PASSWORD, Journey, ann  # noqa: F401 - a fixture

NOBODY = "nobody@acme.example"


@pytest.fixture
def options():
    """Nobody is told on the page itself: a mock that offers its users has nothing to hide."""
    return {"login_offers_users": False}


@pytest.fixture
def tries(door, ann):  # noqa: F811 - the fixture
    """Try a password: the answer to the form of the sign-in page."""
    journey = Journey(door)
    page = journey.begin("/portal/organisations")
    form = {name: values[-1] for name, values in inputs(page).items()}

    def send(email, password):
        return journey.post("/sign_in", form | {"email": email, "password": password})

    return send


@pytest.fixture
def work(monkeypatch):
    """What was computed: the parameters of every scrypt."""
    done, real = [], hashlib.scrypt

    def counted(password, **parameters):
        sizes = {name: len(value) if isinstance(value, bytes) else value for name, value in parameters.items()}
        done.append(tuple(sorted(sizes.items())))
        return real(password, **parameters)

    monkeypatch.setattr(hashlib, "scrypt", counted)
    return done


def said(page, email):
    """The page without what differs by itself: ids, tokens, the address that was typed."""
    text = re.sub(r"[\w-]{36,}|[\w.-]*\.[\w-]{20,}", "*", page.text.replace(email, "*"))
    return page.status_code, text


@pytest.mark.case("api-F-06")
def test_strangers_learn_nothing_of_who_has_an_account(tries, work):
    """The same page and the same work for a wrong password and for an address that nobody has."""
    known = tries(EMAIL, "wrong")
    work_of_known, work[:] = Counter(work), []
    unknown = tries(NOBODY, "wrong")
    assert said(known, EMAIL) == said(unknown, NOBODY)
    assert "The e-mail address or the password is wrong" in words(known)
    assert work_of_known == Counter(work)
    assert sum(work_of_known.values()) == 1


@pytest.mark.case("api-F-06")
@pytest.mark.parametrize("email", [EMAIL, NOBODY])
def test_a_hundred_tries(tries, work, email):
    """After a few 429 with the same words for both, at no further work; even the right password waits then."""
    pages = [tries(email, f"guess {number}") for number in range(100)]
    statuses = [page.status_code for page in pages]
    assert statuses == [statuses[0]] * ALLOWED + [429] * (100 - ALLOWED)
    assert statuses[0] == 400
    assert len(work) == ALLOWED
    assert re.search(r"Too many failed sign-ins for this address; try again in \d+ seconds", words(pages[-1]))
    assert tries(email, PASSWORD).status_code == 429


@pytest.mark.case("api-F-06")
def test_others_are_unhurt(tries, sandbox, organisation):
    """Who guesses at one address keeps nobody else out."""
    draft = AccountDraft(
        new_id(sandbox.entropy), "bob@acme.example", "his", details={"OrgAccessDetails": administrator_of(organisation)}
    )
    sandbox.people.accounts.create(Caller(frozenset()), draft)
    for number in range(ALLOWED + 1):
        tries(EMAIL, f"guess {number}")
    assert tries(EMAIL, PASSWORD).status_code == 429
    assert tries("bob@acme.example", "his").status_code == 303
