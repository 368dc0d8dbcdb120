"""Where a sandbox lives: its settings and addresses, its folder, on PostgreSQL its schema; how all that goes again."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from pathlib import Path

from app.ca.keys import KeyPool
from app.errors import Unavailable
from app.runtime.entropy import Entropy, SeededEntropy, SystemEntropy
from app.sandbox import Ground, Place, Sandbox, open_sandbox
from app.sandboxes.choices import settings_of
from app.sandboxes.rows import STATE
from app.settings import Settings
from app.store.powers import SandboxRow
from app.store.store import Store, StoreError

FOLDER = "sandboxes"
PREFIX = "/sandboxes/"
CONNECTIONS = 1
"""To PostgreSQL, of each sandbox that is open and idle."""
CHOSEN, START = "settings", "seed"


class Places:
    """All that is known of sandboxes without their being open."""

    def __init__(self, default: Sandbox) -> None:
        self._default, self._pool = default, KeyPool()
        self._chance: dict[bytes, tuple[Entropy, Entropy]] = {}

    def open(self, row: SandboxRow) -> Sandbox:
        """Open it; the first time its store is made and its CA founded. Raises Unavailable, Invalid."""
        entropy, secrets = self._entropy(row)
        ground = Ground(self._default.clock.source, entropy, self._pool, secrets)
        place = Place(row.sandbox_id, self._schema(row.sandbox_id), CONNECTIONS)
        addresses = self._default.addresses.under(f"{PREFIX}{row.sandbox_id}")
        settings = self._settings(row)
        try:
            if row.options.get(STATE) == "making":
                Store.prepare(settings.database_url)
            return open_sandbox(settings, addresses, ground, place)
        except StoreError as fault:
            raise Unavailable(f"the sandbox {row.sandbox_id} cannot be opened: {fault}") from fault

    def erase(self, row: SandboxRow) -> None:
        """Remove database and folder of one that is closed. Raises StoreError, OSError."""
        self._chance.pop(row.admin_sha256, None)
        Store.erase(self._settings(row).database_url, self._schema(row.sandbox_id))
        folder = self._folder(row.sandbox_id)
        if folder.is_dir():
            shutil.rmtree(folder)
        with suppress(OSError):  # not empty: others live there
            folder.parent.rmdir()

    def forget(self, row: SandboxRow) -> None:
        """Another process has dropped it."""
        self._chance.pop(row.admin_sha256, None)

    def _settings(self, row: SandboxRow) -> Settings:
        return settings_of(self._default.settings, row.options.get(CHOSEN, {}), self._folder(row.sandbox_id))

    def _folder(self, sandbox_id: str) -> Path:
        return self._default.settings.data / FOLDER / sandbox_id

    def _schema(self, sandbox_id: str) -> str | None:
        """Of its own, apart from those of another server in the same database."""
        if self._default.store.embedded:
            return None
        home = hashlib.sha256(self._default.store.name.encode()).hexdigest()[:8]
        return f"sandbox_{home}_{sandbox_id.replace('-', '_')}"

    def _entropy(self, row: SandboxRow) -> tuple[Entropy, Entropy]:
        """Chance, and that of keys and tokens; with a start value both repeat, the second for the same id only.

        Kept while the sandbox is closed, so that it goes on where it was.
        """
        start = row.options.get(START)
        if start is None:
            return SystemEntropy(), SystemEntropy()
        if row.admin_sha256 not in self._chance:
            self._chance[row.admin_sha256] = SeededEntropy(start), SeededEntropy(f"{start}/{row.sandbox_id}")
        return self._chance[row.admin_sha256]
