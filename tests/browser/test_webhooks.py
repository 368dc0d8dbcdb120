"""The pages of webhooks in Chromium: by axe, wide and narrow, light and dark, with an address that is long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.browser.conftest import NORTHWIND, SUPER, WIDTHS, is_within, serious_of_axe, sign_in
from tests.directories import application_body
from tests.servers import EC, Served
from tests.webhooks.receiver import Receiver

pytestmark = pytest.mark.slow
PAGE = "/portal/webhooks"
LONG = "https://hooks.northwind-bank.example/" + "receives-every-change-of-the-directory/" * 4


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    opened = Receiver()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Served]:
    """The demo, with a receiver that is confirmed and one that nobody has confirmed yet."""
    settings = {**EC, "CONNECT_MOCK_OAUTH_KEY": "ec-p256", "CONNECT_MOCK_ALLOW_PRIVATE_WEBHOOKS": "true"}
    with Served(tmp_path_factory.mktemp("webhooks"), settings) as server:
        headers = {"Authorization": f"Bearer {server.token(scope='directory:website')}"}
        path = f"{server.http}/organisations/{NORTHWIND}/softwarestatements"
        for name, url in (("Fraud desk", receiver.url), ("Elsewhere", LONG)):
            body = application_body(ClientName=name, NotificationWebhook=url)
            httpx.post(path, json=body, headers=headers).raise_for_status()
            known = httpx.get(f"{server.control}/_mock/webhooks").json()["subscriptions"]
            if url == receiver.url:
                confirm = f"{server.control}/_mock/webhooks/subscriptions/{known[0]['id']}:confirm"
                httpx.post(confirm).raise_for_status()
        yield server


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_pages(open_page: Callable[..., Any], width: str, colours: str) -> None:
    """axe finds nothing serious and nothing overflows: in the list, in a delivery, and where there is nothing."""
    page = open_page(width, color_scheme=colours, bypass_csp=True)
    sign_in(page, SUPER)
    for path in (PAGE, f"{PAGE}?state=dropped"):
        page.goto(path)
        assert serious_of_axe(page) == [], path
        assert is_within(page), path
    page.goto(PAGE)
    page.click("#deliveries a:has-text('application.create')")
    page.wait_for_url(f"**{PAGE}/*")
    assert '"ClientName": "Elsewhere"' in page.inner_text("#payload")
    assert serious_of_axe(page) == []
    assert is_within(page)


def test_sent_again(open_page: Callable[..., Any], receiver: Receiver) -> None:
    """A press of the button sends the same message once more; the page of the new delivery says so."""
    page = open_page()
    sign_in(page, SUPER)
    page.goto(PAGE)
    page.click("#deliveries a:has-text('application.create') >> nth=0")
    page.wait_for_url(f"**{PAGE}/*")
    first = page.url
    page.click("text=Send again")
    page.wait_for_function("first => location.href !== first", arg=first)
    assert "The message is sent again." in page.inner_text("body")
    for _ in range(1200):
        if len(receiver.notifications) >= 2:
            break
        page.wait_for_timeout(25)
    assert len({each.told["MessageId"] for each in receiver.notifications}) == 1
