"""The key that signs what is told: made when the first message goes out, and kept (connect.md 18)."""

from __future__ import annotations

import threading

from app.ca.keys import KeyPool
from app.ca.webhook_signer import WebhookSigner, new_key
from app.runtime.entropy import Entropy
from app.settings import Settings
from app.store.store import Store


class SigningKey:
    """A reset or an import leaves it as it is: receivers may have kept its certificate."""

    def __init__(self, store: Store, settings: Settings, ground: tuple[Entropy, KeyPool]) -> None:
        self._store, self._settings = store, settings
        self._entropy, self._pool = ground
        self._lock = threading.Lock()
        self._signer: WebhookSigner | None = None

    def find(self) -> WebhookSigner | None:
        """None as long as nothing was ever signed."""
        if self._signer is None:
            with self._store.read() as uow:
                pem = uow.webhooks.key()
            if pem is not None:
                self._signer = WebhookSigner(pem, self._settings.passphrase)
        return self._signer

    def signer(self) -> WebhookSigner:
        """Makes the key where there is none: call it in a thread, and outside of any transaction."""
        found = self.find()
        if found is not None:
            return found
        with self._lock:
            self._keep(new_key(self._pool, self._entropy, self._settings.passphrase))
            made = self.find()
        assert made is not None
        return made

    def _keep(self, made: bytes) -> None:
        """Of two processes that make one at once, the first one's counts."""
        with self._store.write() as uow:
            if uow.webhooks.key() is None:
                uow.webhooks.put_key(made)
