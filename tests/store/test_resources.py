"""Plain objects in the store, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.errors import Conflict
from app.store.records import Page, Resource
from app.store.store import Store
from tests.store.rows import NOW, ORGANISATION

SERVER = Resource("s-1", "server", ORGANISATION, ORGANISATION, "k", "Active", {"CustomerFriendlyName": "Äcme"}, NOW)


def test_a_resource_is_found_by_id_key_parent_kind_and_text(directory: Store) -> None:
    """By its own kind alone, whatever the case of letters in a filter."""
    with directory.write() as uow:
        uow.resources.add(SERVER)
    with directory.read() as uow:
        assert uow.resources.find("server", "s-1") == SERVER
        assert uow.resources.find("contact", "s-1") is None
        assert uow.resources.by_key("server", "k") == SERVER
        assert uow.resources.below(ORGANISATION, "server") == uow.resources.of_organisation(ORGANISATION) == (SERVER,)
        assert uow.resources.list("server", Page(size=1), filter_by="äCM").items == (SERVER,)
        assert uow.resources.list("server", Page(), status="Inactive").total == 0


def test_keys_are_unique_and_revisions_follow_each_other(directory: Store) -> None:
    """A second of the same key, and a revision that skips one, are conflicts."""
    with directory.write() as uow:
        uow.resources.add(SERVER)
    with pytest.raises(Conflict), directory.write() as uow:
        uow.resources.add(replace(SERVER, resource_id="s-2"))
    with pytest.raises(Conflict), directory.write() as uow:
        uow.resources.replace(replace(SERVER, revision=2))


def test_fingerprints_change_with_every_change(directory: Store) -> None:
    """Of additions, changes and removals alike."""
    marks = []
    for act in ("add", "replace", "remove"):
        with directory.write() as uow:
            {"add": lambda u=uow: u.resources.add(SERVER),
             "replace": lambda u=uow: u.resources.replace(replace(SERVER, revision=1)),
             "remove": lambda u=uow: u.resources.remove([SERVER])}[act]()  # fmt: skip
            marks.append(uow.resources.fingerprints().get(ORGANISATION))
    assert len(set(marks)) == 3
