"""What a start does before the first request: the directory opened and seeded, its CRLs and the bundle made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from app.ca.keys import KeyPool
from app.directory import seed
from app.runtime.addresses import Addresses
from app.runtime.clock import Clock
from app.runtime.readiness import Readiness
from app.sandbox import Ground, Sandbox, open_sandbox
from app.sandboxes import Sandboxes
from app.seeding.apply import apply
from app.server.files import BUNDLE, write_private
from app.server.trust import Presented
from app.settings import Settings

log = structlog.get_logger("connect_mock.server")


class Opening:
    """The sandboxes of a server, from before there are any."""

    def __init__(self) -> None:
        self._opened: Sandboxes | None = None

    def get(self, sandbox_id: str) -> Sandbox | None:
        return self._opened.get(sandbox_id) if self._opened else None

    def current(self) -> Sandboxes | None:
        return self._opened

    def opened(self, sandboxes: Sandboxes) -> None:
        self._opened = sandboxes

    def close(self) -> None:
        """Write out the journals and let go of the stores."""
        if self._opened:
            self._opened.close()


@dataclass(frozen=True, slots=True)
class Start:
    """What a start needs; `clock` is the host's."""

    settings: Settings
    ports: Mapping[str, int]
    pool: KeyPool
    clock: Clock
    readiness: Readiness


def open_directory(start: Start, opening: Opening) -> Presented:
    """Open the default sandbox, ready to be served; what the TLS listeners present.

    Raises StoreError for the database, ValueError for an address, OSError for the bundle, DirectoryError for profiles,
    keys and seed.
    """
    settings, waiting_for = start.settings, start.readiness.waiting_for
    waiting_for("the database and the CA are being opened")
    content = seed.load(settings.seed)
    addresses = Addresses.of(settings, start.ports)
    sandbox = open_sandbox(settings, addresses, Ground.of(settings, start.pool))
    opening.opened(Sandboxes(sandbox))
    waiting_for(f"the seed {content.name} is being applied")
    report = apply(sandbox, content)
    log.info("seeded", seed=content.name, made=len(report.made), kept=len(report.kept))
    waiting_for("the first CRLs are being signed")
    for loaded in sandbox.issuers.all():
        sandbox.status.crl(loaded.crl_name)
    sandbox.oauth.parts.signing_keys.signer()
    sandbox.snapshots.keep_baseline()
    waiting_for("the listeners are being opened")
    presented = Presented(settings, addresses, start.clock)
    _keep_bundle(sandbox, presented)
    return presented


def _keep_bundle(sandbox: Sandbox, presented: Presented) -> None:
    """The file in the data folder, written anew with each CA that comes or goes."""
    file = sandbox.settings.data / BUNDLE

    def write() -> None:
        write_private(file, sandbox.issuers.bundle_pem() + presented.ca_pem)

    def write_again(_changed: object) -> None:
        try:
            write()
        except OSError as fault:
            log.warning("bundle not written", file=str(file), cause=str(fault))

    write()
    sandbox.issuers.watch(write_again)
    sandbox.issuers.watch_losses(write_again)
