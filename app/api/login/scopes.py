"""What scopes mean to a person who is asked for them."""

from __future__ import annotations

from collections.abc import Mapping

MEANINGS: Mapping[str, str] = {
    "openid": "Know who you are: your sign-in address, and what you are in which organisation",
    "offline_access": "Go on while you are away, until it ends or somebody takes it back",
    "profile": "Read your name",
    "email": "Read your e-mail address",
    "address": "Read your postal address",
    "phone": "Read your phone number",
    "directory:software": "Read the directory",
    "directory:website": "Change in the directory what you may change",
    "directory:admin": "Administer the directory",
}


def meanings(scopes: tuple[str, ...]) -> list[dict[str, str]]:
    """Each scope with its meaning."""
    return [{"name": scope, "meaning": MEANINGS.get(scope, "A scope of this directory")} for scope in scopes]
