"""On both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.runtime.clock import MovableClock
from tests.api.people.kit import Directory
from tests.doors import NOW, open_for_tests


@pytest.fixture
def options() -> dict[str, object]:
    return {}


@pytest.fixture
def directory(tmp_path: Path, options: dict[str, object]) -> Iterator[Directory]:
    sandbox = open_for_tests(tmp_path, options, MovableClock(NOW))
    yield Directory(sandbox)
    sandbox.close()
