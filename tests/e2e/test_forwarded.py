"""Client certificates in headers (RFC 9440): from a real nginx they count, from anybody else they do not."""

from __future__ import annotations

import base64
import hashlib
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.directories import application_body
from tests.e2e.played import ORGANISATION, Held, Played
from tests.servers import EC, Served
from tests.tools import need

PATH = f"/organisations/{ORGANISATION}"
SPOOF = "mtls.header_spoof"
LINES = 40
NGINX = """
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    # nginx has the certificate as PEM only: its lines are put together.
    map $ssl_client_raw_cert $client_cert {{
        default "";
        "~^-----BEGIN CERTIFICATE-----\\n{pattern}-----END" ":{joined}:";
    }}
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/server.chain.pem;
        ssl_certificate_key {folder}/server.key;
        ssl_verify_client optional;
        ssl_verify_depth 2;
        ssl_client_certificate {folder}/bundle.pem;
        location / {{
            proxy_set_header Client-Cert $client_cert;
            proxy_set_header Ssl-Client-Verify $ssl_client_verify;
            proxy_pass {upstream};
        }}
    }}
}}
"""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """A directory that trusts the proxies of 127.0.0.1, which here is everybody."""
    folder = tmp_path_factory.mktemp("forwarded")
    with Served(folder / "data", EC | {"CONNECT_MOCK_TRUSTED_PROXIES": "127.0.0.0/8,::1"}, "--seed", "none") as server:
        play = Played(server, folder)
        play.held = play.obtain("rtstransport", "client")  # type: ignore[attr-defined]
        play.obtain("rtstransport_rs", "server", host="localhost")
        yield play
        play.http.close()


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """A directory that trusts no proxy."""
    folder = tmp_path_factory.mktemp("stranger")
    with Served(folder / "data", EC, "--seed", "none") as server:
        play = Played(server, folder)
        play.held = play.obtain("rtstransport", "client")  # type: ignore[attr-defined]
        yield play
        play.http.close()


def der_of(played: Played) -> bytes:
    held: Held = played.held  # type: ignore[attr-defined]
    return base64.b64decode(held.certificate["x5c"][0])


def header_of(played: Played) -> str:
    return f":{base64.b64encode(der_of(played)).decode()}:"


def bound_token(played: Played) -> str:
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(der_of(played)).digest()).rstrip(b"=").decode()
    owner = {"software_statement_id": played.application, "scope": "directory:software"}
    return played.server.token(**owner, **{"x5t#S256": thumbprint})


def asked(played: Played, *headers: tuple[str, str], listener: str = "http", token: str = "bound") -> httpx.Response:
    text = bound_token(played) if token == "bound" else played.server.token(scope="directory:website")
    context = ssl.create_default_context(cafile=played.server.ready["bundle"])
    if listener == "mtls":
        context.load_cert_chain(played.folder / "client.chain.pem", played.folder / "client.key")
    with httpx.Client(verify=context, trust_env=False, timeout=20) as client:
        url = f"{getattr(played.server, listener)}{PATH}"
        return client.get(url, headers=[("Authorization", f"Bearer {text}"), *headers])


def newest(played: Played, code: str) -> dict[str, Any]:
    answer = httpx.get(f"{played.server.control}/_mock/journal?code={code}", trust_env=False).json()
    found: dict[str, Any] = answer["entries"][0] if answer["entries"] else {}
    return found


def code_of(answer: httpx.Response) -> str:
    return answer.headers.get("x-mock-reason", "").rpartition("[")[2].rstrip("]")


