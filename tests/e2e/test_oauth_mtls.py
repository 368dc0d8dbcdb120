"""oauth-cases.md F over real sockets: client certificates at the token endpoint, and the sandbox's clock behind TLS."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.directories import application_body
from tests.e2e.played import ORGANISATION, Played
from tests.servers import EC, Served

pytestmark = pytest.mark.slow


class Certified(Played):
    """A directory whose application authenticates by certificate."""

    def __init__(self, server: Served, folder: Path) -> None:
        super().__init__(server, folder)
        (folder / "trust.pem").write_bytes(self.public("/_mock/bundle.pem"))
        self.change(TokenEndpointAuthMethod="tls_client_auth")

    def change(self, **members: Any) -> None:
        path = f"{self.server.http}/organisations/{ORGANISATION}/softwarestatements/{self.application}"
        answer = self.http.put(path, json=application_body(**members))
        assert answer.status_code == 200, answer.text

    def client(self, name: str | None) -> httpx.Client:
        """One connection to the mtls listener, with this chain and key."""
        context = ssl.create_default_context(cafile=str(self.folder / "trust.pem"))
        if name is not None:
            context.load_cert_chain(self.folder / f"{name}.chain.pem", self.folder / f"{name}.key")
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        return httpx.Client(base_url=self.server.mtls, verify=context, trust_env=False, limits=limits, timeout=20)

    def ask(self, client: httpx.Client, **more: str) -> httpx.Response:
        form = {"grant_type": "client_credentials", "client_id": self.application} | more
        return client.post("/token", data=form)


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Certified]:
    folder = tmp_path_factory.mktemp("oauth")
    with Served(folder / "data", EC, "--seed", "none") as server:
        played = Certified(server, folder)
        played.obtain("rtstransport", "client")
        yield played
        played.http.close()


def reason(answer: httpx.Response) -> str:
    return str(answer.headers["x-mock-reason"]).rpartition("[")[2].rstrip("]")


@pytest.mark.case("oauth-F-12", "oauth-F-13")
def test_a_token_by_certificate_and_what_it_opens(play: Certified) -> None:
    """The chain as it was downloaded; the token works on that listener with that certificate alone."""
    with play.client("client") as client:
        answer = play.ask(client)
        assert answer.status_code == 200, answer.text
        headers = {"authorization": f"Bearer {answer.json()['access_token']}"}
        assert client.get("/organisations", headers=headers).status_code == 200
        aliases = client.get("/.well-known/openid-configuration").json()["mtls_endpoint_aliases"]
        assert aliases["token_endpoint"] == f"{play.server.mtls}/token"
    refused = httpx.get(f"{play.server.http}/organisations", headers=headers, trust_env=False)
    assert (refused.status_code, reason(refused)) == (401, "mtls.binding")


@pytest.mark.case("oauth-F-13")
def test_the_leaf_alone(play: Certified) -> None:
    """Sent without the issuing CA, which the listener knows."""
    (leaf,) = x509.load_pem_x509_certificates((play.folder / "client.chain.pem").read_bytes())[:1]
    (play.folder / "alone.chain.pem").write_bytes(leaf.public_bytes(Encoding.PEM))
    (play.folder / "alone.key").write_bytes((play.folder / "client.key").read_bytes())
    with play.client("alone") as client:
        assert play.ask(client).status_code == 200


@pytest.mark.case("oauth-F-01")
def test_no_certificate(play: Certified) -> None:
    """The handshake ends well, and the answer is 401 in the words of OAuth."""
    with play.client(None) as client:
        answer = play.ask(client)
    assert (answer.status_code, answer.json()["error"], reason(answer)) == (401, "invalid_client", "mtls.missing")


@pytest.mark.case("oauth-F-02")
def test_a_certificate_of_a_ca_with_our_name(play: Certified) -> None:
    """Self-made under the issuing CA's own name: it ends inside TLS, as in production."""
    key = ec.generate_private_key(ec.SECP256R1())
    leaf, issuer = x509.load_pem_x509_certificates((play.folder / "client.chain.pem").read_bytes())
    builder = x509.CertificateBuilder(issuer.subject, leaf.subject, key.public_key(), 7)
    builder = builder.not_valid_before(leaf.not_valid_before_utc).not_valid_after(leaf.not_valid_after_utc)
    made = builder.sign(key, hashes.SHA256())
    (play.folder / "evil.chain.pem").write_bytes(made.public_bytes(Encoding.PEM))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (play.folder / "evil.key").write_bytes(pem)
    with play.client("evil") as client, pytest.raises(httpx.TransportError):
        play.ask(client)


@pytest.mark.case("oauth-F-04", "oauth-F-06")
def test_revoked_while_the_connection_is_open(play: Certified) -> None:
    """The next request on the very same connection is refused; a token that was bound to it is dead."""
    held = play.obtain("rtstransport", "passing")
    with play.client("passing") as client:
        token = play.ask(client).json()["access_token"]
        play.revoke(held)
        answer = play.ask(client)
        assert (answer.status_code, reason(answer)) == (401, "mtls.revoked")
        refused = client.get("/organisations", headers={"authorization": f"Bearer {token}"})
        assert (refused.status_code, reason(refused)) == (401, "mtls.revoked")
    with play.client("client") as client:
        told = client.post("/token/introspection", data={"token": token, "client_id": play.application})
        assert told.json() == {"active": False}


@pytest.mark.case("oauth-F-08")
def test_a_signing_certificate(play: Certified) -> None:
    """OpenSSL lets its key usage pass; the directory knows its type."""
    play.obtain("rtssigning", "signing")
    with play.client("signing") as client:
        answer = play.ask(client)
    assert (answer.status_code, reason(answer)) == (401, "mtls.usage")


@pytest.mark.case("oauth-F-09")
def test_a_certificate_of_the_organisation(play: Certified) -> None:
    """Good for TLS, and not the client's: both subjects are told."""
    play.obtain("rtstransport_rs", "server", host="api.test.example")
    with play.client("server") as client:
        answer = play.ask(client)
    assert (answer.status_code, reason(answer)) == (401, "mtls.subject")
    assert play.application in answer.json()["error_description"]


@pytest.mark.case("oauth-F-03")
def test_dates_are_those_of_the_sandbox(tmp_path: Path) -> None:
    """Valid on the sandbox's clock and not yet on the machine's: accepted. The reverse: refused, behind TLS."""
    data = tmp_path / "data"
    with Served(data, EC | {"CONNECT_MOCK_CLOCK": "2041-06-01T12:00:00Z"}, "--seed", "none") as server:
        played = Certified(server, tmp_path)
        played.obtain("rtstransport", "client")
        with played.client("client") as client:
            assert played.ask(client).status_code == 200
        played.http.close()
    for moment, code in (("2041-06-01T11:59:48Z", "mtls.not_yet_valid"), ("2043-01-01T00:00:00Z", "mtls.expired")):
        with Served(data, EC | {"CONNECT_MOCK_CLOCK": moment}, "--seed", "none") as server:
            played.server = server
            with played.client("client") as client:
                answer = played.ask(client)
        assert (answer.status_code, reason(answer)) == (401, code)
