"""Search over the directory for people: organisations, applications, certificates, plain objects (connect.md 20)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.store.records import Application, Certificate, Organisation, Page, Resource
from app.store.store import Store

MOST = 10
"""Hits of each kind."""
LONGEST = 200
PLAIN = ("server", "contact", "domain")
"""Kinds of plain objects that are found: by an id, or a part of a short text of theirs."""
HEXADECIMAL = re.compile(r"(?:[0-9a-fA-F]{2}[: ]?){8,20}|[0-9a-fA-F]{16,40}")
"""A serial number as openssl and browsers write it."""


@dataclass(frozen=True, slots=True)
class Hits:
    """At most MOST of each kind; `more` names the kinds that have further ones, `names` are organisations by id."""

    organisations: tuple[Organisation, ...] = ()
    applications: tuple[Application, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    plain: Mapping[str, tuple[Resource, ...]] = field(default_factory=dict)
    """By their kind, one of PLAIN."""
    more: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.organisations or self.applications or self.certificates or any(self.plain.values()))


@dataclass(frozen=True, slots=True)
class Search:
    """Every participant may read what it finds (rulings.md 10)."""

    store: Store

    def find(self, text: str) -> Hits:
        """Organisations by name, id or registration number, applications by name or id, certificates by kid, serial
        number, subject or description; servers, contacts and authorisation domains by what they are called."""
        needle = text.strip()[:LONGEST]
        if not needle:
            return Hits()
        with self.store.read() as uow:
            organisations = uow.organisations.list(Page(size=MOST + 1), filter_by=needle).items
            applications = uow.applications.search(needle, MOST + 1)
            certificates = uow.certificates.search(needle, serial_in(needle), MOST + 1)
            plain = {kind: uow.resources.list(kind, Page(size=MOST + 1), filter_by=needle).items for kind in PLAIN}
            owners = {a.organisation_id for a in applications} | {c.organisation_id for c in certificates}
            owners |= {each.organisation_id for hits in plain.values() for each in hits if each.organisation_id}
            names = {owner: uow.organisations.get(owner).name for owner in owners}
        found = {"organisations": organisations, "applications": applications, "certificates": certificates, **plain}
        more = frozenset(name for name, hits in found.items() if len(hits) > MOST)
        first = {kind: hits[:MOST] for kind, hits in plain.items()}
        return Hits(organisations[:MOST], applications[:MOST], certificates[:MOST], first, more, names)


def serial_in(text: str) -> int | None:
    """The serial number that a text is: hexadecimal, with or without colons, or decimal."""
    if text.isascii() and text.isdigit() and len(text) <= len(str(2**160)):
        return int(text)
    return int(re.sub("[: ]", "", text), 16) if HEXADECIMAL.fullmatch(text) else None
