"""From a pushed request to tokens: what a person is asked, allows, and what the client gets for it, once each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select, update

from app.errors import NotFound
from app.store.grants import AuthorisationCode, ConsentGrant, PushedRequest, RefreshToken, Taken
from app.store.schema import authorisation_code, consent_grant, pushed_request, refresh_token, token
from app.store.single_use import SingleUse
from app.store.statements import Statement, Transaction, inserting

NEWEST = 50
"""Grants of one person to one client that are looked at: consent is remembered by them."""
_REQUESTS, _CODES = SingleUse(pushed_request), SingleUse(authorisation_code)
_REFRESHING = SingleUse(
    refresh_token,
    (
        refresh_token.c.token_sha256,
        refresh_token.c.grant_id,
        refresh_token.c.issued_at,
        refresh_token.c.expires_at,
        refresh_token.c.x5t_s256,
        refresh_token.c.used_at,
    ),
)


class PushedRequests:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, record: PushedRequest) -> None:
        _REQUESTS.add(
            self._transaction,
            record.created_at,
            request_sha256=record.request_sha256,
            client_id=record.client_id,
            parameters=dict(record.parameters),
            created_at=record.created_at,
            expires_at=record.expires_at,
            used_at=record.used_at,
        )

    def find(self, request_sha256: bytes) -> PushedRequest | None:
        return _REQUESTS.find(self._transaction, PushedRequest, request_sha256)

    def take(self, request_sha256: bytes, at: datetime) -> Taken[PushedRequest] | None:
        """Use it; None where there is none."""
        return _REQUESTS.take(self._transaction, PushedRequest, request_sha256, at)


_ALL_GRANTS = select(
    consent_grant.c.grant_id,
    consent_grant.c.client_id,
    consent_grant.c.user_id,
    consent_grant.c.scopes,
    consent_grant.c.created_at,
    consent_grant.c.software_statement_id,
    consent_grant.c.organisation_id,
    consent_grant.c.details,
    consent_grant.c.expires_at,
    consent_grant.c.revoked_at,
)
_GRANT = Statement(_ALL_GRANTS.where(consent_grant.c.grant_id == bindparam("key")))
_GRANTS_OF = Statement(
    _ALL_GRANTS.where(
        consent_grant.c.user_id == bindparam("user"),
        consent_grant.c.client_id == bindparam("client"),
        consent_grant.c.revoked_at.is_(None),
    )
    .order_by(consent_grant.c.created_at.desc(), consent_grant.c.grant_id)
    .limit(NEWEST)
)
_ADD_GRANT = inserting(consent_grant)
_REVOKE_GRANT = Statement(
    update(consent_grant).where(consent_grant.c.grant_id == bindparam("key"), consent_grant.c.revoked_at.is_(None)),
    ["revoked_at"],
)
_REVOKE_TOKENS = Statement(
    update(token).where(token.c.grant_id == bindparam("key"), token.c.revoked_at.is_(None)), ["revoked_at"]
)
_REVOKE_CLIENT = Statement(
    update(consent_grant).where(consent_grant.c.client_id == bindparam("client"), consent_grant.c.revoked_at.is_(None)),
    ["revoked_at"],
)


class ConsentGrants:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, record: ConsentGrant) -> None:
        self._transaction.keep(
            _ADD_GRANT,
            grant_id=record.grant_id,
            client_id=record.client_id,
            software_statement_id=record.software_statement_id,
            organisation_id=record.organisation_id,
            user_id=record.user_id,
            scopes=list(record.scopes),
            details=dict(record.details),
            created_at=record.created_at,
            expires_at=record.expires_at,
            revoked_at=record.revoked_at,
        )

    def find(self, grant_id: str) -> ConsentGrant | None:
        row = self._transaction.row(_GRANT, key=grant_id)
        return None if row is None else ConsentGrant(*row)

    def of(self, user_id: str, client_id: str) -> tuple[ConsentGrant, ...]:
        """What a person has allowed a client and not taken back, newest first; of many the NEWEST."""
        rows = self._transaction.rows(_GRANTS_OF, user=user_id, client=client_id)
        return tuple(ConsentGrant(*row) for row in rows)

    def revoke(self, grant_id: str, at: datetime) -> bool:
        """Revoke it with every access token that was given on it; its refresh tokens and codes die with it.

        False where it was revoked before. Raises NotFound.
        """
        is_first = self._transaction.keep(_REVOKE_GRANT, key=grant_id, revoked_at=at) == 1
        self._transaction.keep(_REVOKE_TOKENS, key=grant_id, revoked_at=at)
        if not is_first and self.find(grant_id) is None:
            raise NotFound(f"no grant {grant_id[:80]}")
        return is_first

    def revoke_client(self, client_id: str, at: datetime) -> int:
        """Everything that anybody has allowed a client; how many grants that were."""
        return self._transaction.keep(_REVOKE_CLIENT, client=client_id, revoked_at=at)


class AuthorisationCodes:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, record: AuthorisationCode, now: datetime) -> None:
        _CODES.add(
            self._transaction,
            now,
            code_sha256=record.code_sha256,
            grant_id=record.grant_id,
            redirect_uri=record.redirect_uri,
            code_challenge=record.code_challenge,
            expires_at=record.expires_at,
            used_at=record.used_at,
        )

    def find(self, code_sha256: bytes) -> AuthorisationCode | None:
        return _CODES.find(self._transaction, AuthorisationCode, code_sha256)

    def take(self, code_sha256: bytes, at: datetime) -> Taken[AuthorisationCode] | None:
        """Use it; None where there is none. A second use is told, so that the grant can be revoked."""
        return _CODES.take(self._transaction, AuthorisationCode, code_sha256, at)


class RefreshTokens:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, record: RefreshToken) -> None:
        _REFRESHING.add(
            self._transaction,
            record.issued_at,
            token_sha256=record.token_sha256,
            grant_id=record.grant_id,
            x5t_s256=record.x5t_s256,
            issued_at=record.issued_at,
            expires_at=record.expires_at,
            used_at=record.used_at,
        )

    def find(self, token_sha256: bytes) -> RefreshToken | None:
        return _REFRESHING.find(self._transaction, RefreshToken, token_sha256)

    def take(self, token_sha256: bytes, at: datetime) -> Taken[RefreshToken] | None:
        """Use it; None where there is none. A second use is told, so that the grant can be revoked."""
        return _REFRESHING.take(self._transaction, RefreshToken, token_sha256, at)
