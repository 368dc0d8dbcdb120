"""Column types that keep the same value on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, LargeBinary, String, Text, TypeDecorator

Words = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that both databases compare and sort by code point; PostgreSQL would follow the language of the server."""

Number = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit number; under this name SQLite makes a primary key the row id itself."""

Octets = LargeBinary()
Json = JSON()


class JsonList(TypeDecorator[tuple[Any, ...]]):
    """A JSON array, as the tuple that records hold."""

    impl = JSON
    cache_ok = True

    def process_result_value(self, value: list[Any] | None, dialect: Dialect) -> tuple[Any, ...] | None:  # noqa: ARG002
        return None if value is None else tuple(value)


class Moment(TypeDecorator[datetime]):
    """An aware moment, in and out, microseconds kept (rulings.md 23).

    SQLite keeps it as text of a fixed width in UTC, which sorts as the moments do. Raises ValueError for a naive one.
    """

    impl = DateTime(timezone=True).with_variant(Text(), "sqlite")
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without its zone cannot be kept: {value.isoformat()}")
        moment = value.astimezone(UTC)
        return moment.isoformat(" ", "microseconds")[:26] if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = datetime.fromisoformat(value) if dialect.name == "sqlite" else value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Serial(TypeDecorator[int]):
    """A certificate serial, as 40 hexadecimal digits: 20 octets are the most of RFC 5280, 4.1.2.2.

    Serials of others' certificates may break that rule; longer and negative ones are kept too.
    """

    impl = String().with_variant(String(collation="C"), "postgresql")
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else f"{value:040x}"

    def process_result_value(self, value: str | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else int(value, 16)
