"""Where a page stands: the entries of the left navigation, the tabs of an application, the crumbs above."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from app.portal.texts import Texts
from app.store.records import Application, Organisation


class Url(Protocol):
    """Address of a page of this portal."""

    def __call__(self, *segments: str, **query: object) -> str: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A link of the navigation; `name` is what a page calls itself, `text` the key of its text.

    With `area` it is only for those who may read something of this area of the table of rights.
    """

    name: str
    text: str
    segments: tuple[str, ...]
    area: str = ""


GLOBAL = (
    Entry("organisations", "frame.organisations", ("organisations",)),
    Entry("reference-data", "frame.reference_data", ("reference-data",)),
    Entry("pki", "frame.pki", ("pki",)),
    Entry("activity", "frame.activity", ("activity",)),
    Entry("notices", "frame.notices", ("notices",)),
    Entry("webhooks", "frame.webhooks", ("webhooks",)),
    Entry("audit", "frame.audit", ("audit",), area="audit"),
)
"""What concerns no single organisation."""
MOCK = (
    Entry("mock-clock", "frame.mock_clock", ("mock", "clock")),
    Entry("mock-faults", "frame.mock_faults", ("mock", "faults")),
    Entry("mock-scenarios", "frame.mock_scenarios", ("mock", "scenarios")),
    Entry("mock-certificates", "frame.mock_certificates", ("mock", "certificates")),
    Entry("mock-sandboxes", "frame.mock_sandboxes", ("mock", "sandboxes")),
    Entry("mock-states", "frame.mock_states", ("mock", "states")),
    Entry("mock-journal", "frame.mock_journal", ("mock", "journal")),
    Entry("mock-evidence", "frame.mock_evidence", ("mock", "evidence")),
)
"""The mock's own powers, for super users; their routes take a `PowerVisitor` (visits.py)."""
OF_ORGANISATION = (
    Entry("details", "frame.details", ()),
    Entry("contacts", "frame.contacts", ("contacts",)),
    Entry("domains", "frame.domains", ("domains",)),
    Entry("roles", "frame.roles", ("roles",)),
    Entry("servers", "frame.servers", ("servers",)),
    Entry("applications", "frame.applications", ("applications",)),
    Entry("certificates", "frame.organisation_certificates", ("certificates",)),
    Entry("administrators", "frame.administrators", ("administrators",), area="administrators"),
    Entry("domain-users", "frame.domain_users", ("domain-users",), area="domain_users"),
    Entry("documents", "frame.documents", ("documents",), area="terms_and_conditions"),
    Entry("notices", "frame.notices", ("notices",)),
)
"""Under `organisations/<id>`; entries join when what they lead to exists (connect.md 20)."""
OF_APPLICATION = (
    Entry("details", "frame.details", ()),
    Entry("roles", "frame.app_roles", ("roles",)),
    Entry("certificates", "frame.app_certificates", ("certificates",)),
    Entry("certifications", "frame.certifications", ("certifications",)),
    Entry("custom-claims", "frame.custom_claims", ("custom-claims",)),
    Entry("assertion", "frame.assertion", ("assertion",)),
)
"""The tabs, under `organisations/<id>/applications/<id>`."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a page is about. `entry` is its entry of the navigation, `tab` its tab in an application."""

    entry: str = ""
    organisation: Organisation | None = None
    application: Application | None = None
    tab: str = ""

    @property
    def segments(self) -> tuple[str, ...]:
        """The address of the application or the organisation."""
        own = () if self.organisation is None else ("organisations", self.organisation.organisation_id)
        return own if self.application is None else (*own, "applications", self.application.software_statement_id)


@dataclass(frozen=True, slots=True)
class Link:
    """`text` is shown as it is; `href` None is the page itself."""

    text: str
    href: str | None = None
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Navigation:
    """The links around one page, as its template shows them."""

    everywhere: tuple[Link, ...]
    of_organisation: tuple[Link, ...]
    tabs: tuple[Link, ...]
    mock: tuple[Link, ...]


def navigation(place: Place, url: Url, t: Texts, *, has_powers: bool, reads: Callable[..., bool]) -> Navigation:
    """`has_powers`: whether the mock's own powers are shown; `reads` asks for an area of the table of rights."""
    organisation = place.organisation
    own_id = "" if organisation is None else organisation.organisation_id
    own = replace(place, application=None).segments
    tabs = place.segments if place.application is not None else ()
    return Navigation(
        everywhere=tuple(
            _link(each, (), place.entry if organisation is None else "", url, t)
            for each in GLOBAL
            if not each.area or reads(each.area)
        ),
        of_organisation=tuple(
            _link(each, own, place.entry, url, t)
            for each in OF_ORGANISATION
            if own and (not each.area or reads(each.area, own_id))
        ),
        tabs=tuple(_link(each, tabs, place.tab, url, t) for each in OF_APPLICATION) if tabs else (),
        mock=tuple(_link(each, (), place.entry, url, t) for each in MOCK) if has_powers else (),
    )


def _link(entry: Entry, prefix: tuple[str, ...], current: str, url: Url, t: Texts) -> Link:
    return Link(t(entry.text), url(*prefix, *entry.segments), entry.name == current)
