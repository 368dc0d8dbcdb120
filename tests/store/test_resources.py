"""Plain objects in the store, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.errors import Conflict
from app.store.grants import Account, ConsentGrant
from app.store.records import Page, Resource, Token
from app.store.resources import role_key
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


def test_metadata_of_a_role_come_with_it(directory: Store) -> None:
    """Active ones of an active role, oldest first; none of an inactive role, and None where there is no such role."""
    role = Resource("r-1", "domain_role", None, "d-1", role_key("D", "R"), "Active", {}, NOW)
    first = Resource("m-1", "role_metadata", None, "r-1", None, "Active", {"Value": "1"}, NOW)
    others = (
        replace(first, resource_id="m-2", body={"Value": "2"}),
        replace(first, resource_id="m-3", status="Inactive"),
        replace(first, resource_id="m-4", parent_id="r-2"),
        replace(first, resource_id="m-5", kind="contact"),
    )
    with directory.write() as uow:
        assert uow.resources.role_metadata("D", "R") is None
        uow.resources.add(role)
        assert uow.resources.role_metadata("D", "R") == ()
        for record in (first, *others):
            uow.resources.add(record)
        assert uow.resources.role_metadata("D", "R") == ({"Value": "1"}, {"Value": "2"})
        assert uow.resources.role_metadata("D", "S") is None
        uow.resources.replace(replace(role, status="Inactive", revision=1))
        assert uow.resources.role_metadata("D", "R") == ()


def test_everything_of_a_client_is_revoked(directory: Store) -> None:
    """Tokens that live and grants of that client alone, and how many they were."""
    later = NOW + timedelta(hours=1)
    with directory.write() as uow:
        uow.accounts.add(Account("u-1", "a@b.example", "x", "Active", NOW))
        for number, client in enumerate(("c-1", "c-1", "c-2")):
            digest = bytes([number]) * 32
            uow.tokens.add(Token(digest, ("directory:software",), NOW, later, ORGANISATION, client_id=client))
            uow.grants.add(ConsentGrant(f"g-{number}", client, "u-1", ("openid",), NOW))
        assert (uow.tokens.revoke_client("c-1", NOW), uow.grants.revoke_client("c-1", NOW)) == (2, 2)
        assert (uow.tokens.revoke_client("c-1", NOW), uow.grants.revoke_client("c-1", NOW)) == (0, 0)
    with directory.read() as uow:
        tokens = [uow.tokens.find(bytes([number]) * 32) for number in range(3)]
        assert [token.revoked_at for token in tokens if token] == [NOW, NOW, None]
        assert [grant.grant_id for grant in uow.grants.of("u-1", "c-2")] == ["g-2"]
        assert uow.grants.of("u-1", "c-1") == ()
