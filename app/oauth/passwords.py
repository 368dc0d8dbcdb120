"""Passwords and fixed second factors, kept as scrypt (RFC 7914) in the PHC string form, parameters beside the hash.

The form is `$scrypt$ln=14,r=8,p=1$SALT$HASH`, both in base64 without padding.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass

from app.runtime.entropy import Entropy

LONGEST = 256
"""Characters of a password; of a longer one only so many are looked at, and it never matches."""
LOG_N, BLOCK, PARALLEL = 14, 8, 1
"""16 MiB and about 35 ms: what a guess costs. Of new hashes; a stored one names its own."""
SALT_OCTETS, HASH_OCTETS = 16, 32
MEMORY = 64 * 1024 * 1024
"""Octets that a stored hash may demand at most; ln=15 with r=8 needs half of it."""
STORED = re.compile(
    r"\$scrypt\$ln=(?P<ln>\d{1,2}),r=(?P<r>\d{1,2}),p=(?P<p>\d)\$(?P<salt>[A-Za-z0-9+/]{11,86})\$(?P<hash>[A-Za-z0-9+/]{43})"
)
STAND_IN = "$scrypt$ln=14,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
"""The hash of no password: compared where there is no account, so that this takes as long as a wrong password."""


@dataclass(frozen=True, slots=True)
class _Hash:
    log_n: int
    block: int
    parallel: int
    salt: bytes
    octets: bytes


def hashed(password: str, entropy: Entropy) -> str:
    """The stored form of a password, with a new salt."""
    salt = entropy.octets(SALT_OCTETS)
    made = _scrypt(password, _Hash(LOG_N, BLOCK, PARALLEL, salt, b""))
    return f"$scrypt$ln={LOG_N},r={BLOCK},p={PARALLEL}${_text(salt)}${_text(made)}"


def is_hash(stored: str) -> bool:
    """Whether a text is a stored form that `matches` can compare with."""
    return _read(stored) is not None


def matches(password: str, stored: str) -> bool:
    """Whether this is the password, compared in constant time; False for a stored form that cannot be read."""
    expected = _read(stored)
    if expected is None:
        return False
    is_same = hmac.compare_digest(_scrypt(password, expected), expected.octets)
    return is_same and len(password) <= LONGEST


def is_same(given: str, expected: str) -> bool:
    """Whether two texts in clear are the same, compared in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass"))


def _read(stored: str) -> _Hash | None:
    found = STORED.fullmatch(stored)
    if found is None:
        return None
    log_n, block, parallel = int(found["ln"]), int(found["r"]), int(found["p"])
    try:
        salt, octets = _octets(found["salt"]), _octets(found["hash"])
    except binascii.Error:
        return None
    fits = log_n and block and parallel and 128 * block * (2**log_n + parallel + 2) <= MEMORY
    return _Hash(log_n, block, parallel, salt, octets) if fits else None


def _scrypt(password: str, how: _Hash) -> bytes:
    """One spelling for every way to type a letter with its accent (RFC 8265, 4.2: NFC)."""
    text = unicodedata.normalize("NFC", password[:LONGEST]).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(
        text, salt=how.salt, n=2**how.log_n, r=how.block, p=how.parallel, maxmem=2 * MEMORY, dklen=HASH_OCTETS
    )


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).rstrip(b"=").decode()


def _octets(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
