"""The key that signs software statement assertions: made once, kept in the vault, followed when another is there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping

from app.ca import keys
from app.ca.jws import JwsSigner
from app.ca.keys import KeyPool
from app.directory.assertion_claims import Claims
from app.runtime.entropy import Entropy
from app.settings import Settings
from app.store.store import Store, UnitOfWork

NAME = "ssa"
"""Where it stands in the vault."""


class AssertionKey:
    """A Signer whose key is that of the store: a reset or an import may have put another one there."""

    def __init__(self, store: Store, settings: Settings, ground: tuple[Entropy, KeyPool]) -> None:
        """Makes the key where there is none."""
        self._store, self._settings = store, settings
        self._entropy, self._pool = ground
        self._lock = threading.Lock()
        self._token: Hashable = None
        self._pem: bytes | None = None
        self._signer = self._current()

    @property
    def kid(self) -> str:
        return self._current().kid

    @property
    def public_jwk(self) -> Mapping[str, str]:
        return self._current().public_jwk

    def sign(self, claims: Claims) -> str:
        return self._current().sign(claims)

    def new_key(self) -> Callable[[UnitOfWork], None]:
        """Make another key; what comes back puts it in the place of the one that is there."""
        made = self._made()
        return lambda uow: uow.vault.put(NAME, made)

    def _made(self) -> bytes:
        return keys.to_pem(self._pool.take(self._settings.ssa_key, self._entropy), self._settings.passphrase)

    def _current(self) -> JwsSigner:
        token = self._store.change_token()
        if token == self._token:
            return self._signer
        with self._lock:
            pem = self._stored()
            if pem != self._pem:
                self._signer = JwsSigner(keys.from_pem(pem, self._settings.passphrase))
                self._pem = pem
            self._token = token
            return self._signer

    def _stored(self) -> bytes:
        with self._store.read() as uow:
            pem = uow.vault.get(NAME)
        return pem or self._kept(self._made())

    def _kept(self, made: bytes) -> bytes:
        """Of two processes that make one at once, the first one's counts."""
        with self._store.write() as uow:
            pem = uow.vault.get(NAME)
            if pem is None:
                uow.vault.put(NAME, made)
        return pem or made
