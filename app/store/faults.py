"""Why a store cannot be opened. The text says what is wrong and what to do; it never holds a password."""

from __future__ import annotations


class StoreError(Exception):
    """The database cannot be used as it is: unreachable, damaged, read-only, too old, or not ours."""


class SchemaMismatch(StoreError):
    """The database was made by a program that knows a newer schema than this one."""
