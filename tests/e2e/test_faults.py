"""Faults over sockets: broken lines and broken TLS, as curl, httpx and OpenSSL see them (control-cases.md B)."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.server.broken_handshakes import server_name
from tests.servers import Served
from tests.tools import need

ROOT = "/repository/root-ca.pem"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("faults")) as served:
        yield served


@pytest.fixture
def fault(server: Served) -> Iterator[Any]:
    """Make one; all are gone behind the test."""

    def make(effect: Any, **more: Any) -> str:
        made = httpx.post(f"{server.control}/_mock/faults", json={"effect": effect, **more})
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    yield make
    httpx.delete(f"{server.control}/_mock/faults")


def curl(url: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [need("curl"), "-sS", "--max-time", "20", *options, url]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def journal(server: Served, **wanted: Any) -> list[dict[str, Any]]:
    return list(httpx.get(f"{server.control}/_mock/journal", params=wanted).json()["entries"])


@pytest.mark.case("control-B-07")
@pytest.mark.parametrize("listener", ["http", "https"])
@pytest.mark.parametrize(
    ("effect", "curl_status"), [("reset", (35, 56)), ("drop", (52, 56)), ("truncate", (18,))], ids=str
)
def test_broken_lines_as_curl_sees_them(
    server: Served, fault: Any, listener: str, effect: str, curl_status: tuple[int, ...]
) -> None:
    """Reset by peer, an empty reply, a body that ends early; the next call is whole again."""
    fault_id = fault(effect, match={"path": ROOT}, trigger={"next": 1})
    url = f"{getattr(server, listener)}{ROOT}"
    failed = curl(url, "-k")
    assert failed.returncode in curl_status, failed.stderr
    if effect == "reset":
        assert "reset" in failed.stderr.lower()
    good = curl(url, "-k")
    assert (good.returncode, good.stdout[:27]) == (0, "-----BEGIN CERTIFICATE-----")
    entry = journal(server, path=ROOT)[1]
    assert entry["detail"]["faults"] == [fault_id]


@pytest.mark.case("control-B-07")
def test_broken_lines_as_httpx_sees_them(server: Served, fault: Any) -> None:
    """Each its own exception, and nobody else's connection is touched."""
    url = f"{server.http}{ROOT}"
    with httpx.Client() as other:
        assert other.get(f"{server.http}/jwks").status_code == 200
        for effect, error in (
            ("reset", httpx.ReadError),
            ("drop", httpx.RemoteProtocolError),
            ("truncate", httpx.RemoteProtocolError),
        ):
            fault(effect, match={"path": ROOT}, trigger={"next": 1})
            with pytest.raises(error):
                httpx.get(url)
            assert other.get(f"{server.http}/jwks").status_code == 200
    assert httpx.get(url).status_code == 200


@pytest.mark.case("control-B-07")
def test_an_answer_that_dribbles(server: Served, fault: Any) -> None:
    """It comes whole, in many pieces, in the time that was asked for; others are answered meanwhile."""
    good = httpx.get(f"{server.http}{ROOT}").content
    fault({"dribble": "800ms"}, match={"path": ROOT})
    started, pieces = time.monotonic(), []
    with httpx.stream("GET", f"{server.http}{ROOT}") as answer:
        for piece in answer.iter_raw():
            if not pieces:
                assert httpx.get(f"{server.http}/jwks").elapsed.total_seconds() < 0.4
            pieces.append(piece)
    assert 0.6 < time.monotonic() - started < 4
    assert (b"".join(pieces), len(pieces) > 10) == (good, True)


@pytest.mark.case("control-B-06")
def test_a_slow_answer_slows_nobody_else(server: Served, fault: Any) -> None:
    """A second for one path; another answers at once."""
    fault({"delay": "1s"}, match={"path": ROOT})
    process = subprocess.Popen([need("curl"), "-s", f"{server.http}{ROOT}"], stdout=subprocess.PIPE)
    started = time.monotonic()
    assert httpx.get(f"{server.http}/jwks").status_code == 200
    assert time.monotonic() - started < 0.7
    assert process.communicate(timeout=10)[0].startswith(b"-----BEGIN CERTIFICATE-----")


@pytest.mark.case("control-B-08")
@pytest.mark.parametrize("listener", ["https", "mtls"])
@pytest.mark.parametrize(
    ("effect", "said", "told"),
    [
        ("close_during_handshake", ("eof", "unexpected", "closed", "syscall"), "closed during the handshake"),
        ("tls_alert:handshake_failure", ("handshake failure",), "alert handshake_failure"),
        ("tls_alert:unknown_ca", ("unknown ca",), "alert unknown_ca"),
        ("tls_alert:internal_error", ("internal error",), "alert internal_error"),
    ],
)
def test_broken_tls(server: Served, fault: Any, listener: str, effect: str, said: tuple[str, ...], told: str) -> None:
    """The client sees the end or the very alert; the journal tells the cause and the fault; then TLS works again."""
    fault_id = fault(effect, match={"listener": listener}, trigger={"next": 1})
    url = f"{getattr(server, listener)}{ROOT}"
    failed = curl(url, "-k")
    assert failed.returncode == 35, failed.stderr
    assert any(word in failed.stderr.lower().replace("_", " ") for word in said), failed.stderr
    entry = journal(server, code="fault.injected", about=fault_id)[0]
    assert (entry["listener"], entry["peer"], entry["detail"]["faults"]) == (listener, "127.0.0.1", [fault_id])
    assert told in entry["reason"]
    assert curl(url, "-k").returncode == 0


