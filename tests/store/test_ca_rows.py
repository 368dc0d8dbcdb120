"""Issuers, the vault and tokens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.errors import Conflict, NotFound
from app.store.store import Store
from tests.store.rows import NOW, issuer, token


def test_issuers_come_root_first_then_by_generation(store: Store) -> None:
    """The newest issuing generation is the current one; before any there is none."""
    root = issuer("root", role="root", crl_addresses=())
    issuing = [issuer(f"issuing-{n}", generation=n) for n in (1, 2, 10)]
    with store.read() as uow, pytest.raises(NotFound):
        uow.issuers.current_id()
    with store.write() as uow:
        for record in (*reversed(issuing), root):
            uow.issuers.add(record)
    with store.read() as uow:
        assert uow.issuers.all() == (root, *issuing)
        assert uow.issuers.current_id() == "issuing-10"


def test_a_generation_is_founded_once(store: Store) -> None:
    """Of two processes that roll over at once the second has a Conflict."""
    with store.write() as uow:
        uow.issuers.add(issuer("one"))
    with pytest.raises(Conflict), store.write() as uow:
        uow.issuers.add(issuer("two"))
    with store.read() as uow:
        assert [i.issuer_id for i in uow.issuers.all()] == ["one"]


def test_responder_and_addresses_can_be_added(store: Store) -> None:
    """A new responder certificate takes the place of the old one; an address comes once and stays."""
    with store.write() as uow:
        uow.issuers.add(issuer(crl_addresses=("http://a",)))
        uow.issuers.replace_responder("issuing-1", b"new")
        for address in ("http://b", "http://a", "http://b"):
            uow.issuers.add_crl_address("issuing-1", address)
    with store.read() as uow:
        assert uow.issuers.all() == (issuer(ocsp_certificate=b"new", crl_addresses=("http://a", "http://b")),)
    for change in ("replace_responder", "add_crl_address"):
        with pytest.raises(NotFound), store.write() as uow:
            getattr(uow.issuers, change)("nobody", b"x" if change == "replace_responder" else "x")


def test_the_vault_keeps_what_was_put_last(store: Store) -> None:
    """By name, octet for octet."""
    with store.write() as uow:
        assert uow.vault.get("issuer/1") is None
        uow.vault.put("issuer/1", b"old")
        uow.vault.put("issuer/1", bytes(range(256)))
        uow.vault.put("issuer/2", b"")
    with store.read() as uow:
        assert uow.vault.get("issuer/1") == bytes(range(256))
        assert uow.vault.get("issuer/2") == b""


@pytest.mark.parametrize(
    "kept",
    [token(), token(organisation_id="o", software_statement_id="s", user="Zoë", x5t_s256="abc", scopes=())],
    ids=["super user", "bound"],
)
def test_a_token_comes_back_as_it_was_kept(store: Store, kept: object) -> None:
    """Found by its digest alone, and revoked once."""
    with store.write() as uow:
        uow.tokens.add(kept)  # type: ignore[arg-type]
        assert uow.tokens.find(b"a" * 32) == kept
        assert uow.tokens.find(b"b" * 32) is None
        uow.tokens.revoke(b"a" * 32, NOW + timedelta(seconds=1))
    with store.read() as uow:
        assert uow.tokens.find(b"a" * 32) == replace(kept, revoked_at=NOW + timedelta(seconds=1))  # type: ignore[type-var]
    with pytest.raises(NotFound), store.write() as uow:
        uow.tokens.revoke(b"b" * 32, NOW)
