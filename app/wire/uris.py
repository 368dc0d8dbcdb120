"""Addresses that callers give: which shapes pass, and which point where nothing of ours should go (api-cases.md C).

The published patterns are in the schemas; here stands what no pattern says. Nothing is resolved here: a name that leads
to a private network is the affair of whoever connects to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from app.errors import Finding
from app.runtime.private_hosts import is_private
from app.settings import Settings

REDIRECT, WEBHOOK = "redirect_uri.invalid", "NotificationWebhook"
ORIGIN_TEXT = "OriginUri must be in a valid URI format"
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
LOCAL_ORIGIN = re.compile(r"https?://localhost(?::\d+)?\Z")


def redirect_faults(value: str, pointer: str) -> Iterator[Finding]:
    """RFC 6749, 3.1.2: absolute, without fragment; and nothing that could point elsewhere than it seems."""
    parts = _parts(value)
    faults = {
        "have a host": parts is None or not parts.hostname,
        "have no fragment": "#" in value,
        "have no wildcard": "*" in value,
        "have no user part": parts is not None and "@" in parts.netloc,
    }
    for wanted, is_broken in faults.items():
        if is_broken:
            yield Finding(REDIRECT, f"{pointer.split('/')[1]} must {wanted}", pointer, got=value[:80])


def faults_by_setting(members: Mapping[str, Any], settings: Settings) -> Iterator[Finding]:
    """What the settings refuse among the addresses of an application's body, whose types are not yet known."""
    if settings.ra_mode == "strict":
        yield from _plain_redirects(members)
    if not settings.allow_localhost_origins:
        for index, origin in enumerate(_texts(members, "OriginUri")):
            if LOCAL_ORIGIN.match(origin):
                yield Finding("field.pattern", ORIGIN_TEXT, f"/OriginUri/{index}", got=origin[:80])
    yield from webhook_faults(members, settings)


def webhook_faults(members: Mapping[str, Any], settings: Settings) -> Iterator[Finding]:
    """Of an application or a server: where its webhook points, as far as it can be told without asking."""
    if not settings.allow_private_webhooks:
        for webhook in _texts(members, WEBHOOK):
            parts = _parts(webhook)
            if parts is None or is_private(parts.hostname or ""):
                text = "NotificationWebhook must not point to this machine or to a private network"
                yield Finding("url.blocked", text, f"/{WEBHOOK}", got=webhook[:80], fix="or set allow_private_webhooks")


def _plain_redirects(members: Mapping[str, Any]) -> Iterator[Finding]:
    for index, uri in enumerate(_texts(members, "RedirectUri")):
        parts = _parts(uri)
        if parts is not None and parts.scheme == "http" and parts.hostname not in THIS_MACHINE:
            text = "RedirectUri must use https, or http on this machine"
            yield Finding(REDIRECT, text, f"/RedirectUri/{index}", got=uri[:80])


def _texts(members: Mapping[str, Any], name: str) -> list[str]:
    """A member's texts; one that is no text keeps its place as an empty one."""
    value = members.get(name)
    values = value if isinstance(value, list) else [value]
    return [item if isinstance(item, str) else "" for item in values if item is not None]


def _parts(value: str) -> SplitResult | None:
    try:
        parts = urlsplit(value)
        _ = parts.hostname
    except ValueError:
        return None
    return parts
