"""What every request passes first and every answer last: ids, methods, paths, limits of bodies."""

import json
import re
import time

import anyio
import pytest

from app.api.edge import Edge
from app.sandboxes import Sandboxes
from tests.api.raw import entries, exchange
from tests.doors import ORGANISATION, Client

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
ID = "x-fapi-interaction-id"
GATEWAY = "There is an issue with your request."


# the interaction id


@pytest.mark.parametrize("given", ["a", "93bac548-d2de-4546-b106-880a5018460d", "A-1", "x" * 100])
def test_a_good_interaction_id_is_echoed(ask, sandbox, given):
    """On success and on every error, in the gateway's body, and in the journal."""
    for method, path in (("GET", "/organisations"), ("GET", "/organisations/nobody"), ("GET", "/nowhere")):
        assert ask(method, path, headers={ID: given}).headers[ID] == given
    refused = Client(ask.app)("GET", "/organisations", headers={ID: given})
    assert (refused.headers[ID], refused.json()["requestId"]) == (given, given)
    assert {entry.interaction_id for entry in entries(sandbox)} == {given}


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(b"x" * 200, id="api-D-12-long"),
        pytest.param(b"a\r\nset-cookie: x", id="api-D-12-line"),
        pytest.param(b"", id="empty"),
        pytest.param(b"-a", id="dash"),
        pytest.param(b"a b", id="blank"),
        pytest.param("é".encode(), id="octets"),
        pytest.param(None, id="api-D-12-missing"),
    ],
)
def test_a_bad_interaction_id_is_replaced(door, given):
    """By a new UUID, never refused (errata D6); another one each time."""
    headers = [(ID.encode(), given)] if given is not None else []
    ids = [exchange(door, "GET", "/nowhere", headers=headers)[1][ID] for _ in range(2)]
    assert all(UUID.fullmatch(one) for one in ids)
    assert ids[0] != ids[1]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/organisations"),
        ("GET", "/keystore/openbanking.jwks"),
        ("GET", "/keystore/x"),
        ("GET", "/crl/issuer.crl"),
        ("GET", "/repository/root-ca.pem"),
        ("GET", "/repository/policies"),
        ("POST", "/ocsp"),
        ("GET", "/ocsp/!"),
        ("PUT", "/ocsp"),
        ("OPTIONS", "/organisations"),
        ("GET", "/_mock/profiles"),
        ("GET", "/"),
        ("BREW", "/organisations"),
    ],
)
def test_every_answer_is_hardened_and_has_an_id(nobody, method, path):
    """Whatever the door: interaction id, nosniff, a policy against content, and a caching rule."""
    answer = nobody(method, path)
    assert answer.status_code < 500
    assert UUID.fullmatch(answer.headers[ID])
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "cache-control" in answer.headers


# methods and paths


@pytest.mark.case("api-D-11")
def test_head_is_get_without_a_body(ask, organisation):
    """Same status and headers; also for errors."""
    for path in ("/organisations", f"/organisations/{organisation}", "/organisations/nobody"):
        got, head = ask("GET", path), ask("HEAD", path)
        assert (head.status_code, head.content) == (got.status_code, b"")
        assert head.headers["content-length"] == str(len(got.content))


@pytest.mark.case("api-D-11", "api-G-04")
def test_options_tells_the_methods(nobody):
    """204 without a token; nothing about other origins."""
    answer = nobody("OPTIONS", "/organisations/x", headers={"origin": "https://evil.example"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PUT"
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("method", ["TRACE", "PATCH", "CONNECT", "PROPFIND"])
@pytest.mark.case("api-D-11")
def test_other_methods_are_405(ask, method):
    """The gateway's body, Allow, and the code."""
    refused = ask(method, "/organisations/x", headers={"x-http-method-override": "GET"})
    assert refused.status_code == 405
    assert refused.json()["errors"] == [GATEWAY]
    assert refused.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PUT"
    assert "request.method" in refused.headers["x-mock-reason"]


@pytest.mark.case("api-D-11")
def test_a_method_is_never_overridden(ask, organisation):
    """X-HTTP-Method-Override is ignored."""
    assert ask("GET", f"/organisations/{organisation}", headers={"x-http-method-override": "DELETE"}).status_code == 200
    assert ask("GET", f"/organisations/{organisation}").json()["OrgDetails"]["Status"] == "Active"


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/organisations//softwarestatements", id="api-C-09-empty"),
        pytest.param("/organisations/acme/../acme", id="api-C-09-dots"),
        pytest.param("/organisations/%2e%2e/acme", id="api-C-09-escaped-dots"),
        pytest.param("/organisations/acme%2F..%2Facme", id="api-C-09-slash"),
        pytest.param("/organisations/acme;x", id="api-C-09-parameter"),
        pytest.param("/organisations/%c0%ae", id="api-C-09-overlong"),
        pytest.param("/organisations/%00", id="api-C-09-nul"),
        pytest.param("/organisations/acme//", id="two-slashes"),
        pytest.param("//organisations", id="leading"),
        pytest.param("/nowhere", id="nowhere"),
        pytest.param("/Organisations", id="case"),
        pytest.param("/", id="root"),
    ],
)
def test_odd_paths_are_404_or_400(door, token, organisation, path):
    """With the service's body; never another object, never a redirect."""
    authorised = [(b"authorization", f"Bearer {token()}".encode())]
    status, headers, body = exchange(door, "GET", path, headers=authorised)
    assert status in (400, 404)
    assert set(json.loads(body)) == {"errors"}
    assert "x-mock-reason" in headers


