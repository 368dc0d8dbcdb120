"""http, https and mtls with real TLS: who gets in with which certificate and token, and what the journal tells."""

from __future__ import annotations

import base64
import hashlib
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509

from tests.e2e.played import ORGANISATION, Held, Played
from tests.e2e.strangers import foreign_leaf, named
from tests.servers import EC, Served
from tests.tools import need

PATH = f"/organisations/{ORGANISATION}"
LISTENERS = ("http", "https", "mtls")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """One directory; `client` holds a transport certificate of its application."""
    folder = tmp_path_factory.mktemp("listeners")
    with Served(folder / "data", EC, "--seed", "none") as server:
        play = Played(server, folder)
        play.held = play.obtain("rtstransport", "client")  # type: ignore[attr-defined]
        yield play
        play.http.close()


@pytest.fixture
def held(played: Played) -> Held:
    found: Held = played.held  # type: ignore[attr-defined]
    return found


class Caller:
    """Somebody who trusts the server's bundle, with the certificate files `name`, or with none."""

    def __init__(self, played: Played, name: str | None = None, *, chain: str = "chain.pem") -> None:
        self.context = ssl.create_default_context(cafile=played.server.ready["bundle"])
        if name:
            self.context.load_cert_chain(played.folder / f"{name}.{chain}", played.folder / f"{name}.key")
        self.played = played

    def get(self, listener: str, token: str = "", path: str = PATH, **headers: str) -> httpx.Response:
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        with httpx.Client(verify=self.context, trust_env=False, timeout=20) as client:
            return client.get(f"{getattr(self.played.server, listener)}{path}", headers=headers)


def bound_token(played: Played, held: Held) -> str:
    der = base64.b64decode(held.certificate["x5c"][0])
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
    owner = {"software_statement_id": played.application, "scope": "directory:software"}
    return played.server.token(**owner, **{"x5t#S256": thumbprint})


def journal(played: Played, **wanted: str) -> list[dict[str, Any]]:
    """The newest entries first."""
    answer = httpx.get(f"{played.server.control}/_mock/journal", params=wanted, trust_env=False)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["entries"]
    return found


def code_of(answer: httpx.Response) -> str:
    return answer.headers["x-mock-reason"].rpartition("[")[2].rstrip("]")


@pytest.mark.case("oauth-H-05", "oauth-F-01", "oauth-H-04")
@pytest.mark.parametrize("listener", LISTENERS)
@pytest.mark.parametrize("certificate", ["none", "own", "other"])
@pytest.mark.parametrize("token", ["unbound", "bound"])
def test_which_token_works_where(played: Played, held: Held, listener: str, certificate: str, token: str) -> None:
    """Unbound ones everywhere, bound ones on mtls with their certificate; mtls wants a certificate for anything."""
    other = "other-client"
    if certificate == "other" and not (played.folder / f"{other}.key").exists():
        played.obtain("rtstransport", other)
    caller = Caller(played, {"none": None, "own": "client", "other": other}[certificate])
    text = played.server.token(scope="directory:website") if token == "unbound" else bound_token(played, held)
    answer = caller.get(listener, text)
    if listener == "mtls" and certificate == "none":
        assert (answer.status_code, code_of(answer)) == (401, "mtls.missing")
    elif token == "unbound" or (listener == "mtls" and certificate == "own"):
        assert answer.status_code == 200, answer.text
    else:
        assert (answer.status_code, code_of(answer)) == (401, "mtls.binding")


@pytest.mark.case("oauth-F-13")
def test_a_leaf_alone_gets_in(played: Played, held: Held) -> None:
    """The issuing CA is among the anchors."""
    chain = (played.folder / "client.chain.pem").read_text()
    (played.folder / "client.pem").write_text(chain.split("-----END")[0] + "-----END CERTIFICATE-----\n")
    assert Caller(played, "client", chain="pem").get("mtls", bound_token(played, held)).status_code == 200


