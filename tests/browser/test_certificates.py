"""Certificates in the portal, in Chromium: the documented how-to with a real openssl and nginx, and all other paths."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.browser.conftest import ADMIN, CONTACT, NORTHWIND, READER, SUPER, WIDTHS, is_within, look_over, sign_in
from tests.e2e.played import HOST, Played
from tests.e2e.test_examples import called, running
from tests.participants import good_csr
from tests.servers import EC, Served
from tests.tools import need

pytestmark = pytest.mark.slow
HERE = f"/portal/organisations/{NORTHWIND}"
APP = f"{HERE}/applications/{READER}/certificates"
LEGAL_NAME = "Northwind Bank plc"
SHOWN = {
    "application": ("Transport", f"{READER}-rtstransport"),
    "organisation": ("Resource Server Transport", f"{NORTHWIND}-rtstransport_rs"),
}
"""Label of the type, and the name of the files that its command makes."""


def to_certificates(page: Any, level: str) -> None:
    """Applications, the application, App Certificates; or Organisation Certificates."""
    if page.is_visible("button.menu"):
        page.click("button.menu")
    if level == "organisation":
        page.click("nav.side >> text=Organisation Certificates")
        return
    page.click("nav.side >> text=Applications")
    page.click("main >> text=Northwind Account Reader")
    page.click("nav.tabs >> text=App Certificates")


def run(command: str, folder: Path) -> None:
    """What somebody does who pastes it into a terminal."""
    need("openssl")
    done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def three_dots(page: Any, kid: str, entry: str) -> None:
    row = f"#certificates tr:has-text('{kid[:10]}')"
    page.click(f"{row} .row-menu > summary")
    page.click(f"{row} .panel >> text={entry}")


def downloaded(page: Any, press: Callable[[], None], path: Path) -> bytes:
    with page.expect_download() as waiting:
        press()
    waiting.value.save_as(path)
    return path.read_bytes()


def obtain(page: Any, level: str, folder: Path) -> str:
    """The first half of the how-to, up to Done; the kid."""
    label, stem = SHOWN[level]
    to_certificates(page, level)
    page.click("main >> text=New Certificate")
    page.check(f".type-card:has(.type-name:text-is('{label}')) input")
    page.fill("#Description", "Held by the how-to")
    page.click("text=Continue")
    if level == "organisation":
        page.fill("#host", HOST)
        page.click("text=Update the command")
        page.wait_for_selector(f"#command-sh:has-text('DNS:{HOST}')")
    command = page.inner_text("#command-sh")
    assert command.startswith("openssl req -new -newkey rsa:2048 -nodes")
    run(command, folder)
    page.click("a:text-is('Continue')")
    page.set_input_files("#File", folder / f"{stem}.csr")
    page.click("button:text-is('Continue')")
    page.wait_for_selector("text=The certificate was issued")
    kid = page.get_attribute("[data-copy][aria-label='Copy KID']", "data-copy") or page.inner_text(
        "dt:text('KID') + dd"
    )
    page.click("text=Done")
    assert kid[:10] in page.inner_text("#certificates")
    return str(kid)


@pytest.mark.parametrize("level", ["application", "organisation"])
def test_the_documented_how_to(served: Served, open_page: Callable[..., Any], tmp_path: Path, level: str) -> None:
    """Obtain by the shown command, download, use at an nginx that checks CRLs, revoke with a reason, be refused."""
    need("nginx")
    played, page = Played(served, tmp_path), open_page(accept_downloads=True)
    played.obtain("rtstransport_rs", "server", host=HOST)
    played.http.close()
    sign_in(page, ADMIN)
    kid = obtain(page, level, tmp_path)
    to_certificates(page, level)
    leaf = downloaded(page, lambda: three_dots(page, kid, "Download"), tmp_path / "holder.chain.pem")
    assert leaf.startswith(b"-----BEGIN CERTIFICATE-----")
    (tmp_path / "holder.key").write_bytes((tmp_path / f"{SHOWN[level][1]}.key").read_bytes())
    with running("nginx", tmp_path) as (port, process):
        done = called("python", tmp_path, port, "holder")
        assert done.returncode == 0, done.stderr
        assert NORTHWIND in done.stdout
        to_certificates(page, level)
        three_dots(page, kid, "Revoke")
        assert "permanent" in page.inner_text("main")
        page.select_option("#RevokeReason", "superseded")
        page.click("button:text-is('Revoke')")
        assert re.search(rf"Revoked {kid}\. Visible at \d{{4}}-", page.inner_text("[role=status]"))
        played.fetch_crls()
        process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 10
        while called("python", tmp_path, port, "holder").returncode == 0:
            assert time.monotonic() < deadline, "still let in after reload"
            time.sleep(0.1)
    page.click(f"tr:has-text('{kid[:10]}') td:nth-child(3) a")
    told = page.inner_text("main")
    assert "superseded by another certificate" in told
    for view in ("Inactive", "on it", "revoked"):
        assert view in told


@pytest.mark.parametrize("width", WIDTHS)
def test_without_script(open_page: Callable[..., Any], tmp_path: Path, width: str) -> None:
    """Wizard, refusal with everything kept, second try, list, menu, edit and revoke: plain forms and links."""
    page = open_page(width, java_script_enabled=False)
    sign_in(page, CONTACT, f"{APP}/new")
    page.check(".type-card:has(.type-name:text-is('Signing')) input")
    page.fill("#Description", f"No script {width}")
    page.click("text=Continue")
    assert page.is_hidden("#in-browser")
    page.click("text=PowerShell")
    assert page.is_visible("#command-powershell")
    assert page.is_hidden("#command-sh")
    page.click("a:text-is('Continue')")
    wrong = good_csr(READER, NORTHWIND, legal_name="Another Bank plc").decode()
    page.fill("#KeyMaterial", wrong)
    page.click("button:text-is('Continue')")
    subject = page.inner_text(".concern:has(h3:text-is('Subject'))")
    for text in ("O is not the name of this organisation", "Northwind Bank plc", "Another Bank plc", "csr.subject"):
        assert text in subject
    assert page.input_value("#KeyMaterial").strip() == wrong.strip()
    assert f"No script {width}" in page.inner_text(".chosen")
    assert is_within(page)
    page.fill("#KeyMaterial", good_csr(READER, NORTHWIND, legal_name=LEGAL_NAME).decode())
    page.click("button:text-is('Try again')")
    assert "The certificate was issued" in page.inner_text("main")
    assert is_within(page)
    page.click("text=Done")
    row = f"#certificates tr:has-text('No script {width}')"
    page.click(f"{row} .row-menu > summary")
    page.click(f"{row} .panel >> text=Edit")
    page.fill("#Description", f"Edited {width}")
    page.click("text=Save")
    assert "The description was saved." in page.inner_text("[role=status]")
    assert is_within(page)
    page.click("main >> text=Revoke")
    page.click("button:text-is('Revoke')")
    assert "Visible at" in page.inner_text("[role=status]")
    assert "Inactive" in page.inner_text(f"#certificates tr:has-text('Edited {width}')")


def test_by_keyboard_alone(open_page: Callable[..., Any]) -> None:
    """From the list to Done without a mouse: what has the focus is visible, and Enter or Space do what is written."""
    page = open_page()
    sign_in(page, CONTACT, APP)

    def tab_to(selector: str) -> None:
        for _ in range(60):
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
            page.keyboard.press("Tab")
        raise AssertionError(selector)

    def enter() -> None:
        with page.expect_navigation():
            page.keyboard.press("Enter")

    tab_to("main a.button[href$='/new']")
    enter()
    tab_to("input[name=type]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.value") == "rtstransport"
    tab_to("#Description")
    page.keyboard.type("By keyboard")
    assert page.inner_text("#Description-count") == "11 / 60"
    enter()
    tab_to("input[name=shell]")
    page.keyboard.press("ArrowRight")
    assert page.is_visible("#command-powershell")
    tab_to("main a.button[href*='step=upload']")
    enter()
    tab_to("#File")
    tab_to("#KeyMaterial")
    page.keyboard.insert_text(good_csr(READER, NORTHWIND, legal_name=LEGAL_NAME).decode())
    page.keyboard.press("Tab")
    enter()
    assert "The certificate was issued" in page.inner_text("main")
    tab_to("main a.button:not(.second)")
    enter()
    assert "By keyboard" in page.inner_text("#certificates")
    tab_to("#certificates tr:first-child .row-menu > summary")
    page.keyboard.press("Enter")
    tab_to("#certificates tr:first-child .panel a.danger")
    enter()
    tab_to("#RevokeReason")
    page.keyboard.press("ArrowDown")
    tab_to("main button.danger")
    enter()
    assert "Revoked" in page.inner_text("[role=status]")


@pytest.mark.parametrize("kind", ["rsa-2048", "ec-p256"])
def test_key_and_csr_made_in_the_browser(open_page: Callable[..., Any], tmp_path: Path, kind: str) -> None:
    """openssl reads the key and the PKCS#12 file; both fit the certificate; no request ever carried the key."""
    page, sent = open_page(accept_downloads=True), []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    sign_in(page, CONTACT, f"{APP}/new?step=csr&type=rtstransport&Description=Browser+{kind}")
    page.click("#in-browser summary")
    page.select_option("#key-kind", kind)
    page.click("[data-make]")
    page.wait_for_selector("text=Made. Download the private key now")
    downloaded(page, lambda: page.click("form[data-stay] [data-key-file]"), tmp_path / "browser.key")
    page.click("text=Continue with this")
    page.wait_for_selector("text=The certificate was issued")
    page.wait_for_url("**/issued")
    again = downloaded(page, lambda: page.click("#browser-key [data-key-file]"), tmp_path / "again.key")
    assert again == (tmp_path / "browser.key").read_bytes()
    downloaded(page, lambda: page.click("text=Download PEM"), tmp_path / "leaf.pem")
    page.fill("#p12-password", "pass wörd")
    downloaded(page, lambda: page.click("text=Download PKCS#12"), tmp_path / "browser.p12")
    for command in (
        "openssl pkey -in browser.key -pubout > key.pub && openssl x509 -in leaf.pem -noout -pubkey | diff - key.pub",
        "openssl pkcs12 -in browser.p12 -passin 'pass:pass wörd' -noenc -out all.pem",
        "openssl pkey -in all.pem -pubout | diff - key.pub",
        "openssl x509 -in all.pem -outform DER > a.der && openssl x509 -in leaf.pem -outform DER | cmp - a.der",
    ):
        run(command, tmp_path)
    assert (tmp_path / "all.pem").read_text().count("BEGIN CERTIFICATE") == 2
    body = "".join(again.decode().splitlines()[1:-1])
    assert all(part not in text for text in sent for part in ("PRIVATE KEY", body[40:100]))


