"""Every page of the portal by axe, wide and narrow, light and dark; none scrolls sideways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import NORTHWIND, READER, SUPER, WIDTHS, look_over, sign_in

pytestmark = pytest.mark.slow
ORGANISATION = f"/portal/organisations/{NORTHWIND}"
APPLICATION = f"{ORGANISATION}/applications/{READER}"
STEPS = ("step=csr", "step=upload")
PAGES = (
    "/portal/organisations",
    "/portal/organisations?q=nobody",
    "/portal/new-organisation",
    *(ORGANISATION + end for end in ("", "/edit", "/withdraw", "/applications", "/applications/new")),
    *(APPLICATION + end for end in ("", "/edit", "/roles", "/certifications", "/assertion", "/suspend", "/made")),
    *(ORGANISATION + end for end in ("/certificates", "/certificates/new")),
    *(APPLICATION + "/certificates" + end for end in ("", "/new", *(f"/new?{q}&type=rtstransport" for q in STEPS))),
    "/portal/pki",
    "/portal/activity",
    "/portal/search?q=n",
    "/portal/nothing",
)


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_pages(open_page: Callable[..., Any], width: str, colours: str) -> None:
    """axe finds nothing serious, nothing overflows, and menus that are open are no worse."""
    page = open_page(width, color_scheme=colours, bypass_csp=True)
    sign_in(page, SUPER)

    for path in PAGES:
        page.goto(path)
        look_over(page, path)
    page.goto(f"{ORGANISATION}/edit")
    page.fill("#City", "")
    page.click("text=Save")
    look_over(page, "findings")
    page.goto("/portal/organisations")
    page.click(".row-menu summary >> nth=0")
    look_over(page, "row menu")
    page.click(".profile > summary")
    look_over(page, "profile")
    page.keyboard.press("Escape")
    if page.is_visible("button.menu"):
        page.click("button.menu")
    page.click(".switcher summary")
    look_over(page, "switcher")
