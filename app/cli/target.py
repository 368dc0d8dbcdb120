"""Which server a command speaks to: a ready file, addresses given by hand, or the default ports of this machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.cli.configuration import settings_of
from app.cli.refusal import Refusal

WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - not bound, but called
START_IT = "Is the server running? Start it with `connect-mock serve`, or say where it is with --url and --control"


@dataclass(frozen=True, slots=True)
class Target:
    """Base addresses without a trailing slash. `bundle` is the CA bundle of the server's machine, if known."""

    url: str
    control: str
    control_token: str | None = None
    bundle: Path | None = None


def find_target(url: str | None, control: str | None, ready_file: Path | None) -> Target:
    """What was said by hand goes before the ready file, and that before the settings of this environment."""
    settings = settings_of()
    secret = settings.control_token.get_secret_value() if settings.control_token else None
    ready = read_ready_file(ready_file) if ready_file else {}
    listeners: Mapping[str, str] = ready.get("listeners", {})
    host = WILDCARDS.get(settings.host, settings.host)
    control_host = WILDCARDS.get(settings.control_host, settings.control_host)
    bundle = ready.get("bundle")
    return Target(
        url=_base(url or listeners.get("http") or f"http://{host}:{settings.http_port}"),
        control=_base(control or listeners.get("control") or f"http://{control_host}:{settings.control_port}"),
        control_token=secret,
        bundle=Path(bundle) if bundle else None,
    )


def read_ready_file(path: Path) -> dict[str, Any]:
    """The ready file of `connect-mock serve --ready-file`. Raises Refusal."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as fault:
        hint = "A server writes it when it is ready, and not before: connect-mock serve --ready-file FILE"
        raise Refusal(f"the ready file {path}: {fault.strerror}", code="ready_file", hint=hint) from fault
    except ValueError as fault:
        raise Refusal(f"the ready file {path} is not JSON: {fault}", code="ready_file") from fault
    if not isinstance(content, dict) or not isinstance(content.get("listeners"), dict):
        raise Refusal(f"the ready file {path} names no listeners", code="ready_file")
    return content


def _base(address: str) -> str:
    if not address.startswith(("http://", "https://")):
        raise Refusal(f"{address} is not an address", hint="Expected http://HOST:PORT or https://HOST:PORT", status=2)
    return address.rstrip("/")
