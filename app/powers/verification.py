"""How often something came, held against what was expected, with near misses (control-cases.md E-02 to E-04)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from app.powers.journal_book import JournalBook, at_the_doors
from app.runtime.exchange import JournalEntry
from app.store.journal import CALLERS, CERTIFICATE, ORGANISATION, JournalFilter

SHOWN = 10
NEAR = 5
"""Near misses that are told for each matcher, the newest."""
_NONE = JournalFilter()
TOLD: Mapping[str, str] = {"clients": "client"}
"""Fields of the filter by the names that people ask with, where these differ."""


@dataclass(frozen=True, slots=True)
class Times:
    """How often: bounds that are not given do not bind."""

    at_least: int = 0
    at_most: int | None = None

    def holds(self, count: int) -> bool:
        return self.at_least <= count and (self.at_most is None or count <= self.at_most)

    @property
    def text(self) -> str:
        if self.at_most == self.at_least:
            return f"exactly {self.at_least}"
        parts = ([f"at least {self.at_least}"] if self.at_least else []) + (
            [] if self.at_most is None else [f"at most {self.at_most}"]
        )
        return " and ".join(parts) or "any number"


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An exchange that fits in all but one respect."""

    entry: JournalEntry
    differs_in: str
    expected: Any
    found: Any


@dataclass(frozen=True, slots=True)
class Verdict:
    holds: bool
    count: int
    entries: tuple[JournalEntry, ...]
    near_misses: tuple[NearMiss, ...] = ()


def verify(book: JournalBook, match: JournalFilter, times: Times) -> Verdict:
    """Count what matches; where there are too few, tell what nearly did."""
    wanted = at_the_doors(match)
    found = book.find(wanted, SHOWN)
    if times.holds(found.count):
        return Verdict(True, found.count, found.entries)
    near = tuple(_near_misses(book, wanted, found.count)) if found.count < times.at_least else ()
    return Verdict(False, found.count, found.entries, near)


def _near_misses(book: JournalBook, wanted: JournalFilter, matching: int) -> Iterator[NearMiss]:
    """For each matcher: what fits without it and not with it, the newest."""
    for name in matchers(wanted):
        looser = replace(wanted, **{name: getattr(_NONE, name)})
        candidates = book.find(looser, NEAR + matching).entries
        for entry in [each for each in candidates if not wanted.fits(each)][:NEAR]:
            yield NearMiss(entry, TOLD.get(name, name), _shown(getattr(wanted, name)), _value(entry, name))


def matchers(wanted: JournalFilter) -> tuple[str, ...]:
    """The fields that were asked for."""
    names = (field.name for field in fields(wanted) if field.name not in ("not_listener", "refused"))
    return tuple(name for name in names if getattr(wanted, name) != getattr(_NONE, name))


def _value(entry: JournalEntry, name: str) -> Any:
    """What the entry has where the matcher looks."""
    if name in ("since", "until"):
        return entry.at
    if name == "clients":
        return next((entry.detail[member] for member in CALLERS if member in entry.detail), None)
    if name in ("organisation", "cert"):
        return entry.detail.get(ORGANISATION if name == "organisation" else CERTIFICATE)
    if name == "code":
        codes = [str(finding.get("code")) for finding in entry.detail.get("findings", ())]
        return ", ".join(dict.fromkeys([entry.code, *codes])) if entry.code or codes else None
    return entry.reason if name == "about" else getattr(entry, name)


def _shown(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) else value
