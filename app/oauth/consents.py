"""What a person allows a client: which scopes he can give, and the grant that comes of it."""

from __future__ import annotations

from datetime import datetime

from app.access import SCOPES, Person, scopes_of_person
from app.oauth.clients import Client
from app.oauth.persons import kinds_of
from app.oauth.sign_in import SignedIn
from app.store.grants import Account, ConsentGrant
from app.store.store import UnitOfWork


def scopes_of(account: Account, asked: tuple[str, ...]) -> tuple[str, ...]:
    """What of it this person can give: of the scopes of the directory those that the table of rights gives him."""
    his = scopes_of_person(Person(kinds_of(account)))
    return tuple(scope for scope in asked if scope not in SCOPES or scope in his)


def has_allowed(uow: UnitOfWork, account: Account, client: Client, scopes: tuple[str, ...], now: datetime) -> bool:
    """Whether the person has allowed this client all of it before, and has not taken it back."""
    if client.is_built_in:
        return True
    grants = uow.grants.of(account.user_id, client.client_id)
    allowed = {scope for grant in grants if grant.is_alive(now) for scope in grant.scopes}
    return allowed.issuperset(scopes)


def new_grant(
    grant_id: str, client: Client, person: SignedIn, scopes: tuple[str, ...], now: datetime, *, nonce: str | None = None
) -> ConsentGrant:
    """What a person allows a client from now on; `details` is what ID tokens will say of the sign-in."""
    session = person.session
    details = {
        "auth_time": int(session.authenticated_at.timestamp()),
        "amr": list(session.amr),
        "sid": session.session_sha256.hex()[:32],
    }
    return ConsentGrant(
        grant_id=grant_id,
        client_id=client.client_id,
        user_id=person.account.user_id,
        scopes=scopes,
        created_at=now,
        software_statement_id=client.software_statement_id,
        organisation_id=client.organisation_id,
        details=details | ({"nonce": nonce} if nonce is not None else {}),
    )
