"""How a command fails: a text for people on stderr, or one JSON object there with `--json`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence


class Refusal(Exception):
    """The command cannot be done. `hint` tells what to do about it, `details` lists every finding."""

    def __init__(
        self, reason: str, *, code: str = "failed", hint: str = "", details: Sequence[str] = (), status: int = 1
    ) -> None:
        super().__init__(reason)
        self.reason, self.code, self.hint, self.details, self.status = reason, code, hint, tuple(details), status

    def print(self, *, as_json: bool) -> None:
        if as_json:
            said = {"error": self.reason, "code": self.code, "hint": self.hint, "details": list(self.details)}
            print(json.dumps({name: value for name, value in said.items() if value}), file=sys.stderr)
            return
        print(f"Error: {self.reason}", file=sys.stderr)
        for detail in self.details:
            print(f"  - {detail}", file=sys.stderr)
        if self.hint:
            print(f"{self.hint}", file=sys.stderr)


class Refused(Refusal):
    """A server said no."""

    def __init__(self, reason: str, answered: int, *, code: str, details: Sequence[str]) -> None:
        super().__init__(reason, code=code, details=details)
        self.answered = answered
