"""Another process on the same database: `python -m tests.store.child TASK URL ...`, one line for each thing done.

It waits for a line on its standard input before it begins, so that tests let several begin at once.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Engine, event

from app.store import migrate
from app.store.records import Crl
from app.store.store import Store
from tests.store.rows import ISSUER, NOW, certificate


def say(word: object) -> None:
    print(word, flush=True)


def start(url: str) -> None:
    """A first start."""
    store = Store.open(url)
    store.upgrade()
    say(store.revision())


def issue(url: str, first: str, count: str) -> None:
    """Certificates by the number; a line is said when its commit was answered."""
    store = Store.open(url)
    for number in range(int(first), int(first) + int(count)):
        with store.write() as uow:
            uow.certificates.add(certificate(number))
            if number % 5 == 0:
                uow.certificates.revoke(f"certificate-{number}", NOW, "superseded")
        say(number)


def crls(url: str, count: str) -> None:
    """A CRL with the next number, again and again."""
    store = Store.open(url)
    for _ in range(int(count)):
        with store.write() as uow:
            newest = uow.revocations.newest_crl(ISSUER)
            number = newest.number + 1 if newest else 1
            uow.revocations.save_crl(Crl(ISSUER, number, b"", NOW, NOW + timedelta(days=1), 0))
        say(number)


def use(url: str, count: str) -> None:
    """Assertions by the number; a line is said for each that this process was the first to use."""
    store = Store.open(url)
    for number in range(int(count)):
        with store.write() as uow:
            is_first = uow.used_assertions.use("client", number.to_bytes(32), NOW + timedelta(minutes=5), NOW, NOW)
        if is_first:
            say(number)


def hold(url: str) -> None:
    """Keep the write lock until the input ends."""
    store = Store.open(url)
    with store.write():
        say("held")
        sys.stdin.read()


def die(url: str, way: str, after: str) -> None:
    """Make the schema, and be killed after some of its statements."""
    left = int(after)

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "after_cursor_execute", count)
    store = Store.open(url)
    if way == "at once":
        store.upgrade()
    else:
        migrate.step(store._database, "upgrade", migrate.head())
    say("survived")


TASKS: dict[str, Callable[..., None]] = {
    "start": start,
    "issue": issue,
    "crls": crls,
    "use": use,
    "hold": hold,
    "die": die,
}

if __name__ == "__main__":
    say("ready")
    sys.stdin.readline()
    TASKS[sys.argv[1]](*sys.argv[2:])
