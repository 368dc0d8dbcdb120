"""Pictures of every screen of the portal, from a server of their own: docs/img, or every variant into another folder.

    python tools/screenshots.py [--all FOLDER] [NAME...]

The clock stands and the directory is that of the demo with a few awkward names, so pictures change when screens do.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

HERE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HERE))

import httpx  # noqa: E402
from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import hashes  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: E402
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: E402
from cryptography.x509.oid import NameOID  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from app.cli.programs import find_program  # noqa: E402
from tests.browser.conftest import ADMIN, CONTACT, NORTHWIND, READER, SUPER, WIDTHS, is_within, sign_in  # noqa: E402
from tests.directories import application_body, organisation_body  # noqa: E402
from tests.participants import good_csr  # noqa: E402
from tests.servers import EC, Served  # noqa: E402
from tools import people_shots, power_shots, room_shots, state_shots, webhook_shots  # noqa: E402

TO_LOOK_OVER = (
    "-browser", "-empty", "-file", "-handshakes", "-host", "-key", "-locked", "-long", "-nonsense", "-of-organisation",
    "-of-others", "-revoked", "-rolled-over", "-1-errors", "-1-organisation", "-roles", "certifications",
    *room_shots.TO_LOOK_OVER,
    *power_shots.TO_LOOK_OVER,
    *people_shots.TO_LOOK_OVER,
    *state_shots.TO_LOOK_OVER,
)  # fmt: skip
"""Endings of screens that matter only to who lays the pages out: they stay out of docs/img."""
ON_PHONES = frozenset(
    {"activity", "notices", "application", "applications", "assertion", "certificate", "certificates", "navigation",
     "new-application-2", "new-certificate-2", "new-certificate-3-errors", "organisations", "pki", "search",
     "webhooks",
     *power_shots.ON_PHONES,
     *state_shots.ON_PHONES}
)  # fmt: skip
"""Of the others those that docs/img shows on a phone too."""
LONGEST = 1_000
"""Pixels of a picture in docs/img; what is for looking over is whole."""
DOCS = (("desktop", "light"), ("phone", "dark"))
ALL = tuple((width, colours) for width in WIDTHS for colours in ("light", "dark"))
INTERACTION = "00000000-0000-4000-8000-000000000000"
SETTINGS = {
    **EC,
    "CONNECT_MOCK_CLOCK": "2026-06-01T12:00:00Z",
    "CONNECT_MOCK_ENTROPY_SEED": "screenshots",
    "CONNECT_MOCK_OAUTH_KEY": "ec-p256",
    **webhook_shots.SETTINGS,
}
ORGANISATION = f"/portal/organisations/{NORTHWIND}"
APPLICATION = f"{ORGANISATION}/applications/{READER}"
LONG = "Vereinigte Landes-Hypothekenbank-Verwaltungsgesellschaft-mit-beschränkter-Haftung und Töchter " * 2
PEM = "application/x-pem-file"
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


def to_operation(page: Page) -> None:
    page.wait_for_selector(".opblock-tag")
    page.fill(".operation-filter-input", "Contacts")
    page.click(".opblock-tag[data-tag='Contacts']")
    page.click("[id$=createOrganisationContact] .opblock-summary")
    page.wait_for_selector("[id$=createOrganisationContact] .highlight-code")


def row(text: str) -> Callable[[Page], None]:
    """The page of the certificate in the row with this text."""
    return press(f"#certificates tr:has-text('{text}') td:nth-child(3) a")


def then(*acts: Callable[[Page], None]) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        for each in acts:
            each(page)

    return act


def pasted(text: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.fill("#KeyMaterial", text)
        page.click("form[data-stay] .buttons button")

    return act


def made_in_browser(page: Page) -> None:
    page.click("#in-browser summary")
    page.select_option("#key-kind", "ec-p256")
    page.click("[data-make]")
    page.wait_for_selector("form[data-stay]:visible")


def issued_in_browser(page: Page) -> None:
    made_in_browser(page)
    page.click("text=Continue with this")
    page.wait_for_selector("#browser-key:visible")


def faulty_csr() -> str:
    """A CSR with much to say about: subject, key and extensions. Its key is too short on purpose."""
    values = ((NameOID.COUNTRY_NAME, "FR"), (NameOID.ORGANIZATION_NAME, LONG_WORD[:60]), (NameOID.COMMON_NAME, "me"))
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([x509.NameAttribute(*v) for v in values]))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    key = rsa.generate_private_key(65537, 1024)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


NEW = "certificates/new"
UPLOAD = f"{NEW}?step=upload&type=rtstransport&Description=Held+by+the+platform+team"
CERTIFICATES = (
    Shot("certificates", f"{APPLICATION}/certificates?all=yes", who=CONTACT),
    Shot("certificates-menu", f"{APPLICATION}/certificates", press(".row-menu summary >> nth=0"), CONTACT),
    Shot("certificates-of-organisation", f"{ORGANISATION}/certificates", who=ADMIN),
    Shot("certificates-empty", "/portal/organisations/long/certificates"),
    Shot("certificates-long", f"{APPLICATION}/certificates?q=Donau&all=yes"),
    Shot("new-certificate-1", f"{APPLICATION}/{NEW}", press("label:has-text('Transport')"), CONTACT),
    Shot("new-certificate-1-errors", f"{APPLICATION}/{NEW}", press("main .buttons button"), CONTACT),
    Shot("new-certificate-1-organisation", f"{ORGANISATION}/{NEW}", who=ADMIN),
    Shot("new-certificate-2", f"{APPLICATION}/{NEW}?step=csr&type=rtstransport", who=CONTACT),
    Shot(
        "new-certificate-2-host", f"{ORGANISATION}/{NEW}?step=csr&type=rtstransport_rs&host=api.example.com", who=ADMIN
    ),
    Shot(
        "new-certificate-2-file",
        f"{APPLICATION}/{NEW}?step=csr&type=rtstransport",
        press("label:has-text('With a .cnf')", "text=Show the file >> visible=true"),
        CONTACT,
    ),
    Shot("new-certificate-2-key", f"{APPLICATION}/{NEW}?step=csr&type=sigkey", who=CONTACT),
    Shot("new-certificate-2-browser", f"{APPLICATION}/{NEW}?step=csr&type=rtstransport", made_in_browser, CONTACT),
    Shot("new-certificate-3", f"{APPLICATION}/{UPLOAD}", who=CONTACT),
    Shot("new-certificate-3-errors", f"{APPLICATION}/{UPLOAD}", pasted(faulty_csr()), CONTACT),
    Shot("new-certificate-3-nonsense", f"{APPLICATION}/{UPLOAD}", pasted("Hello"), CONTACT),
    Shot("new-certificate-issued", f"{APPLICATION}/{NEW}?step=csr&type=rtstransport", issued_in_browser, CONTACT),
    Shot("certificate", f"{APPLICATION}/certificates", row("Gateway"), CONTACT),
    Shot("certificate-revoked", f"{APPLICATION}/certificates?all=yes", row("Retired"), CONTACT),
    Shot("certificate-key", f"{APPLICATION}/certificates", row("Bare"), CONTACT),
    Shot("certificate-long", f"{APPLICATION}/certificates?q=Donau&all=yes", row("Donau"), CONTACT),
    Shot("certificate-edit", f"{APPLICATION}/certificates", then(row("Gateway"), press("main >> text=Edit")), CONTACT),
    Shot(
        "certificate-revoke", f"{APPLICATION}/certificates", then(row("Gateway"), press("main >> text=Revoke")), CONTACT
    ),
    Shot("pki", "/portal/pki"),
    Shot("pki-roll-over", "/portal/pki/roll-over"),
    Shot("pki-rolled-over", "/portal/pki/roll-over", press("form.card button")),
    Shot("activity", "/portal/activity?all=yes"),
    Shot("activity-handshakes", "/portal/activity?kind=handshake"),
    Shot("activity-empty", "/portal/activity?q=nothing+of+the+kind"),
    Shot("notices", "/portal/notices"),
    Shot("notices-of-organisation", f"{ORGANISATION}/notices", who=ADMIN),
    Shot("notices-of-others", f"{ORGANISATION}/notices", who="admin@ipe.example"),
    Shot("notices-empty", "/portal/notices?state=failed"),
    Shot("notice", f"{ORGANISATION}/notices", press("#notices td:nth-child(2) a >> nth=0"), ADMIN),
    Shot("activity-why", "/portal/activity?kind=csr", press("#activity a:has-text('Why') >> nth=0")),
)
SHOTS = (
    Shot("docs", "/docs", to_operation),
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
    Shot("application-suspend", f"{APPLICATION}/suspend", who=ADMIN),
    Shot("assertion", f"{APPLICATION}/assertion", who=ADMIN),
    Shot("assertion-generated", f"{APPLICATION}/assertion", press("main form button"), ADMIN),
    Shot("application-locked", APPLICATION, who=ADMIN),
    Shot("search", "/portal/search?q=n"),
    Shot("search-empty", "/portal/search?q=nothing+of+the+kind"),
    Shot("not-found", "/portal/organisations/none"),
    *(Shot(*each) for each in room_shots.SHOTS),
    *(Shot(*each) for each in people_shots.SHOTS),
    *(Shot(*each) for each in power_shots.SHOTS),
    *(Shot(*each) for each in state_shots.SHOTS),
    *(Shot(*each) for each in webhook_shots.SHOTS),
    *CERTIFICATES,
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
    furnish_certificates(served, headers)
    room_shots.furnish_rooms(served, headers)
    people_shots.furnish_people(served, headers)
    state_shots.furnish_states(served)
    webhook_shots.furnish_webhooks(served, headers)


def furnish_certificates(served: Served, headers: dict[str, str]) -> None:
    """Of all kinds: active, revoked, a bare key, one with a long description, the organisation's; and refusals."""
    here = f"{served.http}/organisations/{NORTHWIND}"
    application = f"{here}/softwarestatements/{READER}/certificates"

    def issue(base: str, kind: str, name: str | None, description: str) -> Any:
        pem = good_csr(name, NORTHWIND, legal_name="Northwind Bank plc").decode()
        body = {"KeyMaterial": quote(pem), "Description": description}
        answer = httpx.post(f"{base}/{kind}", json=body, headers=headers)
        answer.raise_for_status()
        return answer.json()

    issue(application, "rtssigning", READER, f"{LONG_WORD * 3} {LONG}"[:255])
    retired = issue(application, "rtstransport", READER, "Retired laptop")
    httpx.put(f"{application}/rtstransport/{retired['kid']}", json={"RevokeReason": "superseded"}, headers=headers)
    issue(application, "rtstransport", READER, "Gateway, held by the platform team")
    issue(f"{here}/certificates", "rtssigning_rs", None, "HSM of the bank")
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    text = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    body = {"KeyMaterial": quote(text), "Description": "Bare key of the signer"}
    httpx.post(f"{application}/sigkey", json=body, headers=headers).raise_for_status()
    httpx.post(f"{application}/rtstransport", content=faulty_csr(), headers=headers | {"content-type": PEM})
    httpx.post(f"{served.http}/token", data={"grant_type": "client_credentials", "client_id": READER})
    with contextlib.suppress(httpx.HTTPError):
        httpx.get(f"{served.mtls}/organisations", verify=True)
    furnish_notices(served, headers)


