"""Signing in through the authorisation server, and who is let in at all (connect.md 17.6; api-cases.md F)."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from app.access import PORTAL, Caller
from app.oauth.accounts import AccountDraft
from app.portal.own_paths import own_path
from app.runtime.entropy import new_id
from app.web.own_site import SAFE
from tests.accounts import administrator_of
from tests.doors import PORTS
from tests.portal.conftest import OWN_PAGE, SESSION, Browser, inputs, words

EMAIL, PASSWORD = "ann@acme.example", "right"
HTTP = f"http://127.0.0.1:{PORTS['http']}"
HTTPS = f"https://127.0.0.1:{PORTS['https']}"


@pytest.fixture
def ann(sandbox, organisation):
    """An administrator of Acme who may sign in."""
    draft = AccountDraft(
        new_id(sandbox.entropy), EMAIL, PASSWORD, details={"OrgAccessDetails": administrator_of(organisation)}
    )
    return sandbox.people.accounts.create(Caller(frozenset()), draft)


class Journey:
    """A browser that signs in, step by step, at one listener."""

    def __init__(self, door, base=HTTP):
        self.browser, self.base = Browser(door), base
        self.headers = {"host": urlsplit(base).netloc}

    def get(self, address):
        parts = urlsplit(address)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return self.browser.ask("GET", f"{self.base}{path}", headers=self.headers)

    def post(self, path, form):
        headers = self.headers | OWN_PAGE | {"origin": self.base}
        return self.browser.ask("POST", f"{self.base}{path}", data=form, headers=headers)

    def begin(self, path):
        """To the sign-in page."""
        asked = self.get(path)
        assert asked.status_code == 303
        return self.get(self.get(asked.headers["location"]).headers["location"])

    def sign_in(self, path="/portal/organisations"):
        """From a page through the sign-in back to it; the last answer is what the callback says."""
        page = self.begin(path)
        form = {name: values[-1] for name, values in inputs(page).items()}
        answer = self.post("/sign_in", form | {"email": EMAIL, "password": PASSWORD})
        for _ in range(2):
            answer = self.get(answer.headers["location"])
        return answer


@pytest.mark.parametrize("base", [HTTP, HTTPS, f"http://localhost:{PORTS['http']}"])
def test_sign_in_comes_back_to_the_page_that_was_asked_for(door, ann, base):
    """Over http and https, by name and by number: code, PAR and PKCE, and then the very page."""
    journey = Journey(door, base)
    back = journey.sign_in("/portal/organisations?q=acme")
    assert back.headers["location"] == "/portal/organisations?q=acme"
    page = journey.get("/portal/organisations?q=acme")
    assert page.status_code == 200
    assert EMAIL in page.text


def test_request_goes_by_par_with_pkce(door, ann, sandbox):
    """The browser carries client id and request_uri alone; the kept request has an S256 challenge and our callback."""
    journey = Journey(door)
    asked = journey.get("/portal/sign-in").headers["location"]
    query = parse_qs(urlsplit(asked).query)
    assert set(query) == {"client_id", "request_uri"}
    assert query["client_id"] == [PORTAL]


@pytest.mark.case("api-F-02")
def test_session_is_new_and_guarded(door, ann):
    """A cookie that was there before the sign-in is replaced; HttpOnly, SameSite, and Secure over TLS."""
    journey = Journey(door, HTTPS)
    journey.browser.cookies.set(f"__Host-{SESSION}", "fixed", domain="127.0.0.1")
    back = journey.sign_in()
    cookie = next(c for c in back.headers.get_list("set-cookie") if c.startswith(f"__Host-{SESSION}="))
    assert "fixed" not in cookie
    for word in ("HttpOnly", "SameSite=lax", "Secure", "Path=/"):
        assert word in cookie


def test_answer_of_another_sign_in_is_refused(door, ann):
    """Without the browser's own state there is no session, whatever code is shown (login CSRF)."""
    journey = Journey(door)
    page = journey.begin("/portal")
    form = {name: values[-1] for name, values in inputs(page).items()}
    answer = journey.get(journey.post("/sign_in", form | {"email": EMAIL, "password": PASSWORD}).headers["location"])
    other = Journey(door)
    refused = other.get(answer.headers["location"])
    assert refused.status_code == 403
    assert "login.foreign" in refused.text
    assert "set-cookie" not in refused.headers


def test_answer_counts_once(door, ann):
    """The code of a callback that comes twice is refused in words, not with a server error."""
    journey = Journey(door)
    page = journey.begin("/portal")
    form = {name: values[-1] for name, values in inputs(page).items()}
    answer = journey.get(journey.post("/sign_in", form | {"email": EMAIL, "password": PASSWORD}).headers["location"])
    kept = journey.browser.cookies
    journey.get(answer.headers["location"])
    journey.browser.cookies = kept
    again = journey.get(answer.headers["location"])
    assert again.status_code in (400, 403)


