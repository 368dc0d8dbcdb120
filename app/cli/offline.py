"""A directory opened by a command itself, without a server: for `seed` and `ca`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.configuration import settings_of
from app.cli.faults import told
from app.cli.refusal import Refusal

if TYPE_CHECKING:
    from app.sandbox import Sandbox


@contextmanager
def opened(
    data: Path | None, database: str | None, config: Path | None, *, make: bool = False, **chosen: Any
) -> Iterator[Sandbox]:
    """The directory of a data folder or database; `make` founds one where there is none.

    Its addresses are those that a server on the ports of the settings would publish.
    """
    from app.runtime.addresses import Addresses
    from app.sandbox import open_sandbox

    settings = settings_of(config, data=data, database=database, **chosen)
    file = settings.data / "connect-mock.db"
    if not settings.database and not make and not file.exists():
        raise Refusal(f"there is no directory at {settings.data}", hint="`connect-mock serve` makes one")
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    ports = {name: getattr(settings, f"{name}_port") for name in ("http", "https", "mtls", "control")}
    with told():
        sandbox = open_sandbox(settings, Addresses.of(settings, ports))
    try:
        yield sandbox
    finally:
        sandbox.close()
