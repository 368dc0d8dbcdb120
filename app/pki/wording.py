"""Foreign text in our own sentences: printable, short, and plain about what cannot be seen."""

from __future__ import annotations

from unicodedata import name

LONGEST = 80


def shown(text: str, longest: int = LONGEST) -> str:
    """`text` fit for a message or a log line: odd characters as `<U+202E>`, the rest cut after `longest`.

    Letters of the Latin script stay as they are; those of others are told by number, since they may only look like it.
    """
    cut = text[:longest]
    if not (cut.isascii() and cut.isprintable()):
        cut = "".join(c if _is_plain(c) else f"<U+{ord(c):04X}>" for c in cut)
    return cut if len(text) <= longest else f"{cut}... ({len(text)} characters)"


def _is_plain(character: str) -> bool:
    return character.isprintable() and (character.isascii() or name(character, "").startswith("LATIN "))
