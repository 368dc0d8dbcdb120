"""The portal of a sandbox that has a prefix before all its paths."""

import re
from dataclasses import replace
from types import SimpleNamespace
from urllib.parse import urljoin, urlsplit

import pytest
from starlette.requests import Request
from starlette.responses import Response

from app.api.app import create_data_app
from app.portal.app import create_portal_doors
from app.portal.cookies import Cookie, Jar
from app.portal.pages import here_of, root_of, url_of
from app.sandboxes import Sandboxes
from app.sandboxes.making import Wanted
from tests.doors import PORTS
from tests.portal.conftest import Browser, inputs, links, words


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


A = "/sandboxes/a"
SUPER, PASSWORD, CODE = "super@connect-mock.example", "connect-mock", "246810"


@pytest.fixture
def registry(sandbox):
    """Sandboxes beside `default`: `a` with the directory of the demo."""
    made = Sandboxes(sandbox)
    made.create(Wanted(sandbox_id="a", template="demo"))
    yield made
    for row in made.rows.all():
        made.drop(row.sandbox_id)


@pytest.fixture
def visitor(registry):
    """A browser that goes where answers send it, at the http listener."""
    browser, base = Browser(create_data_app(registry, create_portal_doors())), f"http://127.0.0.1:{PORTS['http']}"
    headers = {"host": urlsplit(base).netloc}

    def get(address):
        return browser.ask("GET", urljoin(base, address), headers=headers)

    def post(address, form):
        own = headers | {"origin": base, "sec-fetch-site": "same-origin"}
        return browser.ask("POST", urljoin(base, address), data=form, headers=own)

    return SimpleNamespace(get=get, post=post, cookies=lambda: browser.cookies)


def followed(visitor, answer):
    """The first answer that sends nobody on; every address on the way is one of the sandbox."""
    while answer.status_code == 303:
        assert urlsplit(answer.headers["location"]).path.startswith(A), answer.headers["location"]
        answer = visitor.get(answer.headers["location"])
    return answer


def form_of(page):
    """Where the page's form goes, and what stands in it."""
    action = re.search(r'<form method="post" action="([^"]*sign_in[^"]*)"', page.text)[1]
    return action, {name: values[-1] for name, values in inputs(page).items()}


def test_sign_in_stays_in_the_sandbox(visitor, registry):
    """From its portal through its sign-in pages back to its portal, and out again: no address leaves the prefix."""
    page = followed(visitor, visitor.get(f"{A}/portal/organisations"))
    assert all(link.startswith(A) for link in links(page) if link.startswith("/"))
    assert visitor.get(f"{A}/sign_in/login.css").status_code == 200
    action, form = form_of(page)
    page = followed(visitor, visitor.post(action, form | {"email": SUPER, "password": PASSWORD}))
    action, form = form_of(page)
    page = followed(visitor, visitor.post(action, form | {"code": CODE}))
    assert page.status_code == 200
    assert "Northwind" in page.text
    assert all(link.startswith(A) for link in links(page) if link.startswith("/"))
    assert visitor.get("/portal/organisations").status_code == 303  # nobody is signed in at `default`
    left = followed(visitor, visitor.post(f"{A}/portal/sign-out", {}))
    assert "You are signed out" in words(left)
    assert visitor.get(f"{A}/portal/organisations").status_code == 303


def test_offered_users_and_devices_stay_in_the_sandbox(visitor, registry):
    """The other pages for people: offered users, the code of a device, the end of a session."""
    for path in ("/sign_in", "/device", "/session/end"):
        page = followed(visitor, visitor.get(f"{A}{path}"))
        assert page.status_code == 200
        assert all(link.startswith(A) for link in links(page) if link.startswith("/")), path
        actions = re.findall(r'action="([^"]*)"', page.text)
        assert all(action.startswith(A) for action in actions), path


@pytest.mark.parametrize("name", ["oauth-authorization-server", "openid-configuration"])
def test_metadata_is_where_rfc_8414_has_it(visitor, registry, name):
    """The well-known part goes before the path of an issuer that has one; what it names has the prefix."""
    found = visitor.get(f"/.well-known/{name}{A}").json()
    assert found["issuer"].endswith(A)
    assert found == visitor.get(f"{A}/.well-known/{name}").json()
    assert visitor.get(f"/.well-known/{name}/sandboxes/b").status_code == 404
    assert visitor.get(f"/.well-known/{name}").json()["issuer"] + A == found["issuer"]


class TestByName:
    """Services under names of their own: the portal at `web.`, the authorisation server at `auth.`."""

    @pytest.fixture
    def options(self):
        return {"address_web": "https://web.mock.example", "address_auth": "https://auth.mock.example"}

    def test_sign_in_goes_by_both_names(self, registry):
        """The sandbox stands first in every path of either."""
        browser, at = Browser(create_data_app(registry, create_portal_doors())), "https://web.mock.example"

        def go(answer):
            while answer.status_code == 303:
                address = urljoin(str(answer.url), answer.headers["location"])
                assert address.startswith((f"{at}{A}", f"https://auth.mock.example{A}"))
                answer = browser.get(address)
            return answer

        def send(page, form):
            action, known = form_of(page)
            origin = {"origin": f"https://{page.url.host}", "sec-fetch-site": "same-origin"}
            return go(browser.ask("POST", urljoin(str(page.url), action), data=known | form, headers=origin))

        page = go(browser.get(f"{at}{A}/organisations"))
        assert page.url.host == "auth.mock.example"
        page = send(send(page, {"email": SUPER, "password": PASSWORD}), {"code": CODE})
        assert (page.status_code, page.url.host, page.url.path) == (200, "web.mock.example", f"{A}/organisations")
        assert all(link.startswith(A) for link in links(page) if link.startswith("/"))
        made = browser.get(f"https://auth.mock.example/.well-known/oauth-authorization-server{A}").json()
        assert made["issuer"] == f"https://auth.mock.example{A}"
