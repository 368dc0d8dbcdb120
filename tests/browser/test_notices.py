"""The pages of expiry notices in Chromium: by axe, wide and narrow, light and dark, with an address that is long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.client import Directory
from tests.browser.conftest import NORTHWIND, SUPER, WIDTHS, is_within, serious_of_axe, sign_in
from tests.servers import EC, Served

pytestmark = pytest.mark.slow
OWN = f"/portal/organisations/{NORTHWIND}/notices"
LONG = f"{'certificates-of-the-whole-bank' * 2}@northwind-bank.example"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose clock stands a week before a certificate expires."""
    settings = {**EC, "CONNECT_MOCK_OAUTH_KEY": "ec-p256"}
    with Served(tmp_path_factory.mktemp("notices"), settings) as server:
        furnish(server.log.with_name("ready.json"))
        yield server


def furnish(ready: Path) -> None:
    with Directory.from_ready_file(ready) as directory:
        bank = directory.organisation(NORTHWIND)
        bank.contact(LONG, FirstName="Certificate", LastName="Team")
        bank.contact("oncall@northwind-bank.example")
        held = bank.application("Expiring").certificate("rtstransport")
        end = datetime.fromisoformat(held.answer["ExpiryDateTime"])
        directory.clock.set(end - timedelta(days=7))
        assert [each["stage"] for each in directory.notices(kid=held.kid)] == [7, 14, 30, 60]


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_pages(open_page: Callable[..., Any], width: str, colours: str) -> None:
    """axe finds nothing serious and nothing overflows: in both lists, a letter, and where there is nothing."""
    page = open_page(width, color_scheme=colours, bypass_csp=True)
    sign_in(page, SUPER)
    for path in ("/portal/notices", OWN, f"{OWN}?state=failed"):
        page.goto(path)
        assert serious_of_axe(page) == [], path
        assert is_within(page), path
    page.goto(f"{OWN}?stage=7")
    page.click("#notices a:has-text('7 days before') >> nth=0")
    page.wait_for_url(f"**{OWN}/*")
    assert "is about to expire, in 7 days" in page.inner_text("#text")
    assert LONG in page.inner_text("main")
    assert serious_of_axe(page) == []
    assert is_within(page)


def test_filter_swaps_the_list(open_page: Callable[..., Any]) -> None:
    """The choice of a stage leaves its notices alone, without another page."""
    page = open_page()
    sign_in(page, SUPER)
    page.goto(OWN)
    assert page.locator("#notices tbody tr").count() == 4
    page.select_option("#stage", "60")
    page.click("text=Apply")
    page.wait_for_url("**stage=60*")
    page.wait_for_function("document.querySelectorAll('#notices tbody tr').length === 1")
    assert "60 days before" in page.inner_text("#notices tbody")
