"""What can go wrong, in the words of the directory. No HTTP here: each door translates.

DirectoryError
├── Unauthenticated      no usable token, or one that is bound to another certificate
├── ScopeMissing         a good token without a fitting scope
├── Forbidden            a fitting scope, but not this object or not this right
├── NotFound             nothing by that id
├── Conflict             true once, not now (duplicate id, duplicate key, a move that the state forbids)
├── Stale                the caller's copy is older than ours (If-Match)
├── TooLarge             a body over its limit
├── UnsupportedMedia     a body in a media type that nothing here reads
├── NotAcceptable        no representation that the caller accepts
├── NotBuilt             an operation of the published API that this mock does not have yet
├── Unavailable          a limit was reached or a part is down; trying again may help
└── Invalid              the request breaks a rule; carries every finding at once
    └── Rejected         the same for certificate requests (RA findings)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule, for machines (`code`, `pointer`) and for people (the rest).

    `detail` names the subject in words; `expected` and `got` are shortened, printable texts ("" where there is
    nothing to compare); `fix` tells what to change. `pointer` is an RFC 6901 pointer into the body or into the
    request ("/subject/CN", "/extensions/san", "/key").
    """

    code: str
    detail: str
    pointer: str = ""
    expected: str = ""
    got: str = ""
    fix: str = ""
    severity: Severity = "error"

    def softened(self) -> Finding:
        """The same finding as a warning: it is reported and refuses nothing."""
        return replace(self, severity="warning")

    @property
    def text(self) -> str:
        """One sentence for a person, the code last in square brackets (checks/csr-cases.md, "Answer shape")."""
        compared = "".join(
            f"; {word} {value}" for word, value in (("expected", self.expected), ("found", self.got)) if value
        )
        advice = f". {self.fix}" if self.fix else ""
        return f"{self.detail}{compared}{advice} [{self.code}]"


def errors_among(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Those findings that refuse the request."""
    return tuple(f for f in findings if f.severity == "error")


class DirectoryError(Exception):
    """A refusal. `code` is stable; `reason` is the short text that people read (never a secret)."""

    code = "error"
    title = "Something is wrong"

    def __init__(self, reason: str = "", *, code: str = "", findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(reason or self.title)
        self.reason = reason or self.title
        self.code = code or self.code
        self.findings = findings


class Unauthenticated(DirectoryError):
    code, title = "token.unknown", "No usable access token"


class ScopeMissing(DirectoryError):
    code, title = "access.scope", "The token has no fitting scope"


class Forbidden(DirectoryError):
    code, title = "access.forbidden", "Not allowed for this caller"


class NotFound(DirectoryError):
    code, title = "access.not_found", "Not found"


class Conflict(DirectoryError):
    code, title = "unique.conflict", "Conflict with the current state"


class Stale(DirectoryError):
    code, title = "etag.mismatch", "The object was changed meanwhile"


class TooLarge(DirectoryError):
    code, title = "request.too_large", "The body is too large"


class UnsupportedMedia(DirectoryError):
    code, title = "media.unsupported", "This media type is not read here"


class NotAcceptable(DirectoryError):
    code, title = "media.unsupported", "No representation in the accepted media types"


class NotBuilt(DirectoryError):
    code, title = "operation.not_built", "Operation not implemented in this mock"


class Unavailable(DirectoryError):
    code, title = "unavailable", "Not available now, try again"


class Invalid(DirectoryError):
    code, title = "request.invalid", "The request breaks a rule"


class Rejected(Invalid):
    code, title = "csr.rejected", "The certificate request was rejected"
