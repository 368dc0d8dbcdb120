"""What every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

# A traceback with every local variable, structlog's own way, takes seconds to draw.
structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])

# The suite makes up the same requests in every run, so that it never fails by chance; `make fuzz` makes up others.
settings.register_profile("suite", derandomize=True, database=None)
settings.register_profile("fuzz", print_blob=True)
settings.load_profile(os.environ.get("CONNECT_MOCK_TEST_PROFILE", "suite"))

pytest_plugins = ["tests.databases"]

SHARED = Path(os.environ.get("CONNECT_MOCK_SHARED", Path(__file__).resolve().parents[2] / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with contract and catalogues; where it isn't there its tests skip by name (in CI it is there)."""
    if not (SHARED / "contract").is_dir():
        if os.environ.get("CONNECT_MOCK_TEST_REQUIRE") == "all":
            pytest.fail(f"no contract at {SHARED}: set CONNECT_MOCK_SHARED")
        pytest.skip(f"no contract at {SHARED}: set CONNECT_MOCK_SHARED")
    return SHARED


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every case of the API catalogue is shown on both databases."""
    if "database_kind" in metafunc.fixturenames and "store_url" not in metafunc.fixturenames and _is_api_case(metafunc):
        metafunc.parametrize("database_kind", ["sqlite", "postgresql"], indirect=True)


def _is_api_case(metafunc: pytest.Metafunc) -> bool:
    named = [name for mark in metafunc.definition.iter_markers("case") for name in mark.args]
    given = [entry for mark in metafunc.definition.iter_markers("parametrize") for entry in mark.args[1]]
    return any(str(name).startswith("api-") for name in (*named, *(getattr(entry, "id", "") for entry in given)))
