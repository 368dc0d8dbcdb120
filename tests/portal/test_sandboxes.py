"""The portal of a sandbox that has a prefix before all its paths."""

from dataclasses import replace

import pytest
from starlette.requests import Request
from starlette.responses import Response

from app.portal.cookies import Cookie, Jar
from app.portal.pages import here_of, root_of, url_of


@pytest.fixture
def request_to(sandbox):
    """A request as the edge leaves it: without the prefix, which stands in the state."""

    def make(path, **state):
        own = {"sandbox": sandbox, **state}
        scope = {"type": "http", "scheme": "http", "server": ("localhost", 80), "headers": [], "path": path}
        return Request(scope | {"raw_path": path.encode(), "query_string": b"q=1", "state": own})

    return make


@pytest.mark.parametrize(
    ("state", "root"),
    [
        ({}, "/portal"),
        ({"sandbox_prefix": "/sandboxes/a"}, "/sandboxes/a/portal"),
        ({"service_prefix": "/portal"}, ""),
        ({"service_prefix": "/portal", "sandbox_prefix": "/sandboxes/a"}, "/sandboxes/a"),
    ],
)
def test_addresses_begin_where_the_browser_is(request_to, state, root):
    """Sandbox and host decide what stands before each path."""
    request = request_to("/portal/organisations", **state)
    assert root_of(request) == root
    assert url_of(request, "a b", x="1") == f"{root}/a%20b?x=1"
    assert here_of(request) == "/organisations?q=1"


def test_cookies_of_two_sandboxes_are_two(request_to, sandbox):
    """Whoever signs in to one stays signed in to the other."""
    named = []
    for sandbox_id in ("default", "a"):
        request = request_to("/portal", sandbox=replace(sandbox, sandbox_id=sandbox_id))
        answer = Response()
        Jar.of(request).put(answer, Cookie.SESSION, "x")
        named.append(answer.headers["set-cookie"].partition("=")[0])
    assert named == ["connect_mock_portal", "connect_mock_portal_a"]


@pytest.mark.parametrize(
    ("state", "keystore", "shown"),
    [
        ({}, "https://h:8443/keystore", "/keystore/x.jwks"),
        ({"sandbox_prefix": "/sandboxes/a"}, "https://h:8443/sandboxes/a/keystore", "/sandboxes/a/keystore/x.jwks"),
        ({"service_prefix": "/portal"}, "https://h:8443/keystore", "https://h:8443/keystore/x.jwks"),
        ({}, "https://keystore.example", "https://keystore.example/x.jwks"),
    ],
)
def test_what_is_published_is_opened_where_the_browser_is(request_to, sandbox, state, keystore, shown):
    """By path where our own listeners serve it; as published where the address leads elsewhere."""
    from app.portal.published import reachable
    from app.portal.visits import Visit

    own = replace(sandbox, addresses=replace(sandbox.addresses, keystore=keystore))
    visit = Visit(request_to("/portal/pki", **state, sandbox=own), own, caller=None, own=())
    assert reachable(visit, f"{keystore}/x.jwks") == shown
