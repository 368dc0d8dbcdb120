"""Logs: events with fields on stderr, one line each, for people or as JSON. Never a key, token or assertion."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from typing import Any, Literal, TextIO

import structlog

LEVELS: Mapping[str, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
LEADING = ("timestamp", "level", "event")


def configure(level: str, form: Literal["text", "json"], stream: TextIO | None = None) -> None:
    """Set up structlog, and lead what libraries log by `logging` into it."""
    into = sys.stderr if stream is None else stream
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer() if form == "json" else one_line,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=lambda *_: Lines(into),
        cache_logger_on_first_use=False,
    )
    logging.root.handlers[:] = [Forwarder()]
    logging.root.setLevel(max(LEVELS[level], logging.WARNING))


def one_line(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
    """`time level event key=value ...`; line ends and control characters in values are shown as escapes."""
    leading = " ".join(shown(event.pop(name, ""), quoted=False) for name in LEADING)
    return " ".join([leading, *(f"{name}={shown(value)}" for name, value in event.items())])


def shown(value: object, *, quoted: bool = True) -> str:
    """A value as printable text without line ends; in quotes where blanks would make it hard to read."""
    text = str(value)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return '"{}"'.format(text.replace('"', r"\"")) if quoted and (" " in text or not text) else text


class Lines:
    """Where the lines go. A pipe without a reader or a full disk must not end a request."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(f"{line}\n")
            self._stream.flush()

    debug = info = warning = error = critical = fatal = exception = log = msg


class Forwarder(logging.Handler):
    """Hands records of the standard library's logging to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = {"logger": record.name}
        if record.exc_info:
            fields["exc_info"] = record.exc_info
        structlog.get_logger().log(record.levelno, record.getMessage(), **fields)
