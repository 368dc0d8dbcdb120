"""Organisations in the portal: list, details, new, edit, withdraw; and what names may do to a page."""

import pytest

from tests.doors import APPLICATION, ORGANISATION, unchanged
from tests.portal.conftest import inputs, links, words

NEW = ORGANISATION | {"OrganisationId": "new", "OrganisationName": "New Bank"}


def test_cards_tell_what_integrators_look_for(browser, organisation):
    """Name, registration number, id, status, date and a menu."""
    page = browser.get("/portal/organisations")
    for text in ("Acme Bank", "01234567", "acme", "Active", "01/06/2026", "Actions for"):
        assert text in words(page)


def test_filter_sort_and_pages(browser, ask):
    """Thirty organisations: two pages, a filter, both directions, and what is not active on demand."""
    for number in range(30):
        body = ORGANISATION | {"OrganisationId": f"o{number:02}", "OrganisationName": f"Bank {number:02}"}
        ask("POST", "/organisations", json=body | ({"Status": "Pending"} if number == 7 else {}))
    first = browser.get("/portal/organisations")
    assert "29 in all · Page 1 of 2" in words(first)
    assert "Bank 29" in words(browser.get("/portal/organisations?page=2"))
    assert "Bank 07" not in words(browser.get("/portal/organisations?q=bank+07"))
    assert "Bank 07" in words(browser.get("/portal/organisations?q=bank+07&all=yes"))
    assert "Bank 07" not in words(browser.get("/portal/organisations?q=bank+07&all=yes&active=yes"))
    oldest = words(browser.get("/portal/organisations?sort=created"))
    assert oldest.index("Bank 00") < oldest.index("Bank 01")
    assert "No organisation found" in words(browser.get("/portal/organisations?q=nobody"))


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-1", "page=abc", "page=99999999999999999999", "page=²", "sort=none", "sort=-", "q=%00", "q=%"],
)
def test_nonsense_in_an_address_means_the_usual(browser, organisation, query):
    """A page is for people: no parameter makes an error of it."""
    assert browser.get(f"/portal/organisations?{query}").status_code == 200


def test_details_show_what_is_stored(browser, organisation):
    """Each field with its label."""
    told = words(browser.get("/portal/organisations/acme"))
    for text in ("Legal entity name Acme Bank Ltd", "Country of registration GB", "City London", "Postcode E1 1AA"):
        assert text in told


class TestNew:
    def test_is_made(self, browser, ask):
        """The form gives an organisation as the API would make it."""
        made = browser.post("/portal/new-organisation", NEW)
        assert made.headers["location"] == "/portal/organisations/new"
        assert ask("GET", "/organisations/new").json()["OrgDetails"]["OrganisationName"] == "New Bank"

    def test_findings_stand_beside_their_fields(self, browser):
        """What is wrong is told at the top with a link and beside the field, and nothing that was typed is lost."""
        page = browser.post("/portal/new-organisation", NEW | {"AddressLine1": "abc", "City": ""})
        assert page.status_code == 400
        assert 'href="#AddressLine1"' in page.text
        assert 'id="City-fault"' in page.text
        assert "City must be provided" in words(page)
        assert "AddressLine1 length must be between 5 and 255" in words(page)
        assert inputs(page)["AddressLine1"] == ["abc"]
        assert inputs(page)["OrganisationName"] == ["New Bank"]

    def test_id_in_use_is_told_beside_the_id(self, browser, organisation):
        """A conflict is a finding of the id."""
        page = browser.post("/portal/new-organisation", NEW | {"OrganisationId": "ACME"})
        assert page.status_code == 409
        assert 'id="OrganisationId-fault"' in page.text

    @pytest.mark.case("api-A-11")
    def test_is_not_for_everybody(self, person, organisation):
        """Who may not make organisations gets neither page nor organisation, nor a button for it."""
        own = person(organisation)
        assert own.get("/portal/new-organisation").status_code == 403
        assert own.post("/portal/new-organisation", NEW).status_code == 403
        assert "New Organisation" not in words(own.get("/portal/organisations"))


