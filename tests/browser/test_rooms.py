"""Contacts, domains, roles, servers, reference data and the audit in Chromium: walks without script too, and axe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import ADMIN, NORTHWIND, READER, SUPER, WIDTHS, is_within, look_over, sign_in
from tests.servers import Served

pytestmark = pytest.mark.slow
HERE = f"/portal/organisations/{NORTHWIND}"
APPLICATION = f"{HERE}/applications/{READER}"
REFERENCES = "/portal/reference-data"


def choose(page: Any, name: str) -> None:
    """An entry of the navigation, which phones keep behind a button."""
    if page.is_visible("button.menu"):
        page.click("button.menu")
    page.click(f"nav.side a:text-is('{name}')")


def told(page: Any) -> str:
    """What the page says after a change."""
    return str(page.inner_text("[role=status]"))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scripts", ["on", "off"])
def test_walk_of_an_administrator(open_page: Callable[..., Any], width: str, scripts: str) -> None:
    """A contact in two steps, with a mistake; a server, its API and endpoints; then both go again."""
    page, name = open_page(width, java_script_enabled=scripts == "on"), f"Walk {width} {scripts}"
    sign_in(page, ADMIN, HERE)
    contact_comes_and_goes(page, name)
    choose(page, "Servers")
    page.click("main .head >> text=New Server")
    page.fill("#CustomerFriendlyName", name)
    page.fill("#CustomerFriendlyDescription", "Made on a walk")
    page.fill("#CustomerFriendlyLogoUri", "https://walk.example/logo.svg")
    page.fill("#Issuer", "https://walk.example")
    page.click("main form .buttons button:has-text('Add')")
    assert f"Server {name} was added." in told(page)
    api_is_completed(page)
    page.click(f".crumbs >> text={name}")
    page.click("main .head >> text=Remove >> nth=0")
    assert is_within(page)
    page.click("form.card button")
    assert f"Server {name} was removed." in told(page)


def contact_comes_and_goes(page: Any, name: str) -> None:
    choose(page, "Contacts")
    page.click("main .head >> text=New Contact")
    page.fill("#LastName", name)
    page.fill("#EmailAddress", "nobody")
    page.click("main form .buttons button:has-text('Continue')")
    assert "EmailAddress must be a valid email" in page.inner_text(".summary")
    page.fill("#EmailAddress", "walk@northwind-bank.example")
    page.fill("#PhoneNumber", "+44 20 7946 0000")
    page.click("main form .buttons button:has-text('Continue')")
    page.fill("#City", "Leeds")
    assert is_within(page)
    page.click("main form .buttons button:has-text('Add')")
    assert f"Contact {name} was added." in told(page)
    page.click("main .head >> text=Remove")
    page.click("form.card button")
    assert f"Contact {name} was removed." in told(page)


def api_is_completed(page: Any) -> None:
    """An API of the family of payments, which wants two endpoints."""
    page.click("main >> text=New API Resource")
    page.select_option("#ApiFamilyID", label="payments · 1.0.0")
    page.click("main form .buttons button:has-text('Add')")
    assert page.locator("main .missing").count() == 2
    page.click("main >> text=New Endpoints")
    base = "https://api.walk.example/payments/v1/payments"
    page.fill("#ApiEndpoints", f"{base}\n{base}/{{paymentId}}")
    page.click("main form .buttons button:has-text('Add')")
    assert page.locator("main .missing").count() == 0
    assert is_within(page)


def test_role_is_taken_away_and_given_back(open_page: Callable[..., Any]) -> None:
    """By a super user; the history tells both, and so does the audit."""
    page = open_page()
    sign_in(page, SUPER, f"{HERE}/roles")
    page.click("main td a:has-text('DADOS')")
    page.click("main .head >> text=Remove")
    page.click("form.card button")
    assert "Role DADOS is inactive now." in told(page)
    page.uncheck("main input[name=active]")
    page.wait_for_selector("#objects td:has-text('Inactive')")
    page.click("main td a:has-text('DADOS')")
    page.click("main .head >> text=Edit")
    page.select_option("#Status", "Active")
    page.click("main form .buttons button:has-text('Save')")
    page.click(".tabs >> text=Role Change History")
    page.click(".differences summary >> nth=0")
    assert "Inactive" in page.inner_text(".differences >> nth=0")
    choose(page, "Audit")
    page.select_option("#type", "organisationAuthorityClaim")
    page.wait_for_url("**type=organisationAuthorityClaim**")
    page.wait_for_selector("#entries :text('Changed')")
    assert SUPER in page.inner_text("#entries")


@pytest.fixture
def pages(served: Served) -> list[str]:
    """Lists, objects and forms of rooms of every kind."""
    rooms = ("contacts", "domains", "roles", "servers")
    references = ("", "/domains", "/authorities", "/api-families", "/contact-types", "/flags", "/user-types")
    return [
        *(f"{HERE}/{room}{end}" for room in rooms for end in ("", "/new")),
        f"{APPLICATION}/roles",
        f"{APPLICATION}/certifications",
        f"{APPLICATION}/certifications/new",
        *(REFERENCES + room for room in references),
        f"{REFERENCES}/api-families/new",
        f"{REFERENCES}/authorities/new",
        f"{APPLICATION}/custom-claims/new",
        f"{REFERENCES}/federations?all=yes",
        "/portal/audit",
        "/portal/search?q=open",
    ]


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_are_for_everybody(open_page: Callable[..., Any], pages: list[str], width: str, colours: str) -> None:
    """axe finds nothing serious, and nothing scrolls sideways."""
    page = open_page(width, color_scheme=colours, bypass_csp=True)
    sign_in(page, SUPER)

    for path in pages:
        page.goto(path)
        look_over(page, path)
    for path in (f"{HERE}/roles", f"{REFERENCES}/domains"):
        page.goto(path)
        page.click("main td:first-child a >> nth=0")
        look_over(page, page.url)
        page.goto(path)
        page.click(".row-menu summary >> nth=0")
        look_over(page, "row menu")
    page.goto("/portal/audit")
    page.click(".differences summary >> nth=0")
    look_over(page, "differences")
