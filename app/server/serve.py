"""`serve`: one process, one event loop, four listeners.

Order of a start: sockets (a port that is taken is told at once), the keys of a fresh directory begun in a thread, the
rest of the program loaded, the control listener, the directory, the other listeners, the ready file.
"""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

from app.runtime import logging
from app.server.sockets import listening
from app.settings import Settings

if TYPE_CHECKING:
    from app.ca.keys import KeyPool


def serve(settings: Settings, ready_file: Path | None = None) -> None:
    """Run until SIGTERM or SIGINT.

    Raises before anything is served: CannotListen for a port, OSError for data folder, bundle or ready file, StoreError
    for the database, ValueError for a setting that does not fit, other DirectoryErrors for profiles, keys and seed.
    """
    gc.disable()  # until it is ready: to look for garbage among what is loaded costs a tenth of the start
    logging.configure(settings.log_level, settings.log_format)
    with listening(settings) as bound:
        _prepare(settings.data, ready_file)
        pool = _begin_keys(settings)
        from app.server.run import Server  # noqa: PLC0415 - half a second, in which the keys are made

        Server(settings, bound, pool, ready_file).run()


def _prepare(data: Path, ready_file: Path | None) -> None:
    """The data folder, for its owner only; and no ready file of an earlier run."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if ready_file is not None:
        if not ready_file.absolute().parent.is_dir():
            raise FileNotFoundError(2, "there is no folder for the ready file", str(ready_file))
        ready_file.unlink(missing_ok=True)


def _begin_keys(settings: Settings) -> KeyPool:
    """Only where there is no directory yet."""
    from app.ca.keys import KeyPool  # noqa: PLC0415

    if settings.database or (settings.data / "connect-mock.db").exists():
        return KeyPool()
    ocsp = settings.ca_ocsp_key
    return KeyPool.begin(
        (settings.ca_root_key, settings.ca_issuing_key, ocsp, ocsp, settings.ssa_key, settings.oauth_key)
    )
