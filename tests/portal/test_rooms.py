"""Rooms of plain objects in the portal: list, details, new, edit, remove; rights; what names may do to a page."""

import re

import pytest

from app.portal.rooms.pages import WAYS
from app.portal.texts import texts
from app.wire.published import members_of, request_schema
from tests.doors import unchanged
from tests.portal.conftest import inputs, links, words
from tests.portal.room_kit import *  # noqa: F403
from tests.portal.room_kit import CONTACT, DOMAIN, OWN, SERVER, added


class TestContacts:
    def test_walk(self, browser, ask, organisation):
        """Added, listed, changed and removed; the API has at every moment what the pages show."""
        assert "No contacts yet" in words(browser.get(f"{OWN}/contacts"))
        page = added(
            browser, f"{OWN}/contacts", **CONTACT, FirstName="Jo", LastName="Doe", AdditionalInformation="a\nb"
        )
        stored = ask("GET", "/organisations/acme/contacts").json()["content"][0]
        assert CONTACT.items() <= stored.items()
        assert "Contact Jo Doe was added." in words(browser.get(page))
        assert "Jo Doe Technical jo@acme.example" in words(browser.get(f"{OWN}/contacts"))
        form = inputs(browser.get(f"{page}/edit"))
        assert browser.post(f"{page}/edit", form | {"City": ["Leeds"]}).headers["location"] == page
        assert ask("GET", "/organisations/acme/contacts").json()["content"][0] == stored | {"City": "Leeds"}
        assert "gone for good" in words(browser.get(f"{page}/remove"))
        assert browser.post(f"{page}/remove").headers["location"] == f"{OWN}/contacts"
        assert ask("GET", "/organisations/acme/contacts").json()["totalSize"] == 0
        assert browser.get(page).status_code == 404

    def test_findings_stand_beside_their_fields(self, browser, organisation):
        """What the API would say is told at the head and beside the input, and what was typed is kept."""
        page = browser.post(f"{OWN}/contacts/new", CONTACT | {"EmailAddress": "nobody", "City": "x" * 300})
        assert page.status_code == 400
        assert 'href="#EmailAddress"' in page.text
        assert 'id="City-fault"' in page.text
        assert "EmailAddress must be a valid email" in words(page)
        assert inputs(page)["EmailAddress"] == ["nobody"]
        assert inputs(page)["ContactType"] == ["Technical"]

    def test_two_steps_carry_what_was_typed(self, browser, sandbox, organisation):
        """Person, then address: the first step keeps its findings, Back loses nothing, and only the last one adds."""
        path = f"{OWN}/contacts/new"
        first = inputs(browser.get(path))
        assert "City" not in first
        with unchanged(sandbox):
            wrong = browser.post(path, first | {"EmailAddress": ["nobody"]})
            assert wrong.status_code == 400
            assert "PhoneNumber must be provided" in words(wrong)
            second = browser.post(path, inputs(wrong) | {name: [value] for name, value in CONTACT.items()})
            assert second.status_code == 200
            back = browser.post(path, inputs(second) | {"City": ["Leeds"], "go": ["back"]})
            assert inputs(back)["EmailAddress"] == ["jo@acme.example"]
            assert inputs(back)["City"] == ["Leeds"]
            again = browser.post(path, inputs(back))
        assert browser.post(path, inputs(again)).status_code == 303

    @pytest.mark.parametrize("step", ["0", "1", "99", "-1", "x", "٣"])
    def test_steps_out_of_order(self, browser, sandbox, organisation, step):
        """No step leads past what is required."""
        with unchanged(sandbox):
            assert browser.post(f"{OWN}/contacts/new", {"step": step, "City": "Leeds"}).status_code == 400

    def test_filter_kind_and_pages(self, browser, ask, organisation):
        """Thirty contacts: two pages, by text, by kind; a kind that is none of the reference data shows nothing."""
        for number in range(30):
            body = CONTACT | {"LastName": f"Doe {number:02}", "ContactType": "Billing" if number == 7 else "Technical"}
            ask("POST", "/organisations/acme/contacts", json=body)
        assert "30 in all · Page 1 of 2" in words(browser.get(f"{OWN}/contacts"))
        assert "Doe 29" in words(browser.get(f"{OWN}/contacts?page=2"))
        assert "1 in all" in words(browser.get(f"{OWN}/contacts?q=doe+13"))
        billing = browser.get(f"{OWN}/contacts?ContactType=Billing")
        assert "Doe 07" in words(billing)
        assert "1 in all" in words(billing)
        assert "Nothing found" in words(browser.get(f"{OWN}/contacts?ContactType=%3Cb%3E&q=%00&page=-3"))
        assert any("page=2" in link and "q=doe" in link for link in links(browser.get(f"{OWN}/contacts?q=doe")))

    def test_list_as_a_file(self, browser, ask, organisation):
        """As it is narrowed, the members of the API as columns, and no cell is a formula."""
        for name, kind in (("=cmd()", "Billing"), ("Doe", "Technical")):
            ask("POST", "/organisations/acme/contacts", json=CONTACT | {"LastName": name, "ContactType": kind})
        address = next(e for e in links(browser.get(f"{OWN}/contacts?ContactType=Billing")) if "contacts.csv" in e)
        rows = browser.get(address).text.splitlines()
        assert rows[0].startswith('"ContactId","OrganisationId","ContactType"')
        assert len(rows) == 2
        assert '"\'=cmd()"' in rows[1]

    def test_who_was_slower_is_told_and_keeps_his_text(self, browser, organisation, contact):
        """Two forms at once: the second is refused with 412, and sent again it counts."""
        path = f"{OWN}/contacts/{contact}/edit"
        form = inputs(browser.get(path))
        assert browser.post(path, form | {"City": ["Leeds"]}).status_code == 303
        slower = browser.post(path, form | {"City": ["York"]})
        assert slower.status_code == 412
        assert inputs(slower)["City"] == ["York"]
        assert browser.post(path, inputs(slower)).status_code == 303

    @pytest.mark.case("api-A-11")
    @pytest.mark.parametrize(("kind", "may"), [("PBC", True), ("PTC", False), ("STC", False), ("SBC", False)])
    def test_rights_of_contact_persons(self, person, sandbox, organisation, contact, kind, may):
        """The primary business contact manages contacts; others see them, no button, and get 403 by hand."""
        own = person(organisation, kind)
        page = own.get(f"{OWN}/contacts/{contact}")
        assert page.status_code == 200
        assert (f"{OWN}/contacts/{contact}/edit" in links(page)) is may
        assert (f"{OWN}/contacts/new" in links(own.get(f"{OWN}/contacts"))) is may
        if not may:
            with unchanged(sandbox):
                for end in ("new", f"{contact}/edit", f"{contact}/remove"):
                    assert own.get(f"{OWN}/contacts/{end}").status_code == 403
                    assert own.post(f"{OWN}/contacts/{end}", CONTACT).status_code == 403

    def test_others_read_and_change_nothing(self, person, sandbox, organisation, other, contact):
        """Every participant sees contacts; somebody of another organisation changes none, by no address."""
        foreign = person("other")
        page = foreign.get(f"{OWN}/contacts/{contact}")
        assert "Jo Doe" in words(page)
        assert f"{OWN}/contacts/{contact}/edit" not in links(page)
        with unchanged(sandbox):
            for end in ("new", f"{contact}/edit", f"{contact}/remove"):
                assert foreign.post(f"{OWN}/contacts/{end}", CONTACT).status_code == 403
            for end in (f"{contact}/edit", f"{contact}/remove"):
                assert foreign.post(f"/portal/organisations/other/contacts/{end}", CONTACT).status_code == 404

    def test_of_a_withdrawn_organisation_nothing_changes(self, browser, sandbox, organisation, contact):
        """No button, and by hand a refusal."""
        browser.post(f"{OWN}/withdraw")
        assert not any(link.endswith(("/new", "/edit", "/remove")) for link in links(browser.get(f"{OWN}/contacts")))
        with unchanged(sandbox):
            assert browser.post(f"{OWN}/contacts/new", CONTACT).status_code == 409


