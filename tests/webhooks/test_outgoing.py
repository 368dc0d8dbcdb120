"""Where requests of ours may go, and what they bear (api-cases.md C-03, C-04, C-06)."""

import asyncio
import ipaddress
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from app.runtime.outgoing import SHOWN, HttpOutgoing, Rules

HERE = Rules(20, allow_private=True)


def _post(url, rules=HERE, **more):
    async def posted():
        outgoing = HttpOutgoing()
        try:
            return await outgoing.post(url, {"content-type": "text/plain"}, b"hello", rules)
        finally:
            await outgoing.close()

    return asyncio.run(posted(**more))


class Raw:
    """A server that says what it is told to, octet by octet, for every connection."""

    def __init__(self, speak, context=None):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.asked, self.over = self._socket.getsockname()[1], [], threading.Event()
        self._speak, self._context = speak, context
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while not self.over.is_set():
            try:
                peer, _address = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(peer,), daemon=True).start()

    def _answer(self, peer):
        try:
            if self._context is not None:
                peer = self._context.wrap_socket(peer, server_side=True)
            self.asked.append(peer.recv(65536))
            self._speak(peer, self.over)
        except OSError:
            pass
        finally:
            peer.close()

    def close(self):
        self.over.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.fixture
def serve():
    """A raw server: `serve(speak)`."""
    opened = []

    def made(speak, context=None):
        opened.append(Raw(speak, context))
        return opened[-1]

    yield made
    for each in opened:
        each.close()


def _fine(peer, _over):
    peer.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")


@pytest.mark.case("api-C-03")
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_this_machine_is_refused_at_the_connection(host, serve):
    """Whatever a name resolves to is judged: without the setting nothing on this machine is reached."""
    server = serve(_fine)
    answer = _post(f"http://{host}:{server.port}/", Rules(20))
    assert answer.status is None
    assert answer.error
    assert server.asked == []


@pytest.mark.case("api-C-03")
@pytest.mark.parametrize("host", ["169.254.169.254", "[fe80::1]", "224.0.0.1", "0.0.0.0"])
def test_some_addresses_are_never_asked(host):
    """Link-local, multicast and unspecified addresses are refused with the setting too."""
    assert _post(f"http://{host}/").error.startswith("url.blocked")


@pytest.mark.case("api-C-03")
def test_name_that_changes_between_check_and_use(serve, monkeypatch):
    """A name is asked once: the connection goes to the address that passed."""
    server, answers = serve(_fine), ["127.0.0.1", "169.254.169.254"]
    asked = []

    async def resolved(_loop, host, port, **_more):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers[len(asked) - 1], port))]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", resolved)
    answer = _post(f"http://changing.example:{server.port}/hook")
    assert answer.is_success
    assert asked.count("changing.example") == 1
    assert f"host: changing.example:{server.port}".encode() in server.asked[0].lower()


@pytest.mark.case("api-C-03")
def test_public_name_with_a_private_address(serve, monkeypatch):
    """A name that resolves to a private address is blocked, and the text says where it leads."""
    server = serve(_fine)

    async def resolved(_loop, _host, port, **_more):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7", port))]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", resolved)
    answer = _post(f"http://inside.example:{server.port}/", Rules(20))
    assert answer.error.startswith("url.blocked")
    assert "10.0.0.7" in answer.error


@pytest.mark.case("api-C-04")
def test_redirects_are_not_followed(serve):
    """A redirect is an answer like others: nobody goes where it points."""
    target = serve(_fine)

    def redirect(peer, _over):
        where = f"http://127.0.0.1:{target.port}/".encode()
        peer.sendall(b"HTTP/1.1 307 Temporary Redirect\r\nlocation: " + where + b"\r\ncontent-length: 0\r\n\r\n")

    server = serve(redirect)
    answer = _post(f"http://127.0.0.1:{server.port}/")
    assert (answer.status, answer.is_success) == (307, False)
    assert target.asked == []


@pytest.mark.case("api-C-05")
@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "gopher://127.0.0.1/", "data:text/plain,hello", "http:///hook", "http://[::1"]
)
def test_other_schemes_and_no_host(url):
    """Only http and https with a host are asked; nothing raises."""
    answer = _post(url)
    assert answer.status is None
    assert answer.error


def test_control_listener_is_no_target(serve):
    """The mock's own powers are not asked, even where private addresses may be."""
    server = serve(_fine)
    answer = _post(f"http://127.0.0.1:{server.port}/_mock/reset", Rules(20, True, server.port))
    assert answer.error.startswith("url.blocked")
    assert server.asked == []


@pytest.mark.case("api-C-06")
def test_endless_body_is_cut(serve):
    """Of an endless answer so much is read and no more."""

    def endless(peer, over):
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not over.is_set():
            peer.sendall(b"x" * 65536)

    server = serve(endless)
    answer = _post(f"http://127.0.0.1:{server.port}/")
    assert (answer.status, len(answer.text)) == (200, SHOWN)


@pytest.mark.case("api-C-06")
@pytest.mark.parametrize("part", ["head", "body"])
def test_dripping_answer_ends_with_the_time(serve, part):
    """One octet at a time does not hold a request open beyond its limit, wherever the dripping begins."""

    def drip(peer, over):
        peer.sendall(b"HTTP/1.1 200 OK\r\n" + (b"\r\n" if part == "body" else b""))
        while not over.wait(0.02):
            peer.sendall(b"x")

    server = serve(drip)
    answer = _post(f"http://127.0.0.1:{server.port}/", Rules(0.3, allow_private=True))
    assert "0.3 s" in answer.error


def _certificate(names):
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(Encoding.PEM)
    return pem, pem + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.case("api-C-06")
def test_bad_tls_is_refused(serve, tmp_path):
    """A certificate that nobody trusts, and one for another name, end the request; a trusted one passes."""
    pem, both = _certificate([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    (tmp_path / "both.pem").write_bytes(both)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "both.pem")
    server = serve(_fine, context)
    trusting = Rules(20, allow_private=True, trusted=(pem.decode(),))
    assert "certificate" in _post(f"https://localhost:{server.port}/").error.lower()
    assert _post(f"https://localhost:{server.port}/", trusting).is_success
    assert _post(f"https://127.0.0.1:{server.port}/", trusting).is_success
    assert _post(f"https://other.localhost:{server.port}/", trusting).status is None