@pytest.mark.parametrize("path", ["/organisations/", "/organisations/acme/", "/organisations/acme/softwarestatements/"])
def test_one_slash_at_the_end_is_nothing(ask, organisation, path):
    """Answered, never redirected, POST too (connect.md 2.1)."""
    answer = ask("GET", path)
    assert answer.status_code == 200
    made = ask("POST", "/organisations/", json=ORGANISATION | {"OrganisationId": "slash"})
    assert made.status_code == 201


# bodies


@pytest.mark.parametrize("path", ["/organisations", "/organisations/acme/softwarestatements"])
@pytest.mark.case("api-B-09", "csr-A-26")
def test_a_body_over_the_limit_is_413(door, token, organisation, path):
    """By its Content-Length before an octet is read, and counted where there is none; in the gateway's form."""
    authorised = (b"authorization", f"Bearer {token()}".encode())
    announced = [authorised, (b"content-length", b"10485760")]
    chunks = [b" " * 65_536] * 160
    for headers, body in ((announced, (b"",)), ([authorised], chunks)):
        status, answered, content = exchange(door, "POST", path, *body, headers=headers)
        assert status == 413
        assert json.loads(content)["errors"] == [GATEWAY]
        assert "request.too_large" in answered["x-mock-reason"]


def test_a_body_at_the_limit_is_read(ask, sandbox):
    """1 MiB exactly passes the limit, one octet more does not."""
    body = json.dumps(ORGANISATION | {"OrganisationId": "big", "LogoUri": "data:image/png;base64,"}).encode()
    room = sandbox.settings.max_body_bytes - len(body)
    full = body.replace(b"base64,", b"base64," + b"A" * room)
    headers = {"content-type": "application/json"}
    assert ask("POST", "/organisations", content=full, headers=headers).status_code == 201
    assert ask("POST", "/organisations", content=full + b" ", headers=headers).status_code == 413


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip"])
@pytest.mark.case("api-B-10")
def test_compressed_bodies_are_415(ask, encoding):
    """Before they are unpacked; `identity` is none."""
    headers = {"content-encoding": encoding, "content-type": "application/json"}
    assert ask("POST", "/organisations", content=b"{}", headers=headers).status_code == 415
    plain = headers | {"content-encoding": "identity"}
    assert ask("POST", "/organisations", content=b"{}", headers=plain).status_code == 400


@pytest.mark.case("api-B-09")
def test_a_slow_body_is_408(door, sandbox, token):
    """The whole body has one deadline, whether it trickles or never comes; the connection is given up."""
    hasty = Edge(door._app, Sandboxes(sandbox), body_seconds=0.1)
    authorised = [(b"authorization", f"Bearer {token()}".encode())]
    for chunks, pause in ((([b"{"] * 100), 0.02), (([b"{", b"}"]), 30)):
        began = time.monotonic()
        status, headers, _body = exchange(hasty, "POST", "/organisations", *chunks, headers=authorised, pause=pause)
        assert status == 408
        assert headers["connection"] == "close"
        assert "request.timeout" in headers["x-mock-reason"]
        assert time.monotonic() - began < 2


@pytest.mark.case("api-B-09")
def test_a_million_members_take_little_time(ask):
    """As many as the limit of the body allows are read, or refused, in well under a second or so."""
    body = b"{" + b",".join(b'"%d":1' % n for n in range(100_000)) + b"}"
    began = time.monotonic()
    assert ask("POST", "/organisations", content=body[:1_048_576]).status_code == 400
    assert time.monotonic() - began < 3


@pytest.mark.case("api-B-19")
def test_a_body_where_none_is_wanted_is_ignored(ask, organisation):
    """GET and DELETE with a body of any type are answered as without."""
    for kind in ("application/json", "a/b"):
        assert ask("GET", "/organisations", content=b"\xff", headers={"content-type": kind}).status_code == 200
    assert ask("DELETE", "/organisations/acme", content=b"{", headers={"content-type": "a/b"}).status_code == 204


def test_who_goes_away_gets_no_answer(door, sandbox, token):
    """A client that leaves in the middle of its body is noted, and nothing is stored."""

    async def run():
        messages = [
            {"type": "http.request", "body": b"{", "more_body": True},
            {"type": "http.disconnect"},
        ]

        async def receive():
            return messages.pop(0)

        async def send(_message):
            pass

        headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {token()}".encode())]
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/organisations",
            "raw_path": b"/organisations",
            "query_string": b"",
        }
        await door({**scope, "headers": headers}, receive, send)

    anyio.run(run)
    newest = entries(sandbox)[0]
    assert (newest.status, newest.code) == (499, "request.disconnected")


def test_there_are_no_web_sockets(door):
    """The handshake is turned down."""
    sent = []

    async def run():
        async def send(message):
            sent.append(message)

        await door({"type": "websocket", "path": "/organisations", "headers": []}, None, send)

    anyio.run(run)
    assert sent == [{"type": "websocket.close", "code": 1000}]
