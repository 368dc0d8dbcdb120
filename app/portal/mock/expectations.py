"""How often something is expected, as people say it in a form: in words and one number."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from app.errors import Finding
from app.portal.forms import Form
from app.portal.visits import Visit
from app.web.wanted.times import COUNTS

EXPECT, NUMBER = "expect", "number"
NEVER = "never"
CHOICES = (*COUNTS, NEVER)
"""With a text each; no choice is no expectation."""


def expectation(form: Form) -> dict[str, Any]:
    """Members as the control listener takes them; nothing where nothing is expected.

    What is no whole number stays a text, which the reading of these members refuses.
    """
    chosen, number = form.text(EXPECT), form.text(NUMBER)
    if chosen == NEVER:
        return {COUNTS[0]: 0}
    if chosen not in COUNTS:
        return {}
    return {chosen: int(number) if number.isascii() and number.isdigit() and len(number) < LONGEST else number}


LONGEST = 15
"""Digits of a number that is read as one."""


def beside(findings: tuple[Finding, ...], prefix: str = "") -> Iterator[Finding]:
    """The findings with pointers to inputs of the form, where these are called otherwise."""
    for finding in findings:
        name = finding.pointer.removeprefix(prefix).removeprefix("/")
        yield replace(finding, pointer=f"/{NUMBER if name in COUNTS else name}")


def command(visit: Visit, path: str, body: str) -> str:
    """The same question to the control listener, for a script."""
    url = f"{visit.sandbox.addresses.control}{path}"
    return f"curl -s {shlex.quote(url)} -H 'content-type: application/json' -d {shlex.quote(body)}"