def test_of_too_many_choices_none_is_offered(browser, sandbox, organisation, server):
    """With two hundred servers more the id of the parent is typed; the page stays short."""
    from dataclasses import replace

    path = f"{OWN}/servers/{server}/edit"
    assert '<select id="ParentAuthorisationServerId"' in browser.get(path).text
    with sandbox.store.write() as uow:
        one = uow.resources.find("server", server)
        for number in range(201):
            uow.resources.add(replace(one, resource_id=f"{number:08x}-0000-4000-8000-000000000000", revision=0))
    page = browser.get(path)
    assert '<input id="ParentAuthorisationServerId"' in page.text
    assert browser.post(path, inputs(page)).status_code == 303


class TestSentTwice:
    @pytest.mark.case("api-F-09")
    def test_form_makes_one_object(self, browser, ask, organisation):
        """The second time leads to what the first one made; a form of a page opened anew makes another."""
        form = inputs(browser.get(f"{OWN}/servers/new")) | {name: [value] for name, value in SERVER.items()}
        first = browser.post(f"{OWN}/servers/new", form)
        second = browser.post(f"{OWN}/servers/new", form)
        assert first.headers["location"] == second.headers["location"]
        assert len(ask("GET", "/organisations/acme/authorisationservers").json()) == 1
        added(browser, f"{OWN}/servers", **SERVER)
        assert len(ask("GET", "/organisations/acme/authorisationservers").json()) == 2

    @pytest.mark.case("api-F-09")
    def test_endpoints_come_once(self, browser, ask, organisation, server):
        """Those that are there already are not added again."""
        api = added(browser, f"{OWN}/servers/{server}/resources", ApiFamilyType="own", ApiVersion="1")
        for lines in ("https://a.example/1", "https://a.example/1\nhttps://a.example/2"):
            assert browser.post(f"{api}/endpoints/new", {"ApiEndpoints": lines}).status_code == 303
        kept = ask("GET", "/organisations/acme/authorisationservers").json()[0]["ApiResources"][0]
        addresses = [each["ApiEndpoint"] for each in kept["ApiDiscoveryEndpoints"]]
        assert addresses == ["https://a.example/1", "https://a.example/2"]

    def test_id_of_ones_own_choice_is_refused(self, browser, person, sandbox, organisation, other):
        """An id without its seal, or with that of another person or organisation, makes nothing."""
        form = inputs(browser.get(f"{OWN}/servers/new")) | {name: [value] for name, value in SERVER.items()}
        chosen = "0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
        with unchanged(sandbox):
            assert browser.post(f"{OWN}/servers/new", form | {"new-id": [chosen]}).status_code == 403
            assert person(organisation).post(f"{OWN}/servers/new", form).status_code == 403
            assert browser.post("/portal/organisations/other/servers/new", form).status_code == 403


