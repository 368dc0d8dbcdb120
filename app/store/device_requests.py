"""Devices and backchannel requests that wait for a person (RFC 8628; CIBA Core)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select, update

from app.store.grants import DeviceRequest, Taken
from app.store.single_use import SingleUse
from app.store.statements import Statement, Transaction
from app.store.waiting_table import device_request

_REQUESTS = SingleUse(device_request)
_BY_USER_CODE = Statement(select(device_request).where(device_request.c.user_code == bindparam("key")))


def _updating(*columns: str) -> Statement:
    return Statement(update(device_request).where(device_request.c.device_code_sha256 == bindparam("key")), columns)


_POLLED, _ALLOWED, _DENIED = _updating("polled_at", "interval_seconds"), _updating("grant_id"), _updating("denied_at")


class DeviceRequests:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, record: DeviceRequest) -> None:
        """Raises Conflict for a user code in use."""
        _REQUESTS.add(
            self._transaction,
            record.created_at,
            device_code_sha256=record.device_code_sha256,
            user_code=record.user_code,
            client_id=record.client_id,
            scopes=list(record.scopes),
            created_at=record.created_at,
            expires_at=record.expires_at,
            interval_seconds=record.interval_seconds,
            polled_at=record.polled_at,
            grant_id=record.grant_id,
            denied_at=record.denied_at,
            used_at=record.used_at,
            user_id=record.user_id,
            binding_message=record.binding_message,
        )

    def find(self, device_code_sha256: bytes) -> DeviceRequest | None:
        return _REQUESTS.find(self._transaction, DeviceRequest, device_code_sha256)

    def find_by_user_code(self, user_code: str) -> DeviceRequest | None:
        row = self._transaction.row(_BY_USER_CODE, key=user_code)
        return None if row is None else DeviceRequest(*row)

    def polled(self, device_code_sha256: bytes, at: datetime, interval_seconds: int) -> None:
        """The device has asked; from now on it waits so long between two questions."""
        self._transaction.keep(_POLLED, key=device_code_sha256, polled_at=at, interval_seconds=interval_seconds)

    def allow(self, device_code_sha256: bytes, grant_id: str) -> None:
        self._transaction.keep(_ALLOWED, key=device_code_sha256, grant_id=grant_id)

    def deny(self, device_code_sha256: bytes, at: datetime) -> None:
        self._transaction.keep(_DENIED, key=device_code_sha256, denied_at=at)

    def take(self, device_code_sha256: bytes, at: datetime) -> Taken[DeviceRequest] | None:
        """Give the tokens for it: once; None where there is none."""
        return _REQUESTS.take(self._transaction, DeviceRequest, device_code_sha256, at)
