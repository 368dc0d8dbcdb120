"""`client_secret_basic`: an HTTP Basic header with id and secret, each form-encoded (RFC 6749, 2.3.1)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import unquote_plus

from app.oauth.clients import Client
from app.oauth.refusals import InvalidClient

LONGEST = 2048


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a Basic header says."""

    client_id: str
    secret_sha256: str


def read_basic(header: str, form_client_id: str | None) -> Credentials:
    """Raises InvalidClient with `client.auth_method` for another scheme, `client.secret` for what cannot be read."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "basic":
        text = "the Authorization header is not of the scheme Basic"
        raise InvalidClient(text, code="client.auth_method", expected="Basic", got=scheme[:20])
    try:
        octets = base64.b64decode(rest.strip(), validate=True)
        client_id, colon, secret = octets.decode().partition(":")
        client_id, secret = (unquote_plus(part, errors="strict") for part in (client_id, secret))
    except (binascii.Error, ValueError):
        raise _unreadable() from None
    if not colon or not client_id or len(octets) > LONGEST:
        raise _unreadable()
    if form_client_id not in (None, client_id):
        text = "client_id of the form is another than that of the Authorization header"
        raise InvalidClient(text, code="client.secret", expected=client_id[:80], got=str(form_client_id)[:80])
    return Credentials(client_id, hashlib.sha256(secret.encode()).hexdigest())


def require_secret(client: Client, given: Credentials) -> None:
    """Raises InvalidClient with `client.secret`."""
    if not hmac.compare_digest(given.secret_sha256, client.secret_sha256 or "-"):
        raise InvalidClient(
            "the client secret is wrong",
            code="client.secret",
            fix="The secret was shown once, in the answer that made it",
            detail={"client": client.client_id},
        )


def _unreadable() -> InvalidClient:
    return InvalidClient("the Basic header is not base64 of id:secret", code="client.secret")