def test_names_and_odd_attributes_made_in_the_browser(open_page: Callable[..., Any], tmp_path: Path) -> None:
    """The CSR of a server type asks for the host that was filled in, and openssl finds its signature good."""
    page = open_page()
    sign_in(page, ADMIN, f"{HERE}/certificates/new?step=csr&type=rtstransport_rs")
    page.fill("#host", "*.walk.example")
    page.wait_for_selector("#command-sh:has-text('walk.example')")
    page.click("#in-browser summary")
    page.select_option("#key-kind", "ec-p256")
    page.click("[data-make]")
    page.wait_for_selector("form[data-stay]:visible")
    (tmp_path / "made.csr").write_text(page.input_value("#made"))
    run("openssl req -in made.csr -verify -noout -text > told.txt", tmp_path)
    assert "DNS:*.walk.example" in (tmp_path / "told.txt").read_text()


def test_a_bare_key_made_in_the_browser(open_page: Callable[..., Any]) -> None:
    """The public half alone goes out, and stands in the list as a signing key without expiry."""
    page = open_page()
    page.on("dialog", lambda dialog: dialog.accept())
    sign_in(page, CONTACT, f"{APP}/new?step=csr&type=sigkey&Description=Bare")
    page.click("#in-browser summary")
    page.select_option("#key-kind", "ec-p256")
    page.click("[data-make]")
    page.wait_for_selector("form[data-stay]:visible")
    assert "BEGIN PUBLIC KEY" in page.input_value("#made")
    page.click("text=Continue with this")
    page.wait_for_selector("text=The directory knows it now")
    page.click("text=Done")
    page.wait_for_selector("#certificates tr:has-text('Bare')")
    assert "Never" in page.inner_text("#certificates tr:has-text('Bare') >> nth=0")


