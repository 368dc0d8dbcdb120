"""The page of the API in Chromium: it shows every operation with its example, asks no other host, and tries one out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.servers import Served

pytestmark = pytest.mark.slow


def test_the_page_shows_operations_and_tries_one_out(served: Served, open_page: Callable[..., Any]) -> None:
    """Filter, open, see the example, authorise with a token of the control listener, execute, read the answer."""
    page = open_page()
    page.goto("/docs")
    page.wait_for_selector(".opblock-tag")
    assert page.locator(".opblock-tag").count() > 30
    page.click("button.authorize")
    page.fill("[id=auth-bearer-value]", served.token(scope="directory:website"))
    page.click(".auth-btn-wrapper button.authorize")
    page.click(".auth-btn-wrapper button.btn-done")
    page.click(".opblock-tag[data-tag='Organisations']")
    block = page.locator("#operations-Organisations-getOrganisations")
    block.locator(".opblock-summary").click()
    block.locator("text=OrganisationName").first.wait_for()
    block.locator("button.try-out__btn").click()
    block.locator("button.execute").click()
    block.locator(".live-responses-table .response-col_status:has-text('200')").wait_for()
    assert "Northwind Bank" in block.locator(".live-responses-table").inner_text()
