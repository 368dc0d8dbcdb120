"""Load by wrk (C, under a tenth of the CPU), with bodies from a file; its figures as a record."""

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}

SCRIPT = """
local bodies, at, step, first = {}, 0, 1, 1
local threads = 0
function setup(thread) thread:set("id", threads); threads = threads + 1 end
function init(args)
  for line in io.lines("%(bodies)s") do
    bodies[#bodies + 1] = line:gsub("..", function(pair) return string.char(tonumber(pair, 16)) end)
  end
  %(authorization)s
  wrk.headers["Content-Type"] = "%(content_type)s"
  at = id * math.floor(#bodies / 2)
end
function request()
  at = at + 1
  if at > #bodies then at = 1 end
  return wrk.format("POST", "%(path)s", nil, bodies[at])
end
local bad = 0
function response(status) if status >= 300 then bad = bad + 1 end end
"""


@dataclass(frozen=True)
class Figures:
    """What one run gave: requests a second, latencies in ms, CPU in microseconds a request, failures."""

    per_second: float
    p50: float
    p99: float
    cpu_us: float
    failed: int

    def row(self, name: str) -> str:
        times = f"{self.p50:.2f} | {self.p99:.2f} | {self.cpu_us:,.0f}"
        return f"| {name} | {self.per_second:,.0f} | {times} | {self.failed} |"


HEAD = "| what | /s | p50 ms | p99 ms | server CPU us | failed |\n|---|---|---|---|---|---|"


class Measured(Protocol):
    """A process that is loaded."""

    def cpu_seconds(self) -> float: ...


@dataclass(frozen=True)
class Load:
    """What to send: each body in turn, over so many connections, for so long."""

    url: str
    bodies: list[bytes]
    content_type: str
    connections: int
    seconds: int
    token: str = ""


def get(server: Measured, url: str, *, connections: int, seconds: int, script: Path | None = None) -> Figures:
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *(["-s", str(script)] if script else [])]
    return _run(server, ["wrk", *options, url])


def post(server: Measured, wanted: Load) -> Figures:
    folder = Path(tempfile.mkdtemp(prefix="connect-mock-wrk-"))
    (folder / "bodies").write_text("".join(f"{body.hex()}\n" for body in wanted.bodies))
    script = SCRIPT % {
        "bodies": folder / "bodies",
        "authorization": f'wrk.headers["Authorization"] = "Bearer {wanted.token}"' if wanted.token else "",
        "content_type": wanted.content_type,
        "path": "/" + wanted.url.split("/", 3)[3],
    }
    (folder / "post.lua").write_text(script)
    options = [f"-c{wanted.connections}", f"-d{wanted.seconds}s", "--latency", "-s", str(folder / "post.lua")]
    return _run(server, ["wrk", "-t1", *options, wanted.url])


def _run(server: Measured, command: list[str]) -> Figures:
    before = server.cpu_seconds()
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    cpu = server.cpu_seconds() - before
    requests = int(re.search(r"(\d+) requests in", said)[1])  # type: ignore[index]
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    per_second = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])  # type: ignore[index]
    return Figures(
        per_second,
        _latency(said, 50),
        _latency(said, 99),
        1e6 * cpu / max(requests, 1),
        int(failed[1]) if failed else 0,
    )


def _latency(said: str, percent: int) -> float:
    value, unit = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)", said).groups()  # type: ignore[union-attr]
    return float(value) * UNITS[unit]
