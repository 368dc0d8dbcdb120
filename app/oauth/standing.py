"""Who a token acts for, as things stand at this very request, not when it was given (oauth-cases.md R9, H-08)."""

from __future__ import annotations

from app.access import PORTAL, Caller
from app.errors import Unauthenticated
from app.oauth.group_rights import with_groups
from app.oauth.persons import person_of
from app.oauth.registered import holder_of
from app.oauth.role_scopes import EVERYBODYS, RoleScopes
from app.runtime.clock import Clock
from app.store.grants import Account
from app.store.records import Application, Organisation, Token
from app.store.store import UnitOfWork


class Standing:
    def __init__(self, role_scopes: RoleScopes, clock: Clock) -> None:
        self._role_scopes, self._clock = role_scopes, clock

    def caller(self, uow: UnitOfWork, token: Token) -> Caller:
        """The holder of a living token, with the rights that he has now. Raises Unauthenticated, `token.standing`.

        A person has allowed it, or the control listener gave it in his name: then his account decides, and the client
        that he came with must be active too.
        """
        account = _account(uow, token)
        if account is None:
            self._require_holder(uow, token)
        else:
            self._require_person(uow, token, account)
        return Caller(
            scopes=frozenset(token.scopes),
            organisation_id=token.organisation_id,
            software_statement_id=token.software_statement_id,
            user=account.email if account else token.user,
            x5t_s256=token.x5t_s256,
            client_id=token.client_id,
            person=person_of(uow, with_groups(uow, account)) if account else None,
        )

    def _require_holder(self, uow: UnitOfWork, token: Token) -> None:
        """The application with its organisation, or the organisation, that the token was given to."""
        if token.software_statement_id is not None and token.organisation_id is not None:
            found = uow.applications.with_organisation(token.organisation_id, token.software_statement_id)
            self._require_active(uow, found)
            if found is not None and token.client_id is not None:
                self._require_scopes(uow, found[1], token)
        elif token.organisation_id is not None:
            organisation = uow.organisations.find(token.organisation_id)
            if (
                organisation is None
                or not uow.late.organisation("token_status", organisation, self._clock.now()).is_active
            ):
                raise _lost("the organisation is not active")

    def _require_scopes(self, uow: UnitOfWork, application: Application, token: Token) -> None:
        """What a role gave goes with the role; what everybody gets nobody loses."""
        given = set(token.scopes) - EVERYBODYS
        if given and (lost := sorted(given - set(self._role_scopes.of(uow, application)))):
            raise _lost(f"the application has no role any more that gives {' '.join(lost)}")

    def _require_person(self, uow: UnitOfWork, token: Token, account: Account) -> None:
        if not account.is_active:
            raise _lost("the person of this token is not active")
        if token.client_id == PORTAL:
            return
        if token.client_id is not None:
            self._require_active(uow, holder_of(uow, token.client_id))
        elif token.software_statement_id is not None and token.organisation_id is not None:
            found = uow.applications.with_organisation(token.organisation_id, token.software_statement_id)
            self._require_active(uow, found)

    def _require_active(self, uow: UnitOfWork, found: tuple[Organisation, Application] | None) -> None:
        """As the channel `token_status` shows them."""
        if found is not None:
            found = uow.late.holder("token_status", found, self._clock.now())
        if found is None or not (found[0].is_active and found[1].is_active):
            raise _lost("the application or its organisation is not active")


def _account(uow: UnitOfWork, token: Token) -> Account | None:
    """Whose token it is; `user` may also be a mere name that the control listener was told for the audit."""
    if token.grant_id is not None:
        grant = uow.grants.find(token.grant_id)
        if grant is None or grant.revoked_at is not None:
            raise _lost("what the person had allowed was taken back")
        account = uow.accounts.find(grant.user_id)
        if account is None:
            raise _lost("the person of this token is not there any more")
        return account
    return uow.accounts.find(token.user) if token.user is not None else None


def _lost(reason: str) -> Unauthenticated:
    return Unauthenticated(reason, code="token.standing")
