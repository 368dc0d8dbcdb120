"""Webhooks as people use them: a receiver on a socket, real servers, their certificates (connect.md 18)."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.directories import application_body
from tests.servers import EC, Served
from tests.tools import need
from tests.webhooks.receiver import Receiver, fetch, verifies

pytestmark = pytest.mark.slow
VERIFY = Path(__file__).resolve().parents[2] / "examples" / "webhooks" / "verify.mjs"
HOOKS = {**EC, "CONNECT_MOCK_ALLOW_PRIVATE_WEBHOOKS": "true", "CONNECT_MOCK_WEBHOOK_TIMEOUT_SECONDS": "60"}


def wait(done: Callable[[], Any], what: str) -> None:
    """Until it is so; a slow machine may take its time."""
    deadline = time.monotonic() + 40
    while not done():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


@contextmanager
def listening(server: Served, receiver: Receiver) -> Iterator[Directory]:
    """A directory in which this receiver has an application, and was asked to confirm."""
    directory = Directory(server)
    try:
        directory.add(ClientName="Listener", NotificationWebhook=receiver.url)
        wait(lambda: receiver.confirmations, "asked to confirm")
        yield directory
    finally:
        directory.client.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    opened = Receiver()
    yield opened
    opened.close()


def trusting(server: Served) -> ssl.SSLContext:
    """What a receiver trusts: the CAs that the mock tells, and nothing else."""
    return ssl.create_default_context(cadata=httpx.get(f"{server.control}/_mock/bundle.pem").text)


def in_node(told: dict[str, Any], pem: Path) -> str:
    """What the example for Node says of a message."""
    command = [need("node"), str(VERIFY), str(pem)]
    done = subprocess.run(command, input=json.dumps(told), capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()


class Directory:
    """An application that listens, and calls that change something."""

    def __init__(self, server: Served) -> None:
        server.application()
        token = server.token(scope="directory:website", expires_in=3600)
        self.client = httpx.Client(
            base_url=server.http, headers={"Authorization": f"Bearer {token}"}, timeout=30, trust_env=False
        )
        self.path = "/organisations/test/softwarestatements"

    def add(self, **more: Any) -> None:
        made = self.client.post(self.path, json=application_body(**more))
        assert made.status_code == 201, made.text


def test_receiver_confirms_and_verifies(tmp_path: Path, receiver: Receiver) -> None:
    """It visits SubscribeURL over TLS, then gets each change, whose signature its published certificate verifies."""
    with Served(tmp_path / "data", HOOKS, "--seed", "none") as server, listening(server, receiver) as directory:
        trust = trusting(server)
        asked = receiver.confirmations[0].told
        assert b"ConfirmSubscriptionResult" in fetch(asked["SubscribeURL"], trust)
        for number in range(3):
            directory.add(ClientName=f"App {number}")
        wait(lambda: len(receiver.notifications) == 3, "told of every change")
        pem = fetch(asked["SigningCertURL"], trust)
        assert [verifies(each.told, pem) for each in receiver.received] == [True] * 4
        forged = {**receiver.notifications[0].told, "Message": "{}"}
        assert not verifies(forged, pem)
        (tmp_path / "signing.pem").write_bytes(pem)
        told = [*(each.told for each in receiver.received), forged]
        assert [in_node(each, tmp_path / "signing.pem") for each in told] == ["good"] * 4 + ["bad"]


@pytest.mark.case("reliability-C-06", "control-J-06")
def test_slow_receiver_does_not_hurt_others(tmp_path: Path, receiver: Receiver) -> None:
    """While a receiver keeps silent, changes and readings are answered; it gets all when it wakes; the server stops."""
    with Served(tmp_path / "data", HOOKS, "--seed", "none") as server, listening(server, receiver) as directory:
        fetch(receiver.confirmations[0].told["SubscribeURL"], trusting(server))
        receiver.wait_for = threading.Event()
        directory.add(ClientName="First")
        wait(lambda: receiver.notifications, "the first message is on its way")
        for number in range(10):
            directory.add(ClientName=f"App {number}")
        assert len(receiver.notifications) == 1
        told = httpx.get(f"{server.control}/_mock/webhooks").json()["subscriptions"][0]
        assert told["queued"] == 11
        receiver.wait_for.set()
        wait(lambda: len(receiver.notifications) == 11, "told of every change")
        receiver.wait_for = threading.Event()
        directory.add(ClientName="Last")
        wait(lambda: len(receiver.notifications) == 12, "the last message is on its way")
        server.process.terminate()
        assert server.process.wait(30) == 0
        receiver.wait_for.set()


def test_two_servers_send_each_message_once_and_in_order(tmp_path: Path, receiver: Receiver) -> None:
    """Of two processes on one folder one at a time sends to a receiver, whichever of them made the change."""
    data = tmp_path / "data"
    with ExitStack() as stack:
        first = stack.enter_context(Served(data, HOOKS, "--seed", "none"))
        second = stack.enter_context(Served(data, HOOKS, "--seed", "none"))
        directory = stack.enter_context(listening(first, receiver))
        fetch(receiver.confirmations[0].told["SubscribeURL"], trusting(first))
        token = second.token(scope="directory:website", expires_in=3600)
        with httpx.Client(headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=30) as other:
            for number in range(20):
                if number % 2:
                    other.post(f"{second.http}{directory.path}", json=application_body(ClientName=f"App {number}"))
                else:
                    directory.add(ClientName=f"App {number}")
        wait(lambda: len(receiver.notifications) >= 20, "told of every change")
        told = [next(iter(each.payload["SoftwareStatements"].values())) for each in receiver.notifications]
        assert [each["SoftwareDetails"]["ClientName"] for each in told] == [f"App {number}" for number in range(20)]


def test_messages_outlive_the_server(tmp_path: Path, receiver: Receiver) -> None:
    """What was not sent when the server stopped is sent by the next one."""
    data = tmp_path / "data"
    with Served(data, HOOKS, "--seed", "none") as server, listening(server, receiver) as directory:
        fetch(receiver.confirmations[0].told["SubscribeURL"], trusting(server))
        receiver.answers = [(500, {}, b"not now")]
        directory.add(ClientName="Kept")
        wait(lambda: receiver.notifications, "tried once")
    with Served(data, HOOKS, "--seed", "none") as server:
        httpx.put(f"{server.control}/_mock/clock", json={"advance": "PT10S"}).raise_for_status()
        wait(lambda: len(receiver.notifications) == 2, "tried again")
        first, again = receiver.notifications
        assert first.told["MessageId"] == again.told["MessageId"]


def test_command_line_tells_and_sends_again(tmp_path: Path, receiver: Receiver) -> None:
    """`connect-mock webhook`: who is told, what was sent, one again, and a defect on purpose."""
    with Served(tmp_path / "data", HOOKS, "--seed", "none") as server, listening(server, receiver) as directory:

        def command(*words: str) -> Any:
            line = [sys.executable, "-m", "app.cli.main", "webhook", *words, "--control", server.control, "--json"]
            return json.loads(subprocess.run(line, capture_output=True, text=True, timeout=60, check=True).stdout)

        (known,) = command("list")["subscriptions"]
        assert command("confirm", known["id"])["status"] == "Confirmed"
        assert command("delivery", "duplicate", "late=5", "--times", "1") == {
            "duplicate": {"times": 1},
            "late": {"seconds": 5, "times": 1},
        }
        httpx.delete(f"{server.control}/_mock/webhooks/delivery").raise_for_status()
        directory.add(ClientName="Told")
        wait(lambda: receiver.notifications, "told")
        log = f"{server.control}/_mock/webhooks/deliveries?event=application.create&state=delivered"
        wait(lambda: httpx.get(log).json()["total"] == 1, "settled")
        (entry,) = command("log", "--event", "application.create")["deliveries"]
        assert json.loads(command("show", entry["id"])["message"]) == receiver.notifications[0].payload
        command("resend", entry["id"])
        wait(lambda: len(receiver.notifications) == 2, "told again")