@pytest.mark.case("oauth-F-04", "oauth-F-06")
def test_a_revocation_works_on_the_connection_that_is_open(played: Played) -> None:
    """No handshake is needed for it: every request is looked at."""
    gone = played.obtain("rtstransport", "gone")
    token = played.server.token(scope="directory:website")
    with httpx.Client(verify=Caller(played, "gone").context, trust_env=False) as client:
        ask = lambda: client.get(f"{played.server.mtls}{PATH}", headers={"Authorization": f"Bearer {token}"})  # noqa: E731
        assert ask().status_code == 200
        played.revoke(gone)
        answer = ask()
    assert (answer.status_code, code_of(answer)) == (401, "mtls.revoked")


@pytest.mark.slow
@pytest.mark.case("oauth-F-03")
@pytest.mark.parametrize(
    ("clock", "code"), [("2029-01-01T00:00:00Z", "mtls.expired"), ("2025-06-01T00:00:00Z", "mtls.not_yet_valid")]
)
def test_dates_count_at_the_clock_of_the_sandbox(tmp_path: Path, clock: str, code: str) -> None:
    """Valid on the wall clock, which OpenSSL would look at; the handshake goes well, the request is refused."""
    with Served(tmp_path / "data", EC, "--seed", "none") as server:
        play = Played(server, tmp_path)
        play.obtain("rtstransport", "client")
        play.http.close()
    with Served(tmp_path / "data", EC | {"CONNECT_MOCK_CLOCK": clock}, "--seed", "none") as server:
        play.server = server
        answer = Caller(play, "client").get("mtls", server.token(scope="directory:website"))
    assert (answer.status_code, code_of(answer)) == (401, code)


@pytest.mark.case("oauth-F-02", "control-E-07")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=str)
@pytest.mark.parametrize("who", ["foreign", "namesake"])
def test_a_foreign_ca_ends_the_handshake_with_an_alert_and_is_told(
    played: Played, who: str, version: ssl.TLSVersion
) -> None:
    """Whatever it calls itself: unknown_ca, and the journal has peer, alert and certificate."""
    issuing = x509.load_pem_x509_certificate(played.public("/repository/issuer-ca.pem"))
    leaf = foreign_leaf(played.folder, who, named("foreign") if who == "foreign" else issuing.subject)
    caller = Caller(played, who)
    caller.context.minimum_version = caller.context.maximum_version = version
    with pytest.raises(httpx.HTTPError, match=r"(?i)unknown ca|decrypt error"):
        caller.get("mtls")
    serial = f"{leaf.serial_number:x}"
    found = [e for e in journal(played) if e.get("detail", {}).get("certificate", {}).get("serial") == serial]
    assert len(found) == 1
    told = found[0]
    assert (told["listener"], told["code"], told["peer"], told["status"]) == ("mtls", "mtls.issuer", "127.0.0.1", 0)
    assert told["detail"]["alert"] in {"sent unknown_ca", "sent decrypt_error"}
    assert told["detail"]["certificate"]["subject"] == "CN=stranger"
    assert "client certificate was refused" in told["reason"]


@pytest.mark.case("oauth-F-14")
def test_a_certificate_without_client_usage_ends_the_handshake(played: Played) -> None:
    """rtsencryption cannot sign a handshake (rulings.md 22)."""
    played.obtain("rtsencryption", "encryption")
    with pytest.raises(httpx.HTTPError, match="unsupported certificate"):
        Caller(played, "encryption").get("mtls")
    told = journal(played, code="mtls.usage")[0]
    assert told["detail"]["alert"] == "sent unsupported_certificate"


@pytest.mark.case("oauth-F-08")
def test_a_signing_certificate_is_no_client_certificate(played: Played) -> None:
    """TLS would let it in; its type is not for transport."""
    played.obtain("rtssigning", "signing")
    answer = Caller(played, "signing").get("mtls", played.server.token(scope="directory:website"))
    assert (answer.status_code, code_of(answer)) == (401, "mtls.usage")


@pytest.mark.parametrize("listener", ["https", "mtls"])
def test_a_client_that_does_not_trust_us_is_told_in_the_journal(played: Played, listener: str) -> None:
    """The commonest trouble of a first day: the bundle is not in the client's trust store."""
    url = getattr(played.server, listener)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}{PATH}", verify=ssl.create_default_context(), trust_env=False)
    told = journal(played, code="tls.handshake")[0]
    assert told["listener"] == listener
    assert told["reason"] == "the client broke off: unknown ca"


