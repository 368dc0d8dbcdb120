"""How a server starts, refuses to start, and stops."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.directories import organisation_body
from tests.servers import EC, PORTS, Served

ROOT = Path(__file__).resolve().parents[2]


def start(data: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A start that fails by itself."""
    command = [sys.executable, "-m", "app.cli.main", "serve", "--data", str(data), *PORTS, *options]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CONNECT_MOCK_")}
    return subprocess.run(
        command, env=clean | EC | environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def told(done: subprocess.CompletedProcess[str]) -> str:
    """What a refused start says: to stderr, without a traceback."""
    assert done.returncode in (1, 2), done
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") <= 3
    return done.stderr


@pytest.mark.parametrize("listener", ["http", "https", "mtls", "control"])
def test_a_port_that_is_taken_is_told_at_once(tmp_path: Path, listener: str) -> None:
    """Which listener, which port, what to do; nothing has been made by then."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = start(tmp_path / "data", f"--{listener}-port", port)
    assert done.returncode == 1
    said = told(done)
    assert f"{listener}: 127.0.0.1:{port} is in use" in said
    assert f"--{listener}-port" in said
    assert not (tmp_path / "data").exists()


def test_one_port_for_two_listeners_is_a_clash_too(tmp_path: Path) -> None:
    """Found out by the socket, not by comparing settings."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    assert f"https: 127.0.0.1:{port} is in use" in told(
        start(tmp_path / "data", "--http-port", port, "--https-port", port)
    )


@pytest.mark.case("control-K-01")
@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])
def test_a_control_listener_that_others_reach_wants_a_token(tmp_path: Path, host: str) -> None:
    """It says how."""
    said = told(start(tmp_path / "data", CONNECT_MOCK_CONTROL_HOST=host))
    assert "control_token" in said
    assert not (tmp_path / "data").exists()


def test_a_control_listener_with_a_token_may_be_reached(tmp_path: Path) -> None:
    """And asks for it."""
    public = {"CONNECT_MOCK_CONTROL_HOST": "0.0.0.0", "CONNECT_MOCK_CONTROL_TOKEN": "s3cret-token"}
    with Served(tmp_path / "data", EC | public) as server:
        assert httpx.get(f"{server.control}/_mock/state").status_code == 401
        good = {"Authorization": "Bearer s3cret-token"}
        assert httpx.get(f"{server.control}/_mock/state", headers=good).status_code == 200
        assert "s3cret-token" not in server.log.read_text()


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        pytest.param({"CONNECT_MOCK_HOST": "203.0.113.7"}, "does not have the address", id="address"),
        pytest.param({"CONNECT_MOCK_HOST": "no-such-host.invalid"}, "no-such-host.invalid", id="name"),
        pytest.param({"CONNECT_MOCK_ADDRESS_CRL": "https://crl.example"}, "address_crl", id="crl-https"),
        pytest.param({"CONNECT_MOCK_ADDRESS_WEB": "web.example"}, "address_web", id="no-url"),
        pytest.param({"CONNECT_MOCK_TRUSTED_PROXIES": "10.0.0.0/8,proxy"}, "trusted_proxies", id="proxies"),
        pytest.param({"CONNECT_MOCK_DATABASE": "oracle://x"}, "oracle", id="database"),
        pytest.param({"CONNECT_MOCK_SEED": "no-such-seed.toml"}, "no-such-seed.toml", id="seed"),
        pytest.param({"CONNECT_MOCK_ECOSYSTEMS": "atlantis"}, "atlantis", id="ecosystem"),
        pytest.param({"CONNECT_MOCK_PUBLIC_HOST": "http://x"}, "public_host", id="public-host"),
    ],
)
def test_a_setting_that_cannot_work_stops_the_start_in_words(
    tmp_path: Path, environment: dict[str, str], said: str
) -> None:
    """One line, naming it."""
    assert said in told(start(tmp_path / "data", **environment))


@pytest.mark.slow
def test_a_wrong_passphrase_is_told(tmp_path: Path) -> None:
    """The keys stay as they are."""
    with Served(tmp_path / "data", EC | {"CONNECT_MOCK_CA_PASSPHRASE": "right"}, "--seed", "none"):
        pass
    assert "passphrase" in told(start(tmp_path / "data", CONNECT_MOCK_CA_PASSPHRASE="wrong"))
    assert "passphrase" in told(start(tmp_path / "data"))
    with Served(tmp_path / "data", EC | {"CONNECT_MOCK_CA_PASSPHRASE": "right"}, "--seed", "none") as server:
        assert httpx.get(f"{server.control}/_mock/ready").status_code == 200


@pytest.mark.case("reliability-B-05")
def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    """And never served."""
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "connect-mock.db").write_bytes(b"not a database" * 500)
    assert "connect-mock.db" in told(start(tmp_path / "data"))


