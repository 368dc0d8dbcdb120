"""Write docs/access.md from app/access_rules.toml; `--check` only says whether it is up to date."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from app.access import MANAGEMENT, SOFTWARE, WEBSITE, Caller, Person, power
from app.access_rules import ALL, NOBODY, Grant, Need, Scope, rules
from app.api.catalogue import Catalogue
from app.oauth.role_scopes import CLAIM
from app.pki import profiles

PAGE = Path(__file__).resolve().parent.parent / "docs" / "access.md"
HEAD = """# Who may do what

Made by `tools/access_page.py` from `app/access_rules.toml`, the one table that decides; a test keeps the two together.
Sources: contract chapters 15 to 17, `operations.md`, ruling 10; what they leave open is ours and is told in
[fidelity.md](fidelity.md).

A request has to pass twice:

1. **Scope.** The token must have one of the scopes that the operation is published with; else 403 in the gateway's form
   (`access.scope`).
2. **Right.** What the scope lets through must reach the object; else 403 without a body (`access.forbidden`), and
   `x-mock-reason` says which level was needed and which is there. For writes an object of somebody else answers like
   one that does not exist.

Rights are looked up at every request: what is taken from a person or a role is gone at the next call, with tokens that
were given before. A token is refused whole (401, `token.standing`) when its application, its organisation or its person
is not active any more, or when the role is gone that gave its scope.

A domain user has the levels of his user type (`/references/users/authorisationdomain/usertypes`) as they are now; the
types PTC, STC, PBC and SBC begin with those below.

A token of the control listener (`POST /_mock/tokens`) that names a person acts as that person; one that names an
organisation alone acts as its administrator, one that names nothing as a super user.
"""


def page() -> str:
    parts = (_scopes(), _roles(), _areas(), _holders(), _operations(), _matrix())
    return HEAD + "".join("\n" + "\n".join(part) + "\n" for part in parts)


def _table(head: list[str], rows: Iterator[list[str]] | list[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _scopes() -> Iterator[str]:
    yield "## Scopes\n"
    yield "What a scope lets through. *holder*: as far as the rights of whoever holds the token go, of the person, or"
    yield "of the organisation whose application it is.\n"
    gives = {"always": "every application", "role": "by a role's metadata", "never": "no application"}
    rows = [[f"`{s.name}`", gives[s.applications], _people(s), "; ".join(map(_grant, s.grants))] for s in _all_scopes()]
    yield from _table(["scope", "applications", "people who sign in", "lets through"], rows)


def _all_scopes() -> tuple[Scope, ...]:
    return tuple(rules().scopes.values())


def _people(scope: Scope) -> str:
    if ALL in scope.persons:
        return "everybody"
    titles = [holder.title.lower() for holder in rules().holders.values() if holder.name in scope.persons]
    return ", ".join(titles) or "nobody"


def _grant(grant: Grant) -> str:
    areas = [rules().areas[name].title.lower() for name in sorted(grant.areas - {ALL})]
    return f"{grant.level.word} on {', '.join(areas) or 'everything'}: {grant.reach}"


def _roles() -> Iterator[str]:
    yield "## Roles that give scopes to applications\n"
    yield "An application gets more than `directory:software` by itself only through a role whose metadata has the"
    yield "claim `scope` (contract 15). These roles are always there; `[[role]]` in a file of `profile_files` adds"
    yield "others ([profiles.md](profiles.md)). By `directory:website` such an application acts for its organisation.\n"
    rows = [
        [role.domain, f"`{role.role}`", ", ".join(f"`{scope}`" for scope in sorted(role.values_of(CLAIM)))]
        for role in profiles.roles(()).values()
    ]
    yield from _table(["domain", "role", "scope"], rows)


def _areas() -> Iterator[str]:
    yield "## What there is to have rights on\n"
    yield "What is *shared* is read by everybody who may read that of his own organisation.\n"
    rows = [[area.title, area.covers, "yes" if area.shared else "no"] for area in rules().areas.values()]
    yield from _table(["area", "covers", "shared"], rows)


def _holders() -> Iterator[str]:
    yield "## Levels\n"
    yield "None, Read, Write, Administrator; each includes those before it. Several rights of one person add up."
    for reach in ("every organisation", "own organisation"):
        holders = [holder for holder in rules().holders.values() if holder.reach == reach]
        yield f"\nIn {reach.replace('own', 'the own')}:\n"
        rows = [[a.title, *(holder.levels[a.name].word for holder in holders)] for a in rules().areas.values()]
        yield from _table(["", *(holder.title for holder in holders)], rows)


def _operations() -> Iterator[str]:
    yield "## Operations\n"
    rows = [[f"`{name}`", scopes, *_needed(need)] for name, scopes, need in _every_operation()]
    yield from _table(["operation", "one of the scopes `directory:`", "area", "level"], rows)


def _needed(need: Need) -> tuple[str, str]:
    areas = [need.area] if need.or_area is None else [need.area, need.or_area]
    return " or ".join(rules().areas[area].title for area in areas), need.level.word


def _every_operation() -> Iterator[tuple[str, str, Need]]:
    """In the order of the table; the scopes as published."""
    published = {operation.name: operation.scopes for operation in Catalogue.published().operations}
    for name, need in rules().operations.items():
        yield name, ", ".join(f"`{scope.removeprefix('directory:')}`" for scope in published[name]), need


OWN, OTHER = ("own", "application"), ("another", "its application")


def callers() -> Mapping[str, Caller]:
    """One of each kind, all of one organisation."""
    organisation, application = OWN
    made = {
        "application, `software`": Caller(frozenset({SOFTWARE}), organisation, application),
        "application, `…management`": Caller(frozenset({SOFTWARE, MANAGEMENT}), organisation, application),
        "application, `website`": Caller(frozenset({SOFTWARE, WEBSITE}), organisation, application),
        "application, `servicedesk`": Caller(frozenset({"directory:servicedesk"}), organisation, application),
    }
    for holder in rules().holders.values():
        is_wide = holder.reach == "every organisation"
        person = Person(frozenset({holder.name})) if is_wide else Person(frozenset(), {organisation: {holder.name}})
        made[holder.title] = Caller(frozenset({WEBSITE}), person=Person() if holder.name == NOBODY else person)
    return made


def reach_of(caller: Caller, name: str, need: Need) -> str:
    """How far the caller may do this: `all`, `own` (organisation), `itself` (its own application), or `-`."""
    scopes = {operation.name: operation.scopes for operation in Catalogue.published().operations}[name]
    if not caller.scopes & set(scopes):
        return "-"
    names_application, names_organisation = "{SoftwareStatementId}" in name, "{OrganisationId}" in name
    places = [
        ("all", (OTHER[0] if names_organisation else None, OTHER[1] if names_application else None)),
        ("own", (OWN[0] if names_organisation else None, "a second one" if names_application else None)),
        ("itself", OWN),
    ]
    for word, place in places if names_application else places[:2]:
        areas = {need.area, need.or_area or need.area}
        if max(power(caller, area, *place) for area in areas) >= need.level:
            return word
    return "-"


def _matrix() -> Iterator[str]:
    yield "## Who may call what\n"
    yield "`all`: in every organisation; `own`: in the own organisation; `itself`: the own application only. People"
    yield "have the scope `directory:website`.\n"
    columns = callers()
    rows = [
        [f"`{name}`", *(reach_of(caller, name, need) for caller in columns.values())]
        for name, _, need in _every_operation()
    ]
    yield from _table(["operation", *columns], rows)


def main() -> int:
    if "--check" in sys.argv:
        return 0 if PAGE.read_text() == page() else 1
    PAGE.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
