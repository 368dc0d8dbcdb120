"""Settings as the options of a command choose them, and wrong ones in words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.refusal import Refusal

if TYPE_CHECKING:
    from app.settings import Settings


def settings_of(config: Path | None = None, **chosen: Any) -> Settings:
    """Options (None or an empty list = not chosen), then environment, then the file.

    Raises Refusal naming each wrong setting and its value.
    """
    import tomllib

    from pydantic import ValidationError

    from app.settings import Settings

    given = {name: value for name, value in chosen.items() if value is not None and value != []}
    try:
        return Settings.read(config, **given)
    except ValidationError as fault:
        details = [_said(error) for error in fault.errors()]
        raise Refusal("a setting does not fit", code="setting.invalid", details=details, status=2) from fault
    except (OSError, tomllib.TOMLDecodeError) as fault:
        raise Refusal(f"the settings file {config}: {fault}", code="setting.invalid", status=2) from fault


def _said(error: Mapping[str, Any]) -> str:
    name = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        return f"{name}: there is no such setting (docs/settings.md lists them)"
    value = error.get("input")
    found = f", found {value!r}" if isinstance(value, str | int | float) else ""
    return f"{name}: {error['msg'].removeprefix('Value error, ')}{found}"
