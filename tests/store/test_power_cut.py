"""A power cut, played from the system calls of a real process: what was not synced may be lost, in any part.

`strace` writes down every write and sync of the database and its log. From that the disk is put together as it may
stand after each acknowledgement: with none or with some of the writes that no sync has covered.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.store.store import Store
from tests.store.rows import ISSUER, NOW, ORGANISATION, application, issuer, organisation
from tests.tools import need

CALL = re.compile(
    r'(?P<name>pwrite64|fdatasync|fsync|ftruncate|write)\((?P<fd>\d+)<(?P<path>[^>]*)>(?:, "(?P<octets>[^"]*)")?'
    r"(?:, (?P<numbers>[\d, ]+))?\)\s+= (?P<result>\d+)"
)
SECTOR = 512


@dataclass
class Disk:
    """What is safe, and what the system still holds back."""

    safe: dict[str, bytearray] = field(default_factory=lambda: defaultdict(bytearray))
    held: dict[str, list[tuple[int, bytes | None]]] = field(default_factory=lambda: defaultdict(list))

    def write(self, path: str, offset: int, octets: bytes | None) -> None:
        """None cuts the file at the offset."""
        self.held[path].append((offset, octets))

    def sync(self, path: str) -> None:
        for offset, octets in self.held.pop(path, []):
            _put(self.safe[path], offset, octets)

    def after_a_cut(self, chance: random.Random | None) -> dict[str, bytes]:
        """Of the writes that are held back none arrives, or with `chance` each sector of them or not."""
        found = {path: bytearray(content) for path, content in self.safe.items()}
        for path, writes in self.held.items() if chance else ():
            for offset, octets in writes:
                if octets is None:
                    continue
                for start in range(0, len(octets), SECTOR):
                    if chance.random() < 0.5:  # type: ignore[union-attr]
                        _put(found.setdefault(path, bytearray()), offset + start, octets[start : start + SECTOR])
        return {path: bytes(content) for path, content in found.items()}


def _put(content: bytearray, offset: int, octets: bytes | None) -> None:
    if octets is None:
        del content[offset:]
        return
    content.extend(b"\0" * (offset + len(octets) - len(content)))
    content[offset : offset + len(octets)] = octets


def traced(file: Path, log: Path, count: int) -> None:
    """A real process issues so many certificates; it says the number of each when its commit has returned."""
    calls = "trace=pwrite64,fdatasync,fsync,ftruncate,write"
    strace = [need("strace"), "-f", "-y", "-xx", "-s", "200000", "-e", calls, "-o", str(log)]
    child = [sys.executable, "-m", "tests.store.child", "issue", f"sqlite:///{file}", "1", str(count)]
    done = subprocess.run([*strace, *child], input="go\n", capture_output=True, text=True, timeout=60, check=False)
    if "ptrace" in done.stderr or "PTRACE" in done.stderr:
        pytest.skip(f"strace may not trace here: {done.stderr.strip()[:200]}")
    assert done.returncode == 0, done.stderr[-2000:]


def played(log: Path, disk: Disk) -> Iterator[int]:
    """Numbers in the order of their acknowledgement, while the disk follows."""
    for line in log.read_text().splitlines():
        assert "<unfinished" not in line or not re.search(r"(pwrite64|sync)\(", line)
        call = CALL.search(line)
        if call is None:
            continue
        octets = bytes.fromhex(call["octets"].replace("\\x", "")) if call["octets"] else b""
        path, numbers = _text(call["path"]), [int(n) for n in (call["numbers"] or "").split(",") if n.strip()]
        if call["name"] == "pwrite64":
            disk.write(path, numbers[1], octets)
        elif call["name"] == "ftruncate":
            disk.write(path, numbers[0], None)
        elif call["name"] in ("fsync", "fdatasync"):
            disk.sync(path)
        elif call["fd"] == "1" and octets.strip().isdigit():
            yield int(octets)


def _text(path: str) -> str:
    return bytes.fromhex(path.replace("\\x", "")).decode() if path.startswith("\\x") else path


@pytest.mark.slow
@pytest.mark.case("reliability-A-03")
def test_what_was_answered_survives_a_power_cut(tmp_path: Path) -> None:
    """With `synchronous=FULL`: after each acknowledgement the disk has it, and nothing of it is half."""
    file, log, chance = tmp_path / "disk" / "cm.db", tmp_path / "log", random.Random(7)
    store = Store.open(f"sqlite:///{file}")
    store.upgrade()
    with store.write() as uow:
        uow.organisations.add(organisation(ORGANISATION, created_at=NOW))
        uow.applications.add(application())
        uow.issuers.add(issuer(ISSUER))
    store.close()
    disk = Disk()
    disk.safe[str(file)] = bytearray(file.read_bytes())
    traced(file, log, 25)
    answered: list[int] = []
    for number in played(log, disk):
        answered.append(number)
        for cut in (None, chance):
            copy = tmp_path / f"after-{number}-{'some' if cut else 'none'}"
            copy.mkdir()
            for path, content in disk.after_a_cut(cut).items():
                if path.startswith(str(file)) and not path.endswith("-shm"):
                    (copy / Path(path).name).write_bytes(content)
            _require_whole(copy / file.name, answered)
    assert answered == list(range(1, 26))


def _require_whole(file: Path, answered: list[int]) -> None:
    store = Store.open(f"sqlite:///{file}")
    store.check()
    with store.read() as uow:
        for number in answered:
            found = uow.certificates.find_by_id(f"certificate-{number}")
            assert found is not None
            assert (found.revoked_at is not None) == (number % 5 == 0)
        assert uow.certificates.find_by_id(f"certificate-{len(answered) + 2}") is None
    store.close()
