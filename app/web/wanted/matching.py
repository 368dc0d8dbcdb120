"""What of the journal is asked for: the same filters in a query and in a body (control-cases.md E, R3)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from app.errors import Finding, Invalid
from app.powers.journal_book import JournalBook
from app.store.journal import JournalFilter
from app.web.json_body import kind_of
from app.web.wanted.members import LONGEST_SHOWN, Together, wrong

FILTERS = (
    "path", "method", "status", "code", "listener", "peer", "client", "organisation", "cert", "interaction_id", "about",
    "since", "until",
)  # fmt: skip
LISTENERS = ("http", "https", "mtls", "control")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}:?){32}\Z")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]{43}\Z")


def filter_of(book: JournalBook, given: Mapping[str, Any], at: str) -> JournalFilter:
    """The filter; `at` is where these members stand, such as `/query` or `/match`.

    Raises Invalid for an unknown one, with the list, and for a value that cannot be: with every finding.
    """
    together, texts = Together(), dict[str, str]()
    together.read(lambda: _require_known(given, at))
    for name in (name for name in given if name in FILTERS):
        texts[name] = together.read(partial(_text, given[name], f"{at}/{name}", is_status=name == "status")) or ""
    listener, client, cert = texts.get("listener", ""), texts.get("client", ""), texts.get("cert", "")
    together.read(lambda: _require_listener(listener, at))
    status = together.read(lambda: _status(texts.get("status", ""), f"{at}/status"))
    thumb = together.read(lambda: thumbprint(cert, f"{at}/cert")) if cert else None
    since = together.read(lambda: moment(texts.get("since", ""), f"{at}/since"))
    until = together.read(lambda: moment(texts.get("until", ""), f"{at}/until"))
    together.require_good()
    return JournalFilter(
        path=texts.get("path", ""),
        method=texts["method"].upper() if texts.get("method") else None,
        status=status,
        code=texts.get("code", ""),
        listener=listener,
        peer=texts.get("peer", ""),
        clients=book.names_of(client) if client else (),
        organisation=texts.get("organisation", ""),
        cert=thumb or "",
        interaction_id=texts.get("interaction_id", ""),
        about=texts.get("about", ""),
        since=since,
        until=until,
    )


def _require_listener(given: str, at: str) -> None:
    if given and given not in LISTENERS:
        raise wrong(f"{at}/listener", f"one of {', '.join(LISTENERS)}", given)


def thumbprint(given: str, pointer: str) -> str:
    """`x5t#S256` of a certificate, given so or as SHA-256 in hexadecimal, with or without colons. Raises Invalid."""
    if _HEX.match(given):
        return base64.urlsafe_b64encode(binascii.unhexlify(given.replace(":", ""))).rstrip(b"=").decode()
    if _BASE64URL.match(given):
        return given
    raise wrong(pointer, "the SHA-256 of a certificate, in hexadecimal or as x5t#S256", given)


def moment(given: str, pointer: str) -> datetime | None:
    """A moment with its zone; None for nothing. Raises Invalid."""
    if not given:
        return None
    try:
        found = datetime.fromisoformat(given)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise wrong(pointer, "a moment with its zone, such as 2026-01-01T00:00:00Z", given)


def _require_known(given: Mapping[str, Any], at: str) -> None:
    findings = []
    for name in given:
        if name not in FILTERS:
            shown = ascii(name)[1:-1][:LONGEST_SHOWN]
            text = f"{shown} is nothing that exchanges are matched by"
            findings.append(Finding("field.unknown", text, f"{at}/{shown}", f"one of {', '.join(FILTERS)}"))
    if findings:
        raise Invalid(findings[0].detail, code=findings[0].code, findings=tuple(findings))


def _text(value: Any, pointer: str, *, is_status: bool) -> str:
    """A value of JSON as a query would have it; an empty one would match all, so it is none."""
    if is_status and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise wrong(pointer, "a number" if is_status else "a text", kind_of(value))
    if not value and pointer.startswith("/match"):
        raise wrong(pointer, "a text that is not empty", "an empty one")
    return value


def _status(given: str, pointer: str) -> int | None:
    if not given:
        return None
    if given.isascii() and given.isdigit() and len(given) == 3 and 100 <= int(given) <= 599:  # noqa: PLR2004 - RFC 9110, 15
        return int(given)
    raise wrong(pointer, "a whole number from 100 to 599", given)
