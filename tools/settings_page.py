"""Write docs/settings.md from app/settings.py; `--check` only says whether it is up to date."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from pydantic import SecretStr

from app.settings import Settings

PAGE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
HEAD = """# Settings

Made by `tools/settings_page.py` from `app/settings.py`; a test keeps the two together.

Each setting is an environment variable `CONNECT_MOCK_<NAME>` in capitals, a line of a TOML file
(`connect-mock serve --config FILE`), or, for the commonest, an option of `connect-mock serve`. Options go before the
environment, the environment before the file. Lists are parted by commas in the environment. A setting that does not
exist, or a value that does not fit, stops the start with a text that names it.
"""


def page() -> str:
    source = (PAGE.parent.parent / "app" / "settings.py").read_text()
    sections = re.split(r"^    # (.+)$", source.split("class Settings(BaseSettings):")[1], flags=re.MULTILINE)
    text = [HEAD]
    for title, body in zip(sections[1::2], sections[2::2], strict=True):
        text.append(f"\n## {title[0].upper()}{title[1:]}\n\n| setting | default | what it does |\n| --- | --- | --- |")
        names = re.findall(r"^    ([a-z0-9_]+): ", body, flags=re.MULTILINE)
        text += [_row(name) for name in names if name in Settings.model_fields]
    return "\n".join(text) + "\n"


def _row(name: str) -> str:
    field = Settings.model_fields[name]
    default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    shown = "none" if default is None else ", ".join(map(str, default)) if isinstance(default, tuple) else str(default)
    values = ", ".join(f"`{v}`" for v in getattr(field.annotation, "__args__", ()) if isinstance(v, str | int))
    about = (field.description or "").replace("\n", " ").replace("|", "\\|")
    return f"| `{name}` | `{shown or 'empty'}` | {about}{f' One of {values}.' if values else ''} |"


def main() -> int:
    if "--check" in sys.argv:
        return 0 if PAGE.read_text() == page() else 1
    PAGE.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
