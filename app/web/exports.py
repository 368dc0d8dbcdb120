"""The export of a directory as an answer, whatever its size and however slowly it is read (control-cases.md G-05)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from typing import IO

from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from app.sandbox import Sandbox
from app.web.answers import JSON
from app.web.calls import call_slowly

IN_MEMORY = 8 * 1024 * 1024
"""Octets of an export; a longer one is written to a temporary file, so that a slow reader holds up no transaction."""
CHUNK = 65_536


async def exported(
    sandbox: Sandbox, includes: tuple[str, ...], *, name: str = "connect-mock-export.json", more: Mapping[str, str] = {}
) -> Response:
    """The document as a file of this name; `includes` are words of INCLUDES, `more` are further headers."""
    file: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed when it has been sent
    try:
        await call_slowly(_write, sandbox, file, includes)
    except BaseException:
        file.close()
        raise
    size = file.tell()
    file.seek(0)
    headers = {**more, "content-length": str(size), "content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_chunks(file), headers=headers, media_type=JSON, background=BackgroundTask(file.close))


def _write(sandbox: Sandbox, file: IO[bytes], includes: tuple[str, ...]) -> None:
    if "journal" in includes:
        sandbox.journal.flush()
    sandbox.snapshots.write(file, includes)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk
