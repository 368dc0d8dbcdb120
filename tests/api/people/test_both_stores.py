"""People on SQLite and on PostgreSQL: made, used, switched off, listed, and two who are made at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from app.access import ADMIN, WEBSITE, Caller
from app.errors import Conflict
from app.oauth.passwords import STAND_IN
from app.oauth.roster import Invited
from tests.api.people.kit import ANA, SWITCHED_OFF, Directory, told
from tests.doors import Client

SUPER = Caller(frozenset({WEBSITE, ADMIN}))


@pytest.fixture
def options(store_url: str) -> dict[str, object]:
    return {"database": store_url}


def test_one_life(directory: Directory) -> None:
    """An administrator makes a domain user, who may what his type says until he is switched off."""
    directory.add_administrator("admin@acme.example")
    made = told(directory.domain_user(), 201)
    ana = directory.acting(ANA)
    assert directory.makes_application(ana) == 201
    one = f"{directory.users}/{ANA}/{made['AuthorisationDomainUserId']}"
    told(directory.acting("admin@acme.example")("PUT", one, json=SWITCHED_OFF), 200)
    assert directory.makes_application(ana) == 403
    assert told(directory.admin("GET", directory.users), 200)["content"] == [made | SWITCHED_OFF]
    body = {"Name": "Rules", "Type": "Participant", "Content": "# Rules"}
    document = told(directory.admin("POST", "/references/termsandconditions", json=body), 201)
    (signed,) = told(directory.admin("GET", f"{directory.own}/tnchistory"), 200)["content"]
    assert signed["TermsAndConditionsDetail"]["TermsAndConditionsItem"] == document


def test_two_at_once(directory: Directory) -> None:
    """Eight requests make the same administrator: one does, and there is one account (connect.md 2.2)."""
    members, start = directory.sandbox.people.members, Barrier(8)

    def add(_turn: int) -> str:
        start.wait(30)
        try:
            members.add_administrator(SUPER, directory.organisation, Invited(ANA, STAND_IN))
        except Conflict as refusal:
            return refusal.code
        return "made"

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(add, range(8))) == ["made", *["unique.conflict"] * 7]
    assert [event.action for event in directory.audit("account")] == ["create"]


ODD = ("%00", "a%00b", "%F0%9F%98%80", "%ED%A0%80", "x" * 3000, "%27%20OR%201=1", "..%2F", "a%0Ab@x.example")


def test_odd_texts_name_nobody(directory: Directory) -> None:
    """In every place of a path or a query: 4xx or an empty list, never a fault of ours."""
    own, switched = directory.own, {"json": SWITCHED_OFF}
    client = Client(directory.app, "x" * 43)
    for odd in ODD:
        for ask, method, path, body in (
            (directory.admin, "GET", f"/users/{odd}", {}),
            (directory.admin, "GET", f"/users/{odd}/history", {}),
            (directory.super, "PUT", f"/users/super/{odd}", switched),
            (directory.admin, "GET", f"{own}/adminusers/{odd}", {}),
            (directory.admin, "GET", f"{own}/{odd}/users", {}),
            (directory.admin, "GET", f"{directory.users}/{odd}", {}),
            (directory.admin, "PUT", f"{directory.users}/{ANA}/{odd}", switched),
            (directory.admin, "GET", f"/references/termsandconditions/{odd}", {}),
            (client, "GET", f"/reg/{odd}", {}),
        ):
            assert 400 <= ask(method, path, **body).status_code < 500, (method, path)
        listed = directory.admin("GET", f"{directory.users}?AuthorisationDomainRoleName={odd}")
        assert listed.status_code in (200, 400)
