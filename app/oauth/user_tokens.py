"""The tokens of a person who has allowed something: access, refresh and ID token on one grant (connect.md 17.6)."""

from __future__ import annotations

from datetime import timedelta

from app.oauth.access_tokens import AccessTokens, Wanted
from app.oauth.authorisation_request import OFFLINE, OPENID
from app.oauth.consents import scopes_of
from app.oauth.grants import Authenticated, TokenAnswer
from app.oauth.id_tokens import IdTokens
from app.oauth.refusals import InvalidGrant
from app.oauth.sign_in import digest
from app.runtime.entropy import Entropy, new_token
from app.settings import Settings
from app.store.grants import Account, ConsentGrant, RefreshToken


class UserTokens:
    def __init__(self, entropy: Entropy, settings: Settings, access_tokens: AccessTokens, id_tokens: IdTokens) -> None:
        self._entropy, self._settings = entropy, settings
        self._access_tokens, self._id_tokens = access_tokens, id_tokens

    def give(self, asked: Authenticated, grant: ConsentGrant, scopes: tuple[str, ...]) -> TokenAnswer:
        """Tokens for these scopes of the grant, as far as the person has the right to them still.

        Raises InvalidGrant, `grant.revoked` or `grant.person`.
        """
        account = _standing(asked, grant)
        given = self._access_tokens.give(
            asked.uow,
            Wanted(
                client=asked.client,
                scopes=scopes_of(account, scopes),
                lifetime=self._access_tokens.lifetime(asked.client, self._settings.portal_token_lifetime_seconds),
                now=asked.now,
                x5t_s256=asked.x5t_s256,
                user=account.user_id,
                grant_id=grant.grant_id,
            ),
        )
        id_token = None
        if OPENID in scopes:
            id_token = self._id_tokens.of_back(asked.uow, grant, asked.client, account, given.text)
        return TokenAnswer(
            access_token=given.text,
            expires_in=given.expires_in,
            scope=given.scope,
            refresh_token=self._refresh_token(asked, grant) if OFFLINE in grant.scopes else None,
            id_token=id_token,
            grant_id=grant.grant_id,
        )

    def _refresh_token(self, asked: Authenticated, grant: ConsentGrant) -> str:
        text = new_token(self._entropy)
        lifetime = timedelta(seconds=self._settings.refresh_token_lifetime_seconds)
        asked.uow.refresh_tokens.add(
            RefreshToken(digest(text), grant.grant_id, asked.now, asked.now + lifetime, asked.x5t_s256)
        )
        return text


def _standing(asked: Authenticated, grant: ConsentGrant) -> Account:
    """The person, who must be active and must not have taken it back."""
    if not grant.is_alive(asked.now):
        raise InvalidGrant("what the person had allowed was taken back", code="grant.revoked")
    account = asked.uow.accounts.find(grant.user_id)
    if account is None or not account.is_active:
        raise InvalidGrant("the person of this grant is not active", code="grant.person")
    return account
