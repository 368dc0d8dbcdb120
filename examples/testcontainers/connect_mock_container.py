"""connect-mock in a container for the time of a test run: `pip install testcontainers connect-mock`.

with container("connect-mock:latest") as server, server.sandbox() as directory:
    certificate = directory.organisation("Acme").application("Reader").certificate("rtstransport")
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from app.client import Directory

LISTENERS = ("http", "https", "mtls", "control")


@contextmanager
def container(image: str = "connect-mock:latest", *, seed: Path | None = None) -> Iterator[Directory]:
    """The default directory of a server in a container of its own; `seed` is a file that it begins with."""
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - needed here alone
    from testcontainers.core.wait_strategies import HealthcheckWaitStrategy  # noqa: PLC0415

    ports, token = free_ports(), secrets.token_urlsafe(32)
    running = DockerContainer(image).waiting_for(HealthcheckWaitStrategy())
    for name, value in environment(ports, token, seed).items():
        running = running.with_env(name, value)
    for port in ports.values():
        running = running.with_bind_ports(port, port)
    if seed is not None:
        running = running.with_volume_mapping(str(seed.resolve()), SEED, "ro")
    with running, directory(ports, token) as server:
        yield server


SEED = "/seed.toml"
"""Where the seed is inside."""


def environment(ports: dict[str, int], token: str, seed: Path | None = None) -> dict[str, str]:
    """The settings of the server.

    Certificates and documents carry addresses, so the ports are the same inside and outside. The control listener is
    reached from outside, so it demands a token.
    """
    settings = {f"CONNECT_MOCK_{name.upper()}_PORT": str(port) for name, port in ports.items()}
    settings |= {"CONNECT_MOCK_CONTROL_HOST": "0.0.0.0", "CONNECT_MOCK_CONTROL_TOKEN": token}
    settings |= {"CONNECT_MOCK_CA_ROOT_KEY": "ec-p256", "CONNECT_MOCK_CA_ISSUING_KEY": "ec-p256"}
    return settings | {"CONNECT_MOCK_SEED": SEED if seed else "none"}


def directory(ports: dict[str, int], token: str, host: str = "localhost") -> Directory:
    """The client for it."""
    schemes = {"http": "http", "https": "https", "mtls": "https", "control": "http"}
    return Directory.at(**{name: f"{schemes[name]}://{host}:{ports[name]}" for name in LISTENERS}, control_token=token)


def free_ports() -> dict[str, int]:
    """One for each listener, free a moment ago."""
    with ExitStack() as trials:
        taken = [trials.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in LISTENERS]
        return {name: int(each.getsockname()[1]) for name, each in zip(LISTENERS, taken, strict=True)}
