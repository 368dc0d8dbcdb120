"""Who asks, and what token and rights let him do (connect.md 16 and 17.4). Pure; `access_rules.toml` decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from app.access_rules import ALL, NOBODY, Grant, Holder, Level, Need, rules
from app.errors import Forbidden, NotFound, ScopeMissing

SOFTWARE = "directory:software"
WEBSITE = "directory:website"
ADMIN = "directory:admin"
MANAGEMENT = "directory:software:organisation:application:management"
SCOPES = (SOFTWARE, WEBSITE, ADMIN, "directory:servicedesk", "directory:software:audit", MANAGEMENT)
PORTAL = "connect-mock-portal"
"""Client id of the portal: a part of this server, so no application may be called so."""
OWN_ONLY = "a token of scope directory:software writes to its own application only"
SUPER_USER, ORGANISATION_ADMINISTRATOR = "super_user", "organisation_administrator"


@dataclass(frozen=True, slots=True)
class Person:
    """What somebody is: kinds that hold for every organisation, and those in single ones (connect.md 16).

    A kind is a row of the table, or one of `user_types`: what the ecosystem has made of its types of users.
    """

    kinds: frozenset[str] = frozenset()
    organisations: Mapping[str, frozenset[str]] = field(default_factory=dict)
    user_types: Mapping[str, Holder] = field(default_factory=dict)

    def holders(self) -> Iterator[tuple[str, str | None]]:
        """Rows of the table, each with the organisation where it holds; None = everywhere."""
        yield from ((kind, None) for kind in sorted(self.kinds))
        for organisation_id, kinds in self.organisations.items():
            yield from ((kind, organisation_id) for kind in sorted(kinds))
        if not self.kinds and not any(self.organisations.values()):
            yield NOBODY, None


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of a checked access token.

    With `person` it is that person, and what the token's scopes let through of his rights; the application that he
    came with may stand beside. Without, `software_statement_id` is an application of `organisation_id`, which acts for
    all of that organisation where the scope does; `organisation_id` alone is its administrator; neither, a super user.
    `x5t_s256` is the certificate that the token is bound to, if any.
    """

    scopes: frozenset[str]
    organisation_id: str | None = None
    software_statement_id: str | None = None
    user: str | None = None
    x5t_s256: str | None = None
    person: Person | None = None
    client_id: str | None = None
    """The client that the token was given to; no rights follow from it."""

    @property
    def organisations(self) -> frozenset[str]:
        """Where this caller belongs; a super user belongs nowhere."""
        if self.person is not None:
            return frozenset(self.person.organisations)
        return frozenset() if self.organisation_id is None else frozenset({self.organisation_id})

    @property
    def manages_applications(self) -> bool:
        """Whether the power reaches beyond the own application: to all of the organisation (connect.md 17.4)."""
        return bool(self.scopes & {WEBSITE, ADMIN, MANAGEMENT})

    @property
    def name(self) -> str:
        """For the audit: who did it."""
        return self.user or self.software_statement_id or self.organisation_id or "super user"

    def holder(self, kind: str) -> Holder:
        """What `holders` names."""
        types = {} if self.person is None else self.person.user_types
        return types.get(kind) or rules().holders[kind]

    def holders(self) -> Iterator[tuple[str, str | None]]:
        """Rows of the table that this caller is, each with the organisation where; None = for every organisation."""
        if self.person is not None:
            yield from self.person.holders()
        elif self.organisation_id is not None:
            yield ORGANISATION_ADMINISTRATOR, self.organisation_id
        else:
            yield SUPER_USER, None


def require_scope(caller: Caller, *any_of: str) -> None:
    """Raise ScopeMissing (gateway 403) unless the token has one of these scopes."""
    if not caller.scopes & set(any_of):
        raise ScopeMissing(f"needs scope {' or '.join(any_of)}, the token has {' '.join(sorted(caller.scopes))}")


def require_right(
    caller: Caller, need: Need, organisation_id: str | None = None, software_statement_id: str | None = None
) -> None:
    """Raise Forbidden unless the caller may do this to this organisation and application; None = to none."""
    areas = [need.area] if need.or_area is None else [need.area, need.or_area]
    level = max(power(caller, area, organisation_id, software_statement_id) for area in areas)
    if level < need.level:
        raise Forbidden(_reason(caller, need, level, organisation_id))


