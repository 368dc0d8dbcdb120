"""The mock's own powers in the portal of a sandbox with a prefix: what they do stays inside."""

import re

import pytest

from tests.doors import NOW
from tests.portal.conftest import links, words
from tests.portal.test_sandboxes import (  # noqa: F401 - fixtures
    CODE,
    PASSWORD,
    SUPER,
    A,
    followed,
    form_of,
    registry,
    visitor,
)

PAGES = (
    "clock", "faults", "faults/new", "scenarios", "scenarios/jwks-rotate", "certificates", "certificates/new?defect=v1",
)  # fmt: skip


@pytest.fixture
def inside(visitor):  # noqa: F811
    """A super user who is signed in to sandbox `a`."""
    action, form = form_of(followed(visitor, visitor.get(f"{A}/portal/organisations")))
    action, form = form_of(followed(visitor, visitor.post(action, form | {"email": SUPER, "password": PASSWORD})))
    assert followed(visitor, visitor.post(action, form | {"code": CODE})).status_code == 200
    return visitor


def test_no_address_leaves_the_prefix(inside):
    """Links and forms of every page are the sandbox's own."""
    for path in PAGES:
        page = inside.get(f"{A}/portal/mock/{path}")
        assert page.status_code == 200, path
        addresses = links(page) + re.findall(r'action="([^"]*)"', page.text)
        assert [each for each in addresses if each.startswith("/") and not each.startswith(A)] == [], path


def test_the_clock_of_others_stays(inside, sandbox):
    """Only the sandbox's own clock moves, and its user stays signed in."""
    page = followed(inside, inside.post(f"{A}/portal/mock/clock", {"advance": "P40D"}))
    assert "The clock shows 11/07/2026 12:00:00 UTC." in words(page)
    assert sandbox.clock.now() == NOW


def test_faults_stay_too(inside, sandbox):
    """A fault strikes in its sandbox alone; TLS, which is the default sandbox's, is refused with the reason."""
    new = f"{A}/portal/mock/faults/new"
    refused = inside.post(new, {"effect.close_during_handshake": "yes"})
    assert refused.status_code == 400
    assert "Make this fault in the default sandbox" in words(refused)
    page = followed(inside, inside.post(new, {"effect.status": "503", "match.path": "/jwks"}))
    assert "is at work." in words(page)
    assert inside.get(f"{A}/jwks").status_code == 503
    assert inside.get("/jwks").status_code == 200
    assert sandbox.faults.all() == ()
