"""Logs: one line an event, whatever the values hold."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from app.runtime.logging import configure


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """The set-up of the other tests comes back."""
    root = logging.root
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before
    structlog.reset_defaults()


@pytest.mark.parametrize("form", ["text", "json"])
def test_every_event_is_one_line_even_with_a_traceback_or_a_line_end(form: str) -> None:
    """Nobody can forge a second line by what he sends."""
    stream = io.StringIO()
    configure("info", form, stream)  # type: ignore[arg-type]
    log = structlog.get_logger("test")
    log.info("asked", path="/a\nERROR forged \x1b[31m", size=3)
    try:
        int("two\nlines")
    except ValueError:
        log.exception("unforeseen")
    logging.getLogger("some.library").warning("from a %s", "library\n")
    lines = stream.getvalue().splitlines()
    assert len(lines) == 3
    assert all(word in line for word, line in zip(("asked", "Traceback", "library"), lines, strict=True))
    assert "\x1b" not in stream.getvalue()
    if form == "json":
        assert json.loads(lines[0])["path"] == "/a\nERROR forged \x1b[31m"


def test_what_is_below_the_level_is_left_out() -> None:
    """`log_level` counts for both."""
    stream = io.StringIO()
    configure("warning", "text", stream)
    structlog.get_logger("test").info("quiet")
    logging.getLogger("library").info("quiet too")
    assert stream.getvalue() == ""


def test_a_stream_that_cannot_be_written_harms_nobody() -> None:
    """A closed pipe, a full disk."""

    class Full(io.StringIO):
        def write(self, text: str, /) -> int:
            raise OSError(28, "No space left on device")

    configure("info", "text", Full())
    structlog.get_logger("test").info("lost")