def furnish_notices(served: Served, headers: dict[str, str]) -> None:
    """The clock goes ahead and comes back: what was told by then stays in the outbox."""
    body = {
        "ContactType": "Technical",
        "EmailAddress": "certificates@northwind-bank.example",
        "PhoneNumber": "+44 20 7946 0000",
        "FirstName": "Certificate",
        "LastName": "Team",
    }
    httpx.post(f"{served.http}/organisations/{NORTHWIND}/contacts", json=body, headers=headers).raise_for_status()
    httpx.put(f"{served.control}/_mock/clock", json={"set": "2027-06-25T09:00:00Z"}).raise_for_status()
    httpx.get(f"{served.control}/_mock/notices").raise_for_status()
    httpx.delete(f"{served.control}/_mock/clock").raise_for_status()


class Camera:
    def __init__(self, browser: Browser, served: Served, folder: Path, longest: int | None) -> None:
        """`longest` cuts pictures off below; None takes whole pages."""
        self._browser, self._served, self._folder, self._longest = browser, served, folder, longest
        self._pages: dict[tuple[str, str, str], Page] = {}

    def take(self, shot: Shot, width: str, colours: str) -> None:
        """One picture; a word of warning where something scrolls sideways."""
        page = self._page(shot.who, width, colours)
        page.goto(shot.path)
        if shot.before is not None:
            shot.before(page)
        page.wait_for_load_state("networkidle")
        height = page.evaluate("document.documentElement.scrollHeight")
        size = {"width": WIDTHS[width][0], "height": min(height, self._longest or height)}
        file = self._folder / f"{shot.name}-{width}-{colours}.png"
        page.screenshot(path=file, full_page=True, clip={"x": 0, "y": 0, **size})
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
    kept = [shot for shot in SHOTS if wanted.all or not shot.name.endswith(TO_LOOK_OVER)]
    shots = [shot for shot in kept if not wanted.names or shot.name.startswith(tuple(wanted.names))]
    with (
        tempfile.TemporaryDirectory() as data,
        Served(Path(data), SETTINGS) as served,
        sync_playwright() as playwright,
    ):
        furnish(served)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        camera = Camera(browser, served, folder, None if wanted.all else LONGEST)
        for width, colours in variants:
            for shot in shots:
                if wanted.all or width == "desktop" or shot.name in ON_PHONES:
                    camera.take(shot, width, colours)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
