"""A roll over of the issuing CA by the portal, at a server of its own: other tests fetch the CRL of the first CA."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.browser.conftest import SUPER, sign_in
from tests.servers import Served

pytestmark = pytest.mark.slow


def test_super_user_rolls_over(served: Served, open_page: Callable[..., Any]) -> None:
    """A further issuing CA is drawn beside the first, and the bundle has both."""
    page = open_page()
    sign_in(page, SUPER, "/portal/pki")
    before = httpx.get(f"{served.http}/repository/bundle.pem", trust_env=False).text.count("BEGIN CERTIFICATE")
    page.click("text=Roll over")
    page.click("form.card button")
    assert "signs new certificates" in page.inner_text("[role=status]")
    after = httpx.get(f"{served.http}/repository/bundle.pem", trust_env=False).text.count("BEGIN CERTIFICATE")
    assert after == before + 1
    assert page.locator(".branches > li").count() == after - 1
