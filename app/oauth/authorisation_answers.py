"""How an answer goes back to a client through the browser, plain or signed.

Sources: OAuth 2.0 Multiple Response Type Encoding Practices, Form Post Response Mode, RFC 9207 (`iss`), and JARM (JWT
Secured Authorization Response Mode), whose JWT bears the same parameters with `iss`, `aud` and `exp`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

SIGNED = ".jwt"
GOOD_FOR = timedelta(minutes=10)
"""Lifetime of a signed answer (JARM, 2.1: at most ten minutes are recommended)."""
Sign = Callable[[dict[str, Any]], str]


@dataclass(frozen=True, slots=True)
class AuthorisationAnswer:
    """Parameters for a redirect URI that is the client's own; `mode` is query, fragment or form_post."""

    redirect_uri: str
    mode: str
    parameters: Mapping[str, str]

    @property
    def location(self) -> str:
        """The whole address, for the modes that have one; ASCII, whatever was registered."""
        base = quote(self.redirect_uri, safe=":/?#[]@!$&'()*+,;=%~")
        encoded = urlencode(self.parameters, quote_via=quote)
        if self.mode == "fragment":
            return f"{base}#{encoded}"
        separator = "" if base.endswith(("?", "&")) else "&" if urlsplit(base).query else "?"
        return f"{base}{separator}{encoded}"


def plain_or_signed(
    redirect_uri: str,
    response_mode: str,
    parameters: Mapping[str, str | None],
    signature: Signature,
) -> AuthorisationAnswer:
    """The answer in this response mode; parameters that are None are left out, `iss` is added."""
    told = {name: value for name, value in parameters.items() if value is not None} | {"iss": signature.issuer}
    if not response_mode.endswith(SIGNED):
        return AuthorisationAnswer(redirect_uri, response_mode, told)
    expires_at = signature.now + GOOD_FOR
    claims = {
        **told,
        "aud": signature.client_id,
        "exp": int(expires_at.timestamp()),
        "iat": int(signature.now.timestamp()),
    }
    return AuthorisationAnswer(redirect_uri, response_mode.removesuffix(SIGNED), {"response": signature.sign(claims)})


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs an answer, for whom and when."""

    issuer: str
    client_id: str
    now: datetime
    sign: Sign
