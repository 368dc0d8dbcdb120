"""The global search."""

import pytest

from app.directory.search import serial_in
from tests.doors import APPLICATION, ORGANISATION
from tests.portal.conftest import links, words


@pytest.fixture
def certificate(ask, application, make_csr, rsa_key):
    """A certificate of the application."""
    path = "/organisations/{}/softwarestatements/{}/certificates/rtstransport".format(*application)
    headers = {"content-type": "application/x-pem-file"}
    made = ask("POST", path, content=make_csr(application, key=rsa_key), headers=headers)
    assert made.status_code == 201, made.text
    return made.json()


def test_finds_by_names_and_ids(browser, application, certificate):
    """Organisation by name, id and number; application by name and id; certificate by kid and subject."""
    one = "/portal/organisations/{}/applications/{}".format(*application)
    wanted = {
        "acme b": "/portal/organisations/acme",
        "01234567": "/portal/organisations/acme",
        "ACME APP": one,
        application[1]: one,
    }
    for text, address in wanted.items():
        assert address in links(browser.get("/portal/search", params={"q": text})), text
    for text in (certificate["kid"], f"CN={application[1]}"):
        found = links(browser.get("/portal/search", params={"q": text}))
        assert any(link.startswith(f"{one}/certificates/") for link in found), text


def test_finds_a_serial_number_in_every_spelling(browser, sandbox, application, certificate):
    """Decimal, hexadecimal, with colons."""
    with sandbox.store.read() as uow:
        serial = uow.certificates.find_by_kid(application[0], certificate["kid"]).serial
    text = f"{serial:040x}"
    for spelt in (str(serial), text, text.upper(), ":".join(text[i : i + 2] for i in range(0, 40, 2))):
        assert certificate["kid"] in words(browser.get("/portal/search", params={"q": spelt})), spelt


def test_shows_ten_of_each(browser, ask):
    """Ten hits of a kind, and that there are more."""
    for number in range(12):
        ask("POST", "/organisations", json=ORGANISATION | {"OrganisationId": f"o{number}"})
        ask("POST", f"/organisations/o{number}/softwarestatements", json=APPLICATION)
    page = browser.get("/portal/search?q=acme")
    assert page.text.count('<li><a href="/portal/organisations/o') == 20
    assert words(page).count("There are more than these 10") == 2


@pytest.mark.parametrize("text", ["", " ", "%", "_", "\\", "'", "<b>", "\x00", "x" * 5000, "🏦", "((("])
def test_any_text_is_answered(browser, organisation, text):
    """Nothing that can be typed breaks it, and wild cards are characters like others."""
    page = browser.get("/portal/search", params={"q": text})
    assert page.status_code == 200
    if text in ("%", "_"):
        assert "Acme" not in words(page)


@pytest.mark.parametrize(
    ("text", "serial"),
    [("00", 0), ("0a" * 10, int("0a" * 10, 16)), ("12", 12), ("abc", None), ("1" * 400, None), ("zz" * 10, None)],
)
def test_what_is_a_serial_number(text, serial):
    """Digits are decimal; hexadecimal needs a length that words do not have."""
    assert serial_in(text) == serial


class TestPlainObjects:
    @pytest.fixture
    def found(self, ask, organisation):
        """A server and a contact: their addresses."""
        own = f"/organisations/{organisation}"
        server = {
            "AutoRegistrationSupported": True,
            "CustomerFriendlyName": "Harbour Login",
            "CustomerFriendlyDescription": "For customers",
            "CustomerFriendlyLogoUri": "https://acme.example/logo.svg",
        }
        contact = {
            "ContactType": "Technical",
            "FirstName": "Ida",
            "EmailAddress": "ida@harbour.example",
            "PhoneNumber": "1",
        }
        made = ask("POST", f"{own}/authorisationservers", json=server).json()["AuthorisationServerId"]
        person = ask("POST", f"{own}/contacts", json=contact).json()["ContactId"]
        return f"/portal{own}/servers/{made}", f"/portal{own}/contacts/{person}"

    def test_are_found_by_name_and_id(self, browser, found):
        """Servers and contacts of an organisation, domains of the reference data; each leads to its page."""
        server, contact = found
        page = browser.get("/portal/search?q=harbour")
        assert {server, contact} <= set(links(page))
        assert "Servers Harbour Login Active Acme Bank" in words(page)
        for address in found:
            assert address in links(browser.get("/portal/search", params={"q": address.rpartition("/")[2]}))
        domain = next(e for e in links(browser.get("/portal/search?q=open+banking")) if "/reference-data/domains/" in e)
        assert "Open Banking" in words(browser.get(domain))

    def test_ten_of_each(self, browser, ask, organisation):
        """And that there are more."""
        for number in range(12):
            body = {"ContactType": "Technical", "EmailAddress": f"n{number}@harbour.example", "PhoneNumber": "1"}
            ask("POST", "/organisations/acme/contacts", json=body)
        page = browser.get("/portal/search?q=harbour.example")
        assert page.text.count('<li><a href="/portal/organisations/acme/contacts/') == 10
        assert "There are more than these 10" in words(page)