@pytest.mark.case("oauth-G-10")
@pytest.mark.parametrize("listener", ["https", "mtls"])
def test_old_tls_is_refused(played: Played, listener: str) -> None:
    """TLS 1.1 and 1.0, asked by openssl itself."""
    port = getattr(played.server, listener).rpartition(":")[2]
    for version in ("-tls1", "-tls1_1"):
        command = [
            need("openssl"),
            "s_client",
            version,
            "-cipher",
            "DEFAULT@SECLEVEL=0",
            "-connect",
            f"127.0.0.1:{port}",
        ]
        done = subprocess.run(command, input="", capture_output=True, text=True, timeout=20, check=False)
        assert "alert protocol version" in done.stderr, done.stderr
    assert journal(played, code="tls.handshake")[0]["detail"]["openssl"] == "unsupported_protocol"


def test_plain_http_to_a_tls_port_is_answered_in_plain(played: Played) -> None:
    """So that whoever forgot the s reads what is wrong."""
    answer = httpx.get(played.server.mtls.replace("https:", "http:"), trust_env=False)
    assert answer.status_code == 400
    assert "https://" in answer.text


@pytest.mark.parametrize("listener", ["https", "mtls"])
def test_https_asks_for_no_certificate_and_mtls_does(played: Played, listener: str) -> None:
    """As openssl sees the handshake."""
    port = getattr(played.server, listener).rpartition(":")[2]
    command = [need("openssl"), "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", played.server.ready["bundle"]]
    done = subprocess.run(command, input="", capture_output=True, text=True, timeout=20, check=False)
    assert "Verify return code: 0 (ok)" in done.stdout
    assert ("Requested Signature Algorithms" in done.stdout) == (listener == "mtls")


@pytest.mark.parametrize("host", ["localhost", "keystore.localhost", "matls-api.localhost"])
def test_the_listener_certificate_is_good_for_every_service_name(played: Played, host: str) -> None:
    """Names below localhost need no DNS entry."""
    port = int(played.server.https.rpartition(":")[2])
    with (
        socket.create_connection(("127.0.0.1", port), 5) as raw,
        Caller(played).context.wrap_socket(raw, server_hostname=host) as secured,
    ):
        assert secured.version() == "TLSv1.3"


@pytest.mark.case("control-K-04")
def test_the_bundle_holds_root_issuing_and_listener_ca(played: Played) -> None:
    """In the data folder, on control and, for who trusts nothing yet, over plain HTTP."""
    file = Path(played.server.ready["bundle"]).read_bytes()
    assert len(x509.load_pem_x509_certificates(file)) == 3
    for listener in ("http", "control"):
        assert httpx.get(f"{getattr(played.server, listener)}/_mock/bundle.pem", trust_env=False).content == file
    assert file.startswith(played.public("/repository/bundle.pem"))


@pytest.mark.slow
def test_a_rolled_over_ca_is_trusted_at_once_and_is_in_the_bundle(tmp_path: Path) -> None:
    """Also by another process on the same folder, for a client that sends its leaf alone."""
    with (
        Served(tmp_path / "data", EC, "--seed", "none") as first,
        Served(tmp_path / "data", EC, "--seed", "none") as second,
    ):
        play = Played(first, tmp_path)
        assert httpx.post(f"{first.control}/_mock/ca/rollover", trust_env=False).status_code < 300
        held = play.obtain("rtstransport", "client")
        leaf = ssl.DER_cert_to_PEM_cert(base64.b64decode(held.certificate["x5c"][0]))
        (tmp_path / "client.pem").write_text(leaf)
        for server in (first, second):
            play.server = server
            answer = Caller(play, "client", chain="pem").get("mtls", server.token(scope="directory:website"))
            assert answer.status_code == 200, answer.text
        assert len(x509.load_pem_x509_certificates(Path(first.ready["bundle"]).read_bytes())) == 4
        play.http.close()
