"""Faults, made over the control listener."""

from __future__ import annotations

from typing import Any

import pytest


class Faults:
    def __init__(self, control: Any) -> None:
        self.control = control

    def __call__(self, effect: Any = None, *, trigger: Any = None, match: Any = None, **more: Any) -> str:
        """Make one, which must work; its id."""
        given = {"effect": effect, "trigger": trigger, "match": match, **more}
        made = self.control("POST", "/_mock/faults", json={k: v for k, v in given.items() if v is not None})
        assert made.status_code == 201, made.text
        assert made.headers["location"] == f"/_mock/faults/{made.json()['id']}"
        return str(made.json()["id"])

    def refused(self, **body: Any) -> dict[str, dict[str, str]]:
        """What is wrong with one, by pointer."""
        answer = self.control("POST", "/_mock/faults", json=body)
        assert answer.status_code == 422, answer.text
        return {finding.get("pointer", ""): finding for finding in answer.json()["findings"]}

    def all(self) -> list[dict[str, Any]]:
        return list(self.control("GET", "/_mock/faults").json()["faults"])

    def get(self, fault_id: str) -> dict[str, Any]:
        return dict(self.control("GET", f"/_mock/faults/{fault_id}").json())

    def end(self, fault_id: str) -> None:
        assert self.control("DELETE", f"/_mock/faults/{fault_id}").status_code == 200

    def journal(self, path: str) -> list[dict[str, Any]]:
        """Newest first."""
        entries = self.control("GET", f"/_mock/journal?path={path}").json()["entries"]
        return [each for each in entries if each["listener"] != "control"]


@pytest.fixture
def faults(control: Any) -> Faults:
    return Faults(control)
