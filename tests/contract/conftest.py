"""The published contract, and a directory to hold against it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.runtime.clock import MovableClock
from tests.contract.published import Published
from tests.contract.world import World
from tests.doors import NOW, open_for_tests


@pytest.fixture(scope="session")
def published(shared: Path) -> Published:
    return Published(shared / "contract")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    sandbox = open_for_tests(tmp_path_factory.mktemp("contract"), {}, MovableClock(NOW))
    yield World(sandbox)
    sandbox.close()
