"""`refresh_token` at the token endpoint: each is used once, and the next comes with its tokens (RFC 9700, 4.14)."""

from __future__ import annotations

from app.oauth.authorisation_request import OFFLINE
from app.oauth.grants import Authenticated, TokenAnswer
from app.oauth.refusals import InvalidGrant, InvalidRequest, InvalidScope
from app.oauth.sign_in import digest
from app.oauth.user_tokens import UserTokens
from app.store.grants import ConsentGrant, RefreshToken


class RefreshGrant:
    def __init__(self, tokens: UserTokens) -> None:
        self._tokens = tokens

    def __call__(self, asked: Authenticated) -> TokenAnswer:
        """New tokens on the same grant. One that was used before ends the grant. Raises InvalidGrant, InvalidScope."""
        text = asked.form.get("refresh_token")
        if text is None:
            raise InvalidRequest("refresh_token is needed", code="request.missing_parameter")
        found, grant = _found(asked, text)
        scopes = _scopes(asked, grant)
        _require_holder(asked, found)
        taken = asked.uow.refresh_tokens.take(found.token_sha256, asked.now)
        if taken is None or not taken.is_first:
            _end(asked, grant)
        return self._tokens.give(asked, grant, scopes)


def _found(asked: Authenticated, text: str) -> tuple[RefreshToken, ConsentGrant]:
    found = asked.uow.refresh_tokens.find(digest(text))
    grant = None if found is None else asked.uow.grants.find(found.grant_id)
    if found is None or grant is None:
        raise InvalidGrant("no such refresh token here", code="refresh.unknown")
    if grant.client_id != asked.client.client_id:
        text = "this refresh token was given to another client"
        raise InvalidGrant(text, code="refresh.client", detail={"client": asked.client.client_id})
    if grant.revoked_at is not None:
        raise InvalidGrant("the grant of this refresh token was revoked", code="refresh.revoked")
    if found.used_at is not None:
        _end(asked, grant)
    if asked.now >= found.expires_at or not grant.is_alive(asked.now):
        text = f"the refresh token was good until {found.expires_at:%Y-%m-%dT%H:%M:%SZ}"
        raise InvalidGrant(text, code="refresh.expired")
    return found, grant


def _scopes(asked: Authenticated, grant: ConsentGrant) -> tuple[str, ...]:
    """Those of the grant, or fewer (RFC 6749, 6). What is left out now may be asked for next time."""
    wanted = tuple(dict.fromkeys(asked.form.get("scope", "").split()))
    if strangers := [scope for scope in wanted if scope not in grant.scopes]:
        raise InvalidScope("a scope that the person did not allow", expected=" ".join(grant.scopes), got=strangers[0])
    return tuple(scope for scope in grant.scopes if scope in wanted or scope == OFFLINE) if wanted else grant.scopes


def _require_holder(asked: Authenticated, found: RefreshToken) -> None:
    """One that was given over mutual TLS is used over it, with the same certificate or another of the application.

    So a stolen one is of no use, and a renewed certificate does not sign everybody out.
    """
    if found.x5t_s256 is None or asked.x5t_s256 == found.x5t_s256:
        return
    presented = asked.peer.certificate if asked.peer else None
    if presented is None or presented.software_statement_id != asked.client.software_statement_id:
        raise InvalidGrant(
            "this refresh token is bound to the certificates of its application",
            code="mtls.binding",
            expected=f"{found.x5t_s256} or another certificate of the application",
            got=asked.x5t_s256 or "no certificate",
        )


def _end(asked: Authenticated, grant: ConsentGrant) -> None:
    """Two hold the same token, and nobody knows which is the thief: both lose it."""
    asked.uow.grants.revoke(grant.grant_id, asked.now)
    raise InvalidGrant(
        "this refresh token was used before; the grant and all its tokens are revoked now",
        code="refresh.used",
        fix="Keep the refresh token of the last answer; start a new authorisation",
        detail={"grant_id": grant.grant_id},
    )
