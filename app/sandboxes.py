"""The open sandboxes of this process; `default` answers without a prefix (architecture 4)."""

from __future__ import annotations

from app.sandbox import Sandbox


class Sandboxes:
    def __init__(self, default: Sandbox) -> None:
        self.default = default
        self._open = {default.sandbox_id: default}

    def get(self, sandbox_id: str) -> Sandbox | None:
        return self._open.get(sandbox_id)

    def all(self) -> tuple[Sandbox, ...]:
        return tuple(self._open.values())

    def close(self) -> None:
        for sandbox in self._open.values():
            sandbox.close()
