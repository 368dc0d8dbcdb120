"""One server under two names, inside and outside of a container network (control-cases.md K-05)."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from app.client.directory import Application, Directory
from app.client.process import running

pytestmark = pytest.mark.slow
INSIDE, OUTSIDE = "directory.internal", "localhost"
SETTINGS = {"CONNECT_MOCK_PUBLIC_HOST": INSIDE, "CONNECT_MOCK_ACCESS_TOKEN_FORMAT": "jwt"}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    with (
        running(tmp_path_factory.mktemp("names"), SETTINGS) as ready,
        Directory.from_ready_file(ready) as found,
    ):
        yield found


class Client:
    """Knows the server by one name, over mutual TLS: it is in the handshake, in `Host` and in what is checked."""

    def __init__(self, directory: Directory, name: str, context: ssl.SSLContext) -> None:
        port = urlsplit(directory.addresses.mtls).port
        self._host = f"{name}:{port}"
        self._name = name
        self._http = httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=context, trust_env=False, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def token(self, client_id: str) -> str:
        """By its certificate, at the token endpoint of this name."""
        form = {"grant_type": "client_credentials", "client_id": client_id}
        return str(self._answer("POST", "/token", {}, form)["access_token"])

    def get(self, path: str, token: str = "") -> Any:
        return self._answer("GET", path, {"Authorization": f"Bearer {token}"} if token else {})

    def accepts(self, token: str) -> dict[str, Any]:
        """The claims of a token, checked as a resource server does: by the metadata and keys that this name serves."""
        metadata = self.get("/.well-known/openid-configuration")
        keys = KeySet.import_key_set(self.get("/jwks"))
        decoded = jwt.decode(token, keys, algorithms=["PS256", "ES256"])
        jwt.JWTClaimsRegistry(iss={"essential": True, "value": metadata["issuer"]}).validate(decoded.claims)
        return dict(decoded.claims)

    def _answer(self, method: str, path: str, headers: dict[str, str], form: dict[str, str] | None = None) -> Any:
        headers = {"Host": self._host, **headers}
        named = {"sni_hostname": self._name}
        answer = self._http.request(method, path, headers=headers, data=form, extensions=named)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def reader(directory: Directory) -> Application:
    return directory.organisation("Acme").application("Reader", TokenEndpointAuthMethod="tls_client_auth")


@pytest.fixture
def context(directory: Directory, reader: Application) -> ssl.SSLContext:
    """Of a client with a certificate, which trusts the listener's CA and checks names."""
    return directory.ssl_context(reader.certificate("rtstransport"))


@pytest.mark.case("control-K-05")
@pytest.mark.parametrize("asker", [INSIDE, OUTSIDE])
def test_both_accept_the_same_tokens(
    directory: Directory, reader: Application, context: ssl.SSLContext, asker: str
) -> None:
    """The issuer is that of the settings, whoever asked under which name; both are in the server's certificate."""
    with Client(directory, INSIDE, context) as inside, Client(directory, OUTSIDE, context) as outside:
        token = (inside if asker == INSIDE else outside).token(reader.id)
        issuer = f"https://{INSIDE}:{urlsplit(directory.addresses.https).port}"
        assert inside.accepts(token)["iss"] == outside.accepts(token)["iss"] == issuer
        told = [each.get("/.well-known/openid-configuration") for each in (inside, outside)]
        assert told[0] == told[1]
        assert inside.get("/organisations", token) == outside.get("/organisations", token)


@pytest.mark.case("control-K-05")
def test_a_name_that_nobody_set_is_not_in_the_certificate(directory: Directory, context: ssl.SSLContext) -> None:
    """Or a typing error would go unseen."""
    with (
        Client(directory, "elsewhere.internal", context) as client,
        pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        client.get("/jwks")
