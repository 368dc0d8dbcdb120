"""CRL and OCSP as real verifiers ask for them over the network: openssl, curl, nginx, the JDK."""

from __future__ import annotations

import base64
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from tests.e2e.played import HOST, Held, Played
from tests.servers import EC, Served
from tests.tools import need

HERE = Path(__file__).parent
NGINX = HERE.parents[1] / "examples" / "nginx" / "ssl_ocsp.conf"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=[EC, {}], ids=["ec", "rsa"])
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """A directory with EC CAs, and one with the default RSA CAs."""
    folder = tmp_path_factory.mktemp("status")
    with Served(folder / "data", request.param, "--seed", "none") as server:
        play = Played(server, folder)
        for file in ("root-ca.pem", "issuer-ca.pem"):
            (folder / file).write_bytes(play.public(f"/repository/{file}"))
        yield play
        play.http.close()


def leaf_file(played: Played, held: Held) -> Path:
    """The leaf alone, as PEM."""
    file = played.folder / f"{held.name}.leaf.pem"
    file.write_text(ssl.DER_cert_to_PEM_cert(base64.b64decode(held.certificate["x5c"][0])))
    return file


def run(*command: str | Path, folder: Path) -> str:
    done = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def address_of(certificate: Path) -> str:
    """The OCSP address that a certificate names."""
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    (access,) = loaded.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    return str(access.access_location.value)


def openssl_ocsp(played: Played, certificate: Path, issuer: str) -> str:
    """With a nonce of openssl's own, verified down to the published CAs, at the address in the certificate."""
    said = run(
        need("openssl"), "ocsp", "-issuer", issuer, "-cert", certificate, "-url", address_of(certificate),
        "-CAfile", "bundle.pem", folder=played.folder,
    )  # fmt: skip
    assert "Response verify OK" in said
    assert "WARNING" not in said
    return said


@pytest.mark.case("status-O-28", "status-O-20")
def test_openssl_asks_at_the_address_in_the_certificate(played: Played) -> None:
    """Good, then revoked with its reason; the issuing CA is good at the root's responder."""
    held = played.obtain("rtstransport", "asked-by-openssl")
    leaf = leaf_file(played, held)
    assert f"{leaf}: good" in openssl_ocsp(played, leaf, "issuer-ca.pem")
    played.revoke(held)
    said = openssl_ocsp(played, leaf, "issuer-ca.pem")
    assert f"{leaf}: revoked" in said
    assert "Reason: superseded" in said
    ca = played.folder / "issuer-ca.pem"
    assert f"{ca}: good" in openssl_ocsp(played, ca, "root-ca.pem")


@pytest.mark.case("status-O-03")
@pytest.mark.parametrize("form", ["raw", "encoded"])
def test_curl_gets_what_it_posts(played: Played, form: str) -> None:
    """Base64 with slashes and plus signs in the path of a real request, raw and percent-encoded."""
    held = played.obtain("rtstransport", f"asked-by-curl-{form}")
    leaf = x509.load_pem_x509_certificate(leaf_file(played, held).read_bytes())
    issuer = x509.load_pem_x509_certificate((played.folder / "issuer-ca.pem").read_bytes())
    url = address_of(leaf_file(played, held))
    for turn in range(400):
        odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\xff\xfb\xef\xbe" * 3 + b"." * turn)
        builder = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, hashes.SHA1())
        body = builder.add_extension(odd, critical=False).build().public_bytes(Encoding.DER)
        text = base64.b64encode(body).decode()
        if "/" in text and "+" in text and text.endswith("="):
            break
    (played.folder / "question").write_bytes(body)
    path = text.replace("/", "%2F").replace("+", "%2B").replace("=", "%3D") if form == "encoded" else text
    run(need("curl"), "-sSf", "--path-as-is", "-o", "got", f"{url}/{path}", folder=played.folder)
    run(need("curl"), "-sSf", "-H", "Content-Type: application/ocsp-request", "--data-binary", "@question",
        "-o", "posted", url, folder=played.folder)  # fmt: skip
    got, posted = (ocsp.load_der_ocsp_response((played.folder / file).read_bytes()) for file in ("got", "posted"))
    assert got.certificate_status is posted.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert got.serial_number == posted.serial_number == leaf.serial_number


@pytest.mark.case("status-O-28", "status-C-21")
@pytest.mark.parametrize("by", ["ocsp", "crl"])
def test_the_jdk_checks_the_whole_chain(played: Played, by: str) -> None:
    """PKIX with OCSP alone, and with CRLs alone: leaf and issuing CA pass, a revoked leaf is REVOKED."""
    held = played.obtain("rtstransport", f"asked-by-java-{by}")
    command = [need("java"), "-Dcom.sun.security.enableCRLDP=true", HERE / "OcspCheck.java", "root-ca.pem",
               "issuer-ca.pem", leaf_file(played, held), by]  # fmt: skip
    assert run(*command, folder=played.folder) == "GOOD\n"
    played.revoke(held)
    said = run(*command, folder=played.folder)
    assert said.startswith("REVOKED: Certificate has been revoked, reason: SUPERSEDED"), said


@pytest.mark.case("status-O-28", "status-O-20")
def test_nginx_asks_the_responder_at_every_handshake(played: Played) -> None:
    """`ssl_ocsp on`: the holder is let in, and refused from the moment of the revocation, without a reload."""
    played.obtain("rtstransport_rs", "server", host=HOST)
    held = played.obtain("rtstransport", "client-of-nginx")
    with nginx(played.folder) as port:
        welcomed = visit(played, held, port)
        assert welcomed.startswith("Welcome")
        assert welcomed.endswith("200")
        played.revoke(held)
        assert visit(played, held, port).endswith("400")


@contextmanager
def nginx(folder: Path) -> Iterator[int]:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = int(trial.getsockname()[1])
    text = NGINX.read_text()
    for word, value in (("FOLDER", str(folder)), ("PORT", str(port)), ("HOST", HOST)):
        text = text.replace(f"@{word}@", value)
    (folder / "nginx.conf").write_text(text)
    command = [need("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    with subprocess.Popen([*command, "-g", "daemon off;"], stderr=subprocess.PIPE) as process:
        try:
            deadline = time.monotonic() + 20
            while not _answers(port):
                assert process.poll() is None, (folder / "error.log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield port
        finally:
            process.terminate()


def _answers(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


def visit(played: Played, held: Held, port: int) -> str:
    """Body and status as the holder of a certificate gets them."""
    return run(
        need("curl"), "-sS", "--cacert", "bundle.pem", "--cert", f"{held.name}.chain.pem", "--key", f"{held.name}.key",
        "--resolve", f"{HOST}:{port}:127.0.0.1", "-w", "%{http_code}", f"https://{HOST}:{port}/",
        folder=played.folder,
    )  # fmt: skip
