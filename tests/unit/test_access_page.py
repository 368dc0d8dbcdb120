"""docs/access.md tells what the table says, and the table is whole."""

from __future__ import annotations

from app.access import SCOPES
from app.access_rules import ALL, rules
from app.api.app import HANDLERS
from app.api.catalogue import Catalogue
from tools import access_page


def test_the_page_is_made_of_the_table() -> None:
    """docs/access.md is what tools/access_page.py makes of app/access_rules.toml."""
    assert access_page.PAGE.read_text() == access_page.page()


def test_every_operation_that_is_built_and_wants_a_token_stands_in_the_table() -> None:
    """None is decided anywhere else; none stands there that is not built."""
    wanting = {o.name for o in Catalogue.published().operations if o.scopes and o.name in HANDLERS}
    assert set(rules().operations) == wanting


def test_the_scopes_of_the_table_are_those_of_the_directory() -> None:
    """All six of connect.md 17.4."""
    assert tuple(rules().scopes) == SCOPES


def test_the_table_names_only_what_it_has() -> None:
    """Areas in grants and operations, kinds of people in scopes."""
    table = rules()
    named = {area for scope in table.scopes.values() for grant in scope.grants for area in grant.areas}
    named |= {need.area for need in table.operations.values()}
    assert named - {ALL} <= set(table.areas)
    assert {kind for scope in table.scopes.values() for kind in scope.persons} - {ALL} <= set(table.holders)
