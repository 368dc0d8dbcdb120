"""Where certificates of one owner stand: the page of an organisation, or a tab of an application (connect.md 20).

Both levels have the same pages, so every route of certificates exists twice: `@both("GET", "/new")` above a handler
with a parameter `shelf: OnShelf`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends
from starlette.responses import Response

from app.access import require_application, require_organisation_certificates
from app.access_rules import Level
from app.directory.certificates import CertificateQuery, Certificates
from app.pki.facts import Facts
from app.pki.profiles import CertificateProfile
from app.portal.navigation import Link, Place
from app.portal.places import at_application, at_organisation, trail
from app.portal.visits import Visit, Visitor
from app.ra.standing import Owner
from app.sandbox import Sandbox
from app.store.records import Application, Certificate, Organisation

OF_ORGANISATION = "/organisations/{organisation_id}/certificates"
OF_APPLICATION = "/organisations/{organisation_id}/applications/{software_statement_id}/certificates"
PURPOSES = ("transport", "signing", "encryption")
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Shelf:
    visit: Visit
    place: Place

    @property
    def organisation(self) -> Organisation:
        assert self.place.organisation is not None
        return self.place.organisation

    @property
    def application(self) -> Application | None:
        return self.place.application

    @property
    def owner(self) -> tuple[str, str | None]:
        application = self.application
        return self.organisation.organisation_id, application.software_statement_id if application else None

    @property
    def level(self) -> str:
        return "organisation" if self.application is None else "application"

    @property
    def title(self) -> str:
        """What the list is called in navigation and tabs."""
        return self.visit.t("frame.organisation_certificates" if self.application is None else "frame.app_certificates")

    @property
    def owner_name(self) -> str:
        return self.organisation.name if self.application is None else self.application.client_name

    @property
    def may_write(self) -> bool:
        """For what is shown to this person."""
        area = "organisation_certificates" if self.application is None else "software_statements"
        return self.visit.may(area, Level.WRITE, *self.owner)

    @property
    def is_active(self) -> bool:
        """Whether the owner stands, so that new certificates may come."""
        return self.organisation.is_active and (self.application is None or self.application.is_active)

    @property
    def types(self) -> tuple[CertificateProfile, ...]:
        """Those of this level: the ecosystem's own first, as the profiles have them; the others by their purpose."""
        here = [each for each in self.visit.sandbox.profiles.values() if each.level == self.level]
        return tuple(sorted(here, key=lambda e: (not e.preferred, 0 if e.preferred else PURPOSES.index(e.purpose))))

    @property
    def query(self) -> CertificateQuery:
        return CertificateQuery(*self.owner)

    def require_write(self) -> None:
        """Raises Forbidden."""
        organisation_id, software_statement_id = self.owner
        if software_statement_id is None:
            require_organisation_certificates(self.visit.caller, organisation_id)
        else:
            require_application(self.visit.caller, organisation_id, software_statement_id)

    def url(self, *segments: str, **query: object) -> str:
        """The address of a page of this shelf; of the list without segments."""
        organisation_id, software_statement_id = self.owner
        application = () if software_statement_id is None else ("applications", software_statement_id)
        return self.visit.url("organisations", organisation_id, *application, "certificates", *segments, **query)

    def file(self, **query: object) -> str:
        """The address of the list as a file."""
        path, _, _ = self.url().partition("?")
        return f"{path}.csv" + self.url(**query).removeprefix(path)

    def label(self, type_: str) -> str:
        """What the portal calls a type; the type itself where no profile has it any more."""
        profile = self.visit.sandbox.profiles.get(type_)
        return profile.label if profile else type_

    async def find(self, certificate_id: str) -> Certificate:
        """Raises NotFound."""
        find = Certificates(self.visit.sandbox.store).find_by_id
        return (await self.visit.call(find, self.query, certificate_id)).certificate

    async def facts(self) -> Facts:
        """What the directory knows of the owner, for commands."""
        return await self.visit.call(_facts, self.visit.sandbox, Owner(self.organisation, self.application))

    def page(self, template: str, words: Mapping[str, Any], *further: Link, status: int = 200) -> Response:
        """A page under the list, with its crumbs."""
        crumbs = trail(self.visit, self.place, Link(self.title, self.url()), *further)
        known = {"shelf": self}
        return self.visit.page(template, known | dict(words), place=self.place, trail=crumbs, status=status)


def _facts(sandbox: Sandbox, owner: Owner) -> Facts:
    with sandbox.store.read() as uow:
        return owner.facts(uow.organisations.domains())


async def enter_shelf(visit: Visitor) -> Shelf:
    """Raises NotFound."""
    ids = visit.request.path_params
    if "software_statement_id" in ids:
        place = await at_application(visit, ids["organisation_id"], ids["software_statement_id"], "certificates")
    else:
        place = await at_organisation(visit, ids["organisation_id"], "certificates")
    return Shelf(visit, place)


OnShelf = Annotated[Shelf, Depends(enter_shelf)]
"""The parameter of a handler of certificates."""


def on_both_levels(router: APIRouter) -> Callable[[str, str], Callable[[F], F]]:
    """Makes the decorator `both(method, path)` of a router."""

    def both(method: str, path: str) -> Callable[[F], F]:
        def take(handler: F) -> F:
            for base in (OF_ORGANISATION, OF_APPLICATION):
                router.add_api_route(base + path, handler, methods=[method])
            return handler

        return take

    return both