@pytest.mark.case("control-B-08")
def test_broken_tls_by_server_name_and_peer(server: Served, fault: Any) -> None:
    """Only who asks for that name, from that address, is struck (rulings.md 18)."""
    port = server.https.rpartition(":")[2]
    fault("tls_alert", match={"server_name": "keystore.localhost"})
    fault("close_during_handshake", match={"peer": "192.0.2.1"})
    assert curl(f"https://keystore.localhost:{port}{ROOT}", "-k").returncode == 35
    assert curl(f"https://localhost:{port}{ROOT}", "-k").returncode == 0
    assert curl(f"https://127.0.0.1:{port}{ROOT}", "-k").returncode == 0


@pytest.mark.case("control-B-08")
def test_python_sees_the_alert(server: Served, fault: Any) -> None:
    """As `ssl` names it."""
    fault("tls_alert:bad_certificate")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with pytest.raises(httpx.ConnectError, match="BAD_CERTIFICATE"):
        httpx.get(f"{server.https}{ROOT}", verify=context)


def test_the_server_name_of_what_is_no_hello() -> None:
    """Whatever octets come: none."""
    for octets in (b"", b"\x16", b"GET / HTTP/1.1\r\n", b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\xff", b"\x16" * 500):
        assert server_name(octets) == ""


@pytest.mark.case("control-B-01")
def test_the_next_three_of_parallel_connections(server: Served, fault: Any) -> None:
    """By real clients at once: exactly three 503."""
    from concurrent.futures import ThreadPoolExecutor

    fault({"status": 503, "retry_after": 5}, trigger={"next": 3}, match={"path": ROOT})
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: httpx.get(f"{server.http}{ROOT}").status_code, range(16)))
    assert (found.count(503), found.count(200)) == (3, 13)


def test_the_control_listener_stays(server: Served, fault: Any, tmp_path: Path) -> None:
    """Whatever is broken (R6)."""
    for effect in ("drop", {"delay": "5s"}, "close_during_handshake"):
        fault(effect)
    started = time.monotonic()
    assert httpx.get(f"{server.control}/_mock/state").status_code == 200
    assert httpx.get(f"{server.control}/_mock/ready").status_code == 200
    assert time.monotonic() - started < 3


def command(server: Served, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`connect-mock ARGUMENTS` for this server."""
    done = [sys.executable, "-m", "app.cli.main", *arguments, "--control", server.control]
    return subprocess.run(done, capture_output=True, text=True, timeout=60, check=False)


def test_faults_by_command(server: Served, tmp_path: Path) -> None:
    """Added, listed with its hits, ended; what is wrong is told with what is known (exit 1)."""
    added = command(server, "fault", "add", "status=503", "retry_after=30", "-m", f"path={ROOT}", "--next", "2")
    fault_id = added.stdout.strip()
    answer = httpx.get(f"{server.http}{ROOT}")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    (listed,) = json.loads(command(server, "fault", "list", "--json").stdout)["faults"]
    assert (listed["id"], listed["hits"]) == (fault_id, 1)
    assert fault_id in command(server, "fault", "list").stdout
    assert "after 1 hits" in command(server, "fault", "end", fault_id).stdout
    assert httpx.get(f"{server.http}{ROOT}").status_code == 200
    rule = tmp_path / "rule.json"
    rule.write_text('{"effect": "crl_stale", "trigger": {"always": true}}')
    assert command(server, "fault", "add", "--rule", str(rule)).returncode == 0
    assert command(server, "fault", "add", "-t", "gateway-504", "-m", "service=ocsp").returncode == 0
    assert command(server, "fault", "end", "--all").stdout == "2 ended\n"
    refused = command(server, "fault", "add", "explode")
    assert refused.returncode == 1
    assert "fault.unknown" in refused.stderr
    assert command(server, "fault", "end").returncode == 2
    assert "429-storm" in command(server, "fault", "templates").stdout


def test_outside_by_command(server: Served) -> None:
    """What is not named stays as it is."""
    command(server, "outside", "--signing", "declined", "--error", "no header")
    told = json.loads(command(server, "outside", "--approval", "deny", "--json").stdout)
    assert told == {"signing": "declined", "approval": "deny", "conformance_errors": ["no header"]}
    assert "no header" in command(server, "outside").stdout
    assert json.loads(command(server, "outside", "--reset", "--json").stdout)["signing"] == "signed"
    assert command(server, "outside", "--signing", "maybe").returncode == 1
    assert command(server, "outside", "--reset", "--approval", "ask").returncode == 2


def test_propagation_by_command(server: Served) -> None:
    """What is not named stays as it is."""
    command(server, "propagation", "--crl", "PT4H")
    told = json.loads(command(server, "propagation", "--ocsp", "90s", "--json").stdout)
    assert (told["crl"], told["ocsp"], told["jwks"]) == ("PT4H", "PT1M30S", "PT0S")
    assert "PT4H" in command(server, "propagation").stdout
    assert json.loads(command(server, "propagation", "--flush", "--json").stdout)["flushed"] == 0
    assert json.loads(command(server, "propagation", "--reset", "--json").stdout)["crl"] == "PT0S"
    assert command(server, "propagation", "--crl", "soon").returncode == 1
