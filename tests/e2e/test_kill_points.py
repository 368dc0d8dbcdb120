"""kill -9 at the points that matter: what was not committed never was, what was committed is there, nothing is half."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.errors import Rejected
from app.sandbox import Sandbox
from tests import invariants
from tests.directories import ORGANISATION, issue, open_directory
from tests.participants import add_application, add_organisation, good_csr

pytestmark = pytest.mark.slow


def killed(folder: Path, work: str, point: str, *more: str) -> str:
    """Let a process die at that point; what it said."""
    command = [sys.executable, "-m", "tests.e2e.dying", str(folder), work, point, *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -9, done.stderr
    assert "survived" not in done.stdout
    return done.stdout.strip()


def begun(folder: Path) -> tuple[Sandbox, str]:
    sandbox = open_directory(folder)
    add_organisation(sandbox)
    return sandbox, add_application(sandbox)


@pytest.mark.case("reliability-A-02")
@pytest.mark.parametrize("point", ["before", "after"])
def test_between_signing_and_commit_and_between_commit_and_answer(tmp_path: Path, point: str) -> None:
    """Before the commit the serial was never used and the CSR is good still; behind it the certificate is found."""
    sandbox, software = begun(tmp_path / "data")
    sandbox.close()
    csr = tmp_path / "client.csr"
    csr.write_bytes(good_csr(software))
    serial = int(killed(tmp_path / "data", "issue", point, str(csr), software))
    sandbox = open_directory(tmp_path / "data")
    with sandbox.store.read() as uow:
        found = uow.certificates.find_by_serial(serial)
    if point == "before":
        assert found == ()
        again = issue(sandbox, ORGANISATION, software, "rtstransport", csr.read_bytes()).certificate
        assert again.serial != serial
    else:
        assert len(found) == 1
        with pytest.raises(Rejected) as refused:
            issue(sandbox, ORGANISATION, software, "rtstransport", csr.read_bytes())
        assert "csr.duplicate" in {finding.code for finding in refused.value.findings}
    invariants.check(sandbox)
    sandbox.close()


@pytest.mark.parametrize("point", ["before", "after"])
@pytest.mark.parametrize("work", ["import", "reset"])
def test_in_the_middle_of_replacing_everything(tmp_path: Path, work: str, point: str) -> None:
    """The next start finds the old state or the new one to the octet, and CRL numbers go on."""
    sandbox, software = begun(tmp_path / "data")
    sandbox.snapshots.take("x")
    old = invariants.exported(sandbox)
    issue(sandbox, ORGANISATION, software, "rtstransport", good_csr(software))
    new = invariants.exported(sandbox)
    number = sandbox.status.crl().number
    sandbox.close()
    material = tmp_path / "document.json"
    material.write_bytes(old)
    killed(tmp_path / "data", work, point, str(material) if work == "import" else "x")
    sandbox = open_directory(tmp_path / "data")
    assert invariants.exported(sandbox) == (new if point == "before" else old)
    assert json.loads(old)["organisation"]
    assert invariants.check(sandbox, highest_crl=number) > (0 if point == "before" else number)
    sandbox.close()
