"""A server with nothing but its data folder: no network, no root, nothing to write on (F-03), and no calls (K-06)."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.client.directory import Directory
from tests.e2e.confined import PAGES, play, serving
from tests.tools import need

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
ROOT = Path(__file__).resolve().parents[2]
USER = "10001"
CONFINED = """
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mount -o remount,bind,ro /
"$5" link set lo up
if touch "$1/../outside" 2>/dev/null; then echo "the root can be written"; exit 3; fi
cd "$2"
exec "$6" --reuid "$3" --regid "$3" --clear-groups --no-new-privs "$4" -m tests.e2e.confined "$1"
"""
CALL = re.compile(r"\b(?:connect|sendto|sendmsg|sendmmsg)\(\d+, .*sa_family=AF_INET6?, .*")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user may enter, with one below it that is the user's."""
    folder = Path(tempfile.mkdtemp(prefix="connect-mock-confined-"))
    folder.chmod(0o755)
    (folder / "own").mkdir()
    yield folder
    shutil.rmtree(folder)


def expected() -> dict[str, object]:
    """What a day of work comes to."""
    pages = dict.fromkeys(PAGES, 200) | {"/portal": 303}
    return {
        "over_mtls": 200, "pages": pages, "key_set": True, "server": 201, "ocsp_before": "GOOD",
        "ocsp_after": "REVOKED", "refused": 401, "sandbox": True,
    }  # fmt: skip


@pytest.mark.case("reliability-F-03")
def test_no_network_no_root_and_a_read_only_file_system(place: Path) -> None:
    """In namespaces of its own it starts as another user, and does a day of work."""
    if os.geteuid() != 0:
        pytest.skip("to become another user one must be root")
    command = [need("unshare"), "--net", "--mount", "--fork", "bash", "-c"]
    probe = [*command, 'mount --make-rprivate / && mount --bind "$0" "$0" && mount -o remount,bind,ro /', str(place)]
    if subprocess.run(probe, check=False, capture_output=True).returncode:
        pytest.skip("namespaces and mounts cannot be made here")
    python, packages = runnable()
    own = place / "own"
    os.chown(own, int(USER), int(USER))
    done = subprocess.run(
        [*command, CONFINED, "confined", str(own), str(ROOT), USER, python, need("ip"), need("setpriv")],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        env=os.environ | {"HOME": str(own), "TMPDIR": str(own), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": packages},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told.pop("uid") == int(USER)
    assert told.pop("seconds_to_ready") > 0
    assert told == expected()


def runnable() -> tuple[str, str]:
    """A Python of this version that every user may run, and the folder of our packages."""
    packages = sysconfig.get_path("purelib")
    for python in (sys.executable, "/usr/bin/python3"):
        asked = f"import sys, cryptography, httpx, app; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
        done = subprocess.run(
            ["bash", "-c", '"$0" -c "$1"', python, asked],
            cwd=ROOT, user=int(USER), group=int(USER), extra_groups=[], check=False, capture_output=True,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": packages},
        )  # fmt: skip
        if done.returncode == 0:
            return python, packages
    pytest.skip("no Python of this version that every user may run")


@pytest.mark.case("control-K-06")
def test_it_calls_nobody(place: Path) -> None:
    """Over a day of work no socket of the server is connected to anybody, and no name is looked up."""
    trace = place / "calls"
    watched = [need("strace"), "-f", "--seccomp-bpf", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg"]
    with serving(place / "own", [*watched, "-o", str(trace)]) as ready, Directory.from_ready_file(ready) as directory:
        assert play(directory) == expected()
    assert [line for line in trace.read_text().splitlines() if CALL.search(line)] == []


def test_the_watch_sees_calls(place: Path) -> None:
    """So that no calls means none: one that is made is found."""
    trace = place / "calls"
    call = "import socket\ntry: socket.create_connection(('127.0.0.1', 9), 1)\nexcept OSError: pass"
    watched = [need("strace"), "-f", "--seccomp-bpf", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg"]
    subprocess.run([*watched, "-o", str(trace), sys.executable, "-c", call], check=True, timeout=60)
    assert [line for line in trace.read_text().splitlines() if CALL.search(line)] != []
