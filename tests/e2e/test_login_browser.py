"""Signing in with a real browser: Chromium with and without JavaScript, on plain http and over TLS, wide and narrow."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.oauth.relying_party import CHALLENGE
from tests.servers import EC, Served
from tests.tools import need

pytestmark = pytest.mark.slow
ORGANISATION = "f1725bc6-4559-4231-ab01-961bb02e8e2d"
ADMIN, PASSWORD, SECOND_FACTOR = "admin@northwind-bank.example", "connect-mock", "246810"
WIDTHS = {"wide": 1280, "narrow": 390}


class Application:
    """Two hosts of one application: the callback sends the browser on to the other, as many do."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, str]] = []
        self.home, self.callback = self._serve("home"), self._serve("callback")

    def _serve(self, role: str) -> ThreadingHTTPServer:
        application = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("content-length", 0))
                body = self.rfile.read(length).decode()
                application.seen.append((role, self.command, body or self.path))
                self.send_response(303 if role == "callback" else 200)
                if role == "callback":
                    self.send_header("location", f"http://localhost:{application.home.server_port}/home")
                self.end_headers()
                self.wfile.write(b"<title>Home</title>")

            do_POST = do_GET

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("localhost", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    @property
    def redirect_uri(self) -> str:
        return f"http://localhost:{self.callback.server_port}/cb"

    def close(self) -> None:
        self.home.shutdown()
        self.callback.shutdown()
        self.home.server_close()
        self.callback.server_close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("data"), {**EC, "CONNECT_MOCK_PUBLIC_HOST": "localhost"}) as server:
        yield server


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    path = need("chromium")
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def application() -> Iterator[Application]:
    made = Application()
    yield made
    made.close()


@pytest.fixture
def address(served: Served, application: Application) -> Any:
    """Make the address that the application sends a browser to."""
    headers = {"authorization": f"Bearer {served.token(scope='directory:website')}"}
    made = httpx.post(
        f"{served.http}/organisations/{ORGANISATION}/softwarestatements",
        headers=headers,
        json={
            "ClientName": "Harbour Accounts",
            "LogoUri": "https://harbour.example/logo.svg",
            "RedirectUri": [application.redirect_uri],
            "TokenEndpointAuthMethod": "client_secret_basic",
            "RequireSignedRequestObject": False,
            "Roles": [{"AuthorisationDomain": "Open Banking", "Role": "DADOS"}],
        },
    ).json()
    client = made["ClientId"], made["ClientSecret"]

    def push(base: str, **changed: str) -> str:
        request = {
            "response_type": "code",
            "redirect_uri": application.redirect_uri,
            "scope": "openid offline_access directory:website profile",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "state": "st-1",
        }
        pushed = httpx.post(f"{served.http}/request", data=request | changed, auth=client)
        assert pushed.status_code == 201, pushed.text
        return f"{base}/auth?client_id={client[0]}&request_uri={pushed.json()['request_uri']}"

    return push


def sign_in(page: Any) -> None:
    page.fill("#email", ADMIN)
    page.fill("#password", PASSWORD)
    page.click("form[action='/sign_in'] button")
    page.fill("#code", SECOND_FACTOR)
    page.click("form[action='/sign_in/second_factor'] button")


@pytest.mark.parametrize("listener", ["http", "https"])
@pytest.mark.parametrize("way", ["query", "query-no-scripts", "form_post", "form_post-no-scripts"])
def test_from_the_application_and_back(
    served: Served, chromium: Any, application: Application, address: Any, listener: str, way: str
) -> None:
    """The code arrives, and the application may send the browser on; nothing breaks the policies of our pages."""
    mode, _, scripts = way.partition("-")
    base = getattr(served, listener).replace("127.0.0.1", "localhost")
    context = chromium.new_context(ignore_https_errors=True, java_script_enabled=not scripts)
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(address(base, response_mode=mode))
    sign_in(page)
    assert "Harbour Accounts" in page.inner_text("main")
    page.click("button[value=allow]")
    if mode == "form_post" and scripts:
        page.click("form[data-submit] button")
    page.wait_for_url("**/home")
    role, method, carried = application.seen[0]
    assert (role, method) == ("callback", "POST" if mode == "form_post" else "GET")
    assert "code=" in carried
    assert "state=st-1" in carried
    cookies = {cookie["name"].removeprefix("__Host-"): cookie for cookie in context.cookies(base)}
    session = cookies["connect_mock_session"]
    assert (session["httpOnly"], session["sameSite"]) == (True, "Lax")
    assert session["secure"] is (listener == "https")
    assert complaints == []
    context.close()


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_are_accessible(
    served: Served, chromium: Any, address: Any, tmp_path: Path, width: str, colours: str
) -> None:
    """axe finds nothing on any page, none scrolls sideways, and every control can be reached by keyboard."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    context = chromium.new_context(
        viewport={"width": WIDTHS[width], "height": 900}, color_scheme=colours, bypass_csp=True
    )
    page, base = context.new_page(), served.http.replace("127.0.0.1", "localhost")

    def look(name: str) -> None:
        page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
        found = axe.run(page).response["violations"]
        assert [(name, each["id"], each["nodes"][0]["html"]) for each in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width], name

    def enter() -> None:
        with page.expect_navigation():
            page.keyboard.press("Enter")

    page.goto(address(base))
    look("sign-in")
    page.fill("#email", ADMIN)
    page.fill("#password", "wrong")
    enter()
    look("sign-in-wrong")
    assert page.evaluate("document.activeElement.id") == "password"
    page.fill("#password", PASSWORD)
    enter()
    look("second-factor")
    page.fill("#code", SECOND_FACTOR)
    enter()
    look("consent")
    page.goto(f"{base}/device")
    look("device")
    page.fill("#user_code", "BBBB-BBBB")
    enter()
    look("device-wrong")
    page.goto(f"{base}/auth?client_id=x&request_uri=y")
    look("refused")
    page.goto(f"{base}/sign_in")
    look("signed-in")
    page.click("text=Sign out")
    look("signed-out")
    context.close()
