"""What those answer who are not here: the signing service, the conformance suite, the telephone of a person. Pure.

Unless told otherwise they answer well, at once; a telephone waits until somebody answers for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Signing = Literal["signed", "declined", "voided", "expired", "pending"]
Approval = Literal["ask", "approve", "deny"]
SIGNINGS: tuple[Signing, ...] = get_args(Signing)
APPROVALS: tuple[Approval, ...] = get_args(Approval)
NAME = "outside"
"""The power that keeps what is set."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What is answered from now on; `conformance_errors` are what a test run of the suite finds."""

    signing: Signing = "signed"
    approval: Approval = "ask"
    conformance_errors: tuple[str, ...] = ()

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Outcomes:
        """From its kept form. Raises ValueError for an answer that nobody gives."""
        signing, approval, errors = value["signing"], value["approval"], tuple(value["conformance_errors"])
        if signing not in SIGNINGS or approval not in APPROVALS or not all(isinstance(each, str) for each in errors):
            raise ValueError("no such answer")
        return cls(signing, approval, errors)

    def kept(self) -> dict[str, Any]:
        return {
            "signing": self.signing,
            "approval": self.approval,
            "conformance_errors": list(self.conformance_errors),
        }
