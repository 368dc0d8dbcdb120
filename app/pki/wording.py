"""Foreign text in our own sentences: printable, short, and plain about what cannot be seen."""

from __future__ import annotations

LONGEST = 80


def shown(text: str, longest: int = LONGEST) -> str:
    """`text` fit for a message, a log line or a header: odd characters as `<U+202E>`, the rest cut after `longest`."""
    cut = text[:longest]
    if not (cut.isascii() and cut.isprintable()):
        cut = "".join(c if c.isprintable() and c.isascii() else f"<U+{ord(c):04X}>" for c in cut)
    return cut if len(text) <= longest else f"{cut}... ({len(text)} characters)"