@pytest.fixture(scope="module")
def nginx(played: Played) -> Iterator[str]:
    """nginx ends TLS for the plain listener; its base address."""
    program = need("nginx")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    pattern = "".join(rf"(?:(?<c{n}>[A-Za-z0-9+/=]+)\n)?" for n in range(LINES))
    joined = "".join(f"${{c{n}}}" for n in range(LINES))
    text = NGINX.format(folder=played.folder, port=port, pattern=pattern, joined=joined, upstream=played.server.http)
    (played.folder / "nginx.conf").write_text(text)
    command = [program, "-p", str(played.folder), "-c", str(played.folder / "nginx.conf"), "-g", "daemon off;"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        try:
            deadline = time.monotonic() + 10
            while not _listens(port):
                assert process.poll() is None, process.stderr.read() if process.stderr else ""
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield f"https://localhost:{port}"
        finally:
            process.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("certificate", ["client", None])
@pytest.mark.parametrize("spoofed", [True, False])
def test_behind_nginx_the_certificate_is_the_one_of_its_handshake(
    played: Played, nginx: str, certificate: str | None, *, spoofed: bool
) -> None:
    """With its certificate a bound token works; without one, the client's own Client-Cert header does not help."""
    context = ssl.create_default_context(cafile=str(played.folder / "bundle.pem"))
    if certificate:
        context.load_cert_chain(played.folder / "client.chain.pem", played.folder / "client.key")
    headers = {"Authorization": f"Bearer {bound_token(played)}"}
    headers |= {"Client-Cert": header_of(played)} if spoofed else {}
    with httpx.Client(verify=context, trust_env=False) as client:
        answer = client.get(f"{nginx}{PATH}", headers=headers)
    if certificate:
        assert answer.status_code == 200, answer.text
    else:
        assert (answer.status_code, code_of(answer)) == (401, "mtls.missing")


def by_certificate(played: Played) -> dict[str, str]:
    """The form of the application, registered for tls_client_auth."""
    body = application_body(TokenEndpointAuthMethod="tls_client_auth")
    url = f"{played.server.http}{PATH}/softwarestatements/{played.application}"
    assert played.http.put(url, json=body).status_code == 200
    return {"grant_type": "client_credentials", "client_id": played.application}


def test_a_token_got_through_nginx_is_bound_to_the_certificate_of_the_handshake(played: Played, nginx: str) -> None:
    """tls_client_auth behind a terminator: the token works there with that certificate, and nowhere without one."""
    form, context = by_certificate(played), ssl.create_default_context(cafile=str(played.folder / "bundle.pem"))
    context.load_cert_chain(played.folder / "client.chain.pem", played.folder / "client.key")
    with httpx.Client(verify=context, trust_env=False) as client:
        given = client.post(f"{nginx}/token", data=form)
        assert given.status_code == 200, given.text
        headers = {"Authorization": f"Bearer {given.json()['access_token']}"}
        assert client.get(f"{nginx}{PATH}", headers=headers).status_code == 200
        seen = client.post(f"{nginx}/token/introspection", data=form | {"token": given.json()["access_token"]})
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(der_of(played)).digest()).rstrip(b"=").decode()
    assert seen.json()["cnf"] == {"x5t#S256": thumbprint}
    refused = httpx.get(f"{played.server.http}{PATH}", headers=headers, trust_env=False)
    assert (refused.status_code, code_of(refused)) == (401, "mtls.binding")


@pytest.mark.case("oauth-G-02")
def test_a_certificate_in_a_header_gets_no_token_from_who_is_no_proxy(stranger: Played) -> None:
    """The header is dropped, so the client has shown nothing; both are told."""
    form = by_certificate(stranger)
    refused = httpx.post(
        f"{stranger.server.http}/token", data=form, headers={"Client-Cert": header_of(stranger)}, trust_env=False
    )
    assert (refused.status_code, refused.json()["error"], code_of(refused)) == (401, "invalid_client", "mtls.missing")
    assert newest(stranger, SPOOF)["path"] == "/token"


@pytest.mark.parametrize("listener", ["http", "https"])
def test_a_forwarded_certificate_makes_it_a_request_of_the_mtls_listener(played: Played, listener: str) -> None:
    """On whichever listener the proxy calls; the journal says so."""
    answer = asked(played, ("Client-Cert", header_of(played)), listener=listener)
    assert answer.status_code == 200, answer.text
    entry = httpx.get(f"{played.server.control}/_mock/journal", trust_env=False).json()["entries"][0]
    assert (entry["listener"], entry["path"], entry["status"]) == ("mtls", PATH, 200)


def test_a_forwarded_certificate_is_judged_like_any_other(played: Played) -> None:
    """Revoked: refused."""
    gone = played.obtain("rtstransport", "gone")
    played.revoke(gone)
    answer = asked(played, ("Client-Cert", f":{gone.certificate['x5c'][0]}:"), token="unbound")
    assert (answer.status_code, code_of(answer)) == (401, "mtls.revoked")


def test_a_chain_beside_it_does_no_harm(played: Played) -> None:
    """RFC 9440, 2.3; our own CAs are known."""
    chain = ("Client-Cert-Chain", header_of(played))
    assert asked(played, ("Client-Cert", header_of(played)), chain).status_code == 200


def wrong_headers() -> list[Any]:
    good = object()
    return [
        pytest.param([good, good], id="oauth-G-03-twice"),
        pytest.param([good, ("Ssl-Client-Verify", "FAILED:certificate has expired")], id="oauth-G-04-verdict"),
        pytest.param([good, ("Ssl-Client-Verify", "NONE")], id="oauth-G-04-none"),
        pytest.param([("Client-Cert", ":bm90IGEgY2VydGlmaWNhdGU=:")], id="oauth-G-06-no-certificate"),
        pytest.param([("Client-Cert", ":!!!:")], id="oauth-G-06-bad-base64"),
        pytest.param([("Client-Cert", "MIIB")], id="oauth-G-06-no-colons"),
        pytest.param([("Client-Cert", ":MIIB:, :MIIB:")], id="oauth-G-06-list"),
        pytest.param(
            [("Client-Cert", "-----BEGIN CERTIFICATE----- MIIB -----END CERTIFICATE-----")], id="oauth-G-06-pem"
        ),
        pytest.param([("Client-Cert", f":{'A' * 20_000}:")], id="oauth-G-06-long"),
        pytest.param([("Client-Cert", "twice in one")], id="oauth-G-06-chain"),
    ]


