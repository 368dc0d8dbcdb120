"""Which client assertions were used: each (client, jti) once until the assertion is over (oauth-cases.md R6).

The clock of a sandbox may be moved on and back again; so a row is forgotten only when the machine's clock has gone on
for a while, too (control-cases.md A-05).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, delete, exists, insert, select

from app.store.schema import used_assertion
from app.store.statements import Statement, Transaction

KEPT = timedelta(hours=1)
"""How long a row stays by the machine's clock after the assertion would be over by it."""
_SAME = and_(
    used_assertion.c.client_id == bindparam("client", type_=used_assertion.c.client_id.type),
    used_assertion.c.jti_sha256 == bindparam("jti", type_=used_assertion.c.jti_sha256.type),
)
_ADD = Statement(
    insert(used_assertion).from_select(
        ["client_id", "jti_sha256", "until", "keep_until"],
        select(
            bindparam("client", type_=used_assertion.c.client_id.type),
            bindparam("jti", type_=used_assertion.c.jti_sha256.type),
            bindparam("until", type_=used_assertion.c.until.type),
            bindparam("keep_until", type_=used_assertion.c.keep_until.type),
        ).where(~exists().where(_SAME)),
    )
)
_PRUNE = Statement(
    delete(used_assertion).where(
        used_assertion.c.keep_until < bindparam("machine"), used_assertion.c.until < bindparam("now")
    )
)


class UsedAssertions:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def use(self, client_id: str, jti_sha256: bytes, until: datetime, now: datetime, machine: datetime) -> bool:
        """Use it up, in one statement; False where it was used before. What is over by both clocks is forgotten first.

        `machine` is the present by the machine's clock, `now` by the sandbox's.
        """
        self._transaction.keep(_PRUNE, machine=machine, now=now)
        keep_until = machine + max(until - now, timedelta()) + KEPT
        values = {"client": client_id, "jti": jti_sha256, "until": until, "keep_until": keep_until}
        return self._transaction.keep(_ADD, **values) == 1
