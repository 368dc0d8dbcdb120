"""A write that means nothing but that writing works (reliability-cases.md R3)."""

from __future__ import annotations

from sqlalchemy import bindparam, update

from app.store.schema import counter
from app.store.statements import Statement, Transaction, inserting

NAME = "heartbeat"
_BEAT = Statement(update(counter).where(counter.c.name == bindparam("key")).values(value=counter.c.value + 1))
_FIRST = inserting(counter)


def beat(transaction: Transaction) -> None:
    """One up; the first time the row is made."""
    if not transaction.change(_BEAT, key=NAME):
        transaction.change(_FIRST, name=NAME, value=1)
