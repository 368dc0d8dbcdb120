"""Screens of the rooms of plain objects (app/portal/rooms) and of the audit, for tools/screenshots.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx
from playwright.sync_api import Page

from tests.browser.conftest import ADMIN, NORTHWIND, READER, SUPER
from tests.servers import Served

ORGANISATION = f"/portal/organisations/{NORTHWIND}"
APPLICATION = f"{ORGANISATION}/applications/{READER}"
REFERENCES = "/portal/reference-data"
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
PEOPLE = (("Ida", "Night", "Incident"), ("Sam", "Ledger", "Billing"), (LONG_WORD, LONG_WORD, "Technical"))
TO_LOOK_OVER = (
    "-own", "contacts-menu", "contact-new-2", "contact-remove", "contact-errors", "contact-long", "domains-new",
    "role-new", "server-new", "server-api-new", "server-endpoints-errors", "server-remove", "reference-domains",
    "reference-role", "reference-group", "reference-authority-new", "server-sso", "application-claims",
    "application-claim-new", "reference-family-edit", "reference-user-types", "application-certifications", "domains",
    "roles",
)  # fmt: skip
"""Screens that stay out of docs/img."""
Act = Callable[[Page], None]


def press(*selectors: str) -> Act:
    def act(page: Page) -> None:
        for selector in selectors:
            page.click(selector)

    return act


def to(name: str, *then: str) -> Act:
    """The page of the object of this name, and on."""
    return press(f"main td:first-child a:has-text('{name}') >> nth=0", *then)


def second_step(page: Page) -> None:
    page.fill("#EmailAddress", "ida@northwind-bank.example")
    page.fill("#PhoneNumber", "+44 20 7946 0000")
    page.click("main form .buttons button")


def faulty_contact(page: Page) -> None:
    page.fill("#EmailAddress", "nobody")
    page.fill("#PhoneNumber", "")
    page.click("main form .buttons button")


def faulty_endpoints(page: Page) -> None:
    to("Northwind Login")(page)
    to("payments 1.0.0")(page)
    page.click("main .below a.button")
    page.fill("#ApiEndpoints", "https://api.northwind.example/other\nftp://api.northwind.example")
    page.click("main form .buttons button")


def history(page: Page) -> None:
    to("DADOS", ".tabs >> text=History")(page)
    opened(page)


def opened(page: Page) -> None:
    """The first entries of a list of changes, opened."""
    for index in range(min(2, page.locator(".differences > summary").count())):
        page.click(f".differences > summary >> nth={index}")


SHOTS: tuple[tuple[str, str, Act | None, str], ...] = (
    ("contacts", f"{ORGANISATION}/contacts", None, ADMIN),
    ("contacts-empty", "/portal/organisations/rtl/contacts", None, SUPER),
    ("contacts-menu", f"{ORGANISATION}/contacts", press(".row-menu summary >> nth=0"), ADMIN),
    ("contact", f"{ORGANISATION}/contacts", to("Ida Night"), ADMIN),
    ("contact-long", f"{ORGANISATION}/contacts", to("Donau"), ADMIN),
    ("contact-new", f"{ORGANISATION}/contacts/new", None, ADMIN),
    ("contact-new-2", f"{ORGANISATION}/contacts/new", second_step, ADMIN),
    ("contact-errors", f"{ORGANISATION}/contacts/new", faulty_contact, ADMIN),
    ("contact-remove", f"{ORGANISATION}/contacts", to("Ida Night", "main >> text=Remove"), ADMIN),
    ("domains", f"{ORGANISATION}/domains", None, SUPER),
    ("domains-new", f"{ORGANISATION}/domains/new", None, SUPER),
    ("roles", f"{ORGANISATION}/roles?all=yes", None, SUPER),
    ("roles-of-others", f"{ORGANISATION}/roles", None, "admin@ipe.example"),
    ("roles-empty", "/portal/organisations/rtl/roles", None, SUPER),
    ("role", f"{ORGANISATION}/roles", to("DADOS"), SUPER),
    ("role-history", f"{ORGANISATION}/roles", history, SUPER),
    ("role-new", f"{ORGANISATION}/roles/new", None, SUPER),
    ("servers", f"{ORGANISATION}/servers?all=yes", None, ADMIN),
    ("server", f"{ORGANISATION}/servers", to("Northwind Login"), ADMIN),
    ("server-new", f"{ORGANISATION}/servers/new", None, ADMIN),
    ("server-api", f"{ORGANISATION}/servers", to("Northwind Login", "main td a:has-text('payments 1.0.0')"), ADMIN),
    ("server-api-new", f"{ORGANISATION}/servers", to("Northwind Login", "main >> text=New API Resource"), ADMIN),
    ("server-endpoints-errors", f"{ORGANISATION}/servers", faulty_endpoints, ADMIN),
    ("server-remove", f"{ORGANISATION}/servers", to("Northwind Login", "main >> text=Remove >> nth=0"), ADMIN),
    ("application-roles", f"{APPLICATION}/roles?all=yes", None, ADMIN),
    ("application-certifications", f"{APPLICATION}/certifications", None, ADMIN),
    ("reference-data", REFERENCES, None, SUPER),
    ("reference-domains", f"{REFERENCES}/domains", None, SUPER),
    ("reference-domain", f"{REFERENCES}/domains", to("Open Banking"), SUPER),
    ("reference-role", f"{REFERENCES}/domains", to("Open Banking", "main td a:has-text('DADOS')"), SUPER),
    ("reference-family-edit", f"{REFERENCES}/api-families", to("payments", "main >> text=Edit"), SUPER),
    ("reference-user-types", f"{REFERENCES}/user-types", None, ADMIN),
    ("reference-group", f"{REFERENCES}/user-groups", to("Night desk"), SUPER),
    ("reference-authority-new", f"{REFERENCES}/authorities/new", None, SUPER),
    ("server-sso", f"{ORGANISATION}/servers", to("Northwind Login", "main td a:has-text('Staff of Northwind')"), ADMIN),
    ("application-claims", f"{APPLICATION}/custom-claims", None, ADMIN),
    ("application-claim-new", f"{APPLICATION}/custom-claims/new", None, ADMIN),
    ("audit", "/portal/audit", opened, SUPER),
    ("audit-empty", "/portal/audit?who=nobody", None, SUPER),
    ("audit-own", "/portal/audit", None, ADMIN),
)
"""(name, address, what is done there first, who)."""


def furnish_rooms(served: Served, headers: Mapping[str, str]) -> None:
    """Contacts, a server with APIs, a history of a role; names that are hard to lay out."""
    here = f"{served.http}/organisations/{NORTHWIND}"

    def post(path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = httpx.post(f"{here}/{path}", json=body, headers=headers)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    for first, last, kind in (
        ("Ida", "Night", "Incident"),
        ("Sam", "Ledger", "Billing"),
        (LONG_WORD, LONG_WORD, "Technical"),
    ):
        email = f"{last.lower()[:40]}@northwind-bank.example".replace("ä", "ae")
        post(
            "contacts",
            {"ContactType": kind, "FirstName": first, "LastName": last, "EmailAddress": email,
             "PhoneNumber": "+44 20 7946 0000", "Department": "Operations", "City": "London", "Country": "GB",
             "AdditionalInformation": "Call by day.\nAt night the duty phone rings."},
        )  # fmt: skip
    furnish_servers(post)
    furnish_roles(here, headers)
    furnish_further(served.http, post, headers)


def furnish_servers(post: Callable[[str, Mapping[str, Any]], dict[str, Any]]) -> None:
    server = {
        "AutoRegistrationSupported": True,
        "CustomerFriendlyName": "Northwind Login",
        "CustomerFriendlyDescription": "Where customers of Northwind Bank sign in",
        "CustomerFriendlyLogoUri": "https://northwind-bank.example/logo.svg",
        "Issuer": "https://auth.northwind-bank.example",
        "DeveloperPortalUri": "https://developers.northwind-bank.example/"
        + LONG_WORD.encode("ascii", "ignore").decode(),
    }
    made = post("authorisationservers", server)["AuthorisationServerId"]
    post("authorisationservers", server | {"CustomerFriendlyName": LONG_WORD * 2, "CustomerFriendlyDescription": "X"})
    for family, endpoint in (("payments", "payments/v1/payments"), ("own-family", "own")):
        post(
            f"authorisationservers/{made}/apiresources",
            {"ApiFamilyType": family, "ApiVersion": "1.0.0", "Status": "Active",
             "ApiEndpoint": f"https://api.northwind-bank.example/{endpoint}"},
        )  # fmt: skip
    provider = {"DisplayName": "Staff of Northwind", "Contacts": ["staff@northwind-bank.example"]}
    post(f"authorisationservers/{made}/sso-configuration", provider)
    post(
        f"authorisationservers/{made}/certifications",
        {"CertificationStartDate": "01/06/2026", "CertificationStatus": "Certified", "ProfileType": "Security Profile",
         "ProfileVariant": "FAPI Adv. OP w/ MTLS", "ProfileVersion": 1,
         "CertificationURI": "https://openid.example/northwind.zip"},
    )  # fmt: skip


def furnish_further(
    base: str, post: Callable[[str, Mapping[str, Any]], dict[str, Any]], headers: Mapping[str, str]
) -> None:
    """A group with its bindings, and a claim of an application."""
    group = httpx.post(f"{base}/references/users/groups", json={"Name": "Night desk"}, headers=headers).json()["ID"]
    at = f"{base}/references/users/groups/{group}"
    httpx.post(f"{at}/organisation-binding", json={"OrganisationID": NORTHWIND}, headers=headers).raise_for_status()
    body = {"PermissionType": "OrganisationAdministrator"}
    httpx.post(f"{at}/permissions", json=body, headers=headers).raise_for_status()
    claim = {"Name": "desk", "Path": "$.desk", "Source": "TRUST_FRAMEWORK_PROFILE"}
    post(f"softwarestatements/{READER}/custom-claims", claim)


def furnish_roles(here: str, headers: Mapping[str, str]) -> None:
    """A role is taken away and given back, and has a country."""
    claim = next(
        each for each in httpx.get(f"{here}/authorityclaims", headers=headers).json() if each["Role"] == "DADOS"
    )
    path = f"{here}/authorityclaims/{claim['OrganisationAuthorityClaimId']}"
    httpx.post(f"{path}/authorisations", json={"MemberState": "GB", "Status": "Active"}, headers=headers)
    for status in ("Inactive", "Active"):
        httpx.put(path, json=claim | {"Status": status}, headers=headers).raise_for_status()