def test_a_file_that_is_dropped(open_page: Callable[..., Any]) -> None:
    """It is taken as if it had been chosen, and its findings come back with its text."""
    page = open_page()
    sign_in(page, CONTACT, f"{APP}/new?step=upload&type=rtstransport")
    page.evaluate(
        """() => {
        const data = new DataTransfer();
        const words = "CERTIFICATE REQUEST-----";
        data.items.add(new File([`-----BEGIN ${words}\\nAAAA\\n-----END ${words}`], "x.csr"));
        const area = document.querySelector("[data-drop]");
        for (const kind of ["dragover", "drop"]) {
          area.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
        }
      }"""
    )
    page.click("button:text-is('Continue')")
    page.wait_for_selector("text=The Registration Authority refuses this")
    assert "AAAA" in page.input_value("#KeyMaterial")
    page.click("text=Why was this refused?")
    assert "What happened, and why" in page.inner_text("h1")
    assert "csr." in page.inner_text("main")


def test_copied_command_is_the_shown_one(open_page: Callable[..., Any]) -> None:
    """The button beside the command puts exactly that into the clipboard."""
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    sign_in(page, CONTACT, f"{APP}/new?step=csr&type=rtssigning")
    page.click(".tab-panel[data-shell=sh] [data-copy-from]")
    page.wait_for_selector("text=Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.inner_text("#command-sh")


def test_the_list_narrows_while_one_chooses(open_page: Callable[..., Any]) -> None:
    """By type, by text, by standing; the address tells it, so a reload shows the same."""
    page = open_page()
    sign_in(page, CONTACT, APP)
    page.select_option("#type", "enckey")
    page.wait_for_selector("text=no certificates to show")
    page.wait_for_url("**type=enckey**")
    page.reload()
    assert "no certificates to show" in page.inner_text("#certificates")
    page.click("text=Refresh")
    assert page.input_value("#type") == ""


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_axe(open_page: Callable[..., Any], width: str, colours: str) -> None:
    """Nothing serious on any page of certificates, nothing scrolls sideways."""
    page = open_page(width, color_scheme=colours, bypass_csp=True)
    sign_in(page, ADMIN)

    for path in (
        f"{APP}/new",
        f"{APP}/new?step=csr",
        f"{APP}/new?step=csr&type=rtstransport",
        f"{HERE}/certificates/new?step=csr&type=rtstransport_rs&host=no+host",
        f"{HERE}/certificates?all=yes",
        "/portal/pki",
        "/portal/activity?all=yes",
        "/portal/activity?q=nothing+at+all",
    ):
        page.goto(path)
        look_over(page, path)
    page.goto(f"{APP}/new?step=upload&type=rtstransport&Description=axe")
    look_over(page, "upload")
    page.fill("#KeyMaterial", good_csr("me", NORTHWIND).decode())
    page.click("button:text-is('Continue')")
    look_over(page, "findings")
    page.fill("#KeyMaterial", good_csr(READER, NORTHWIND, legal_name=LEGAL_NAME).decode())
    page.click("button:text-is('Try again')")
    page.wait_for_selector("text=The certificate was issued")
    look_over(page, "issued")
    page.click("text=See Details")
    look_over(page, "details")
    page.click("main >> text=Revoke")
    look_over(page, "revoke")
    page.goto(APP)
    look_over(page, "list")
    page.click(".row-menu > summary >> nth=0")
    look_over(page, "menu")
    page.goto("/portal/activity")
    page.click("text=Why was this refused? >> nth=0")
    look_over(page, "why")


@pytest.fixture(scope="module")
def brazilian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of the Brazilian ecosystem."""
    settings = {**EC, "CONNECT_MOCK_OAUTH_KEY": "ec-p256", "CONNECT_MOCK_ECOSYSTEMS": "brasil"}
    with Served(tmp_path_factory.mktemp("brazil"), settings) as server:
        yield server


@pytest.mark.parametrize("way", ["file", "browser"])
@pytest.mark.parametrize(("kind", "level"), [("brcac", "application"), ("brseal", "organisation")])
def test_types_with_a_file(brazilian: Served, chromium: Any, tmp_path: Path, kind: str, level: str, way: str) -> None:
    """The downloaded .cnf with an edited value and the shown command, and WebCrypto, make what the RA accepts."""
    ipe = "05eeb40b-df4d-47e0-8691-80ec3ecfa91b"
    context = chromium.new_context(base_url=brazilian.http, accept_downloads=True)
    context.set_default_timeout(15_000)
    page = context.new_page()
    sign_in(page, SUPER, f"/portal/organisations/{ipe}/applications")
    here = f"/portal/organisations/{ipe}"
    if level == "application":
        page.click("main .cards h2 a >> nth=0")
        page.wait_for_url("**/applications/*")
        here = page.url.removeprefix(brazilian.http)
    page.goto(f"{here}/certificates/new?step=csr&type={kind}")
    edited, value = ("#L", "Rio de Janeiro") if kind == "brcac" else (".value-fields input >> nth=-1", "12345678000195")
    page.fill(edited, value)
    page.wait_for_selector(f"#config-text:has-text('{value}')", state="attached")
    if way == "file":
        downloaded(page, lambda: page.click(f"a:has-text('{kind}.cnf')"), tmp_path / f"{kind}.cnf")
        run(page.inner_text("#command-sh"), tmp_path)
        page.click("a:text-is('Continue')")
        page.set_input_files("#File", tmp_path / f"{kind}.csr")
        page.click("button:text-is('Continue')")
    else:
        page.click("#in-browser summary")
        page.click("[data-make]")
        page.wait_for_selector("form[data-stay]:visible")
        page.click("text=Continue with this")
    page.wait_for_selector("text=The certificate was issued")
    address = page.get_attribute("a[download]:has-text('PEM')", "href")
    leaf = x509.load_pem_x509_certificate(page.request.get(f"{brazilian.http}{address}").body())
    context.close()
    octets = leaf.public_bytes(Encoding.DER)
    assert value.encode() in octets