@pytest.mark.case("reliability-B-02")
def test_a_data_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """Here it would be below a file."""
    (tmp_path / "file").write_text("")
    assert str(tmp_path / "file") in told(start(tmp_path / "file" / "data"))


def test_a_ready_file_without_a_folder_is_told(tmp_path: Path) -> None:
    """Before anything is made."""
    missing = tmp_path / "missing" / "ready.json"
    assert str(missing) in told(start(tmp_path / "data", "--ready-file", str(missing)))


def test_the_ready_file_is_there_when_the_server_is_ready_and_no_longer(tmp_path: Path) -> None:
    """Addresses that answer, a bundle that exists, for its owner only; gone when the server is."""
    with Served(tmp_path / "data", EC) as server:
        assert httpx.get(f"{server.control}/_mock/ready").status_code == 200
        ready = server.log.with_name("ready.json")
        assert ready.stat().st_mode & 0o777 == 0o600
        assert set(server.ready["listeners"]) == {"http", "https", "mtls", "control"}
        assert {"keystore", "crl", "ocsp", "matls_api"} < set(server.ready["services"])
        assert server.ready["pid"] == server.process.pid
        assert httpx.get(f"{server.ready['services']['crl']}/issuer.crl").status_code == 200
        assert Path(server.ready["bundle"]).is_absolute()
        assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
        assert all(file.stat().st_mode & 0o077 == 0 for file in (tmp_path / "data").rglob("*"))
    assert not ready.exists()
    assert server.process.returncode == 0


@pytest.mark.slow
@pytest.mark.case("reliability-G-01")
def test_while_a_large_seed_is_applied_the_server_lives_and_is_not_ready(tmp_path: Path) -> None:
    """live 200, ready 503 with the reason; the ready file comes with ready."""
    seed, ready = tmp_path / "large.toml", tmp_path / "ready.json"
    seed.write_text("\n".join(_organisation(number) for number in range(1500)))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = [*PORTS, "--seed", str(seed), "--ready-file", str(ready), "--control-port", str(port)]
    command = [sys.executable, "-m", "app.cli.main", "serve", "--data", str(tmp_path / "data"), *options]
    seen: list[tuple[int, int]] = []
    with subprocess.Popen(command, env=os.environ | EC, cwd=ROOT, stdout=-3, stderr=-3) as process:
        try:
            deadline = time.monotonic() + 60
            while not seen or seen[-1][1] != 200:
                assert process.poll() is None
                assert time.monotonic() < deadline
                try:
                    live = httpx.get(f"http://127.0.0.1:{port}/_mock/live").status_code
                    was_there = ready.exists()
                    answer = httpx.get(f"http://127.0.0.1:{port}/_mock/ready")
                except httpx.ConnectError:
                    time.sleep(0.01)
                    continue
                seen.append((live, answer.status_code))
                if answer.status_code == 503:
                    assert not was_there
                    assert answer.json()["code"] == "ready.starting"
        finally:
            process.terminate()
    assert (200, 503) in seen
    assert process.returncode == 0


@pytest.mark.slow
def test_a_stop_while_it_starts_ends_well(tmp_path: Path) -> None:
    """The step under way is finished, nothing is served, no ready file comes; exit 0."""
    seed, ready = tmp_path / "large.toml", tmp_path / "ready.json"
    seed.write_text("\n".join(_organisation(number) for number in range(500)))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = [*PORTS, "--seed", str(seed), "--ready-file", str(ready), "--control-port", str(port)]
    command = [sys.executable, "-m", "app.cli.main", "serve", "--data", str(tmp_path / "data"), *options]
    with subprocess.Popen(command, env=os.environ | EC, cwd=ROOT, stdout=-1, stderr=-2, text=True) as process:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                assert httpx.get(f"http://127.0.0.1:{port}/_mock/ready").status_code == 503
                break
            except httpx.ConnectError:
                time.sleep(0.01)
        process.terminate()
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert " ready " not in said
    assert not ready.exists()


@pytest.mark.parametrize("host", ["::1", "localhost", "0.0.0.0"])
def test_every_kind_of_host_is_listened_on_and_published(tmp_path: Path, host: str) -> None:
    """IPv6 in brackets; a name on each of its addresses; a wildcard as localhost."""
    if host == "::1" and not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    with Served(tmp_path / "data", EC, "--seed", "none", "--host", host) as server:
        published = server.ready["services"]
        assert httpx.get(f"{published['crl']}/root.crl", trust_env=False).status_code == 200
        assert httpx.get(f"{server.http}/crl/root.crl", trust_env=False).status_code == 200
        context = ssl.create_default_context(cafile=server.ready["bundle"])
        assert httpx.get(f"{published['data']}/crl/root.crl", verify=context, trust_env=False).status_code == 200


def _organisation(number: int) -> str:
    body = organisation_body(f"org-{number}", LegalEntityName=f"Org {number} Ltd", OrganisationName=f"Org {number}")
    return "[[organisation]]\n" + "\n".join(f"{name} = {json.dumps(value)}" for name, value in body.items())


