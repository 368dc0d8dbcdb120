"""The peers of examples/, and each use of a certificate proved from the published key sets."""

from __future__ import annotations

import base64
import hashlib
import json
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwe, jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from tests.e2e.played import HOST, ORGANISATION, Held, Played
from tests.servers import EC, Served
from tests.tools import need

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """One directory for this module; each test has certificates of its own in it."""
    folder = tmp_path_factory.mktemp("examples")
    with Served(folder / "data", EC, "--seed", "none") as server:
        play = Played(server, folder)
        play.obtain("rtstransport_rs", "server", host=HOST)
        yield play
        play.http.close()


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def server_command(kind: str, folder: Path, port: int) -> list[str]:
    """How each example server is started, as its README tells."""
    files = {"cert": "server.chain.pem", "key": "server.key", "bundle": "bundle.pem", "crls": "crls.pem"}
    options = [part for name, file in files.items() for part in (f"--{name}", str(folder / file))]
    if kind == "nginx":
        own = folder / f"nginx-{port}"
        own.mkdir()
        for file in files.values():
            (own / file).symlink_to(folder / file)
        text = (EXAMPLES / "nginx" / "ssl_crl.conf").read_text()
        for word, value in (("FOLDER", str(own)), ("PORT", str(port)), ("HOST", HOST)):
            text = text.replace(f"@{word}@", value)
        (own / "nginx.conf").write_text(text)
        log = str(own / "error.log")
        return [need("nginx"), "-p", str(own), "-c", str(own / "nginx.conf"), "-e", log, "-g", "daemon off;"]
    program = {"python": [sys.executable, "python/mtls_server.py"], "node": ["node", "node/server.mjs"]}[kind]
    interpreter = sys.executable if kind == "python" else need("node")
    return [interpreter, str(EXAMPLES / program[1]), *options, "--port", str(port)]


