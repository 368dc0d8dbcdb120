"""pytest plugin: a server for the session on free ports, and a directory of its own for each test.

It is loaded in every run of pytest where this distribution is installed, so it imports nothing but pytest until a
fixture is asked for. With pytest-xdist each worker has a server of its own, so that none has to wait for another.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from app.client import Directory

TTL = 3600
"""Seconds after which a sandbox goes by itself, should its test never come to its end."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("connect-mock")
    group.addoption(
        "--connect-mock-ready-file",
        metavar="FILE",
        help="Use the server that wrote this ready file instead of starting one.",
    )
    parser.addini(
        "connect_mock_template", "Template of the sandboxes: empty (default), demo, uk-basic, ...", default="empty"
    )
    parser.addini("connect_mock_environment", "Settings of the server, one CONNECT_MOCK_NAME=value a line", "linelist")


@pytest.fixture(scope="session")
def connect_mock_server(request: pytest.FixtureRequest) -> Iterator[Directory]:
    """The running server: its default directory, which all tests share."""
    from app.client import Directory  # noqa: PLC0415 - loaded where it is wanted
    from app.client.process import running  # noqa: PLC0415

    if given := request.config.getoption("--connect-mock-ready-file"):
        with Directory.from_ready_file(given) as directory:
            yield directory
        return
    lines: list[str] = request.config.getini("connect_mock_environment")
    factory: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
    settings = dict(line.split("=", 1) for line in lines)
    with running(factory.mktemp("connect-mock"), settings) as ready, Directory.from_ready_file(ready) as directory:
        yield directory


@pytest.fixture
def directory(connect_mock_server: Directory, request: pytest.FixtureRequest) -> Iterator[Directory]:
    """A directory for this test alone: its own participants, CA, clock, faults and journal."""
    with _sandbox(connect_mock_server, request) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def module_directory(connect_mock_server: Directory, request: pytest.FixtureRequest) -> Iterator[Directory]:
    """A directory that the tests of one module share."""
    with _sandbox(connect_mock_server, request) as sandbox:
        yield sandbox


def _sandbox(server: Directory, request: pytest.FixtureRequest) -> Directory:
    return server.sandbox(template=request.config.getini("connect_mock_template"), ttl=TTL)