def test_person_who_says_no_is_told(door, ann, sandbox):
    """An error instead of a code is shown as a page."""
    journey = Journey(door)
    journey.get("/portal/sign-in")
    state = journey.browser.cookies.get("connect_mock_portal_sign_in").split(".")[0]
    refused = journey.get(f"/portal/callback?error=access_denied&state={state}&iss={sandbox.addresses.auth}")
    assert refused.status_code == 400
    assert "access_denied" in refused.text
    foreign = journey.get(f"/portal/callback?code=x&state={state}&iss=https://evil.example")
    assert foreign.status_code == 403


def test_sign_out_ends_everything(door, ann, sandbox):
    """Behind it neither the portal nor the authorisation server knows the browser, and the token is dead."""
    journey = Journey(door)
    journey.sign_in()
    token = journey.browser.cookies.get(SESSION)
    assert journey.post("/portal/sign-out", {}).headers["location"] == "/portal/signed-out"
    assert "You are signed out" in words(journey.get("/portal/signed-out"))
    assert journey.browser.cookies.get(SESSION) is None
    assert "password" in journey.begin("/portal").text
    again = Browser(door, token)
    assert again.get("/portal/organisations").status_code == 303
    assert journey.post("/portal/sign-out", {}).status_code == 303


def test_session_has_an_end(door, ann, clock):
    """After an hour of the sandbox's clock the person signs in again; a form that comes too late says so."""
    from datetime import timedelta

    journey = Journey(door)
    journey.sign_in()
    clock.advance(timedelta(seconds=3601))
    assert journey.get("/portal/organisations").status_code == 303
    late = journey.post("/portal/organisations/acme/edit", {})
    assert late.status_code == 401
    assert "Nothing was changed" in words(late)


def test_another_address_goes_by_the_published_one(door, ann):
    """A host that no sign-in may come back to is sent to the address that is published first."""
    journey = Journey(door, "http://portal.example:8080")
    asked = journey.get("/portal/sign-in?next=search%3Fq%3Da").headers["location"]
    assert asked == f"{HTTPS}/portal/sign-in?next=search%3Fq%3Da"


def test_nobody_else_is_the_portal(stranger, ask, organisation):
    """Its client id authenticates nobody at the token endpoint, and no application may take it."""
    form = {"grant_type": "authorization_code", "client_id": PORTAL, "code": "x", "redirect_uri": "x"}
    refused = stranger.ask("POST", "/token", data=form)
    assert refused.json()["error"] == "invalid_client"
    body = {
        "ClientName": "x",
        "ClientId": PORTAL,
        "LogoUri": "https://x.example/a.png",
        "RedirectUri": ["https://x.example/"],
    }
    assert ask("POST", f"/organisations/{organisation}/softwarestatements", json=body).status_code == 409


@pytest.mark.case("api-F-08")
@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%2e%2e/auth",
        "..",
        "a/../../x",
        "javascript:alert(1)//",
        "a\r\nset-cookie: x=y",
        "",
        "x" * 3000,
    ],
)
def test_next_leads_to_own_pages_alone(door, wanted):
    """Whatever `next` says, the browser stays in the portal."""
    from starlette.requests import Request

    scope = {"type": "http", "state": {}, "path": "/", "headers": []}
    address = own_path(Request(scope), wanted)
    assert address.startswith("/portal")
    assert re.fullmatch(r"[!-~]+", address)
    assert ".." not in address
    assert not address.startswith("//")
    assert own_path(Request(scope), "/portal/organisations/a%20b?q=1") == "/portal/organisations/a%20b?q=1"


def filled(path, application):
    """An address of this route; what is neither organisation nor application is `x`."""
    known = dict(zip(("organisation_id", "software_statement_id"), application, strict=True))
    return "/portal" + re.sub(r"{(\w+)(?::\w+)?}", lambda found: known.get(found[1], "x"), path)


def changing_routes():
    from app.portal.app import ROUTERS

    found = {route.path for router in ROUTERS for route in router.routes if set(route.methods) - SAFE}
    return sorted(found)


@pytest.mark.case("api-F-01")
@pytest.mark.parametrize("path", changing_routes())
def test_forms_of_other_sites_change_nothing(browser, application, sandbox, path):
    """Every route that changes something refuses another origin, another site, and a request that says neither."""
    from tests.doors import unchanged

    address = filled(path, application)
    foreign = [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://localhost"},
        {"origin": "http://localhost", "sec-fetch-site": "cross-site"},
        {},
    ]
    with unchanged(sandbox):
        for headers in foreign:
            refused = browser.ask("POST", address, data={"a": "b"}, headers=headers)
            assert refused.status_code == 403, headers
            assert "form.foreign" in refused.text


def test_nobody_sees_a_page(stranger, application):
    """Every page but those about signing in asks who it is."""
    from app.portal.app import ROUTERS

    open_pages = {"/sign-in", "/callback", "/sign-out", "/signed-out", "/preferences", "/static/{digest}/{name}"}
    open_pages |= {"/sign-up", "/signed-up"}
    for router in ROUTERS:
        for route in router.routes:
            if route.path in open_pages or "GET" not in route.methods:
                continue
            address = filled(route.path, application)
            asked = stranger.get(address)
            assert asked.status_code == 303, address
            assert asked.headers["location"].startswith("/portal/sign-in"), address
