"""The only door to chance."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
from typing import Protocol
from uuid import UUID


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


class SeededEntropy:
    """Same seed, same directory: ids, serials and EC keys repeat run after run. For tests only."""

    deterministic = True

    def __init__(self, seed: str) -> None:
        self._seed, self._turn, self._lock = seed, 0, threading.Lock()

    def octets(self, size: int) -> bytes:
        with self._lock:
            self._turn += 1
            return hashlib.shake_256(f"{self._seed}/{self._turn}".encode()).digest(size)


def new_id(entropy: Entropy) -> str:
    """A version 4 UUID in its canonical text form."""
    return str(UUID(bytes=entropy.octets(16), version=4))


def new_serial(entropy: Entropy) -> int:
    """A certificate serial: positive, 20 octets, 158 bits of chance (RFC 5280, 4.1.2.2: at most 20 octets)."""
    octets = entropy.octets(20)
    return int.from_bytes(bytes([octets[0] & 0x3F | 0x40]) + octets[1:])


def new_token(entropy: Entropy) -> str:
    """An opaque access token of 43 characters (connect.md 17.3): 256 bits, base64url."""
    return base64.urlsafe_b64encode(entropy.octets(32)).rstrip(b"=").decode()
