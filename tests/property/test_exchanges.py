"""Any method, path, query, headers and body at any published operation: below 500, hardened, and never an exception."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.api.app import create_data_app
from app.api.catalogue import Catalogue
from app.oauth.tokens import TokenRequest
from app.sandboxes import Sandboxes
from tests.directories import ORGANISATION, issue, open_directory
from tests.participants import add_application, add_organisation, good_csr

NOT_BUILT = 501
OPERATIONS = Catalogue.published().operations
METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "FOO"]
ROOTS = ["keystore", "ocsp", "crl", "repository", "organisations", "_mock", ""]
SEGMENTS = [b"kid", b"x", b"..", b"%00", b"%ff", b"%2F", b"%7B%7D", b"{}", b"%F0%9F%8F%A6", b"\xc3\xa9", b"a" * 300,
            b""]  # fmt: skip
NAMES = [b"accept", b"content-type", b"content-length", b"content-encoding", b"if-match", b"if-none-match",
         b"if-modified-since", b"host", b"authorization", b"x-fapi-interaction-id", b"range", b"expect"]  # fmt: skip
VALUES = [b"application/json", b"application/problem+json", b"application/x-pem-file", b"*/*;q=abc", b"a/b;c", b'"1"',
          b'W/"x"', b"*", b"gzip", b"9" * 400, b"-1", b"keystore.x", b"ocsp.x", b"data.x", b"Basic x", b",", b"\xff",
          b"Wed, 21 Oct 2015 07:28:00 GMT", b"application/json; charset=\xff"]  # fmt: skip
QUERIES = [b"", b"page=0", b"size=%31&page=99999999999999999999", b"sort=%ff", b"sort=Status,desc&sort=x", b"&&&=",
           b"%", b"filterBy=%25%5C_", b"showOrgLevelCertificates=true&size=1", b"hideInactive", b"sort=,",
           b"a" * 9000]  # fmt: skip
BODIES = [b"", b"{}", b"[]", b"{", b"\xff", b'{"RevokeReason":{}}', b'{"Unlock":[]}', b'{"KeyMaterial":"%ff%00"}',
          b"x" * 70_000, b'{"RedirectUri":[{}],"Roles":[[]],"Version":1e999}',
          b'{"ClientName":"a","LogoUri":"https://x.png","RedirectUri":["http://["],"NotificationWebhook":"http://["}',
          b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"]  # fmt: skip

Exchange = tuple[int, list[tuple[bytes, bytes]]]


class Door:
    """One directory with one certificate, asked by a super user."""

    def __init__(self, folder: Path) -> None:
        self.sandbox = open_directory(folder, ssa_key="ec-p256")
        add_organisation(self.sandbox)
        software = add_application(self.sandbox)
        made = issue(self.sandbox, ORGANISATION, software, "rtstransport", good_csr(software)).certificate
        token = self.sandbox.tokens.issue(TokenRequest(scope="directory:website", expires_in=100_000)).access_token
        self.bearer = (b"authorization", f"Bearer {token}".encode())
        self.known = [ORGANISATION.encode(), software.encode(), made.kid.encode(), b"rtstransport"]
        self.app = create_data_app(Sandboxes(self.sandbox))

    def ask(self, method: str, path: bytes, query: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> Exchange:
        sent: list[Any] = []

        async def run() -> None:
            async def receive() -> dict[str, Any]:
                return {"type": "http.request", "body": body, "more_body": False}

            async def send(message: Any) -> None:
                sent.append(message)

            scope = {
                "type": "http",
                "method": method,
                "path": unquote(path.decode("latin-1")),
                "raw_path": path,
                "query_string": query,
                "headers": [(b"host", b"localhost"), *headers],
                "client": ("192.0.2.1", 1),
            }
            await self.app(scope, receive, send)

        anyio.run(run)
        return sent[0]["status"], list(sent[0]["headers"])


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with tempfile.TemporaryDirectory() as folder:
        made = Door(Path(folder))
        yield made
        made.sandbox.close()


@st.composite
def paths(draw: st.DrawFn, known: list[bytes]) -> bytes:
    """A published path with any segments for its parameters, or any segments at all."""
    segments = st.sampled_from([*known, *SEGMENTS])
    if draw(st.integers(0, 5)) == 0:
        return b"/" + b"/".join([draw(st.sampled_from(ROOTS)).encode(), *draw(st.lists(segments, max_size=5))])
    template = draw(st.sampled_from(OPERATIONS)).path.split("/")
    return b"/".join(draw(segments) if part.startswith("{") else part.encode() for part in template)


@pytest.mark.case("api-B-06", "api-C-09", "api-G-01")
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_exchange_ends_in_a_server_error(door: Door, data: st.DataObject) -> None:
    """2xx, 4xx or 501, one interaction id, headers of one line (api-cases.md R4 and R5)."""
    headers = data.draw(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)), max_size=3))
    if data.draw(st.integers(0, 4)):
        headers = [door.bearer, *(header for header in headers if header[0] != b"authorization")]
    method = data.draw(st.sampled_from(METHODS))
    query, body = data.draw(st.sampled_from(QUERIES)), data.draw(st.sampled_from(BODIES))
    status, answered = door.ask(method, data.draw(paths(door.known)), query, headers, body)
    assert status < 500 or status == NOT_BUILT
    names = [name for name, _value in answered]
    assert names.count(b"x-fapi-interaction-id") == 1
    assert all(name == name.lower() and not set(value) & {10, 13} for name, value in answered)
    assert status < 400 or b"x-mock-reason" in names or b"content-type" in names
