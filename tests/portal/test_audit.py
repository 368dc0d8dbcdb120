"""Who did what in the portal: entries with their members before and after, filters, pages, rights."""

import csv
import io
import json

import pytest

from app.portal.texts import texts
from tests.doors import ORGANISATION
from tests.portal.conftest import inputs, links, words

AUDIT = "/portal/audit"
CONTACT = {"ContactType": "Technical", "EmailAddress": "jo@acme.example", "PhoneNumber": "1"}


@pytest.fixture
def changed(browser, ask, organisation):
    """Acme moved to Leeds, and its contact of another kind: the id of the contact."""
    form = inputs(browser.get("/portal/organisations/acme/edit"))
    browser.post("/portal/organisations/acme/edit", form | {"City": ["Leeds"]})
    contact = ask("POST", "/organisations/acme/contacts", json=CONTACT).json()["ContactId"]
    ask("PUT", f"/organisations/acme/contacts/{contact}", json=CONTACT | {"ContactType": "Billing"})
    return contact


class TestEntries:
    def test_tell_what_was_before_and_after(self, browser, changed):
        """Also where the record itself has only what came after."""
        told = words(browser.get(AUDIT))
        assert "Kind of contact Technical Billing" in told
        assert "City London Leeds" in told
        assert told.index("Changed Contact jo@acme.example") < told.index("Created Contact jo@acme.example")
        assert "by super user" in told

    def test_who_is_a_person_where_one_signed_in(self, browser, person, organisation):
        """The e-mail address, not an id; and it can be looked for."""
        own = person(organisation)
        form = inputs(own.get("/portal/organisations/acme/edit"))
        own.post("/portal/organisations/acme/edit", form | {"City": ["Leeds"]})
        assert "by admin@acme.example" in words(browser.get(AUDIT))
        assert "1 in all" in words(browser.get(AUDIT, params={"who": "admin@acme.example"}))

    def test_of_lists_only_what_differs_is_told(self, browser, ask, organisation):
        """A redirect URI more: the one that came, not those that stayed."""
        body = {"ClientName": "A", "LogoUri": "https://a.example/l.png", "RedirectUri": ["https://a.example/one"]}
        made = ask("POST", "/organisations/acme/softwarestatements", json=body).json()["SoftwareStatementId"]
        body["RedirectUri"] = [*body["RedirectUri"], "https://a.example/two"]
        ask("PUT", f"/organisations/acme/softwarestatements/{made}", json=body)
        newest = words(browser.get(AUDIT)).partition("Changed Application A")[2].partition("Created Application")[0]
        assert "https://a.example/two" in newest
        assert "https://a.example/one" not in newest


class TestFilters:
    @pytest.mark.parametrize(
        ("query", "number"),
        [
            ("organisation=acme", 4),
            ("type=contact", 2),
            ("type=contact&what=created", 1),
            ("what=deleted", 0),
            ("who=nobody", 0),
            ("since=2026-06-01&until=2026-06-01&organisation=acme", 4),
            ("until=2026-05-31", 0),
            ("since=2026-06-02", 0),
        ],
    )
    def test_narrow(self, browser, changed, query, number):
        """By organisation, type, action, person and day."""
        assert f"{number} in all" in words(browser.get(f"{AUDIT}?{query}"))

    def test_one_object(self, browser, changed):
        """By its id: its whole life."""
        assert "2 in all" in words(browser.get(f"{AUDIT}?object={changed}"))

    @pytest.mark.parametrize("query", ["since=x", "until=2026-99-99", "type=%3Cb%3E", "what=none", "page=-1", "page=²"])
    def test_nonsense_means_the_usual(self, browser, changed, query):
        """No parameter makes an error of a page."""
        assert "Created Organisation Acme Bank" in words(browser.get(f"{AUDIT}?organisation=acme&{query}"))

    def test_pages(self, browser, ask, organisation):
        """Thirty changes: two pages, and the links keep the filter."""
        for number in range(30):
            ask("POST", "/organisations/acme/contacts", json=CONTACT | {"LastName": f"Doe {number}"})
        page = browser.get(f"{AUDIT}?type=contact")
        assert "30 in all · Page 1 of 2" in words(page)
        following = next(link for link in links(page) if "page=2" in link)
        assert "type=contact" in following
        assert "Contact Doe 0 " in words(browser.get(following))


def test_list_as_a_file(browser, person, changed):
    """As it is narrowed, with what was before and after; for nobody who may not read it."""
    page = browser.get(f"{AUDIT}?type=contact&what=updated")
    address = next(link for link in links(page) if "audit.csv" in link)
    rows = list(csv.DictReader(io.StringIO(browser.get(address).text)))
    assert [(row["ResourceId"], row["EntryType"]) for row in rows] == [(changed, "updated")]
    assert json.loads(rows[0]["Before"]) == {"ContactType": "Technical"}
    assert json.loads(rows[0]["After"]) == {"ContactType": "Billing"}
    assert person("acme", "PTC").get(f"{AUDIT}.csv").status_code == 403
    assert person("acme").get(f"{AUDIT}.csv?organisation=other").status_code == 403


class TestRights:
    def test_administrator_reads_his_own_organisation(self, person, ask, changed, other):
        """Nothing of others, whatever he asks for."""
        own = person("acme")
        told = words(own.get(AUDIT))
        assert "Changed Organisation Acme Bank" in told
        assert "Other" not in told
        assert own.get(f"{AUDIT}?organisation=other").status_code == 403
        assert AUDIT in links(own.get("/portal/organisations/acme"))

    @pytest.mark.parametrize("kind", ["PTC", "STC", "PBC", "SBC"])
    def test_contact_persons_read_none(self, person, changed, kind):
        """403, and no entry in the navigation."""
        own = person("acme", kind)
        assert own.get(AUDIT).status_code == 403
        assert own.get(f"{AUDIT}?organisation=acme").status_code == 403
        assert AUDIT not in links(own.get("/portal/organisations/acme"))


def test_many_organisations_are_named_by_their_id(browser, sandbox, organisation):
    """Where there are too many to choose from, the id is typed."""
    from dataclasses import replace

    assert '<select id="organisation"' in browser.get(AUDIT).text
    with sandbox.store.write() as uow:
        one = uow.organisations.get("acme")
        for number in range(201):
            uow.organisations.add(
                replace(one, organisation_id=f"o{number}", registration_number=f"n{number}", revision=0)
            )
    assert '<input id="organisation"' in browser.get(AUDIT).text
    assert ORGANISATION["OrganisationName"] in words(browser.get(f"{AUDIT}?organisation=acme"))


def test_every_action_has_a_text():
    """Those that the audit knows."""
    assert {f"audit.action.{each}" for each in ("created", "updated", "deleted")} <= texts("en").names()
