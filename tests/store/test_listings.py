"""What the list of participants does not show yet: noted by the repositories, told as it was, shown in its time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.runtime.propagation import Delays
from app.store.late_changes import Usual
from app.store.listings import NOTHING, hidden
from app.store.records import Resource
from app.store.store import Store
from tests.store.rows import NOW, ORGANISATION, organisation

HOUR = timedelta(hours=1)
LATE = Usual(Delays({"participants": HOUR}), lambda: NOW)


def resource(
    resource_id: str, kind: str = "server", created_at: datetime = NOW, owner: str | None = ORGANISATION
) -> Resource:
    return Resource(resource_id, kind, owner, owner or "", None, "Active", {"Name": resource_id}, created_at)


@pytest.fixture
def late(store: Store) -> Store:
    """A directory with one organisation and two servers of one moment, late from here on."""
    with store.write() as uow:
        uow.organisations.add(organisation(ORGANISATION, created_at=NOW))
        uow.resources.add(resource("b"))
        uow.resources.add(resource("a"))
    store.usual = LATE
    return store


def shown(store: Store, now: datetime = NOW) -> list[tuple[str, object]]:
    """The servers of the organisation as the list has them: ids and names."""
    with store.read() as uow:
        unseen = hidden(uow.late, now).get(ORGANISATION, NOTHING)
        found = unseen.resources(
            uow.resources.of_organisation(ORGANISATION), lambda: uow.resources.numbers(ORGANISATION)
        )
        return [(each.resource_id, each.body["Name"]) for each in found]


def test_changes_are_told_as_they_were(late: Store) -> None:
    """A new one is not there, a changed one is as before, one that is gone stands where it stood; then all is new."""
    before = shown(late)
    assert before == [("b", "b"), ("a", "a")]
    with late.write() as uow:
        uow.resources.add(resource("c"))
        changed = replace(resource("a"), body={"Name": "x"}, revision=1)
        uow.resources.replace(changed)
        uow.resources.replace(replace(changed, body={"Name": "y"}, revision=2))
        uow.resources.remove([resource("b")])
    assert shown(late) == before
    assert shown(late, NOW + HOUR) == [("a", "y"), ("c", "c")]


def test_an_organisation_is_as_it_was(late: Store) -> None:
    """Its name and its status; one that is new is not there."""
    with late.write() as uow:
        uow.organisations.replace(
            replace(organisation(ORGANISATION, created_at=NOW), name="New", status="Pending", revision=1)
        )
        uow.organisations.add(organisation("new", created_at=NOW))
    with late.read() as uow:
        unseen = hidden(uow.late, NOW)
        stored = uow.organisations.get(ORGANISATION)
        told = unseen[ORGANISATION].organisation(stored)
        assert unseen["new"].organisation(uow.organisations.get("new")) is None
        assert hidden(uow.late, NOW + HOUR) == {}
    assert told is not None
    assert (told.name, told.status, stored.name) == ("Acme", "Active", "New")


def test_other_kinds_are_not_noted(late: Store) -> None:
    """Contacts and application claims do not stand in the list; what roles say does, though it is nobody's."""
    with late.write() as uow:
        uow.resources.add(resource("contact", "contact"))
        uow.resources.add(resource("metadata", "role_metadata", owner=None))
    with late.read() as uow:
        assert {owner: [*each.changes] for owner, each in hidden(uow.late, NOW).items()} == {"": ["metadata"]}
        assert uow.resources.numbers("").keys() == {"metadata"}


def test_moments_and_their_end(late: Store) -> None:
    """When the list changes next is known; `settle` shows everything at once."""
    with late.write() as uow:
        uow.resources.add(resource("c"))
    with late.read() as uow:
        assert uow.late.moments("participants") == (NOW + HOUR,)
        assert uow.late.moments("crl") == ()
    with late.write() as uow:
        uow.late.settle("participants")
    with late.read() as uow:
        assert uow.late.moments("participants") == ()
        assert hidden(uow.late, NOW) == {}


def test_without_a_clock_nothing_is_noted(store: Store) -> None:
    """A store by itself, as tools open it."""
    with store.write() as uow:
        uow.organisations.add(organisation(ORGANISATION, created_at=NOW))
        uow.resources.add(resource("a"))
        assert not uow.late.may_be_late()
        with pytest.raises(LookupError):
            uow.late.now()
    with store.read() as uow:
        assert uow.late.count() == 0
