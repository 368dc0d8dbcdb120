"""What opening a directory may raise besides refusals, in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.cli.refusal import Refusal


@contextmanager
def told() -> Iterator[None]:
    """Raise Refusal: for a database that cannot be used, and (status 2) for a setting that does not fit."""
    from app.store.faults import StoreError

    try:
        yield
    except StoreError as fault:
        raise Refusal(str(fault), code="database") from fault
    except ValueError as fault:
        raise Refusal(str(fault), code="setting.invalid", status=2) from fault
