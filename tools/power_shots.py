"""Screens of clock, faults, scenarios and certificates on demand (app/portal/mock), for tools/screenshots.py."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.conftest import READER, SUPER

CLOCK, FAULTS, SCENARIOS, CERTIFICATES = (
    f"/portal/mock/{name}" for name in ("clock", "faults", "scenarios", "certificates")
)
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
TO_LOOK_OVER = ("clock-errors", "fault-errors", "scenario-takes", "scenario-chains", "certificate-errors")
ON_PHONES = frozenset({"mock-clock", "mock-faults", "mock-scenario", "mock-certificate-made"})
Act = Callable[[Page], None]


def undo(page: Page) -> None:
    """Nothing of an earlier picture is left in the frame of this one."""
    page.goto(CLOCK)
    if page.is_visible("text=Give it back"):
        page.click("text=Give it back")
    page.goto(FAULTS)
    if page.is_visible("text='Remove all'"):
        page.click("text='Remove all'")


def moved(page: Page) -> None:
    """A month later: some things are over. The machine's clock would make another picture each time."""
    undo(page)
    page.goto(CLOCK)
    page.click("text='30 days'")
    page.locator(".clock .facts dd").evaluate("each => { each.textContent = '01/06/2026 12:00:00 UTC'; }")


def faulty_clock(page: Page) -> None:
    undo(page)
    page.goto(CLOCK)
    page.fill("#set", "yesterday")
    page.click("main button:has-text('Set')")


def broken(page: Page) -> None:
    """Faults of several kinds; one has ended."""
    undo(page)
    page.goto(f"{FAULTS}/new?template=crl-outage")
    page.click("text=Break it")
    page.goto(f"{FAULTS}/new?template=token-outage")
    page.fill("[id='match.client']", READER)
    page.fill("[id='trigger.next']", "3")
    page.fill("[id='effect.retry_after']", "30")
    page.click("text=Break it")
    page.goto(f"{FAULTS}/new?template=slow")
    page.fill("#name", LONG_WORD)
    page.check("input[name='match.service'][value='api']")
    page.click("text=Break it")
    page.goto(f"{FAULTS}/new")
    page.fill("#name", "once")
    page.fill("[id='match.path']", "/jwks")
    page.fill("[id='trigger.next']", "1")
    page.click(".family summary:has-text('Key sets')")
    page.check("[id='effect.jwks_stale']")
    page.click("text=Break it")
    page.request.get("/jwks")
    page.goto(FAULTS)


def new_fault(page: Page) -> None:
    undo(page)
    page.goto(f"{FAULTS}/new?template=slow")


def faulty_fault(page: Page) -> None:
    page.fill("[id='effect.status']", "99")
    page.click(".family summary:has-text('CRL')")
    page.fill("[id='effect.crl_huge']", "many")
    page.fill("[id='match.path']", "/_mock/clock")
    page.fill("[id='trigger.next']", "-1")
    page.fill("[id='trigger.from']", "now")
    page.click("text=Break it")


def under_way(page: Page) -> None:
    """Begun anew, second step."""
    if page.is_visible("text=Leave it here"):
        page.click("text=Leave it here")
    page.click("main .buttons button:has-text('Start')")
    page.click("text='Next: used'")


def crossed(page: Page) -> None:
    if page.is_visible("main button:has-text('Start')"):
        page.click("main button:has-text('Start')")


def ordered(page: Page) -> None:
    page.select_option("#type", "rtstransport")
    page.fill("#software", READER)
    page.click("text=Make it")
    page.wait_for_load_state()


def first_made(page: Page) -> None:
    page.click("table.made tbody a >> nth=0")


SHOTS: tuple[tuple[str, str, Act | None, str], ...] = (
    ("mock-clock", CLOCK, moved, SUPER),
    ("mock-clock-errors", CLOCK, faulty_clock, SUPER),
    ("mock-faults", FAULTS, broken, SUPER),
    ("mock-fault-new", FAULTS, new_fault, SUPER),
    ("mock-fault-errors", f"{FAULTS}/new", faulty_fault, SUPER),
    ("mock-faults-empty", FAULTS, None, SUPER),
    ("mock-scenarios", SCENARIOS, None, SUPER),
    ("mock-scenario", f"{SCENARIOS}/jwks-rotate", under_way, SUPER),
    ("mock-scenario-takes", f"{SCENARIOS}/mass-revocation", None, SUPER),
    ("mock-scenario-chains", f"{SCENARIOS}/ca-cross-sign", crossed, SUPER),
    ("mock-certificate-new", f"{CERTIFICATES}/new?defect=expired", None, SUPER),
    ("mock-certificate-errors", f"{CERTIFICATES}/new?defect=expired&defect=not_yet_valid", ordered, SUPER),
    ("mock-certificate-made", f"{CERTIFICATES}/new?defect=wrong_eku", ordered, SUPER),
    ("mock-certificates", CERTIFICATES, None, SUPER),
    ("mock-certificate-one", CERTIFICATES, first_made, SUPER),
)
"""In this order: what one does the next ones undo."""
