"""The portal in process: a browser that keeps cookies, and people of every kind."""

import re
from html import unescape

import httpx
import pytest

from app.api.app import create_data_app
from app.portal.app import create_portal_doors
from app.sandboxes import Sandboxes
from tests.accounts import add_person, administrator_of, contact_of
from tests.doors import *  # noqa: F403

SESSION = "connect_mock_portal"
ORIGIN = "http://localhost"
OWN_PAGE = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}


class Browser:
    """Asks for pages and sends forms as a browser does: with cookies, Origin and Sec-Fetch-Site."""

    def __init__(self, app, token=None):
        self._app, self.cookies = app, httpx.Cookies()
        if token:
            self.cookies.set(SESSION, token, domain="localhost.local")

    def get(self, path, **options):
        return self.ask("GET", path, **options)

    def post(self, path, form=None, **options):
        """As from a page of ours; `form` may hold lists."""
        headers = OWN_PAGE | options.pop("headers", {})
        return self.ask("POST", path, data=form or {}, headers=headers, **options)

    def ask(self, method, path, **options):
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
def person(sandbox, browser_of):
    """A browser of a new person: `person("acme", "PTC")`, or `person("acme")` for an administrator."""

    def make(organisation_id, *contact_roles):
        access = contact_of(organisation_id, *contact_roles) if contact_roles else administrator_of(organisation_id)
        email = f"{'-'.join(contact_roles) or 'admin'}@{organisation_id}.example".lower()
        account = add_person(sandbox, email, OrgAccessDetails=access)
        return browser_of(user=account.user_id)

    return make


@pytest.fixture
def stranger(door):
    """Nobody is signed in."""
    return Browser(door)


@pytest.fixture
def page_of(application):
    """The address of the page of the application."""
    return "/portal/organisations/{}/applications/{}".format(*application)


def links(page):
    """Every address of the page."""
    return [unescape(found) for found in re.findall(r'href="([^"]*)"', page.text)]


def inputs(page):
    """What the form of the page would send if nobody changed it."""
    main = page.text[page.text.index("<main") :]
    found = {}
    for tag in re.findall(r"<input[^>]*>", main):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attributes.get("type") in ("checkbox", "radio") and " checked" not in tag:
            continue
        if attributes.get("type") != "search":
            found.setdefault(unescape(attributes["name"]), []).append(unescape(attributes.get("value", "")))
    for name, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', main, re.DOTALL):
        found.setdefault(name, []).append(unescape(text))
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', main, re.DOTALL):
        chosen = re.findall(r'<option value="([^"]*)"( selected)?', options)
        found[name] = [next((value for value, selected in chosen if selected), chosen[0][0])]
    return found


def words(page):
    """The text of the page as people read it."""
    main = page.text[page.text.index("<main") :]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", main)))
