"""What commands print: tables and lines for people, JSON for programs, a spinner for what takes its time."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


class Output:
    """One command's output. Results go to stdout, the spinner and remarks to stderr."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def show(self, value: Any, human: Callable[[Console], None]) -> None:
        """Print the result: `value` as JSON, or whatever `human` draws."""
        if self.as_json:
            print(json.dumps(value, default=_plain, indent=2, ensure_ascii=False))
        else:
            human(console())

    def say(self, text: str) -> None:
        """A remark for people, beside the result."""
        if not self.as_json:
            print(text, file=sys.stderr)

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """A spinner while something takes longer than a moment; nothing where nobody looks."""
        if self.as_json or not sys.stderr.isatty():
            yield
            return
        from rich.console import Console

        with Console(stderr=True).status(what):
            yield

    @contextmanager
    def counting(self, what: str, total: int) -> Iterator[Callable[[], object]]:
        """A progress bar over so many steps, each of which calls what this gives; nothing where nobody looks."""
        if self.as_json or not sys.stderr.isatty():
            yield lambda: None
            return
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True)) as bar:
            task = bar.add_task(what, total=total)
            yield lambda: bar.advance(task)


def console() -> Console:
    """Where results are drawn; wide where it is no terminal, so that a pipe gets whole lines."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True) if sys.stdout.isatty() else Console(highlight=False, width=200)


def table(on: Console, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A plain table: headings, then rows."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    drawn = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for row in rows:
        drawn.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    on.print(drawn)


def facts(on: Console, values: Mapping[str, object]) -> None:
    """Names and values, one below the other; what is None is left out."""
    from rich.text import Text

    shown = {name: value for name, value in values.items() if value is not None}
    width = max((len(name) for name in shown), default=0)
    for name, value in shown.items():
        on.print(Text.assemble((f"{name:<{width}}  ", "bold"), str(value)), soft_wrap=True)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return str(value) if isinstance(value, Path) else list(value)
