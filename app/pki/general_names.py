"""The forms of names in a subjectAltName: why one may not stand there, or "" (RFC 5280, 4.2.1.6)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from urllib.parse import urlsplit

from app.pki import der
from app.pki.characters import unseen
from app.pki.hosts import host_problem, wildcard_problem
from app.pki.strict import dotted, elements, inside

LONGEST_URI, LONGEST_OTHER_NAME = 2048, 255
_URI = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST_AND_PORT = re.compile(r"(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+:[0-9]{1,5}(?:[/?#]|$)")
"""With a dot in the host: otherwise `javascript:1/...` would be one."""
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


def dns_problem(text: str, *, wildcard: bool) -> str:
    """`text` is the octets of an IA5String read as Latin-1, so that any octet shows."""
    if "*" not in text:
        return host_problem(text)
    return wildcard_problem(text) or ("" if wildcard else "is a wildcard, which this type does not take")


def uri_problem(text: str, schemes: Collection[str]) -> str:
    """RFC 3986, with a host, without a user part; the empty scheme stands for "none"."""
    if len(text) > LONGEST_URI:
        return f"is longer than {LONGEST_URI} characters"
    if not _URI.fullmatch(text) or _BAD_ESCAPE.search(text):
        return "is empty, or holds a character that no URI has"
    found = _SCHEME.match(text)
    if "" in schemes and (found is None or _HOST_AND_PORT.match(text)):
        return _authority_problem("//" + text.removeprefix("//"))
    scheme = found[1].lower() if found else ""
    if scheme not in schemes:
        return f"has {f'the scheme {scheme[:20]}' if scheme else 'no scheme'}; taken are {_in_words(schemes)}"
    return "" if scheme not in _WITH_HOST and "//" not in text else _authority_problem(text)


_WITH_HOST = ("http", "https")


def _in_words(schemes: Collection[str]) -> str:
    return ", ".join(scheme or "none" for scheme in schemes)


def _authority_problem(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return "has no good host or port"
    if "@" in parts.netloc:
        return "holds a user part"
    return "names no host" if host_problem(host) and not _is_address(host) else ""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def address_problem(octets: bytes) -> str:
    """Four octets, or sixteen (RFC 5280, 4.2.1.6)."""
    if len(octets) not in (4, 16):
        return f"has {len(octets)} octets instead of 4 or 16"
    address = ipaddress.ip_address(octets)
    return "is that of no single host" if address.is_unspecified or address.is_multicast else ""


def email_problem(text: str) -> str:
    """RFC 5280, 4.2.1.6: Mailbox of RFC 5321 without a display name; quoted local parts are not taken."""
    local, at, host = text.rpartition("@")
    if not at or len(local) > 64 or not _LOCAL_PART.fullmatch(local):
        return "is not of the form name@host"
    problem = host_problem(host)
    return f"has a host that {problem}" if problem else ""


def other_name_problem(contents: bytes, listed: Collection[str]) -> tuple[str, str]:
    """What is wrong with an OtherName, and its type: { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }."""
    try:
        oid, wrapped = elements(contents)
        name = dotted(oid.value)
        (value,) = inside(wrapped.raw, 0xA0)
    except ValueError:
        return "is not an object identifier and one value", ""
    if oid.tag != der.OID or name not in listed:
        return "is of a type that is not taken here", name
    return _other_value_problem(value.tag, value.value), name


_TEXTS = {der.UTF8_STRING: "utf-8", der.PRINTABLE_STRING: "ascii", der.IA5_STRING: "ascii", der.OCTET_STRING: "latin-1"}
"""String types of the value; ICP-Brasil also writes its numbers as OCTET STRING."""


def _other_value_problem(tag: int, octets: bytes) -> str:
    """A short text without unseen characters: nothing else is put into a certificate unread."""
    if tag not in _TEXTS:
        return "has a value that is no string"
    try:
        text = octets.decode(_TEXTS[tag])
    except UnicodeDecodeError:
        return "has a value that is not in its own encoding"
    if not text or len(text) > LONGEST_OTHER_NAME:
        return f"has a value that is empty or longer than {LONGEST_OTHER_NAME} characters"
    odd = unseen(text)
    return f"has a value with a character that is no text: {odd.reason}" if odd else ""