CERTIFICATION = {
    "CertificationStartDate": "01/06/2026",
    "CertificationStatus": "Certified",
    "ProfileVariant": "Of nobody",
    "ProfileType": "Of nobody",
    "ProfileVersion": 1.5,
    "CertificationURI": "https://openid.example/cert.zip",
}


@pytest.fixture
def furnished(ask, application, contact, role, server, domain):
    """One object at least in every room."""
    own, app = "/organisations/acme", "/organisations/{}/softwarestatements/{}".format(*application)
    at = f"{own}/authorisationservers/{server}"
    another = ask("GET", "/references/authorisationdomains?size=500").json()["content"]
    another = next(e["AuthorisationDomainID"] for e in another if e["AuthorisationDomainID"] != domain)
    held = {"OrganisationAuthorisationDomainRoleClaimID": role}
    flag = {"Name": "f", "Type": "Organisation", "Value": "v", "Status": "Active", "AccessLevel": 1}
    for path, body in (
        (f"{own}/authorityclaims/{role}/authorisations", {"MemberState": "GB", "Status": "Active"}),
        (f"{at}/apiresources", {"ApiFamilyType": "own", "ApiVersion": "1", "ApiEndpoint": "https://a.example/1"}),
        (f"{at}/certifications", CERTIFICATION),
        (f"{at}/authorityclaims", held),
        (f"{app}/authorityclaims", held),
        (f"{app}/certifications", CERTIFICATION),
        ("/references/flags", flag),
        ("/references/termsandconditions", {"Name": "Rules", "Type": "Participant", "Content": "# Rules"}),
        ("/references/federations", {"Name": "fed", "Contacts": ["a@b.example"]}),
        (f"/references/authorisationdomains/{DOMAIN}/sub-domains", {"AuthorisationDomainID": another}),
    ):
        made = ask("POST", path, json=body)
        assert made.status_code == 201, made.text
    furnish_further(ask, at, app)


def furnish_further(ask, server, app):
    """What stands below objects whose ids the server chose."""

    def first(path, name):
        return ask("GET", f"/references/{path}").json()["content"][0][name]

    federation, family = first("federations", "ReferenceID"), first("apifamilies", "ID")
    provider = {"DisplayName": "Staff", "Contacts": ["staff@acme.example"]}
    sso = ask("POST", f"{server}/sso-configuration", json=provider)
    assert sso.status_code == 201, sso.text
    version = {
        "ClientID": "directory",
        "RestrictedDomains": ["acme.example"],
        "SupportedDomains": ["acme.example"],
        "GroupClaim": "groups",
        "AuthenticationPolicies": ["TWO_FACTOR"],
    }
    policy = {"Type": "openid_provider", "Policy": '{"issuer": {"essential": true}}', "Status": "pending"}
    for path, body in (
        (f"{server}/sso-configuration/{sso.json()['ID']}/versions", version),
        (f"{app}/custom-claims", {"Name": "desk", "Path": "$.desk", "Source": "TRUST_FRAMEWORK_PROFILE"}),
        (f"/references/federations/{federation}/metadata-policy", policy),
        (f"/references/apifamilies/{family}/conformanceconfigurations", {"ApiFamilyID": family, "TestPlanName": "p"}),
        ("/references/users/groups", {"Name": "Staff"}),
    ):
        made = ask("POST", path, json=body)
        assert made.status_code in (200, 201), made.text


