"""The portal of a real server in Chromium. Every page is watched: console, failed requests, foreign hosts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.servers import EC, Served
from tests.tools import need

PASSWORD, SECOND_FACTOR = "connect-mock", "246810"
SUPER, ADMIN, CONTACT = "super@connect-mock.example", "admin@northwind-bank.example", "ptc@northwind-bank.example"
NORTHWIND = "f1725bc6-4559-4231-ab01-961bb02e8e2d"
READER = "1dd59716-ac12-4334-8a8a-cd27f86693fe"
WIDTHS = {"desktop": (1280, 900), "phone": (390, 844)}
EXPECTED = ("Failed to load resource: the server responded with a status of 4",)
"""What Chromium itself says of pages that refuse."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with the directory of the demo."""
    settings = {**EC, "CONNECT_MOCK_OAUTH_KEY": "ec-p256"}
    with Served(tmp_path_factory.mktemp("data"), settings) as server:
        yield server


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """For one module: as long as it is there Playwright keeps an event loop running, beside which no other can run."""
    path = need("chromium")
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Watch:
    """What a page must not do."""

    def __init__(self, host: str) -> None:
        self._host, self.complaints, self.foreign = host, [], []

    def over(self, page: Any) -> None:
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._asked)

    def _said(self, message: Any) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(EXPECTED):
            self.complaints.append(message.text)

    def _asked(self, request: Any) -> None:
        if urlsplit(request.url).scheme not in ("data", "blob") and urlsplit(request.url).netloc != self._host:
            self.foreign.append(request.url)


@pytest.fixture
def open_page(served: Served, chromium: Any) -> Iterator[Callable[..., Any]]:
    """Make a page at a width; at its end nothing was complained about and no other host was asked."""
    made = []

    def make(width: str = "desktop", **options: Any) -> Any:
        size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
        context = chromium.new_context(viewport=size, base_url=served.http, ignore_https_errors=True, **options)
        context.set_default_timeout(10_000)
        page, watch = context.new_page(), Watch(urlsplit(served.http).netloc)
        watch.over(page)
        made.append((context, watch))
        return page

    yield make
    for context, watch in made:
        context.close()
        assert watch.complaints == []
        assert watch.foreign == []


def sign_in(page: Any, who: str, path: str = "/portal") -> None:
    """Through the pages of the authorisation server, to this page."""
    page.goto(path)
    page.fill("#email", who)
    page.fill("#password", PASSWORD)
    page.click("form[action='/sign_in'] button")
    if who in (SUPER, ADMIN):
        page.fill("#code", SECOND_FACTOR)
        page.click("form[action='/sign_in/second_factor'] button")
    page.wait_for_url("**/portal/**")


def is_within(page: Any) -> bool:
    """Whether nothing scrolls sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def serious_of_axe(page: Any) -> list[tuple[str, str]]:
    """What axe finds serious or critical on the page once it has loaded: its rule and the HTML."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page.wait_for_load_state()
    found = axe.run(page).response["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")]


def look_over(page: Any, name: str) -> None:
    """Nothing serious for axe, and nothing scrolls sideways."""
    assert serious_of_axe(page) == [], name
    assert is_within(page), name