@contextmanager
def running(kind: str, folder: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = free_port()
    log = (folder / f"{kind}-{port}.log").open("wb")
    with log, subprocess.Popen(server_command(kind, folder, port), stdout=log, stderr=log) as process:
        try:
            deadline = time.monotonic() + 20
            while not answers(port):
                assert process.poll() is None, Path(log.name).read_text()
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield port, process
        finally:
            process.terminate()


def answers(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


def called(kind: str, folder: Path, port: int, name: str) -> subprocess.CompletedProcess[str]:
    """Each example client, as its README tells; it also checks the server by bundle and CRLs."""
    chain, key, url = f"{name}.chain.pem", f"{name}.key", f"https://{HOST}:{port}/"
    named = ["--cert", chain, "--key", key, "--bundle", "bundle.pem", "--crls", "crls.pem"]
    connect = ["--connect", f"127.0.0.1:{port}", url]
    if kind == "java":
        program = [need("java"), "-Djdk.net.hosts.file=hosts", str(EXAMPLES / "java" / "MtlsClient.java")]
        command = [*program, chain, key, "bundle.pem", url, "crls.pem"]
    elif kind == "node":
        command = [need("node"), str(EXAMPLES / "node" / "client.mjs"), *named, *connect]
    else:
        command = [sys.executable, str(EXAMPLES / "python" / "mtls_client.py"), *named, *connect]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("kind", ["python", "node", "nginx"])
def test_a_server_lets_the_holder_in_until_it_has_the_crl_that_names_him(played: Played, kind: str) -> None:
    """Python and Node clients get in at each server; after revoke, new CRLs and reload they are refused."""
    held = played.obtain("rtstransport", f"client-of-{kind}")
    played.fetch_crls()
    with running(kind, played.folder) as (port, process):
        for client in ("python", "node"):
            done = called(client, played.folder, port, held.name)
            assert done.returncode == 0, done.stderr
            assert ORGANISATION in done.stdout
            assert played.application in done.stdout
        played.revoke(held)
        played.fetch_crls()
        process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 10
        while (done := called("python", played.folder, port, held.name)).returncode == 0:
            assert time.monotonic() < deadline, "still let in after reload"
            time.sleep(0.1)
        # Node ends the connection without a word when the handshake is over (TLS 1.3); the others say why.
        refusal = {"nginx": "400", "python": "revoked", "node": "refused: "}[kind]
        assert refusal in done.stdout + done.stderr
        assert called("node", played.folder, port, held.name).returncode == 1


def test_a_java_client_accepts_the_chain_and_is_accepted(played: Played) -> None:
    """The JDK alone builds and checks the path by our CRLs, and its client certificate is taken."""
    need("java")
    held = played.obtain("rtstransport", "client-in-java")
    played.fetch_crls()
    with running("python", played.folder) as (port, _):
        done = called("java", played.folder, port, held.name)
    assert done.returncode == 0, done.stderr
    assert played.application in done.stdout


def test_a_client_refuses_a_server_whose_certificate_is_revoked(played: Played) -> None:
    """The check works in both directions."""
    server = played.obtain("rtstransport_rs", "revoked-server", host=HOST)
    client = played.obtain("rtstransport", "client-of-revoked")
    folder = played.folder / "revoked"
    folder.mkdir()
    for name in ("bundle.pem", "client-of-revoked.chain.pem", "client-of-revoked.key"):
        (folder / name).symlink_to(played.folder / name)
    for ending in ("chain.pem", "key"):
        (folder / f"server.{ending}").symlink_to(played.folder / f"revoked-server.{ending}")
    path = f"{played.server.http}/organisations/{ORGANISATION}/certificates/kid/{server.kid}"
    assert played.http.put(path, json={"RevokeReason": "keycompromise"}).status_code == 200
    played.fetch_crls()
    (folder / "crls.pem").symlink_to(played.folder / "crls.pem")
    with running("python", folder) as (port, _):
        for kind in ("python", "node"):
            done = called(kind, folder, port, client.name)
            assert done.returncode == 1
            assert "revoked" in done.stderr


def test_transport_whoever_shakes_hands_is_found_in_the_key_set_of_his_subject(played: Played) -> None:
    """A server finds the peer's certificate and key at keystore/{OU}/{CN}/transport.jwks (connect.md 6.4)."""
    held = played.obtain("rtstransport", "transport")
    der = handshake(played.folder, held.name)
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
    published = played.keys("transport.jwks")[thumbprint]
    assert base64.b64decode(published["x5c"][0]) == der
    assert published["kid"] == published["x5t#S256"] == held.kid
    assert RSAKey.import_key(published).as_dict(private=False)["n"] == RSAKey.import_key(held.key).as_dict()["n"]
    played.revoke(held)
    assert held.kid not in played.keys("transport.jwks")
    assert held.kid in played.keys("inactive/transport.jwks")


def handshake(folder: Path, name: str) -> bytes:
    """One mutual TLS handshake; the certificate that the server saw."""
    trust = str(folder / "bundle.pem")
    inside = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=trust)
    inside.verify_mode = ssl.CERT_REQUIRED
    inside.load_cert_chain(folder / "server.chain.pem", folder / "server.key")
    outside = ssl.create_default_context(cafile=trust)
    outside.load_cert_chain(folder / f"{name}.chain.pem", folder / f"{name}.key")
    ours, theirs = socket.socketpair()
    seen: list[bytes] = []

    def serve() -> None:
        with inside.wrap_socket(theirs, server_side=True) as peer:
            seen.append(peer.getpeercert(binary_form=True) or b"")
            peer.sendall(b"x")

    thread = threading.Thread(target=serve)
    thread.start()
    with outside.wrap_socket(ours, server_hostname=HOST) as peer:
        assert peer.recv(1) == b"x"
    thread.join()
    return seen[0]


@pytest.fixture
def signed(played: Played) -> tuple[Held, str]:
    """A message signed by the holder of a signing certificate, as a compact JWS."""
    held = played.obtain("rtssigning", "signing")
    header = {"alg": "PS256", "kid": held.kid}
    return held, jws.serialize_compact(header, b'{"amount":"10.00"}', RSAKey.import_key(held.key), algorithms=["PS256"])


def test_signing_a_stranger_verifies_by_the_published_key(played: Played, signed: tuple[Held, str]) -> None:
    """joserfc: the kid leads to the key; another message under the same signature does not verify."""
    held, message = signed
    kid = json.loads(decoded(message.split(".")[0]))["kid"]
    key = RSAKey.import_key(played.keys("application.jwks")[kid])
    assert key.as_dict()["use"] == "sig"
    assert jws.deserialize_compact(message, key, algorithms=["PS256"]).payload == b'{"amount":"10.00"}'
    other = base64.urlsafe_b64encode(b'{"amount":"99.00"}').rstrip(b"=").decode()
    forged = ".".join([message.split(".")[0], other, message.split(".")[2]])
    with pytest.raises(JoseError):
        jws.deserialize_compact(forged, key, algorithms=["PS256"])
    played.revoke(held)
    assert held.kid not in played.keys("application.jwks")
    assert held.kid in played.keys("inactive/application.jwks")


VERIFY = """
const [url, message] = process.argv.slice(2);
const crypto = await import("node:crypto");
const [head, payload, signature] = message.split(".");
const { kid } = JSON.parse(Buffer.from(head, "base64url"));
const { keys } = await (await fetch(url)).json();
const key = crypto.createPublicKey({ key: keys.find((k) => k.kid === kid), format: "jwk" });
const pss = { key, padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
console.log(crypto.verify("sha256", Buffer.from(`${head}.${payload}`), pss, Buffer.from(signature, "base64url")));
"""


def test_signing_node_verifies_by_the_published_key(played: Played, signed: tuple[Held, str], tmp_path: Path) -> None:
    """node:crypto reads the published key as it is."""
    script = tmp_path / "verify.mjs"
    script.write_text(VERIFY)
    url = f"{played.server.http}/keystore/{ORGANISATION}/{played.application}/application.jwks"
    command = [need("node"), str(script), url, signed[1]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.stdout.strip() == "true", done.stderr


def test_encryption_only_the_holder_opens(played: Played) -> None:
    """A sender takes the one published key with use=enc; the holder's private key opens it, another does not."""
    held, other = played.obtain("rtsencryption", "encryption"), played.obtain("rtsencryption", "another")
    published: dict[str, Any] = played.keys("application.jwks")[held.kid]
    assert published["use"] == "enc"
    header = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": published["kid"]}
    allowed = [header["alg"], header["enc"]]
    sealed = jwe.encrypt_compact(header, b"account 12345", RSAKey.import_key(published), algorithms=allowed)
    opened = jwe.decrypt_compact(sealed, RSAKey.import_key(held.key), algorithms=allowed)
    assert opened.plaintext == b"account 12345"
    with pytest.raises((JoseError, ValueError)):
        jwe.decrypt_compact(sealed, RSAKey.import_key(other.key), algorithms=allowed)


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
