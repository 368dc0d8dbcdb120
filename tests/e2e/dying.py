"""A process that is killed at one point of its work: `python -m tests.e2e.dying FOLDER WORK POINT MATERIAL`.

The point is `before` or `after` the commit of WORK: between signing and commit, or between commit and answer. It says
what it was about to do on standard output, and no more.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.ca.issuer import CertificateIssuer, CertificatePlan
from app.powers.snapshots import Reset
from app.sandbox import Sandbox
from app.wire import stored
from tests.directories import ORGANISATION, issue, open_directory


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def doomed(sandbox: Sandbox, point: str) -> None:
    """From now on the next commit of a write is the last thing that happens."""
    database: Any = sandbox.store._database
    commit = database.commit

    def last(transaction: Any) -> None:
        if not transaction.writes:
            commit(transaction)
            return
        if point == "after":
            commit(transaction)
        die()

    database.commit = last


def issuing(sandbox: Sandbox, material: str) -> None:
    signed = CertificateIssuer.issue

    def told(self: CertificateIssuer, plan: CertificatePlan, publication: Any) -> bytes:
        made = signed(self, plan, publication)
        print(plan.serial, flush=True)
        return made

    CertificateIssuer.issue = told  # type: ignore[method-assign]
    software = sys.argv[5]
    issue(sandbox, ORGANISATION, software, "rtstransport", Path(material).read_bytes())


def importing(sandbox: Sandbox, material: str) -> None:
    sandbox.imports.bring(json.loads(Path(material).read_bytes()), stored.wrong)


def resetting(sandbox: Sandbox, material: str) -> None:
    sandbox.snapshots.reset(Reset(material))


WORK: dict[str, Callable[[Sandbox, str], None]] = {"issue": issuing, "import": importing, "reset": resetting}

if __name__ == "__main__":
    opened = open_directory(Path(sys.argv[1]), sqlite_synchronous="FULL")
    doomed(opened, sys.argv[3])
    WORK[sys.argv[2]](opened, sys.argv[4])
    print("survived", flush=True)
