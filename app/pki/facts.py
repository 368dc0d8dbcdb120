"""What the directory knows of a certificate's holder, and the templates by which a profile speaks of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.pki.countries import country_code


@dataclass(frozen=True, slots=True)
class Facts:
    """The holder as subjects and names are held against it. The texts are the directory's own.

    `application_id`, `client_id`, `client_name` are None at organisation level. `domains` are the host domains that
    are registered to the organisation, `foreign_domains` those of all others; they are never shown.
    """

    organisation_id: str
    organisation_name: str
    legal_name: str
    country: str
    registration_number: str
    application_id: str | None = None
    client_id: str | None = None
    client_name: str | None = None
    domains: tuple[str, ...] = ()
    foreign_domains: tuple[str, ...] = ()

    @property
    def country_code(self) -> str:
        """ISO 3166 code of the country of registration, "" where it cannot be told (rulings.md 15)."""
        return country_code(self.country)

    def filled(self, template: str) -> str | None:
        """The template with its holes filled, in NFC. None where the directory does not know what it asks for."""
        holes = holes_of(template)
        values = {hole: _HOLES[hole](self) if hole in HOLES else None for hole in holes}
        if not all(values.values()):
            return None
        text = _HOLE.sub(lambda hole: values[hole[1]] or "", template) if holes else template
        return text if text.isascii() else unicodedata.normalize("NFC", text)


@lru_cache(maxsize=512)
def holes_of(template: str) -> tuple[str, ...]:
    """The facts that a template asks for, such as `organisation.id` in `OFBBR-{organisation.id}`."""
    return tuple(_HOLE.findall(template))


_HOLE = re.compile(r"\{([a-z_.]+)\}")
_HOLES: Mapping[str, Callable[[Facts], str | None]] = {
    "organisation.id": lambda f: f.organisation_id,
    "organisation.name": lambda f: f.organisation_name,
    "organisation.legal_name": lambda f: f.legal_name,
    "organisation.country": lambda f: f.country_code,
    "organisation.registration_number": lambda f: f.registration_number,
    "application.id": lambda f: f.application_id,
    "application.client_id": lambda f: f.client_id,
    "application.client_name": lambda f: f.client_name,
}
HOLES = frozenset(_HOLES)
"""What may stand in braces in a profile."""
