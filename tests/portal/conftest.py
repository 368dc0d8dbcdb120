"""The portal in process: a browser that keeps cookies, and people of every kind."""

import re

import httpx
import pytest

from app.api.app import create_data_app
from app.portal.app import create_portal_doors
from app.sandboxes import Sandboxes
from tests.doors import *  # noqa: F403

SESSION = "connect_mock_portal"
ORIGIN = "http://localhost"


class Browser:
    """Asks for pages and sends forms as a browser does: with cookies, Origin and Sec-Fetch-Site."""

    def __init__(self, app, token=None):
        self._app, self.cookies = app, httpx.Cookies()
        if token:
            self.cookies.set(SESSION, token, domain="localhost.local")

    def get(self, path, **options):
        return self._ask("GET", path, **options)

    def post(self, path, form=None, **options):
        headers = {"origin": ORIGIN, "sec-fetch-site": "same-origin"} | options.pop("headers", {})
        return self._ask("POST", path, data=form or {}, headers=headers, **options)

    def _ask(self, method, path, **options):
        import anyio

        async def ask():
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=True)
            async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, cookies=self.cookies) as client:
                answer = await client.request(method, path, **options)
                self.cookies = client.cookies
                return answer

        return anyio.run(ask)


@pytest.fixture
def door(sandbox):
    return create_data_app(Sandboxes(sandbox), create_portal_doors())


@pytest.fixture
def browser(door, token):
    """A super user's browser."""
    return Browser(door, token())


@pytest.fixture
def browser_of(door, token):
    """A browser of an organisation's administrator: `browser_of("acme")`."""

    def make(*owner, **more):
        return Browser(door, token(*owner, **more))

    return make


@pytest.fixture
def stranger(door):
    """Nobody is signed in."""
    return Browser(door)


def links(page):
    """Every address of the page."""
    return re.findall(r'href="([^"]*)"', page.text)
