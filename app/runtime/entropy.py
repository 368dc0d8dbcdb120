"""The only door to chance."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
from typing import Protocol


class Entropy(Protocol):
    @property
    def deterministic(self) -> bool:
        """Whether the same calls give the same octets on every run."""
        ...

    def octets(self, size: int) -> bytes:
        """`size` octets of chance."""
        ...


class SystemEntropy:
    """The machine's own."""

    deterministic = False

    def octets(self, size: int) -> bytes:
        return secrets.token_bytes(size)


class PooledEntropy:
    """Another source's chance, fetched for many calls at once: a system call each would show at 20,000 a second.

    For one thread.
    """

    POOL = 4096

    def __init__(self, source: Entropy) -> None:
        self.deterministic, self._source = source.deterministic, source
        self._pool, self._next = b"", 0

    def octets(self, size: int) -> bytes:
        start, self._next = self._next, self._next + size
        if self._next > len(self._pool):
            self._pool = self._source.octets(max(size, self.POOL))
            start, self._next = 0, size
        return self._pool[start : self._next]


class SeededEntropy:
    """Same seed, same directory: ids, serials and EC keys repeat run after run. For tests only."""

    deterministic = True

    def __init__(self, seed: str) -> None:
        self._seed, self._turn, self._lock = seed, 0, threading.Lock()
        self.is_begun = False

    @property
    def name(self) -> str:
        """Tells seeds apart without telling them."""
        return hashlib.sha256(f"connect-mock/{self._seed}".encode()).hexdigest()[:16]

    def begin(self, epoch: int) -> None:
        """Go on where others on the same store have drawn before: nothing that they made may be made again.

        `epoch` counts those who did; the first draws as if it were alone.
        """
        self.is_begun = True
        if epoch:
            self._seed = f"{self._seed}#{epoch}"

    def octets(self, size: int) -> bytes:
        with self._lock:
            self._turn += 1
            return hashlib.shake_256(f"{self._seed}/{self._turn}".encode()).digest(size)


def new_id(entropy: Entropy) -> str:
    """A version 4 UUID in its canonical text form (RFC 9562, 5.4); every exchange takes one, so without the class."""
    octets = entropy.octets(16)
    text = octets.hex()
    variant = "89ab"[octets[8] >> 4 & 3]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


def new_serial(entropy: Entropy) -> int:
    """A certificate serial: positive, 20 octets, 158 bits of chance (RFC 5280, 4.1.2.2: at most 20 octets)."""
    octets = entropy.octets(20)
    return int.from_bytes(bytes([octets[0] & 0x3F | 0x40]) + octets[1:])


def new_token(entropy: Entropy) -> str:
    """An opaque access token of 43 characters (connect.md 17.3): 256 bits, base64url."""
    return base64.urlsafe_b64encode(entropy.octets(32)).rstrip(b"=").decode()
