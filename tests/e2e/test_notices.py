"""Expiry notices at a running server: by the client, by the command, by the server itself, and by mail."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.client import Directory
from app.client.asynchronous import AsyncDirectory
from app.client.process import running
from tests.mail_server import MailServer, mail_server

MONTHS = timedelta(days=60)
PATIENCE = 60


@pytest.fixture(scope="module")
def post() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory, post: MailServer) -> Iterator[Path]:
    """The ready file of a server that has a mail server."""
    settings = {"CONNECT_MOCK_SMTP_HOST": "127.0.0.1", "CONNECT_MOCK_SMTP_PORT": str(post.port)}
    with running(tmp_path_factory.mktemp("notices"), settings) as file:
        yield file


@pytest.fixture
def server(ready: Path) -> Iterator[Directory]:
    with Directory.from_ready_file(ready) as directory:
        yield directory


def expiring(directory: Directory, name: str) -> str:
    """The kid of a certificate of a new organisation, with the clock two months before its end."""
    holder = directory.organisation(name)
    holder.contact(f"tech@{name}.example", FirstName="Tess")
    held = holder.application("Reader").certificate("rtstransport")
    directory.clock.set(datetime.fromisoformat(held.answer["ExpiryDateTime"]) - MONTHS)
    return held.kid


def command(ready: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli.main", "notices", *arguments, "--ready-file", str(ready)],
        env=os.environ | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.case("control-A-09")
def test_it_comes_by_itself(server: Directory, post: MailServer, ready: Path) -> None:
    """The clock is moved and nobody asks: the mail arrives; then client and command tell what it said."""
    kid = expiring(server, "acme")
    waiting = threading.Event()
    for _ in range(PATIENCE * 10):
        if post.mails or waiting.wait(0.1):
            break
    (mail,) = [mail for mail in post.mails if kid in mail["Subject"]]
    assert mail["To"] == "Tess <tech@acme.example>"
    (notice,) = server.notices(kid=kid)
    assert notice["subject"] == mail["Subject"]
    assert kid in command(ready, "--stage", "60").stdout
    told = json.loads(command(ready, "--kid", kid, "--json").stdout)
    assert [each["id"] for each in told["notices"]] == [notice["id"]]
    letter = command(ready, "--show", notice["id"]).stdout
    assert "To: tech@acme.example" in letter
    assert "is about to expire, in 60 days" in letter
    assert command(ready, "--resend", notice["id"]).returncode == 0
    assert "notice.not_there" in command(ready, "--show", "none").stderr
    assert command(ready, "--stage", "61").returncode == 1
    assert command(ready, "--show", "a", "--resend", "b").returncode == 2


@pytest.mark.slow
@pytest.mark.case("control-A-09")
def test_in_a_sandbox(ready: Path, server: Directory) -> None:
    """A sandbox has its own clock and outbox; what is due there is there at once, and once."""
    with server.sandbox() as sandbox:
        kid = expiring(sandbox, "beta")
        assert [each["stage"] for each in sandbox.notices(kid=kid)] == [60]
        sandbox.clock.advance(days=30)
        assert [each["stage"] for each in sandbox.notices(kid=kid)] == [30, 60]
        assert server.notices(kid=kid) == []


@pytest.mark.slow
def test_with_await(ready: Path) -> None:
    """The asynchronous client has the same."""

    async def ask() -> list[int]:
        async with AsyncDirectory.from_ready_file(ready) as server, await server.sandbox() as sandbox:
            holder = await sandbox.organisation("gamma")
            await holder.contact("tech@gamma.example")
            held = await (await holder.application("Reader")).certificate("rtstransport")
            await sandbox.clock.set(datetime.fromisoformat(held.answer["ExpiryDateTime"]) - MONTHS)
            return [each["stage"] for each in await sandbox.notices(kid=held.kid)]

    assert asyncio.run(ask()) == [60]
