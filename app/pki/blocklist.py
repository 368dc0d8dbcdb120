"""Keys whose private half is public, as data: `blocklist.txt` beside this file (csr-cases.md R4, C-17)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files


def where_published(spki_der: bytes) -> str:
    """Where the private half of this SubjectPublicKeyInfo was printed or shipped; "" when it is not known to be."""
    return _entries().get(sha256(spki_der).digest(), "")


@cache
def _entries() -> Mapping[bytes, str]:
    """Lines of `<SHA-256 of the SubjectPublicKeyInfo, hex> <source>`; `#` begins a comment."""
    text = files(__package__).joinpath("blocklist.txt").read_text(encoding="utf-8")
    lines = (line.partition(" ") for line in text.splitlines() if line and not line.startswith("#"))
    return {bytes.fromhex(digest): source for digest, _, source in lines}