@pytest.mark.parametrize("way", [way for way in WAYS if "read" in way.room.verbs], ids=lambda way: way.path)
def test_every_room_shows_and_keeps_what_is_stored(way, browser, application, furnished):
    """Of the first object of every room: its page has its facts, and a form sent unchanged changes none of them."""
    page = first_of(browser, way, application)
    before = facts(browser.get(page))
    assert before
    if "update" in way.room.resource.verbs:
        saved = browser.post(f"{page}/edit", inputs(browser.get(f"{page}/edit")))
        assert saved.status_code == 303, words(saved)
        assert facts(browser.get(page)) == before


def facts(page):
    return re.findall(r"<dt>(?!Changed)(.*?)</dt><dd>(.*?)</dd>", page.text, re.DOTALL)


def first_of(browser, way, application):
    """The page of the first object, by way of the first objects above that lead to one."""
    root = f"/portal{way.path}".replace("{organisation_id}", "acme").replace("{software_statement_id}", application[1])
    lists = [re.sub(r"/\{above_0\}.*", "", root)]
    for room in way.rooms[1:]:
        lists = [f"{page}/{room.segment}" for path in lists for page in objects(browser, path)]
    return next(page for path in lists for page in objects(browser, path))


def objects(browser, path):
    """The pages of the objects of a list."""
    every = links(browser.get(f"{path}?all=yes"))
    return list(dict.fromkeys(e for e in every if re.fullmatch(rf"{path}/[0-9a-f-]{{36}}", e)))


@pytest.mark.case("api-F-04")
def test_stored_script_is_text(browser, sandbox, ask, organisation, contact, server):
    """Names of contacts, servers and endpoints are shown as text on every page; what the API lets through is inert."""
    from dataclasses import replace

    evil = "</title><script>alert(1)</script>"
    with sandbox.store.write() as uow:
        for kind, key in (("contact", contact), ("server", server)):
            record = uow.resources.find(kind, key)
            body = {name: evil if isinstance(value, str) else value for name, value in record.body.items()}
            body |= {"DeveloperPortalUri": "javascript:alert(1)"}
            uow.resources.replace(replace(record, body=body, revision=record.revision + 1))
    for path in (
        f"{OWN}/contacts",
        f"{OWN}/contacts/{contact}",
        f"{OWN}/contacts/{contact}/edit",
        f"{OWN}/contacts/{contact}/remove",
        f"{OWN}/servers",
        f"{OWN}/servers/{server}",
        f"{OWN}/servers/{server}/edit",
        f"{OWN}/servers/{server}/resources/new",
        "/portal/audit",
    ):
        page = browser.get(path)
        assert page.status_code == 200, path
        assert "<script>alert" not in page.text, path
        assert 'href="javascript:' not in page.text, path
    assert "<script>alert(1)</script>" in words(browser.get(f"{OWN}/contacts"))
    browser.post(f"{OWN}/contacts/{contact}/remove")
    assert "<script>alert" not in browser.get(f"{OWN}/contacts").text


def test_every_member_and_group_has_a_text():
    """Rooms follow the schemas: what those have has a label, and each room its words."""
    t = texts("en")
    missing = set()
    for way in WAYS:
        entry = way.room.resource
        names = set(members_of(entry.answer)) | set(way.room.columns)
        for schema in filter(None, (entry.create, entry.update)):
            names |= {field.name for field in request_schema(schema, entry.answer, entry.also).fields}
        missing |= {f"fields.{name}" for name in names if f"fields.{name}" not in t}
        missing |= {f"fields.group.{g.name}" for g in way.room.groups if f"fields.group.{g.name}" not in t}
        wanted = ["title", "one", "none", "says", *(["caption"] if len(way.rooms) > 1 else [])]
        wanted += ["new"] if "create" in way.room.verbs else []
        missing |= {key for name in wanted if (key := f"rooms.{way.room.name}.{name}") not in t}
    assert missing == set()


def test_every_room_asks_for_what_the_api_requires():
    """No form of a room leaves out a member without which the API would refuse it."""
    for way in WAYS:
        entry, groups = way.room.resource, [name for group in way.room.groups for name in group.names]
        brought = {options.brings for options in way.room.options.values()} | {way.room.names_above}
        for schema in filter(None, (entry.create, entry.update)):
            fields = request_schema(schema, entry.answer, entry.also, entry.optional).fields
            left = {field.name for field in fields if field.required} - set(groups) - brought - {"Status"}
            assert left == set(), way.room.name


def test_organisation_without_any_right_reads_what_the_api_lets_him(person, ask, organisation):
    """Somebody without a single right gets 403 from a room, as from the API."""
    nobody = person(organisation, "XYZ")
    assert nobody.get(f"{OWN}/contacts").status_code == 403
