"""Programs that tests talk to: present, or the test skips by name; in CI (CONNECT_MOCK_TEST_REQUIRE=all) it fails."""

from __future__ import annotations

import os

import pytest

from app.cli.programs import find_program


def need(program: str) -> str:
    """The path of a program."""
    path = find_program(program)
    if path is None:
        if os.environ.get("CONNECT_MOCK_TEST_REQUIRE") == "all":
            pytest.fail(f"{program} is not installed: make tools")
        pytest.skip(f"{program} is not installed: make tools")
    return path
