"""Screens of administrators, domain users and documents (app/portal/people), for tools/screenshots.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx
from playwright.sync_api import Page

from tests.browser.conftest import ADMIN, NORTHWIND, SUPER
from tests.servers import Served

ORGANISATION = f"/portal/organisations/{NORTHWIND}"
ADMINISTRATORS, USERS, DOCUMENTS = (f"{ORGANISATION}/{end}" for end in ("administrators", "domain-users", "documents"))
LONG = f"{'administrators-of-the-whole-bank-' * 2}x@northwind-bank.example"
TEXT = """# House rules of the directory

1. Keep private keys private, and in hardware where there is some.
2. Replace certificates before they expire; notices are sent in time.
3. Tell the operator within a day when a key was lost.

Whoever signs for a participant may sign for it."""
Act = Callable[[Page], None]


def press(*selectors: str) -> Act:
    def act(page: Page) -> None:
        for selector in selectors:
            page.click(selector)

    return act


def faulty(page: Page) -> None:
    page.fill("#Email", "nobody")
    page.click("main form .buttons button")


SHOTS: tuple[tuple[str, str, Act | None, str], ...] = (
    ("administrators", f"{ADMINISTRATORS}?all=yes", None, ADMIN),
    ("administrators-menu", ADMINISTRATORS, press(".row-menu summary >> nth=0"), ADMIN),
    ("administrators-empty", "/portal/organisations/rtl/administrators", None, SUPER),
    ("administrators-new", f"{ADMINISTRATORS}/new", None, ADMIN),
    ("administrators-errors", f"{ADMINISTRATORS}/new", faulty, ADMIN),
    ("administrators-deactivate", ADMINISTRATORS, press(".row-menu summary >> nth=0", ".row-menu[open] a"), ADMIN),
    ("domain-users", f"{USERS}?all=yes", None, ADMIN),
    ("domain-users-new", f"{USERS}/new", None, ADMIN),
    ("domain-users-errors", f"{USERS}/new", faulty, ADMIN),
    ("documents", DOCUMENTS, None, ADMIN),
    ("documents-empty", "/portal/organisations/long/documents", None, SUPER),
    ("document", DOCUMENTS, press("main td a >> nth=0"), ADMIN),
    ("sign-up", "/portal/sign-up", press("main form button"), SUPER),
    ("people", "/portal/people/super-users", None, SUPER),
    ("reference-terms", "/portal/reference-data/terms", None, SUPER),
)
"""(name, address, what is done there first, who)."""
TO_LOOK_OVER = (
    "administrators-menu", "administrators-new", "administrators-errors", "administrators-deactivate",
    "domain-users-new", "domain-users-errors", "documents", "people", "reference-terms", "sign-up",
)  # fmt: skip


def furnish_people(served: Served, headers: Mapping[str, str]) -> None:
    """A long address, an administrator who is no more, and documents; one organisation has nothing to sign."""
    here = f"{served.http}/organisations/{NORTHWIND}"
    made: dict[str, Any] = {}
    for email in (LONG, "former@northwind-bank.example"):
        answer = httpx.post(f"{here}/adminusers", json={"UserEmail": email}, headers=headers)
        answer.raise_for_status()
        made = answer.json()
    switched = httpx.put(f"{here}/adminusers/{made['UserID']}", json={"Status": "Inactive"}, headers=headers)
    switched.raise_for_status()
    for name, kind in (("House rules", "Participant"), ("Terms of use", "Directory")):
        body = {"Name": name, "Type": kind, "Content": TEXT}
        httpx.post(f"{served.http}/references/termsandconditions", json=body, headers=headers).raise_for_status()
    path = f"{served.http}/organisations/long"
    told = httpx.get(path, headers=headers).json()["OrgDetails"]
    body = told | {"RequiresParticipantTermsAndConditionsSigning": False}
    httpx.put(path, json=body, headers=headers).raise_for_status()