@pytest.mark.parametrize("headers", wrong_headers())
def test_what_a_trusted_proxy_must_not_send_is_refused(played: Played, headers: list[Any]) -> None:
    """400 and told: the proxy is set up wrongly, or lets its client's header through."""
    good = ("Client-Cert", header_of(played))
    sent = [header if isinstance(header, tuple) else good for header in headers]
    if sent[0][1] == "twice in one":
        sent = [("Client-Cert", f":{base64.b64encode(der_of(played) * 2).decode()}:")]
    answer = asked(played, *sent, token="unbound")
    assert (answer.status_code, code_of(answer)) == (400, SPOOF)
    assert newest(played, SPOOF)["status"] == 400


@pytest.mark.case("oauth-G-06")
def test_a_header_of_sixty_four_kilobytes_is_refused_before_any_door(played: Played) -> None:
    """431, and the journal has it."""
    answer = asked(played, ("Client-Cert", f":{'A' * 65_536}:"))
    assert (answer.status_code, code_of(answer)) == (431, "request.head_too_large")
    assert newest(played, "request.head_too_large")["status"] == 431


@pytest.mark.case("oauth-G-07")
def test_a_thumbprint_alone_is_no_certificate(played: Played) -> None:
    """A proxy that speaks of certificates and has none: as on the mtls listener without one."""
    answer = asked(played, ("X-TlsClientCertThumbprint", "00" * 32), token="unbound")
    assert (answer.status_code, code_of(answer)) == (401, "mtls.missing")


@pytest.mark.case("oauth-G-05")
def test_the_certificate_of_the_connection_wins(played: Played) -> None:
    """Over a header that names another one; the attempt is told."""
    other = played.obtain("rtstransport", "another")
    answer = asked(played, ("Client-Cert", f":{other.certificate['x5c'][0]}:"), listener="mtls")
    assert answer.status_code == 200, answer.text
    assert "of its own" in newest(played, SPOOF)["reason"]


@pytest.mark.parametrize("listener", ["http", "https"])
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("Client-Cert", id="oauth-G-02"),
        pytest.param("Client-Cert-Chain", id="oauth-G-02-chain"),
        pytest.param("X-SSL-Client-Cert", id="oauth-G-01-ssl"),
        pytest.param("X-Client-Cert", id="oauth-G-01-client"),
        pytest.param("X-Forwarded-Client-Cert", id="oauth-G-01-forwarded"),
        pytest.param("X-Forwarded-Tls-Client-Cert", id="oauth-G-01-traefik"),
        pytest.param("X-TlsClientCertThumbprint", id="oauth-G-01-thumbprint"),
        pytest.param("Ssl-Client-Verify", id="oauth-G-01-verify"),
        pytest.param("X-ARR-ClientCert", id="oauth-G-01-azure"),
        pytest.param("X-Amzn-Mtls-Clientcert", id="oauth-G-01-aws"),
        pytest.param("SSL_CLIENT_CERT", id="oauth-G-01-underscore"),
    ],
)
def test_from_anybody_else_such_headers_are_ignored_and_told(stranger: Played, name: str, listener: str) -> None:
    """The bound token stays refused, the unbound one works as without the header."""
    for token, status in (("bound", 401), ("unbound", 200)):
        answer = asked(stranger, (name, header_of(stranger)), listener=listener, token=token)
        assert answer.status_code == status, answer.text
        entry = newest(stranger, SPOOF)
        assert (entry["listener"], entry["path"], entry["status"], entry["peer"]) == (
            listener,
            PATH,
            status,
            "127.0.0.1",
        )
        assert name.lower() in entry["reason"]
        assert entry["interaction_id"] == answer.headers["x-fapi-interaction-id"]


@pytest.mark.case("oauth-G-05")
def test_on_the_mtls_listener_the_real_certificate_counts(stranger: Played) -> None:
    """The header is dropped, the token is checked against the connection's certificate."""
    other = stranger.obtain("rtstransport", "another")
    spoofed = ("Client-Cert", f":{other.certificate['x5c'][0]}:")
    assert asked(stranger, spoofed, listener="mtls").status_code == 200
    assert newest(stranger, SPOOF)["listener"] == "mtls"


@pytest.mark.case("oauth-G-09")
def test_host_and_forwarded_host_change_no_published_address(stranger: Played) -> None:
    """Addresses come from the settings."""
    token = stranger.server.token(scope="directory:website")
    software = f"/organisations/{ORGANISATION}/softwarestatements/{stranger.application}/certificates"
    headers = {"Authorization": f"Bearer {token}"}
    usual = httpx.get(f"{stranger.server.http}{software}", headers=headers, trust_env=False)
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    answer = httpx.get(f"{stranger.server.http}{software}", headers=headers | evil, trust_env=False)
    assert answer.status_code == usual.status_code == 200
    assert answer.json() == usual.json()


def test_a_proxy_is_known_in_every_form_of_its_address() -> None:
    """Networks, addresses and IPv4 in IPv6 are all one peer."""
    from app.server.forwarded import Proxies

    proxies = Proxies(["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"])
    assert all(peer in proxies for peer in ("10.1.2.3", "::ffff:10.1.2.3", "192.0.2.7", "2001:db8::1", "2001:db8::1%2"))
    assert not any(peer in proxies for peer in ("11.0.0.1", "192.0.2.8", "::1", "", "unix", "10.0.0.0.example"))
