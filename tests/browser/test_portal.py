"""The paths of an integrator through the portal, in Chromium: wide and narrow, by keyboard, without script."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import ADMIN, CONTACT, NORTHWIND, READER, SUPER, WIDTHS, is_within, sign_in

pytestmark = pytest.mark.slow
HERE = f"/portal/organisations/{NORTHWIND}"


def choose(page: Any, name: str) -> None:
    """An entry of the navigation, which phones keep behind a button."""
    if page.is_visible("button.menu"):
        page.click("button.menu")
    page.click(f"nav.side a:has-text('{name}')")


def make_application(page: Any, name: str) -> str:
    """Through the wizard; the application's id."""
    choose(page, "Applications")
    page.click("text=New Application")
    page.check("label:has-text('DADOS') input")
    page.click("main .buttons button:has-text('Continue')")
    page.fill("#ClientName", name)
    page.click("main .buttons button:has-text('Continue')")
    page.fill("#RedirectUri", "https://walk.example/callback")
    page.click("main .buttons button:has-text('Continue')")
    page.fill("#Description", "Made on a walk")
    page.click("main .buttons button:has-text('Create')")
    page.wait_for_url("**/made")
    found = re.search(r"applications/([0-9a-f-]{36})/made", page.url)
    assert found
    return found[1]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scripts", ["on", "off"])
def test_walk_of_an_integrator(open_page: Callable[..., Any], width: str, scripts: str) -> None:
    """Sign in, make an application, find it, edit it, generate its assertion, suspend it, and sign out."""
    page = open_page(width, java_script_enabled=scripts == "on")
    sign_in(page, CONTACT)
    page.wait_for_url(f"**{HERE}")
    software = make_application(page, f"Walk {width}")
    assert software in page.inner_text("main")
    page.click("text=Done")
    page.click("main >> text=Edit")
    page.fill("#Description", "Edited")
    page.click("text=Save")
    assert "The application was saved." in page.inner_text("[role=status]")
    assert "Edited" in page.inner_text("main")
    page.click(".tabs >> text=Assertion")
    assert "locks the application" in page.inner_text("main")
    page.click("text=Generate")
    claims = json.loads(page.inner_text("#claims"))
    assert claims["software_id"] == software
    page.click(".tabs >> text=Details")
    page.click("main >> text=Suspend")
    assert is_within(page)
    page.click("form.card button:has-text('Suspend')")
    assert "Suspended" in page.inner_text("main .about")
    choose(page, "Applications")
    page.uncheck("main input[name=active]")
    page.fill("#filter", f"walk {width}")
    page.click("text=Apply")
    page.wait_for_selector("main :text('in all')")
    assert "Suspended" in page.inner_text("#applications")
    page.click(".profile > summary")
    page.click("text=Sign out")
    assert "You are signed out" in page.inner_text("main")


def test_by_keyboard_alone(open_page: Callable[..., Any]) -> None:
    """Skip link first, `/` for the search, menus by Enter and Escape, a form sent by Enter; focus is always visible."""
    page = open_page()
    sign_in(page, CONTACT)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("reader")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "Northwind Account Reader" in page.inner_text("main")
    page.focus("nav.side summary")
    page.keyboard.press("Enter")
    assert page.is_visible("nav.side .panel")
    page.keyboard.press("Escape")
    assert page.is_hidden("nav.side .panel")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.goto(f"{HERE}/applications/new")
    page.focus("label:has-text('DADOS') input")
    page.keyboard.press("Space")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.is_visible("#ClientName")
    page.focus("#ClientName")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.className") == "summary"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "ClientName"


def test_every_control_is_reached_in_order(open_page: Callable[..., Any]) -> None:
    """Tab walks through what is visible from top to bottom, and out at the end."""
    page = open_page()
    sign_in(page, CONTACT, f"{HERE}/applications")
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))
        if len(seen) > 1 and seen[-1].startswith("<body"):
            break
    assert any("New Application" in each or "/applications/new" in each for each in seen)
    assert any("row-menu" in each or "<summary" in each for each in seen)
    order = [
        next(i for i, each in enumerate(seen) if word in each)
        for word in ("skip", "mark", 'id="search"', 'id="filter"')
    ]
    assert order == sorted(order)


def test_list_changes_while_typing(open_page: Callable[..., Any]) -> None:
    """With script the filter works as one types, keeps the focus, and stays in the address."""
    page = open_page()
    sign_in(page, CONTACT, f"{HERE}/applications")
    page.fill("#filter", "zzz")
    page.wait_for_selector("#applications :text('No application found')")
    assert page.evaluate("document.activeElement.id") == "filter"
    page.wait_for_url("**q=zzz**")
    page.fill("#filter", "")
    page.wait_for_selector("#applications .cards")
    page.select_option("#sort", "-name")
    page.wait_for_url("**sort=-name**")


def test_copy_button_copies(open_page: Callable[..., Any]) -> None:
    """The id is in the clipboard, and the button says so."""
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    sign_in(page, CONTACT, f"{HERE}/applications/{READER}")
    page.click("[data-copy] >> nth=0")
    page.wait_for_selector("text=Copied")
    assert page.evaluate("navigator.clipboard.readText()") == READER


def test_dark_is_kept(open_page: Callable[..., Any]) -> None:
    """The choice of the profile menu holds for every page, and again follows the device when asked to."""
    page = open_page(color_scheme="light")
    sign_in(page, CONTACT)
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click(".profile > summary")
    page.click("button:has-text('Dark')")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    page.goto("/portal/organisations")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    page.click(".profile > summary")
    page.click("button:has-text('As the device')")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light


def test_super_user_makes_and_withdraws_an_organisation(open_page: Callable[..., Any]) -> None:
    """New, with what is wrong told beside the fields; then edit; then withdraw."""
    page = open_page()
    sign_in(page, SUPER)
    page.click("text=New Organisation")
    page.fill("#OrganisationId", "walk-org")
    page.click("text=Save")
    assert page.inner_text("#City-fault").startswith("Problem:")
    for name, value in {
        "OrganisationName": "Walk Bank",
        "LegalEntityName": "Walk Bank Ltd",
        "CountryOfRegistration": "GB",
        "CompanyRegister": "Companies House",
        "RegistrationNumber": "4711",
        "AddressLine1": "1 Walk Way",
        "City": "Leeds",
        "Postcode": "LS1 1AA",
        "Country": "GB",
    }.items():
        page.fill(f"#{name}", value)
    page.click("text=Save")
    assert "The organisation was made." in page.inner_text("[role=status]")
    page.click("main >> text=Withdraw")
    page.click("form.card button")
    assert "Withdrawn" in page.inner_text(".about")


def test_administrator_unlocks(open_page: Callable[..., Any]) -> None:
    """The lock of an assertion is shown, and taken away by a page of its own."""
    page = open_page("phone")
    sign_in(page, ADMIN, f"{HERE}/applications/{READER}/assertion")
    page.click("text=Generate")
    page.click(".tabs >> text=Details")
    assert "Locked" in page.inner_text(".about")
    page.click("main >> text=Unlock")
    page.click("form.card button:has-text('Unlock')")
    assert "Locked" not in page.inner_text(".about")
