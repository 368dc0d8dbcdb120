"""The CAs of one directory."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select, update

from app.errors import NotFound
from app.store.records import Issuer
from app.store.schema import issuer
from app.store.statements import Statement, Transaction, inserting

_ALL = Statement(select(issuer).order_by(issuer.c.role.desc(), issuer.c.generation))
_FIND = Statement(select(issuer).where(issuer.c.issuer_id == bindparam("key")))
_CURRENT = Statement(
    select(issuer.c.issuer_id).where(issuer.c.role == "issuing").order_by(issuer.c.generation.desc()).limit(1)
)
_TOTAL = Statement(select(func.count()).select_from(issuer))
_ADD = inserting(issuer)
_RESPONDER = Statement(update(issuer).where(issuer.c.issuer_id == bindparam("key")), ["ocsp_certificate"])
_ADDRESSES = Statement(update(issuer).where(issuer.c.issuer_id == bindparam("key")), ["crl_addresses"])


class Issuers:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def all(self) -> tuple[Issuer, ...]:
        """Root first, then the issuing CAs by generation."""
        return tuple(Issuer(*row) for row in self._transaction.rows(_ALL))

    def get(self, issuer_id: str) -> Issuer:
        """Raises NotFound."""
        row = self._transaction.row(_FIND, key=issuer_id)
        if row is None:
            raise NotFound(f"no issuer {issuer_id[:80]}")
        return Issuer(*row)

    def total(self) -> int:
        row = self._transaction.row(_TOTAL)
        return int(row[0]) if row else 0

    def current_id(self) -> str:
        """The newest generation of the issuing CA. Raises NotFound before the CA is founded."""
        row = self._transaction.row(_CURRENT)
        if row is None:
            raise NotFound("this directory has no issuing CA yet")
        return str(row[0])

    def add(self, record: Issuer) -> None:
        """Raises Conflict when this role has the generation already: another process was first."""
        self._transaction.change(
            _ADD,
            issuer_id=record.issuer_id,
            role=record.role,
            generation=record.generation,
            certificate=record.certificate,
            ocsp_certificate=record.ocsp_certificate,
            crl_addresses=list(record.crl_addresses),
            created_at=record.created_at,
        )

    def replace_responder(self, issuer_id: str, ocsp_certificate: bytes) -> None:
        """Raises NotFound."""
        if not self._transaction.change(_RESPONDER, key=issuer_id, ocsp_certificate=ocsp_certificate):
            raise NotFound(f"no issuer {issuer_id[:80]}")

    def add_crl_address(self, issuer_id: str, address: str) -> None:
        """Once in the list, an address stays. Raises NotFound."""
        addresses = self.get(issuer_id).crl_addresses
        if address not in addresses:
            self._transaction.change(_ADDRESSES, key=issuer_id, crl_addresses=[*addresses, address])
