"""Which client assertions were used: each (client, jti) once until the assertion is over (oauth-cases.md R6)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, bindparam, delete, exists, insert, select

from app.store.schema import used_assertion
from app.store.statements import Statement, Transaction

_SAME = and_(
    used_assertion.c.client_id == bindparam("client", type_=used_assertion.c.client_id.type),
    used_assertion.c.jti_sha256 == bindparam("jti", type_=used_assertion.c.jti_sha256.type),
)
_ADD = Statement(
    insert(used_assertion).from_select(
        ["client_id", "jti_sha256", "until"],
        select(
            bindparam("client", type_=used_assertion.c.client_id.type),
            bindparam("jti", type_=used_assertion.c.jti_sha256.type),
            bindparam("until", type_=used_assertion.c.until.type),
        ).where(~exists().where(_SAME)),
    )
)
_PRUNE = Statement(delete(used_assertion).where(used_assertion.c.until < bindparam("now")))


class UsedAssertions:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def use(self, client_id: str, jti_sha256: bytes, until: datetime, now: datetime) -> bool:
        """Use it up, in one statement; False where it was used before. What is over at `now` is forgotten first."""
        self._transaction.keep(_PRUNE, now=now)
        return self._transaction.keep(_ADD, client=client_id, jti=jti_sha256, until=until) == 1
