"""Whether two certificates name the same subject: distinguishedNameMatch (X.520, 13.5.2; RFC 5280, 7.1). Pure.

RDNs in order, all of them; inside one RDN the order means nothing. Attributes by type, values by what they say: string
types, letter case, blanks at the ends and repeated blanks do not count.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from app.pki.names import NameAttribute, parse_name

Key = tuple[tuple[tuple[str, str], ...], ...]


def is_same_name(one: bytes, other: bytes) -> bool:
    """Whether two Names, DER, match. One that cannot be read wholly matches nothing but its own octets."""
    if one == other:
        return True
    first, second = _key(one), _key(other)
    return first is not None and first == second


@lru_cache(maxsize=1024)
def _key(name_der: bytes) -> Key | None:
    """Equal for all spellings of a name; None for what is no whole name."""
    name = parse_name(name_der)
    if name.problems:
        return None
    return tuple(tuple(sorted(map(_attribute, rdn))) for rdn in name.rdns)


def _attribute(attribute: NameAttribute) -> tuple[str, str]:
    if attribute.text is None:
        return attribute.oid, f"#{attribute.value.hex()}"
    folded = unicodedata.normalize("NFKC", attribute.text).casefold()
    return attribute.oid, " ".join(folded.split())
