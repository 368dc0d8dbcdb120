"""`authorization_code` at the token endpoint (RFC 6749, 4.1.3; RFC 7636, 4.6; RFC 9700, 2.1.1)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from app.oauth.grants import Authenticated, TokenAnswer
from app.oauth.refusals import InvalidGrant, InvalidRequest
from app.oauth.sign_in import digest
from app.oauth.user_tokens import UserTokens
from app.store.grants import AuthorisationCode, ConsentGrant

VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
"""RFC 7636, 4.1."""


class CodeGrant:
    def __init__(self, tokens: UserTokens) -> None:
        self._tokens = tokens

    def __call__(self, asked: Authenticated) -> TokenAnswer:
        """Tokens for a code, once; a second use ends the grant with all its tokens.

        Raises InvalidGrant, InvalidRequest.
        """
        code, redirect_uri, verifier = (_needed(asked, name) for name in ("code", "redirect_uri", "code_verifier"))
        found, grant = self._found(asked, code)
        if asked.now >= found.expires_at:
            raise InvalidGrant(f"the code was good until {found.expires_at:%Y-%m-%dT%H:%M:%SZ}", code="code.expired")
        if not hmac.compare_digest(redirect_uri.encode("utf-8", "surrogatepass"), found.redirect_uri.encode()):
            raise InvalidGrant(
                "redirect_uri is another than the one that the code went to",
                code="code.redirect_uri",
                expected=found.redirect_uri,
                got=redirect_uri,
            )
        _require_verifier(verifier, found.code_challenge)
        self._use(asked, found, grant)
        return self._tokens.give(asked, grant, grant.scopes)

    def _found(self, asked: Authenticated, code: str) -> tuple[AuthorisationCode, ConsentGrant]:
        """The code and its grant, if both are this client's: nobody burns the code of another (RFC 6749, 10.5)."""
        found = asked.uow.codes.find(digest(code))
        grant = None if found is None else asked.uow.grants.find(found.grant_id)
        if found is None or grant is None:
            raise InvalidGrant("no such code here, or it was forgotten long after its end", code="code.unknown")
        if grant.client_id != asked.client.client_id:
            text = "this code was given to another client"
            raise InvalidGrant(text, code="code.client", detail={"client": asked.client.client_id})
        if found.used_at is not None:
            self._end(asked, grant)
        return found, grant

    def _use(self, asked: Authenticated, found: AuthorisationCode, grant: ConsentGrant) -> None:
        taken = asked.uow.codes.take(found.code_sha256, asked.now)
        if taken is None or not taken.is_first:
            self._end(asked, grant)

    def _end(self, asked: Authenticated, grant: ConsentGrant) -> None:
        """Somebody has the code who should not have it (RFC 6749, 4.1.2): nobody keeps what came of it."""
        asked.uow.grants.revoke(grant.grant_id, asked.now)
        raise InvalidGrant(
            "this code was used before; the grant and all its tokens are revoked now",
            code="code.used",
            fix="Start a new authorisation; a code gives tokens once",
            detail={"grant_id": grant.grant_id},
        )


def _needed(asked: Authenticated, name: str) -> str:
    value = asked.form.get(name)
    if value is None:
        raise InvalidRequest(f"{name} is needed", code="request.missing_parameter")
    return value


def _require_verifier(verifier: str, challenge: str) -> None:
    if not VERIFIER.fullmatch(verifier):
        text = "code_verifier must be 43 to 128 characters of A-Z a-z 0-9 - . _ ~"
        raise InvalidGrant(text, code="pkce.verifier", got=f"{len(verifier)} characters")
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    if not hmac.compare_digest(made, challenge):
        raise InvalidGrant(
            "code_verifier is not the one of the code_challenge",
            code="pkce.verifier",
            expected=f"the verifier whose S256 is {challenge}",
            got=f"one whose S256 is {made}",
        )