@pytest.mark.slow
@pytest.mark.case("reliability-A-05")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda n: n.name)
def test_a_stop_under_load_cuts_no_answer(tmp_path: Path, number: signal.Signals) -> None:
    """Fifty clients: whatever was sent is answered well, or no connection is made at all; exit 0."""
    broken: list[str] = []
    answered = 0
    with Served(tmp_path / "data", EC) as server:
        headers = {"Authorization": f"Bearer {server.token(scope='directory:website')}"}

        def work() -> None:
            nonlocal answered
            with httpx.Client(headers=headers, timeout=10, trust_env=False) as client:
                while True:
                    try:
                        answer = client.get(f"{server.http}/organisations")
                    except httpx.ConnectError:
                        return
                    except httpx.HTTPError as fault:
                        broken.append(repr(fault))
                        return
                    answered += 1
                    if answer.status_code != 200:
                        broken.append(answer.text)

        threads = [threading.Thread(target=work) for _ in range(50)]
        for thread in threads:
            thread.start()
        time.sleep(1)
        server.process.send_signal(number)
        for thread in threads:
            thread.join()
        assert server.process.wait(10) == 0
    assert answered > 100
    assert broken == []


@pytest.mark.slow
@pytest.mark.case("reliability-A-05")
def test_a_request_under_way_is_finished_and_readiness_is_red_first(tmp_path: Path) -> None:
    """Half a request is there when SIGTERM comes: it gets its answer; meanwhile /_mock/ready says 503."""
    with Served(tmp_path / "data", EC) as server:
        token = server.token(scope="directory:website")
        body = json.dumps(organisation_body("late")).encode()
        host, port = server.http.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), 10) as slow:
            head = f"POST /organisations HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
            slow.sendall(f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode())
            slow.sendall(body[:20])
            time.sleep(0.2)
            server.process.terminate()
            time.sleep(0.5)
            ready = httpx.get(f"{server.control}/_mock/ready")
            assert (ready.status_code, ready.json()["code"]) == (503, "ready.stopping")
            with pytest.raises(httpx.ConnectError):
                httpx.get(f"{server.http}/organisations")
            slow.sendall(body[20:])
            answer = b"".join(iter(lambda: slow.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 201")
        assert b"connection: close" in answer
        assert server.process.wait(10) == 0


def test_what_does_not_finish_in_time_is_ended(tmp_path: Path) -> None:
    """stop_timeout counts; the exit status is 0 all the same."""
    with Served(tmp_path / "data", EC | {"CONNECT_MOCK_STOP_TIMEOUT": "0.5"}) as server:
        host, port = server.http.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), 10) as stuck:
            token = f"Authorization: Bearer {server.token(scope='directory:website')}"
            head = f"POST /organisations HTTP/1.1\r\nHost: a\r\n{token}\r\nContent-Type: application/json\r\n"
            stuck.sendall(f"{head}Content-Length: 100\r\n\r\n{{".encode())
            time.sleep(0.2)
            began = time.monotonic()
            server.process.terminate()
            assert server.process.wait(10) == 0
    assert 0.4 < time.monotonic() - began < 4


@pytest.mark.slow
def test_the_last_entries_of_the_journal_are_there_after_a_restart(tmp_path: Path) -> None:
    """A graceful stop writes what waits."""
    with Served(tmp_path / "data", EC) as server:
        httpx.get(f"{server.http}/organisations", headers={"x-fapi-interaction-id": "the-last-one"})
    with Served(tmp_path / "data", EC) as server:
        assert httpx.get(f"{server.control}/_mock/journal/the-last-one").status_code == 200


@pytest.mark.slow
def test_a_stop_waits_for_what_goes_on_by_itself(tmp_path: Path) -> None:
    """Just after the start the queues are looked at and a database is kept ready: no store is closed under them."""
    for turn in range(6):
        with Served(tmp_path / str(turn), EC) as server:
            pass
        assert server.process.returncode == 0, server.log.read_text()


def test_logs_are_json_on_demand_one_event_a_line(tmp_path: Path) -> None:
    """And without the greeting."""
    with Served(tmp_path / "data", EC, "--json") as server:
        pass
    events = [json.loads(line) for line in server.log.read_text().splitlines()]
    assert {"ready", "stopping", "stopped"} <= {event["event"] for event in events}
    assert next(event for event in events if event["event"] == "ready")["http"] == server.http


def test_the_greeting_names_addresses_bundle_and_that_it_is_a_mock(tmp_path: Path) -> None:
    """What somebody at a terminal needs first."""
    with Served(tmp_path / "data", EC) as server:
        pass
    said = server.log.read_text()
    assert all(
        word in said for word in ("MOCK", server.http, server.mtls, server.ready["bundle"], "connect-mock token")
    )
