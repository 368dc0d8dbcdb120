"""How a door calls a use case: the one place that decides between the event loop and a thread (architecture 6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from anyio import to_thread

from app.sandbox import Sandbox

P = ParamSpec("P")
T = TypeVar("T")


async def call_slowly(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run what computes for long, such as a password hash, in a worker thread: the loop goes on meanwhile."""
    return await to_thread.run_sync(lambda: function(*args, **kwargs))


async def call(sandbox: Sandbox, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a synchronous use case: inline on the embedded store, in a worker thread where the wait is network."""
    if sandbox.store.embedded:
        return function(*args, **kwargs)
    return await to_thread.run_sync(lambda: function(*args, **kwargs))
