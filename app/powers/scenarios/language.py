"""What a scenario is: named steps, each with what it does and what should be visible where afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.errors import Finding, Invalid
from app.store.powers import Scenario as Kept

Facts = Mapping[str, Any]
"""What a run has found out so far: its parameters and what its steps have made, as plain JSON without secrets."""
Parameters = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """`perform` returns facts to be added; `visible` says where (a path or a channel) what is to be seen."""

    name: str
    perform: Callable[[Facts], Facts]
    visible: Callable[[Facts], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`takes` are the parameters of a start; `subject` is what two runs may not turn at once.

    `check` raises where it cannot be begun with these parameters.
    """

    name: str
    says: str
    steps: tuple[Step, ...]
    subject: Callable[[Parameters], str]
    takes: tuple[str, ...] = ()
    check: Callable[[Parameters], None] = lambda _parameters: None
    rotates: bool = False
    """Whether keys that tokens are signed with change, so that clients must read them again."""


@dataclass(frozen=True, slots=True)
class Run:
    """How far a scenario is; `step` counts from 1, 0 = it was never begun."""

    name: str
    step: int = 0
    subject: str = ""
    parameters: Parameters = field(default_factory=dict)
    facts: Facts = field(default_factory=dict)
    started_at: str = ""
    stepped_at: str = ""
    is_ended: bool = False
    is_under_way: bool = False
    """Whether a step is being done: of a process that died in the middle it stays so, and may be done again."""
    revision: int = 0

    @property
    def is_running(self) -> bool:
        return self.step > 0 and not self.is_ended

    @classmethod
    def of(cls, kept: Kept) -> Run:
        return cls(name=kept.name, revision=kept.revision, **kept.state)

    def state(self) -> dict[str, Any]:
        """As the store keeps it."""
        return {
            "step": self.step,
            "subject": self.subject,
            "parameters": dict(self.parameters),
            "facts": dict(self.facts),
            "started_at": self.started_at,
            "stepped_at": self.stepped_at,
            "is_ended": self.is_ended,
            "is_under_way": self.is_under_way,
        }


def refused(pointer: str, expected: str, got: str) -> Invalid:
    text = f"{pointer[1:]} is not usable here"
    return Invalid(text, code="field.value", findings=(Finding("field.value", text, pointer, expected, got[:80]),))
