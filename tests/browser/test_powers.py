"""The mock's own powers in Chromium, at a server of its own: other tests want an untouched clock and no faults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import ADMIN, READER, SUPER, WIDTHS, look_over, sign_in

pytestmark = pytest.mark.slow
MOCK = "/portal/mock"
PAGES = (
    "clock",
    "faults",
    "faults/new",
    "faults/new?template=slow",
    "scenarios",
    "scenarios/jwks-rotate",
    "scenarios/mass-revocation",
    "certificates",
    "certificates/new?defect=expired",
)


def choose(page: Any, name: str) -> None:
    """An entry of the navigation, which phones keep behind a button."""
    if page.is_visible("button.menu"):
        page.click("button.menu")
    page.click(f"nav.side a:has-text('{name}')")


def shows(page: Any, text: str, part: str = "main") -> None:
    """Wait until that part of the page, or of the next one, has this text."""
    page.locator(part).filter(has_text=text).first.wait_for(timeout=20_000)


def tells(page: Any, text: str) -> None:
    """Wait for a notice."""
    shows(page, text, "[role=status]")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scripts", ["on", "off"])
def test_walk(open_page: Callable[..., Any], width: str, scripts: str) -> None:
    """Move the clock over a year and stay signed in, break a thing, walk a drill, make a certificate; all undone."""
    page = open_page(width, java_script_enabled=scripts == "on")
    sign_in(page, SUPER, f"{MOCK}/clock")
    page.click("text='1 year'")
    tells(page, "The clock shows")
    shows(page, "ahead of it")
    page.click("p.mock a:has-text('Clock moved')")
    page.click("text=Give it back")
    tells(page, "was given back")
    _break_and_mend(page)
    choose(page, "Scenarios")
    page.click("main a:has-text('jwks-rotate')")
    page.click("main button:has-text('Start')")
    tells(page, "Done: published.")
    page.click("text='Next: used'")
    tells(page, "Done: used.")
    page.click("text='Next: withdrawn'")
    shows(page, "finished")
    _order(page)


def _break_and_mend(page: Any) -> None:
    choose(page, "Faults")
    page.click("main a:has-text('token-outage')")
    page.fill("[id='trigger.next']", "2")
    page.click("text=Break it")
    tells(page, "token-outage is at work.")
    shows(page, "1 active fault", "p.mock")
    page.click("main button:has-text('Remove') >> nth=0")
    tells(page, "It had struck 0 times.")
    assert "active fault" not in page.inner_text("p.mock")


def _order(page: Any) -> None:
    choose(page, "Certificates on demand")
    page.click("main a:has-text('signature_flipped')")
    page.select_option("#type", "rtstransport")
    page.fill("#software", READER)
    page.click("text=Make it")
    shows(page, "certificate signature failure")
    with page.expect_download() as download:
        page.click("main a:has-text('key.pem') >> nth=0")
    assert download.value.suggested_filename == "key.pem"
    assert "PRIVATE KEY" in download.value.path().read_text()
    page.click("text='Done'")
    shows(page, "signature_flipped", "table.made")


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_axe(open_page: Callable[..., Any], width: str, colours: str) -> None:
    """Nothing serious on any page, empty, filled and with findings, and none scrolls sideways."""
    page = open_page(width, color_scheme=colours, bypass_csp=True)
    sign_in(page, SUPER)

    for path in PAGES:
        page.goto(f"{MOCK}/{path}")
        look_over(page, path)
    page.fill("#software", READER)
    page.select_option("#type", "rtstransport")
    page.click("text=Make it")
    look_over(page, "made")
    page.goto(f"{MOCK}/certificates")
    page.click("table.made tbody a >> nth=0")
    look_over(page, "one")
    for path, field, button in (("clock", "#advance", "Advance"), ("faults/new", "[id='effect.status']", "Break it")):
        page.goto(f"{MOCK}/{path}")
        page.fill(field, "soon")
        page.click(f"main button:has-text('{button}')")
        look_over(page, f"findings of {path}")
    page.goto(f"{MOCK}/faults/new?template=crl-outage")
    page.click("text=Break it")
    look_over(page, "a fault")
    page.click("main button:has-text('Remove') >> nth=0")


def test_by_keyboard(open_page: Callable[..., Any]) -> None:
    """From the field to its button and on by Tab and Enter alone; what was wrong has the focus."""
    page = open_page()
    sign_in(page, SUPER, f"{MOCK}/clock")
    page.focus("#advance")
    page.keyboard.type("soon")
    page.keyboard.press("Enter")
    page.wait_for_selector(".summary:focus")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**#advance")
    page.goto(f"{MOCK}/faults/new?template=crl-outage")
    page.focus("[id='effect.crl_down']")
    assert page.evaluate("document.activeElement.checked") is True
    page.keyboard.press("Space")
    assert page.evaluate("document.activeElement.checked") is False
    page.focus(".family summary >> nth=5")
    before = page.evaluate("document.activeElement.parentElement.open")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.parentElement.open") is not before


def test_others(open_page: Callable[..., Any]) -> None:
    """An administrator of an organisation sees no entry, and the page says that it is not for him."""
    page = open_page()
    sign_in(page, ADMIN)
    assert "Mock powers" not in page.inner_text("nav.side")
    page.goto(f"{MOCK}/clock")
    shows(page, "This is not allowed")
