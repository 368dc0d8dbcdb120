"""Who visits a page, what he may do, and how he is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ParamSpec, TypeVar

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.access import SUPER_USER, Caller, power, require_super_user
from app.access_rules import NOBODY, Level
from app.errors import Forbidden, Invalid, NotFound, Unauthenticated
from app.portal.cookies import Cookie, Jar
from app.portal.forms import Form
from app.portal.navigation import Link, Place, navigation
from app.portal.notices import notice_text
from app.portal.pages import HEADERS, render, texts_of, url_of
from app.portal.texts import Texts
from app.sandbox import Sandbox
from app.store.journal import REFUSED
from app.store.records import Organisation
from app.web.calls import call
from app.web.connection import listener_of
from app.web.own_site import SAFE

P = ParamSpec("P")
T = TypeVar("T")
MOST_OWN = 20
"""Organisations in the switcher; who has more finds them in the list."""
NOTICE_SECONDS = 30


class SignInNeeded(Exception):
    """Nobody is signed in, or not any more."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of somebody who is signed in; `own` are the organisations where he is somebody."""

    request: Request
    sandbox: Sandbox
    caller: Caller
    own: tuple[Organisation, ...]

    @property
    def t(self) -> Texts:
        return texts_of(self.request)

    @property
    def is_super_user(self) -> bool:
        return any(kind == SUPER_USER for kind, _where in self.caller.holders())

    @property
    def has_powers(self) -> bool:
        """Whether he may use the mock's own powers: what `enter_for_powers` lets in."""
        return self.may("ecosystem", Level.ADMINISTRATOR)

    def url(self, *segments: str, **query: object) -> str:
        """The address of a page of the portal."""
        return url_of(self.request, *segments, **query)

    def may(
        self, area: str, level: Level, organisation_id: str | None = None, software_statement_id: str | None = None
    ) -> bool:
        """Whether the table of rights (access_rules.toml) lets this person do it: for what is shown."""
        return power(self.caller, area, organisation_id, software_statement_id) >= level

    def reads(self, area: str, organisation_id: str | None = None) -> bool:
        """Whether there is anything of an area that this person may read; only of one organisation if it is named."""
        places = (None, *self.caller.organisations) if organisation_id is None else (organisation_id,)
        return any(self.may(area, Level.READ, where) for where in places)

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A use case."""
        return await call(self.sandbox, function, *args, **kwargs)

    def page(
        self,
        template: str,
        words: Mapping[str, Any] | None = None,
        *,
        place: Place | None = None,
        trail: Sequence[Link] = (),
        status: int = 200,
    ) -> Response:
        """A page in its frame; `words` are what its template asks for."""
        place, form = place or Place(), (words or {}).get("form")
        frame = {
            "visit": self,
            "is_told": self._note(form, status),
            "may": self.may,
            "levels": Level,
            "person": self.caller,
            "own": self.own,
            "place": place,
            "at": partial(self.url, *place.segments),
            "trail": tuple(trail),
            "navigation": navigation(place, self.url, self.t, has_powers=self.has_powers, reads=self.reads),
        }
        return render(self.request, template, frame | dict(words or {}), status=status)

    def _note(self, form: Form | None, status: int) -> bool:
        """What was wrong with a form that was sent, for the journal; whether that holds it."""
        if form is None or not form.findings or self.request.method in SAFE:
            return False
        first, state = form.findings[0], self.request.scope["state"]
        if status >= REFUSED:
            state.setdefault("refusal", Invalid(first.detail, code=first.code, findings=form.findings))
        return True

    def go(self, address: str, *, notice: str = "", **values: str) -> Response:
        """303 to another page, which tells the text of this key, with these values, once."""
        response = RedirectResponse(address, 303, dict(HEADERS))
        if notice:
            assert notice in self.t, notice
            Jar.of(self.request).put(response, Cookie.NOTICE, notice_text(notice, values), NOTICE_SECONDS)
        return response


async def enter(request: Request) -> Visit:
    """Whoever is signed in with this browser. Raises SignInNeeded."""
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    token = Jar.of(request).get(Cookie.SESSION)
    if not token:
        raise SignInNeeded
    presented, mtls = request.scope["state"].get("presented"), listener_of(request.scope) == "mtls"
    try:
        caller = await call(sandbox, sandbox.tokens.check, token, presented, mtls=mtls, at_portal=True)
    except Unauthenticated as error:
        raise SignInNeeded from error
    request.scope["state"]["actor"] = caller.name
    return Visit(request, sandbox, caller, await call(sandbox, _own, sandbox, caller))


def _own(sandbox: Sandbox, caller: Caller) -> tuple[Organisation, ...]:
    found = []
    for organisation_id in sorted(caller.organisations)[:MOST_OWN]:
        try:
            found.append(sandbox.organisations.read(organisation_id))
        except NotFound:
            continue
    return tuple(sorted(found, key=lambda each: each.name.casefold()))


async def enter_with_rights(request: Request) -> Visit:
    """Whoever is something in this directory: it is nobody else's to read. Raises SignInNeeded, Forbidden."""
    visit = await enter(request)
    if all(kind == NOBODY for kind, _where in visit.caller.holders()):
        raise Forbidden(f"the account {visit.caller.name} has no rights yet; an administrator gives them to it")
    return visit


Visitor = Annotated[Visit, Depends(enter_with_rights)]
"""The parameter of a handler whose page is for people who are signed in."""


async def enter_for_powers(request: Request) -> Visit:
    """A super user: the mock's own powers are nobody else's. Raises SignInNeeded, Forbidden."""
    visit = await enter(request)
    require_super_user(visit.caller)
    return visit


PowerVisitor = Annotated[Visit, Depends(enter_for_powers)]
"""The parameter of a handler of the section "Mock powers"."""
