"""Who asks, and what a scope lets him do (connect.md 17.4 and chapter 16). Pure."""

from __future__ import annotations

from dataclasses import dataclass

from app.errors import Forbidden, NotFound, ScopeMissing

SOFTWARE = "directory:software"
WEBSITE = "directory:website"
ADMIN = "directory:admin"
MANAGEMENT = "directory:software:organisation:application:management"
SCOPES = (SOFTWARE, WEBSITE, ADMIN, "directory:servicedesk", "directory:software:audit", MANAGEMENT)
OWN_ONLY = "a token of scope directory:software writes to its own application only"


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of a checked access token.

    With `software_statement_id` it is an application of `organisation_id`; with `organisation_id` alone a user of
    that organisation; with neither a super user. `x5t_s256` is the certificate that the token is bound to, if any.
    """

    scopes: frozenset[str]
    organisation_id: str | None = None
    software_statement_id: str | None = None
    user: str | None = None
    x5t_s256: str | None = None

    @property
    def is_super_user(self) -> bool:
        return self.organisation_id is None and self.software_statement_id is None

    @property
    def acts_as_website(self) -> bool:
        return bool(self.scopes & {WEBSITE, ADMIN})

    @property
    def manages_applications(self) -> bool:
        """Whether the power reaches beyond the own application: to all of the organisation (connect.md 17.4)."""
        return self.acts_as_website or MANAGEMENT in self.scopes

    @property
    def name(self) -> str:
        """For the audit: who did it."""
        return self.user or self.software_statement_id or self.organisation_id or "super user"


def require_scope(caller: Caller, *any_of: str) -> None:
    """Raise ScopeMissing (gateway 403) unless the token has one of these scopes."""
    if not caller.scopes & set(any_of):
        raise ScopeMissing(f"needs scope {' or '.join(any_of)}, the token has {' '.join(sorted(caller.scopes))}")


def require_super_user(caller: Caller) -> None:
    """Raise Forbidden unless the caller may do everything."""
    if not (caller.is_super_user and caller.acts_as_website):
        raise Forbidden("needs super user or data administrator rights")


def require_organisation(caller: Caller, organisation_id: str) -> None:
    """Raise Forbidden unless the caller may write to this organisation (scope website, connect.md 17.4)."""
    if not caller.acts_as_website:
        raise Forbidden(OWN_ONLY)
    _require_same(caller, organisation_id)


def require_applications(caller: Caller, organisation_id: str) -> None:
    """Raise Forbidden unless the caller may make applications of this organisation."""
    if not caller.manages_applications:
        raise Forbidden(OWN_ONLY)
    _require_same(caller, organisation_id)


def require_application(caller: Caller, organisation_id: str, software_statement_id: str) -> None:
    """Raise Forbidden unless the caller may write to this application (connect.md 5.1 and 17.4)."""
    if caller.manages_applications:
        _require_same(caller, organisation_id)
    elif caller.organisation_id != organisation_id or caller.software_statement_id != software_statement_id:
        raise Forbidden(OWN_ONLY)


def absent(caller: Caller, what: str) -> NotFound | Forbidden:
    """What is raised when the object of a write is not there: 403 for a `software` token, else 404 (connect.md 5.2)."""
    return NotFound(f"no such {what}") if caller.manages_applications else Forbidden(OWN_ONLY)


def _require_same(caller: Caller, organisation_id: str) -> None:
    if not caller.is_super_user and caller.organisation_id != organisation_id:
        raise Forbidden("the token belongs to another organisation")
