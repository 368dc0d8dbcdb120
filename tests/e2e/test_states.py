"""Whole states of running servers: by command, over sockets, over mutual TLS, with two workers on one folder."""

from __future__ import annotations

import json
import socket
import ssl
import stat
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509

from tests.e2e.played import Played
from tests.e2e.test_cli import as_json, good, run
from tests.servers import EC, Served

pytestmark = pytest.mark.slow


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Served, Served]]:
    """Two workers on one folder."""
    with ExitStack() as stack:
        yield tuple(stack.enter_context(Served(tmp_path / "data", EC)) for _ in range(2))  # type: ignore[misc]


def control(server: Served, method: str, path: str, **options: Any) -> httpx.Response:
    answer = httpx.request(method, f"{server.control}/_mock/{path}", timeout=60, trust_env=False, **options)
    assert answer.status_code < 300, answer.text
    return answer


def export(server: Served) -> bytes:
    return control(server, "GET", "export").content


@pytest.mark.case("control-G-01", "control-G-04")
def test_by_command(tmp_path: Path) -> None:
    """Export to a file for its owner, reset, snapshots, import: each with the server's own words when it says no."""
    with Served(tmp_path / "data", EC) as server:
        where = ("--control", server.control)
        file = tmp_path / "mine.json"
        told = as_json("export", "--out", str(file), *where)
        assert told == {"file": str(file), "octets": file.stat().st_size}
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert good("export", *where).encode() == file.read_bytes()
        assert "token" in json.loads(good("export", "--include", "tokens", "--include", "journal", *where))
        assert as_json("snapshot", "take", "x", *where)["name"] == "x"
        assert [each["name"] for each in as_json("snapshot", "list", *where)] == ["baseline", "x"]
        assert good("snapshot", "show", "x", *where).encode() == file.read_bytes()
        assert as_json("reset", "--to", "empty", "--new-ca", *where)["keep_ca"] is False
        assert export(server) != file.read_bytes()
        assert "data, clock" in good("reset", "--to", "x", "--scope", "clock", "--scope", "data", *where)
        assert export(server) == file.read_bytes()
        assert "organisation" in good("import", str(file), *where)
        assert as_json("snapshot", "drop", "x", *where) == {"dropped": "x"}
        refused = run("reset", "--to", "x", *where)
        assert refused.returncode == 1
        assert "snapshot.not_there" in run("reset", "--to", "x", "--json", *where).stderr
        file.write_text(file.read_text().replace('{"user_id":"', '{"user_idea":"'))
        assert "field.unknown" in run("import", str(file), *where).stderr


@pytest.mark.case("control-G-05")
def test_two_workers_show_one_state(pair: tuple[Served, Served]) -> None:
    """What one imports or resets, the other shows with its next request; readers of both see old or new."""
    first, second = pair
    before = export(first)
    control(first, "POST", "reset", json={"to": "empty", "keep_ca": False})
    emptied = export(second)
    assert emptied == export(first) != before
    allowed, seen, stop = {3: before, 0: emptied}, set(), threading.Event()
    names = {server: set() for server in pair}  # type: ignore[var-annotated]

    def look(server: Served) -> None:
        with httpx.Client(timeout=30, trust_env=False) as http:
            while not stop.is_set():
                state = http.get(f"{server.control}/_mock/state").json()
                document = http.get(f"{server.control}/_mock/export").content
                names[server].add(state["counts"]["organisations"])
                seen.add(document)
                for ca in state["cas"]:
                    file = ca["crl"]["addresses"][0].rpartition("/")[2]
                    assert http.get(f"{server.http}/crl/{file}").status_code == 200

    lookers = [threading.Thread(target=look, args=(server,)) for server in pair]
    for looker in lookers:
        looker.start()
    for turn in range(6):
        document = emptied if turn % 2 else before
        control(pair[turn % 2], "POST", "import", content=document, headers={"content-type": "application/json"})
    stop.set()
    for looker in lookers:
        looker.join()
    assert seen == set(allowed.values())
    assert all(each <= allowed.keys() and each for each in names.values())


def mtls(played: Played, name: str) -> int:
    """Status of a request over mutual TLS with the certificate of that name; 0 where the handshake fails."""
    context = ssl.create_default_context(cadata=httpx.get(f"{played.server.http}/_mock/bundle.pem").text)
    context.load_cert_chain(played.folder / f"{name}.chain.pem", played.folder / f"{name}.key")
    token, port = played.server.token(scope="directory:website"), int(played.server.mtls.rpartition(":")[2])
    request = f"GET /organisations HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: Bearer {token}\r\n\r\n"
    try:
        with socket.create_connection(("127.0.0.1", port), 20) as plain:  # noqa: SIM117 - the second may fail
            with context.wrap_socket(plain, server_hostname="localhost") as secured:
                secured.sendall(request.encode())
                return int(secured.recv(64).split()[1])
    except (ssl.SSLError, ConnectionError, IndexError):
        return 0


@pytest.mark.case("control-G-02")
def test_mutual_tls_follows(pair: tuple[Served, Served], tmp_path: Path) -> None:
    """A client of a CA that is gone ends in the handshake, at both workers; with the old state it is let in again."""
    folder = tmp_path / "held"
    folder.mkdir()
    mine = Played(pair[0], folder)
    theirs = Played(pair[1], folder)
    mine.obtain("rtstransport", "client")
    control(pair[0], "PUT", "snapshots/with-client")
    old = x509.load_pem_x509_certificates(mine.public("/repository/bundle.pem"))
    assert (mtls(mine, "client"), mtls(theirs, "client")) == (200, 200)
    control(pair[0], "POST", "reset", json={"to": "empty", "keep_ca": False})
    assert not {*old} & {*x509.load_pem_x509_certificates(mine.public("/repository/bundle.pem"))}
    for played in (mine, theirs):
        assert mtls(played, "client") == 0
    control(pair[1], "POST", "reset", json={"to": "with-client"})
    assert (mtls(mine, "client"), mtls(theirs, "client")) == (200, 200)
    bundle = (tmp_path / "data" / "bundle.pem").read_bytes()
    assert set(old) <= set(x509.load_pem_x509_certificates(bundle))
    mine.http.close()
    theirs.http.close()


@pytest.mark.case("control-G-07")
def test_loaded_at_another_server(tmp_path: Path) -> None:
    """On other ports, with another CA before: a certificate verifies, is let in over mutual TLS, and can be revoked."""
    folder = tmp_path / "held"
    folder.mkdir()
    with Served(tmp_path / "one", EC, "--seed", "none") as one, Served(tmp_path / "two", EC) as two:
        mine = Played(one, folder)
        held = mine.obtain("rtstransport", "client")
        document = export(one)
        control(two, "POST", "import", content=document, headers={"content-type": "application/json"})
        assert export(two) == document
        there = Played(two, folder)
        assert mtls(there, "client") == 200
        there.revoke(held)
        assert mtls(there, "client") == 401
        crl = x509.load_der_x509_crl(there.public("/crl/issuer.crl"))
        assert len(crl) == 1
        assert len(x509.load_der_x509_crl(mine.public("/crl/issuer.crl"))) == 0
        mine.http.close()
        there.http.close()
