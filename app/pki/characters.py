"""Characters that have no place in a name: unseen ones, look-alikes of other letters, and markup (csr-cases.md D)."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, NamedTuple

Kind = Literal["control_char", "confusable", "charset"]


class Odd(NamedTuple):
    """What is odd about a text: the end of a finding code, and the reason in words that need no font."""

    kind: Kind
    reason: str


def is_blank(text: str) -> bool:
    """Whether nothing would be seen of a text: white space, and the letters that are drawn as nothing."""
    return not text.strip(_BLANKS) if not text.isascii() else not text.strip()


_BLANKS = " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, (*range(0x2000, 0x200B), 0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0))
)


def unseen(text: str) -> Odd | None:
    """The first character of class Cc, Cf, Cs, Co, Cn, Zl or Zp (csr-cases.md R5).

    Format characters (Cf: bidirectional overrides, zero width) are told as confusable, since they make one text look
    like another; all others as control characters.
    """
    if text.isascii() and text.isprintable():
        return None
    for character in text:
        category = unicodedata.category(character)
        if category in _UNSEEN:
            return Odd("confusable" if category == "Cf" else "control_char", f"it holds {described(character)}")
    return None


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def markup(text: str) -> Odd | None:
    """A sign of markup, a template, a formula or a path: what a program could take for something else than a name."""
    found = _MARKUP.search(text)
    return Odd("charset", f"{_MARKUP_NAMES[found.lastgroup or '']} stands in it") if found else None


_MARKUP = re.compile(
    r"(?P<angle>[<>])|(?P<brace>[{}\\`|^]|\$\()|(?P<formula>^[=+@-])|(?P<path>(?:^|/)\.\.(?:/|$))"
    r"|(?P<escape>%[0-9A-Fa-f]{2}|&#?\w+;)"
)
_MARKUP_NAMES = {
    "angle": "an angle bracket",
    "brace": "a brace or another sign of a template",
    "formula": "a sign that begins a formula",
    "path": "a step of a path",
    "escape": "an escape sequence",
}


def angle_brackets(text: str) -> Odd | None:
    """Angle brackets alone: no member of the directory may hold them (connect.md 2.3), so no name does."""
    return Odd("charset", "an angle bracket stands in it") if "<" in text or ">" in text else None


def mixed_scripts(text: str) -> Odd | None:
    """A word that mixes Latin letters with letters of a script that has look-alikes of them."""
    if text.isascii():
        return None
    for word in re.findall(r"\w+", text):
        foreign = next((c for c in word if script_of(c) in _LOOK_ALIKE_SCRIPTS), "")
        if foreign and any(script_of(c) == "LATIN" for c in word):
            return Odd("confusable", f"a word with Latin letters holds {described(foreign)}")
    return None


_LOOK_ALIKE_SCRIPTS = frozenset({"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "GEORGIAN"})


def script_of(character: str) -> str:
    """The script of a letter by the first word of its name; "" for what is no letter."""
    if character.isascii():
        return "LATIN" if character.isalpha() else ""
    return unicodedata.name(character, "").partition(" ")[0] if character.isalpha() else ""


def look_alike(text: str, meant: str) -> Odd | None:
    """Whether `text` looks like `meant` without being it: by look-alike letters, odd blanks or unseen characters."""
    if text == meant or (text.isascii() and text.isprintable() and meant.isascii()):
        return None
    if _skeleton(text) == _skeleton(meant):
        return Odd("confusable", f"it looks like the right text, but holds {_first_difference(text, meant)}")
    return None


def _skeleton(text: str) -> str:
    """The text as it looks (after the idea of UTS #39, 4), for the letters of the table below."""
    plain = unicodedata.normalize("NFKC", text).translate(_LOOKS_LIKE)
    return "".join(" " if c.isspace() else c for c in plain if unicodedata.category(c) not in _UNSEEN)


_LOOK_ALIKES = {
    "A": "\u0410\u0391",
    "B": "\u0412\u0392",
    "C": "\u0421",
    "E": "\u0415\u0395",
    "H": "\u041d\u0397",
    "I": "\u0406\u0399\u04c0",
    "J": "\u0408",
    "K": "\u041a\u039a",
    "M": "\u041c\u039c",
    "N": "\u039d",
    "O": "\u041e\u039f\u0555",
    "P": "\u0420\u03a1",
    "S": "\u0405",
    "T": "\u0422\u03a4",
    "X": "\u0425\u03a7",
    "Y": "\u0423\u03a5\u04ae",
    "Z": "\u0396",
    "a": "\u0430\u0251\u03b1",
    "b": "\u042c",
    "c": "\u0441\u03f2",
    "d": "\u0501",
    "e": "\u0435",
    "g": "\u0261",
    "h": "\u04bb\u0570",
    "i": "\u0456\u0131\u03b9",
    "j": "\u0458\u03f3",
    "k": "\u043a\u03ba",
    "l": "\u04cf",
    "n": "\u0578",
    "o": "\u043e\u03bf\u0585",
    "p": "\u0440\u03c1",
    "q": "\u051b",
    "s": "\u0455",
    "u": "\u057d",
    "v": "\u03bd",
    "w": "\u051d",
    "x": "\u0445",
    "y": "\u0443",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2212",
    "'": "\u2018\u2019\u02bc\u2032",
}
"""Character -> letters that most fonts draw like it: Cyrillic, Greek, Armenian, and dashes and quotes."""
_LOOKS_LIKE = str.maketrans({odd: plain for plain, each in _LOOK_ALIKES.items() for odd in each})


def _first_difference(text: str, meant: str) -> str:
    for mine, right in zip(text, meant, strict=False):
        if mine != right:
            return f"{described(mine)} where {described(right)} is due"
    longer = text[len(meant) :] or meant[len(text) :]
    return described(longer[:1]) if longer else "other characters"


def described(character: str) -> str:
    """A character that may not be visible, such as `U+0430 (CYRILLIC SMALL LETTER A)`."""
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X} ({name})" if name else f"U+{ord(character):04X}"
