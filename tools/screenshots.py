"""Pictures of every screen of the portal, from a server of their own: docs/img, or every variant into another folder.

    python tools/screenshots.py [--all FOLDER] [NAME...]

The clock stands and the directory is that of the demo with a few awkward names, so pictures change when screens do.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HERE))

import httpx  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from app.cli.programs import find_program  # noqa: E402
from tests.browser.conftest import ADMIN, CONTACT, NORTHWIND, READER, SUPER, WIDTHS, is_within, sign_in  # noqa: E402
from tests.directories import application_body, organisation_body  # noqa: E402
from tests.servers import EC, Served  # noqa: E402

DOCS = (("desktop", "light"), ("phone", "dark"))
ALL = tuple((width, colours) for width in WIDTHS for colours in ("light", "dark"))
INTERACTION = "00000000-0000-4000-8000-000000000000"
SETTINGS = {
    **EC,
    "CONNECT_MOCK_CLOCK": "2026-06-01T12:00:00Z",
    "CONNECT_MOCK_ENTROPY_SEED": "screenshots",
    "CONNECT_MOCK_OAUTH_KEY": "ec-p256",
}
ORGANISATION = f"/portal/organisations/{NORTHWIND}"
APPLICATION = f"{ORGANISATION}/applications/{READER}"
LONG = "Vereinigte Landes-Hypothekenbank-Verwaltungsgesellschaft-mit-beschränkter-Haftung und Töchter " * 2
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


@dataclass(frozen=True, slots=True)
class Shot:
    """A screen; `before` does something on its page first."""

    name: str
    path: str
    before: Callable[[Page], None] | None = None
    who: str = SUPER


def press(*selectors: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        for selector in selectors:
            page.click(selector)

    return act


def menu(page: Page) -> None:
    """The navigation of a phone; on a desktop the switcher."""
    if page.is_visible("button.menu"):
        page.click("button.menu")
    page.click(".switcher summary")


def faulty(page: Page) -> None:
    for name in ("OrganisationName", "City"):
        page.fill(f"#{name}", "")
    page.fill("#AddressLine1", "abc")
    page.click("text=Save")


def to_step(number: int) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        values = {2: ("#ClientName", "Account Overview"), 3: ("#RedirectUri", "https://overview.example/callback")}
        for step in range(1, number):
            if step in values:
                page.fill(*values[step])
            page.click("main .buttons button:has-text('Continue')")

    return act


def made(page: Page) -> None:
    to_step(4)(page)
    page.click("text=Create")
    page.wait_for_url("**/made")


SHOTS = (
    Shot("organisations", "/portal/organisations?all=yes"),
    Shot("organisations-empty", "/portal/organisations?q=nobody"),
    Shot("organisations-menu", "/portal/organisations?all=yes", press(".row-menu summary >> nth=0")),
    Shot("navigation", ORGANISATION, menu, CONTACT),
    Shot("profile", ORGANISATION, press(".profile > summary"), CONTACT),
    Shot("organisation", ORGANISATION),
    Shot("organisation-of-others", ORGANISATION, who="admin@ipe.example"),
    Shot("organisation-long", "/portal/organisations/long"),
    Shot("organisation-edit", f"{ORGANISATION}/edit"),
    Shot("organisation-errors", f"{ORGANISATION}/edit", faulty),
    Shot("organisation-withdraw", f"{ORGANISATION}/withdraw"),
    Shot("applications", f"{ORGANISATION}/applications", who=CONTACT),
    Shot("applications-long", "/portal/organisations/long/applications?all=yes"),
    Shot("applications-empty", "/portal/organisations/rtl/applications"),
    Shot("new-application-1", f"{ORGANISATION}/applications/new", who=CONTACT),
    Shot("new-application-2", f"{ORGANISATION}/applications/new", to_step(2), CONTACT),
    Shot("new-application-3", f"{ORGANISATION}/applications/new", to_step(3), CONTACT),
    Shot("new-application-4", f"{ORGANISATION}/applications/new", to_step(4), CONTACT),
    Shot("new-application-made", f"{ORGANISATION}/applications/new", made, CONTACT),
    Shot("application", APPLICATION, who=ADMIN),
    Shot("application-edit", f"{APPLICATION}/edit", who=ADMIN),
    Shot("application-roles", f"{APPLICATION}/roles", who=ADMIN),
    Shot("application-suspend", f"{APPLICATION}/suspend", who=ADMIN),
    Shot("certifications", f"{APPLICATION}/certifications", who=ADMIN),
    Shot("assertion", f"{APPLICATION}/assertion", who=ADMIN),
    Shot("assertion-generated", f"{APPLICATION}/assertion", press("main form button"), ADMIN),
    Shot("application-locked", APPLICATION, who=ADMIN),
    Shot("search", "/portal/search?q=n"),
    Shot("search-empty", "/portal/search?q=nothing+of+the+kind"),
    Shot("not-found", "/portal/organisations/none"),
)
"""In this order: what one does the next one shows."""


def furnish(served: Served) -> None:
    """Names that are hard to lay out."""
    headers = {"authorization": f"Bearer {served.token(scope='directory:website')}"}

    def post(path: str, body: dict[str, Any]) -> str:
        answer = httpx.post(f"{served.http}{path}", json=body, headers=headers)
        answer.raise_for_status()
        return str(answer.json().get("SoftwareStatementId", ""))

    post("/organisations", organisation_body("long", OrganisationName=LONG.strip(), LegalEntityName=LONG_WORD * 3))
    post("/organisations", organisation_body("rtl", OrganisationName="بنك المستقبل للتجارة", Status="Pending"))
    for name in (LONG.strip(), LONG_WORD * 3, "X"):
        body = application_body(ClientName=name, Description=f"{LONG_WORD} {name}"[:255])
        key = post("/organisations/long/softwarestatements", body)
    httpx.delete(f"{served.http}/organisations/long/softwarestatements/{key}", headers=headers).raise_for_status()


class Camera:
    def __init__(self, browser: Browser, served: Served, folder: Path) -> None:
        self._browser, self._served, self._folder = browser, served, folder
        self._pages: dict[tuple[str, str, str], Page] = {}

    def take(self, shot: Shot, width: str, colours: str) -> None:
        """One picture; a word of warning where something scrolls sideways."""
        page = self._page(shot.who, width, colours)
        page.goto(shot.path)
        if shot.before is not None:
            shot.before(page)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=self._folder / f"{shot.name}-{width}-{colours}.png", full_page=True)
        print(f"{shot.name} {width} {colours}{'' if is_within(page) else ': scrolls sideways'}")

    def _page(self, who: str, width: str, colours: str) -> Page:
        """Signed in once for each person, width and colour."""
        key = who, width, colours
        if key not in self._pages:
            size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
            context = self._browser.new_context(
                viewport=size,  # type: ignore[arg-type]
                color_scheme=colours,  # type: ignore[arg-type]
                base_url=self._served.http,
                extra_http_headers={"x-fapi-interaction-id": INTERACTION},
            )
            self._pages[key] = context.new_page()
            sign_in(self._pages[key], who)
        return self._pages[key]


def main() -> int:
    reader = argparse.ArgumentParser(description="Pictures of the portal")
    reader.add_argument("--all", metavar="FOLDER", type=Path, help="all widths and colours, into this folder")
    reader.add_argument("names", nargs="*", help="only screens whose name begins so")
    wanted = reader.parse_args()
    chromium = find_program("chromium")
    if chromium is None:
        print("chromium is not installed: make tools", file=sys.stderr)
        return 1
    folder, variants = (wanted.all, ALL) if wanted.all else (HERE / "docs" / "img", DOCS)
    folder.mkdir(parents=True, exist_ok=True)
    shots = [shot for shot in SHOTS if not wanted.names or shot.name.startswith(tuple(wanted.names))]
    with (
        tempfile.TemporaryDirectory() as data,
        Served(Path(data), SETTINGS) as served,
        sync_playwright() as playwright,
    ):
        furnish(served)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        camera = Camera(browser, served, folder)
        for width, colours in variants:
            for shot in shots:
                camera.take(shot, width, colours)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
