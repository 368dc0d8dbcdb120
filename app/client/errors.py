"""What the client raises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, as problem documents list it (docs/errors.md has the codes)."""

    code: str
    detail: str = ""
    pointer: str = ""
    expected: str = ""
    got: str = ""
    fix: str = ""

    def __str__(self) -> str:
        parts = [self.detail, *(f"{word} {text}" for word, text in self._seen() if text)]
        return f"{'; '.join(part for part in parts if part)}{f'. {self.fix}' if self.fix else ''} [{self.code}]"

    def _seen(self) -> Sequence[tuple[str, str]]:
        return ("expected", self.expected), ("found", self.got)


class ClientError(Exception):
    """Anything that did not work; `code` is stable."""

    def __init__(self, said: str, code: str) -> None:
        super().__init__(said)
        self.code = code


class Unreachable(ClientError):
    """Nothing answered, or what answered broke off."""

    def __init__(self, said: str) -> None:
        super().__init__(said, "client.unreachable")


class Refused(ClientError):
    """The server said no, in its own words: status, code, every finding, and the id that finds it in the journal."""

    def __init__(self, request: str, status: int, code: str, reason: str, findings: Sequence[Finding] = ()) -> None:
        listed = "".join(f"\n  - {finding}" for finding in findings)
        super().__init__(f"{request} answered {status}: {reason} [{code}]{listed}", code)
        self.status, self.reason, self.findings = status, reason, tuple(findings)
        self.body: Mapping[str, Any] = {}
        self.interaction_id = ""

    @property
    def codes(self) -> frozenset[str]:
        """The codes of all findings, and its own."""
        return frozenset({self.code, *(finding.code for finding in self.findings)})


class NotAsExpected(AssertionError):
    """The journal says otherwise; `near_misses` are exchanges that nearly fit."""

    def __init__(self, said: str, body: Mapping[str, Any]) -> None:
        super().__init__(said)
        self.body = body
        self.near_misses: Sequence[Mapping[str, Any]] = tuple(body.get("near_misses") or ())
