"""Administrators, domain users and documents in Chromium: by axe, wide and narrow, light and dark, and used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.client import Directory
from tests.browser.conftest import ADMIN, NORTHWIND, SUPER, WIDTHS, look_over, sign_in
from tests.servers import EC, Served

pytestmark = pytest.mark.slow
ORGANISATION = f"/portal/organisations/{NORTHWIND}"
ADMINISTRATORS, USERS = f"{ORGANISATION}/administrators", f"{ORGANISATION}/domain-users"
LONG = f"{'administrators-of-the-whole-bank-' * 2}x@northwind-bank.example"
WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
LONG_TEXT = f"# House rules\n\n{WORD} and {WORD}"
PAGES = (
    ADMINISTRATORS,
    f"{ADMINISTRATORS}?q=nobody",
    f"{ADMINISTRATORS}/new",
    USERS,
    f"{USERS}/new",
    f"{ORGANISATION}/documents",
    "/portal/reference-data/terms",
    "/portal/people/super-users",
    "/portal/people/certification-managers",
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with a long address, a domain user who is no more, and a document."""
    settings = {**EC, "CONNECT_MOCK_OAUTH_KEY": "ec-p256"}
    with Served(tmp_path_factory.mktemp("people"), settings) as server:
        furnish(server, server.log.with_name("ready.json"))
        yield server


def furnish(server: Served, ready: Path) -> None:
    with Directory.from_ready_file(ready) as directory:
        token = directory.token(scope="directory:website").text
    with httpx.Client(base_url=server.http, headers={"authorization": f"Bearer {token}"}) as client:
        made = client.post(f"/organisations/{NORTHWIND}/adminusers", json={"UserEmail": LONG})
        assert made.status_code == 201, made.text
        body = {"Name": "House rules", "Type": "Participant", "Content": LONG_TEXT}
        assert client.post("/references/termsandconditions", json=body).status_code == 201


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_pages(open_page: Callable[..., Any], width: str, colours: str) -> None:
    """axe finds nothing serious and nothing overflows: lists, forms with findings, dialogs, a document."""
    page = open_page(width, color_scheme=colours, bypass_csp=True)
    sign_in(page, SUPER)

    for path in PAGES:
        page.goto(path)
        look_over(page, path)
    page.goto(f"{USERS}/new")
    page.click("main form .buttons button")
    page.wait_for_selector(".summary")
    look_over(page, "findings")
    page.goto(ADMINISTRATORS)
    page.click(".row-menu summary >> nth=0")
    look_over(page, "row menu")
    page.click(".row-menu[open] a")
    page.wait_for_selector("form .danger")
    look_over(page, "dialog")
    page.goto(f"{ORGANISATION}/documents")
    page.click("main td a")
    page.wait_for_url(f"**{ORGANISATION}/documents/*")
    look_over(page, "document")


def test_signing_up(open_page: Callable[..., Any]) -> None:
    """From the sign-in page by the form to the portal; axe finds nothing serious on the way."""
    page = open_page("phone", bypass_csp=True)
    page.goto("/portal")
    page.click("text=Sign up")
    page.wait_for_selector("#GivenName")
    look_over(page, "form")
    for name, value in (("Email", "zoe@example.org"), ("GivenName", "Zoë"), ("FamilyName", "Neil")):
        page.fill(f"#{name}", value)
    page.fill("#Password", "connect-mock")
    page.click("main form button")
    page.wait_for_selector("text=You have an account now")
    page.click("main a.button")
    page.fill("#email", "zoe@example.org")
    page.fill("#password", "connect-mock")
    page.click("form[action='/sign_in'] button")
    page.wait_for_selector("text=zoe@example.org has no rights yet")


def test_an_administrator_adds_a_domain_user(open_page: Callable[..., Any]) -> None:
    """By the form and by keyboard; the new one signs in, sees the organisation, and is switched off again."""
    page = open_page()
    sign_in(page, ADMIN, USERS)
    page.click("main .head a.button")
    page.fill("#Email", "new.contact@northwind-bank.example")
    page.select_option("#AuthorisationDomainRole", index=1)
    page.select_option("#UserTypeID", label="PTC (Primary technical contact)")
    page.press("#Email", "Enter")
    page.wait_for_selector("text=new.contact@northwind-bank.example was added.")
    newcomer = open_page()
    sign_in(newcomer, "new.contact@northwind-bank.example", f"{ORGANISATION}/applications")
    assert newcomer.is_visible("main .head a.button")
    row = page.locator("#people tr", has_text="new.contact@northwind-bank.example")
    row.locator("summary").click()
    row.locator("a.danger").click()
    page.click("main form button.danger")
    page.wait_for_selector("text=new.contact@northwind-bank.example is no longer")
    newcomer.reload()
    assert not newcomer.is_visible("main .head a.button")
