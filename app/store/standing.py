"""Certificates of this directory's CAs that stand, in slices: for whoever goes through all of them."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, select

from app.store.certificates import IS_ACTIVE, NEWEST, OWNED, QUERY, SHOWN
from app.store.columns import Number
from app.store.records import Certificate
from app.store.schema import certificate
from app.store.statements import Statement, Transaction

SCOPES = ("organisation_id", "software_statement_id", "type", "issuer_id")
"""Columns that narrow what is gone through."""


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
