"""`/me`: what a token tells its bearer of the person who allowed it (OpenID Connect Core, 5.3; connect.md 17.6)."""

from __future__ import annotations

from app.access import Caller, require_scope
from app.errors import Unauthenticated
from app.oauth.authorisation_request import OPENID
from app.oauth.custom_claims import custom_claims
from app.oauth.id_tokens import profile_of
from app.oauth.person_claims import Claims, person_claims
from app.oauth.registered import holder_of
from app.store.store import Store, UnitOfWork


class UserInfo:
    def __init__(self, store: Store) -> None:
        self._store = store

    def about(self, caller: Caller) -> Claims:
        """`sub`, what the scopes of the token ask for, and the application's custom claims.

        Raises ScopeMissing without `openid`; Unauthenticated, `token.owner`, for a token that no person has allowed.
        """
        require_scope(caller, OPENID)
        with self._store.read() as uow:
            account = uow.accounts.find_by_email(caller.user) if caller.person and caller.user else None
            if account is None:
                raise Unauthenticated("no person has allowed this token", code="token.owner")
            profile = profile_of(uow, account)
            custom = custom_claims(uow, _application_of(uow, caller), profile)
        return custom | person_claims(account, caller.scopes)


def _application_of(uow: UnitOfWork, caller: Caller) -> str | None:
    """The application that the person has come with; the portal is none."""
    if caller.client_id is None:
        return caller.software_statement_id
    found = holder_of(uow, caller.client_id)
    return None if found is None else found[1].software_statement_id
