"""Tells the demo: each step with what it means, each expectation with whether it held."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import Any

from app.cli.refusal import Refusal


@dataclass(slots=True)
class Teller:
    """Prints as it goes; with `as_json` it only keeps, for one JSON document at the end."""

    as_json: bool
    steps: list[dict[str, Any]] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def step(self, title: str, meaning: str = "") -> None:
        """A new step: what is done now, and why."""
        self.steps.append({"step": title, "meaning": meaning, "shown": [], "held": []})
        self._print(f"\n{len(self.steps)}. {title}", "bold")
        if meaning:
            self._print(f"   {meaning}")

    def show(self, text: str) -> None:
        """Something to look at: a command, an answer."""
        self.steps[-1]["shown"].append(text)
        for line in text.splitlines():
            self._print(f"   | {line}", "cyan")

    def expect(self, what: str, *, held: bool, found: str = "") -> None:
        """An expectation of this step. Raises Refusal when it did not hold: then the demo has failed."""
        self.steps[-1]["held"].append({"expected": what, "held": held, "found": found})
        if not held:
            self._print(f"   NOT SO: {what}", "red")
            raise Refusal(f"the demo expected: {what}", code="demo", details=[found] if found else [])
        self._print(f"   OK: {what}", "green")

    def remark(self, text: str) -> None:
        self._print(f"   {text}")

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def _print(self, text: str, style: str = "") -> None:
        if self.as_json:
            return
        if sys.stdout.isatty():
            from app.cli.output import console

            console().print(text, style=style or None, markup=False, soft_wrap=True)
        else:
            print(text, flush=True)
