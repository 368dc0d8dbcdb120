"""People and applications at the authorisation server, in process."""

from __future__ import annotations

import pytest

from app.access import WEBSITE, Caller
from app.oauth.accounts import AccountDraft
from app.runtime.entropy import new_id
from tests.api.oauth.browser import Browser
from tests.api.oauth.kit import machine, sibling  # noqa: F401
from tests.api.oauth.relying_party import RelyingParty

PASSWORD_HASH = "$scrypt$ln=4,r=8,p=1$YWFhYWFhYWFhYWFhYWFhYQ$rBCTtuaZ0uRXAc6/HgdZW+q+RqIZcoCtR8PgfH2h3aM"
SECOND_FACTOR = "$scrypt$ln=4,r=8,p=1$YmJiYmJiYmJiYmJiYmJiYg$2/VYQjZlMddgc6igE98pOwzjQJ05RCpdrMrkeoYZdcs"
"""Of 246810."""


@pytest.fixture
def options():
    """An EC key signs tokens, since it is made at once."""
    return {"oauth_key": "ec-p256"}


@pytest.fixture
def acme(sandbox, door):
    """An application that sends people to sign in."""
    return RelyingParty(sandbox, door)


@pytest.fixture
def rival(sandbox, door, acme):
    """Another application of the same organisation."""
    return RelyingParty(sandbox, door, organisation=acme.organisation, ClientName="Rival App")


@pytest.fixture
def browser(door):
    return Browser(door)


@pytest.fixture
def person(sandbox):
    """Make somebody who may sign in with `connect-mock`; the hash is a cheap one."""

    def make(email="ana@acme.example", *, second_factor=None, **details):
        draft = AccountDraft(
            user_id=new_id(sandbox.entropy),
            email=email,
            password=PASSWORD_HASH,
            second_factor=second_factor,
            details={"GivenName": "Ana", "FamilyName": "Silva"} | details,
        )
        return sandbox.people.accounts.create(Caller(frozenset({WEBSITE}), user="test"), draft)

    return make


@pytest.fixture
def ana(person):
    return person()
