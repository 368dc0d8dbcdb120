"""The keys of this server that sign ID tokens and JWT access tokens, and their rotation.

The first is made when it is first asked for. After a rotation the old one stays in the key set until the last token
that it may have signed is over: no token is ever signed by a key that nobody can see (control-cases.md H-01).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from app.ca import keys
from app.ca.jws import JwsSigner
from app.ca.keys import KeyPool
from app.runtime.clock import Clock
from app.runtime.entropy import Entropy
from app.settings import Settings
from app.store.grants import SigningKey
from app.store.store import Store, UnitOfWork

VAULT = "oauth/"
"""Private halves stand in the vault under this and their kid."""
LONGEST_ID_TOKEN = timedelta(hours=1)
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""As the end of what has no end yet."""


class SigningKeys:
    def __init__(self, store: Store, clock: Clock, settings: Settings, ground: tuple[Entropy, KeyPool]) -> None:
        self._store, self._clock, self._settings = store, clock, settings
        self._entropy, self._pool = ground
        self._load: Callable[[str, bytes], JwsSigner] = lru_cache(maxsize=8)(self._loaded)

    def signer(self, uow: UnitOfWork | None = None) -> JwsSigner:
        """The one that signs now. Where there is none yet one is made, which `uow` must be able to write.

        Without `uow` a transaction of its own is used: not inside another one that writes.
        """
        if uow is not None:
            return self._signer_in(uow)
        with self._store.read() as seen:
            if seen.signing_keys.current() is not None:
                return self._signer_in(seen)
        with self._store.write() as written:
            return self._signer_in(written)

    def sign(self, claims: dict[str, Any], *, typ: str = "JWT", algorithm: str | None = None) -> str:
        """A JWT by the key that signs now; in a transaction of its own, see `signer`."""
        return self.signer().sign(claims, typ=typ, algorithm=algorithm)

    def published(self) -> tuple[dict[str, str], ...]:
        """The key set of `/jwks`: the key that signs, then old ones whose tokens live still."""
        self.signer()
        with self._store.read() as uow:
            found = uow.signing_keys.published(self._clock.now())
        return tuple({**key.jwk, "use": "sig", "kid": key.kid} for key in found)

    def published_then(self, kids: Sequence[str]) -> tuple[dict[str, str], ...]:
        """The keys of these kids, whether they are published still or not."""
        with self._store.read() as uow:
            found = {key.kid: key for key in uow.signing_keys.all()}
        return tuple({**found[kid].jwk, "use": "sig", "kid": kid} for kid in kids if kid in found)

    def rotate(self, *, is_emergency: bool = False) -> SigningKey:
        """From now on a new key signs. In an emergency the old ones leave the key set at once."""
        now = self._clock.now()
        with self._store.write() as uow:
            until = now if is_emergency else self._last_end(uow, now)
            for old in uow.signing_keys.published(now):
                if old.retired_at is None or is_emergency:
                    uow.signing_keys.retire(old.kid, old.retired_at or now, until)
            return self._made(uow, now)

    # a rotation in steps (control-cases.md H-01, H-03)

    def prepare(self) -> str:
        """Publish a key that does not sign yet; its kid."""
        now = self._clock.now()
        self.signer()
        with self._store.write() as uow:
            made = self._made(uow, now)
            uow.signing_keys.retire(made.kid, now, NEVER)
        return made.kid

    def promote(self, kid: str) -> str:
        """Let a prepared key sign; the kid of the one before, which stays published until its last token is over."""
        now = self._clock.now()
        with self._store.write() as uow:
            before = self._signer_in(uow).kid
            uow.signing_keys.retire(before, now, self._last_end(uow, now))
            uow.signing_keys.promote(kid)
        return before

    def withdraw(self, kid: str) -> None:
        """Take a key that signs no more out of the key set. Raises NotFound."""
        now = self._clock.now()
        with self._store.write() as uow:
            uow.signing_keys.retire(kid, now, now)

    def replace(self) -> str:
        """Another key under the kid of the one that signs: what nobody should do; the kid."""
        private = self._pool.take(self._settings.oauth_key, self._entropy)
        with self._store.write() as uow:
            kid = self._signer_in(uow).kid
            uow.signing_keys.replace(kid, JwsSigner(private).public_jwk)
            uow.vault.put(VAULT + kid, keys.to_pem(private, self._settings.passphrase))
        return kid

    def _last_end(self, uow: UnitOfWork, now: datetime) -> datetime:
        """When the last token is over that the old key may have signed."""
        return max(uow.tokens.last_end() or now, now + LONGEST_ID_TOKEN)

    def _signer_in(self, uow: UnitOfWork) -> JwsSigner:
        current = uow.signing_keys.current() or self._made(uow, self._clock.now())
        pem = uow.vault.get(VAULT + current.kid)
        assert pem is not None
        return self._load(current.kid, pem)

    def _made(self, uow: UnitOfWork, now: datetime) -> SigningKey:
        private = self._pool.take(self._settings.oauth_key, self._entropy)
        signer = JwsSigner(private)
        record = SigningKey(signer.kid, signer.public_jwk, now)
        uow.signing_keys.add(record)
        uow.vault.put(VAULT + signer.kid, keys.to_pem(private, self._settings.passphrase))
        return record

    def _loaded(self, kid: str, pem: bytes) -> JwsSigner:
        return JwsSigner(keys.from_pem(pem, self._settings.passphrase), kid)
