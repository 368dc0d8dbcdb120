"""`/me`: what a token tells its bearer of the person who allowed it (OpenID Connect Core, 5.3; connect.md 17.6)."""

from __future__ import annotations

from app.access import Caller, require_scope
from app.errors import Unauthenticated
from app.oauth.authorisation_request import OPENID
from app.oauth.person_claims import Claims, person_claims
from app.store.store import Store


class UserInfo:
    def __init__(self, store: Store) -> None:
        self._store = store

    def about(self, caller: Caller) -> Claims:
        """`sub`, and what the scopes of the token ask for.

        Raises ScopeMissing without `openid`; Unauthenticated, `token.owner`, for a token that no person has allowed.
        """
        require_scope(caller, OPENID)
        with self._store.read() as uow:
            account = uow.accounts.find_by_email(caller.user) if caller.person and caller.user else None
        if account is None:
            raise Unauthenticated("no person has allowed this token", code="token.owner")
        return person_claims(account, caller.scopes)
