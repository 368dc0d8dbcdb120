"""Start, release and stop other processes on the same database."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from typing import IO

Child = subprocess.Popen[str]


@contextlib.contextmanager
def children(*tasks: tuple[object, ...]) -> Iterator[list[Child]]:
    """Processes that have loaded everything and wait; none is left behind."""
    command = [sys.executable, "-m", "tests.store.child"]
    begun = [
        subprocess.Popen(
            [*command, *map(str, task)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for task in tasks
    ]
    try:
        for child in begun:
            assert out(child).readline() == "ready\n", told(child)
        yield begun
    finally:
        for child in begun:
            child.kill()
            child.communicate()


def release(*begun: Child) -> None:
    """Let them begin, as nearly at once as can be."""
    for child in begun:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()


def finish(child: Child) -> list[str]:
    """All that it says until its end, which must be a good one."""
    said, complaint = child.communicate(timeout=60)
    assert child.returncode == 0, complaint
    return said.split()


def out(child: Child) -> IO[str]:
    assert child.stdout is not None
    return child.stdout


def told(child: Child) -> str:
    child.kill()
    return child.communicate()[1]
