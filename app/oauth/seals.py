"""Short proofs that this server gave something out: forms, and steps of a sign-in. Kept nowhere but their key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading

from app.runtime.entropy import Entropy
from app.store.store import Store

KEY = "login-seal"
"""Its name in the vault: all processes of one directory share it."""


class Seals:
    def __init__(self, store: Store, entropy: Entropy) -> None:
        self._store, self._entropy = store, entropy
        self._key: bytes | None = None
        self._lock = threading.Lock()

    def seal(self, purpose: str, *parts: str) -> str:
        """A text that proves that these parts, in this order, were given out for this purpose."""
        message = "".join(f"{len(part)}:{part}" for part in (purpose, *parts))
        octets = hmac.digest(self._shared_key(), message.encode("utf-8", "surrogatepass"), hashlib.sha256)
        return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()

    def is_sealed(self, seal: str, purpose: str, *parts: str) -> bool:
        """Compared in constant time."""
        return hmac.compare_digest(seal.encode("utf-8", "surrogatepass"), self.seal(purpose, *parts).encode())

    def _shared_key(self) -> bytes:
        with self._lock:
            if self._key is None:
                self._key = self._stored_key()
            return self._key

    def _stored_key(self) -> bytes:
        with self._store.read() as uow:
            key = uow.vault.get(KEY)
        if key is not None:
            return key
        with self._store.write() as uow:
            key = uow.vault.get(KEY)
            if key is None:
                key = self._entropy.octets(32)
                uow.vault.put(KEY, key)
            return key