class TestEdit:
    def test_unchanged_form_changes_nothing_but_the_revision(self, browser, ask, organisation):
        """What the form shows is what is stored, all of it."""
        before = ask("GET", "/organisations/acme").json()["OrgDetails"]
        form = inputs(browser.get("/portal/organisations/acme/edit"))
        saved = browser.post("/portal/organisations/acme/edit", form)
        assert saved.headers["location"] == "/portal/organisations/acme"
        assert ask("GET", "/organisations/acme").json()["OrgDetails"] == before

    def test_status_is_for_registrars(self, browser, person, ask, organisation):
        """A super user may set Pending; an administrator of the organisation sees no such choice and cannot."""
        form = inputs(browser.get("/portal/organisations/acme/edit")) | {"Status": ["Pending"]}
        browser.post("/portal/organisations/acme/edit", form)
        assert ask("GET", "/organisations/acme").json()["OrgDetails"]["Status"] == "Pending"
        own = person(organisation)
        assert 'name="Status"' not in own.get("/portal/organisations/acme/edit").text
        form = inputs(own.get("/portal/organisations/acme/edit")) | {"Status": ["Active"]}
        assert own.post("/portal/organisations/acme/edit", form).status_code == 403

    def test_who_was_slower_is_told_and_keeps_his_text(self, browser, ask, organisation):
        """Two forms at once: the second is refused with 412, and sent again it counts."""
        form = inputs(browser.get("/portal/organisations/acme/edit"))
        browser.post("/portal/organisations/acme/edit", form | {"City": ["Leeds"]})
        slower = browser.post("/portal/organisations/acme/edit", form | {"City": ["York"]})
        assert slower.status_code == 412
        assert inputs(slower)["City"] == ["York"]
        assert browser.post("/portal/organisations/acme/edit", inputs(slower)).status_code == 303
        assert ask("GET", "/organisations/acme").json()["OrgDetails"]["City"] == "York"

    @pytest.mark.case("api-A-11")
    @pytest.mark.parametrize("contact", ["PTC", "STC", "PBC", "SBC"])
    def test_rights_of_contacts(self, person, sandbox, organisation, contact):
        """Contacts do not change the organisation: no button, and 403 for what is sent by hand."""
        own = person(organisation, contact)
        assert "/portal/organisations/acme/edit" not in links(own.get("/portal/organisations/acme"))
        with unchanged(sandbox):
            assert own.get("/portal/organisations/acme/edit").status_code == 403
            assert own.post("/portal/organisations/acme/edit", {"City": "x"}).status_code == 403
            assert own.post("/portal/organisations/acme/withdraw").status_code == 403

    def test_others_read_and_change_nothing(self, person, sandbox, organisation, other):
        """Somebody of another organisation sees the details and changes nothing (rulings.md 10)."""
        foreign = person("other")
        assert foreign.get("/portal/organisations/acme").status_code == 200
        with unchanged(sandbox):
            assert foreign.get("/portal/organisations/acme/edit").status_code == 403
            assert foreign.post("/portal/organisations/acme/withdraw").status_code == 403


def test_withdrawal_asks_first_and_is_final(browser, ask, organisation):
    """The page says what follows; behind it the organisation is withdrawn and has no buttons any more."""
    asked = browser.get("/portal/organisations/acme/withdraw")
    assert "This is final" in words(asked)
    assert ask("GET", "/organisations/acme").json()["OrgDetails"]["Status"] == "Active"
    assert browser.post("/portal/organisations/acme/withdraw").status_code == 303
    page = browser.get("/portal/organisations/acme")
    assert "Withdrawn" in words(page)
    assert "/portal/organisations/acme/edit" not in links(page)


SCRIPT = "<script>alert(1)</script>"
SVG = "data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIj48c2NyaXB0PmFsZXJ0KDEpPC9zY3JpcHQ+PC9zdmc+"


@pytest.mark.case("api-F-04", "csr-D-26")
def test_stored_script_is_text(browser, sandbox, organisation, application):
    """Names, registration numbers and descriptions are shown as text, wherever they come; an SVG is a picture."""
    from dataclasses import replace

    evil = '"><img src=x onerror=alert(1)>' + SCRIPT + "{{'q'*9}}"
    with sandbox.store.write() as uow:
        stored = uow.organisations.get("acme")
        details = {**stored.details, "LogoUri": SVG, "Size": evil}
        changed = replace(stored, name=evil, registration_number=evil, details=details, revision=stored.revision + 1)
        uow.organisations.replace(changed)
        app = uow.applications.get(*application)
        details = {**app.details, "Description": evil, "LogoUri": SVG, "PolicyUri": "javascript:alert(1)"}
        uow.applications.replace(
            replace(app, client_name=evil, client_id=evil, details=details, revision=app.revision + 1)
        )
    one = "/portal/organisations/{}/applications/{}".format(*application)
    for path in (
        "/portal/organisations",
        "/portal/organisations/acme",
        "/portal/organisations/acme/edit",
        "/portal/organisations/acme/withdraw",
        "/portal/organisations/acme/applications",
        "/portal/organisations/acme/applications/new",
        *(one + end for end in ("", "/edit", "/suspend", "/assertion", "/made", "/roles")),
        "/portal/search?q=script",
    ):
        page = browser.get(path)
        assert page.status_code == 200, path
        assert "<script>" not in page.text, path
        assert "<img src=x" not in page.text, path
        assert "qqqqqqqqq" not in page.text, path
        assert not any(link.lower().startswith("javascript:") for link in links(page)), path
        assert "<svg onload" not in page.text


def test_names_of_every_script_are_kept_apart(browser, ask, organisation):
    """Arabic, Hebrew and emoji come back octet by octet, each in its own direction (bdi)."""
    name = "بنك אבג 🏦"
    form = inputs(browser.get("/portal/organisations/acme/edit")) | {"OrganisationName": [name]}
    assert browser.post("/portal/organisations/acme/edit", form).status_code == 303
    page = browser.get("/portal/organisations")
    assert f"<bdi>{name}</bdi>" in page.text
    assert ask("GET", "/organisations/acme").json()["OrgDetails"]["OrganisationName"] == name


@pytest.mark.parametrize("organisation_id", ["a b", "x%2Fy", "ä?#&=", "+", "'\"", "new", "edit"])
def test_any_id_has_its_pages(browser, ask, organisation_id):
    """Ids are free text: every link to such an organisation leads to it."""
    body = ORGANISATION | {"OrganisationId": organisation_id}
    assert ask("POST", "/organisations", json=body).status_code == 201
    found = [link for link in links(browser.get("/portal/organisations")) if link.startswith("/portal/organisations/")]
    for path in found:
        page = browser.get(path)
        assert page.status_code == 200, path
    assert "Acme Bank" in words(browser.get(found[-1]))
    assert APPLICATION["ClientName"] not in words(browser.get("/portal/organisations"))
