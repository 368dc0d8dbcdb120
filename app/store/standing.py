"""Certificates that stand, in slices for whoever goes through all of them, and by when they end."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, select

from app.store.certificates import IS_ACTIVE, NEWEST, OWNED, QUERY, SHOWN
from app.store.columns import Moment, Number
from app.store.records import Certificate
from app.store.schema import certificate
from app.store.statements import Statement, Transaction

SCOPES = ("organisation_id", "software_statement_id", "type", "issuer_id")
"""Columns that narrow what is gone through."""


_END = certificate.c.not_after
_UNREVOKED = QUERY.where(SHOWN, certificate.c.revoked_at.is_(None))
_SIZE = bindparam("size", type_=Number)
_ENDING = Statement(
    _UNREVOKED.where(bindparam("now", type_=Moment) <= _END).order_by(_END, certificate.c.number).limit(_SIZE)
)
_ENDED = Statement(
    _UNREVOKED.where(bindparam("now", type_=Moment) > _END)
    .order_by(_END.desc(), certificate.c.number.desc())
    .limit(_SIZE)
)


class StandingCertificates:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def some(self, now: datetime, size: int, **scope: str) -> tuple[Certificate, ...]:
        """As many of those that are active, newest first; `scope` are columns of SCOPES with the value they must have.

        Who revokes them gets others the next time.
        """
        values: dict[str, Any] = {f"wanted_{name}": value for name, value in scope.items()}
        rows = self._transaction.rows(_some(tuple(scope)), now=now, size=size, **values)
        return tuple(Certificate(*row) for row in rows)

    def ending(self, now: datetime, size: int) -> tuple[Certificate, ...]:
        """Of those that nobody has revoked the next that will be over, soonest first."""
        return tuple(Certificate(*row) for row in self._transaction.rows(_ENDING, now=now, size=size))

    def ended(self, now: datetime, size: int) -> tuple[Certificate, ...]:
        """Of those that nobody has revoked the last that are over, newest end first."""
        return tuple(Certificate(*row) for row in self._transaction.rows(_ENDED, now=now, size=size))


@lru_cache(maxsize=16)
def _some(scope: tuple[str, ...]) -> Statement:
    narrowed = (certificate.c[name] == bindparam(f"wanted_{name}") for name in scope)
    keys = (
        select(certificate.c.number)
        .select_from(OWNED)
        .where(IS_ACTIVE, SHOWN, certificate.c.issuer_id.is_not(None), *narrowed)
        .order_by(*NEWEST)
        .limit(bindparam("size", type_=Number))
    )
    return Statement(QUERY.where(certificate.c.number.in_(keys)).order_by(*NEWEST))
