"""Host names as certificates bear them (RFC 5280, 4.2.1.6; RFC 1123, 2.1; RFC 5890, 2.3), and their domains."""

from __future__ import annotations

import re
from collections.abc import Collection

from app.pki.characters import unseen

LONGEST, LONGEST_LABEL = 253, 63
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")


def host_problem(name: str) -> str:
    """Why the text is no host name of letters, digits and hyphens, or ""."""
    if not name:
        return "is empty"
    if not name.isascii():
        return "is not ASCII; names of other scripts are written as A-labels (xn--...)"
    if len(name) > LONGEST:
        return f"is longer than {LONGEST} characters"
    labels = name.split(".")
    for label in labels:
        if problem := _label_problem(label):
            return problem
    return "looks like an IP address" if labels[-1].isdigit() else ""


def _label_problem(label: str) -> str:
    if not label:
        return "has an empty label, or a dot at one of its ends"
    if len(label) > LONGEST_LABEL:
        return f"has a label of more than {LONGEST_LABEL} characters"
    if not _LABEL.fullmatch(label):
        return "has a label that is not letters, digits and inner hyphens"
    if label[:4].lower() == "xn--" and not _is_a_label(label):
        return "has a label xn-- that stands for no text"
    return ""


def _is_a_label(label: str) -> bool:
    """Whether the Punycode stands for a text that needed it (RFC 3492; RFC 5890, 2.3.2.1)."""
    try:
        text = label[4:].encode().decode("punycode")
        return not text.isascii() and not unseen(text) and text.encode("punycode").decode().lower() == label[4:].lower()
    except (UnicodeError, ValueError, OverflowError):
        return False


def wildcard_problem(name: str) -> str:
    """Why a name with a star is no wildcard that may be: one star, alone leftmost, two labels behind it; or ""."""
    star, dot, rest = name.partition(".")
    if star != "*" or not dot or "*" in rest:
        return "has its star elsewhere than alone in the leftmost label"
    if "." not in rest:
        return "covers a whole top-level domain"
    return host_problem(rest)


def is_host(text: str) -> bool:
    """Whether the text is plainly a host name: with a dot, and perhaps a star before it."""
    name = text.removeprefix("*.")
    return "." in name and not host_problem(name)


def registered_elsewhere(host: str, own: Collection[str], foreign: Collection[str]) -> bool:
    """Whether the most specific registered domain that holds the host is another organisation's (csr-cases.md E-08).

    A wildcard also covers a registered host directly below its star.
    """
    name = host.lower().rstrip(".")
    if name.startswith("*."):
        parent = name[2:]
        if any(domain != parent and domain.partition(".")[2] == parent for domain in foreign):
            return True
        name = parent
    while name:
        if name in own:
            return False
        if name in foreign:
            return True
        name = name.partition(".")[2]
    return False


def normal_domain(domain: str) -> str:
    """A registered domain as hosts are compared with it: lower case, A-labels, no dot at the ends."""
    plain = domain.strip().strip(".").lower()
    if plain.isascii():
        return plain.removeprefix("*.")
    try:
        return plain.encode("idna").decode()
    except UnicodeError:
        return plain