def power(
    caller: Caller, area: str, organisation_id: str | None = None, software_statement_id: str | None = None
) -> Level:
    """The level that the caller has on an area of this organisation, or of this application of it."""
    target = organisation_id, software_statement_id
    grants = [g for name in caller.scopes if (scope := rules().scopes.get(name)) for g in scope.grants]
    return max((_through(g, caller, area, target) for g in grants if g.is_about(area)), default=Level.NONE)


def _through(grant: Grant, caller: Caller, area: str, target: tuple[str | None, str | None]) -> Level:
    """What one grant of a scope lets through."""
    organisation_id, software_statement_id = target
    is_own = organisation_id is not None and organisation_id == caller.organisation_id
    match grant.reach:
        case "holder":
            return min(grant.level, _rights(caller, area, organisation_id))
        case "everywhere":
            reaches = is_own or rules().areas[area].shared
        case "every organisation":
            reaches = True
        case "own organisation":
            reaches = is_own
        case "own application":
            reaches = is_own and software_statement_id is not None
            reaches = reaches and software_statement_id == caller.software_statement_id
    return grant.level if reaches else Level.NONE


def _rights(caller: Caller, area: str, organisation_id: str | None) -> Level:
    """The rights of the holder himself: what he is here, and of what is shared what he may read elsewhere."""
    found = Level.NONE
    for kind, where in caller.holders():
        level = caller.holder(kind).levels[area]
        is_here = where is None or where == organisation_id
        if not is_here:
            level = min(level, Level.READ if rules().areas[area].shared else Level.NONE)
        found = max(found, level)
    return found


def _reason(caller: Caller, need: Need, level: Level, organisation_id: str | None) -> str:
    area = rules().areas[need.area].title.lower()
    if not caller.manages_applications and need.level > Level.READ:
        return OWN_ONLY
    kinds = ", ".join(dict.fromkeys(caller.holder(kind).title for kind, _ in caller.holders()))
    needed = f"needs {need.level.word} on {area}; the caller ({kinds}) has {level.word}"
    if organisation_id is not None and caller.organisations and organisation_id not in caller.organisations:
        return f"{needed} there: the token belongs to another organisation"
    return needed


def require_registrar(caller: Caller) -> None:
    """Raise Forbidden unless the caller may create and activate organisations."""
    require_right(caller, Need("organisations", Level.WRITE))


def require_super_user(caller: Caller) -> None:
    """Raise Forbidden unless the caller may do what only super users do."""
    require_right(caller, Need("ecosystem", Level.ADMINISTRATOR))


def require_organisation(caller: Caller, organisation_id: str, level: Level = Level.WRITE) -> None:
    """Raise Forbidden unless the caller may change this organisation."""
    require_right(caller, Need("organisation_details", level), organisation_id)


def require_organisation_certificates(caller: Caller, organisation_id: str) -> None:
    """Raise Forbidden unless the caller may write certificates of this organisation itself (connect.md 5.1)."""
    require_right(caller, Need("organisation_certificates", Level.WRITE), organisation_id)


def require_applications(caller: Caller, organisation_id: str) -> None:
    """Raise Forbidden unless the caller may make applications of this organisation."""
    require_right(caller, Need("software_statements", Level.WRITE), organisation_id)


def require_application(
    caller: Caller, organisation_id: str, software_statement_id: str, level: Level = Level.WRITE
) -> None:
    """Raise Forbidden unless the caller may write to this application (connect.md 5.1 and 17.4)."""
    require_right(caller, Need("software_statements", level), organisation_id, software_statement_id)


def absent(caller: Caller, what: str) -> NotFound | Forbidden:
    """What is raised when the object of a write is not there: 403 for a `software` token, else 404 (connect.md 5.2)."""
    return NotFound(f"no such {what}") if caller.manages_applications else Forbidden(OWN_ONLY)


def scopes_of_person(person: Person) -> frozenset[str]:
    """Directory scopes that somebody can allow a client to have: those that the table gives people like him."""
    kinds = {kind for kind, _where in person.holders()}
    return frozenset(scope.name for scope in rules().scopes.values() if ALL in scope.persons or kinds & scope.persons)
