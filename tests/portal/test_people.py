"""Administrators, domain users and documents in the portal: list, add, switch off and on; rights; what names may do."""

from __future__ import annotations

import pytest

from app.oauth.passwords import matches
from tests.accounts import add_person
from tests.doors import ORGANISATION
from tests.portal.conftest import inputs, links, words

OWN = "/portal/organisations/acme"
ADMINISTRATORS, USERS, DOCUMENTS = f"{OWN}/administrators", f"{OWN}/domain-users", f"{OWN}/documents"
ANA, BEN = "ana@acme.example", "ben@acme.example"
DOMAIN, ROLE = "Open Banking", "DADOS"
TERMS = "/references/termsandconditions"


@pytest.fixture
def held(ask, organisation):
    """Acme has a role; what the form calls it."""
    authority = ask("GET", "/references/authorities").json()["content"][0]["AuthorityId"]
    own = f"/organisations/{organisation}"
    body = {"AuthorityId": authority, "AuthorisationDomainName": DOMAIN}
    assert ask("POST", f"{own}/authoritydomainclaims", json=body).status_code == 201
    body = {"AuthorityId": authority, "AuthorisationDomain": DOMAIN, "Role": ROLE, "RegistrationId": "1"}
    assert ask("POST", f"{own}/authorityclaims", json=body).status_code == 201
    return f"{DOMAIN} · {ROLE}"


@pytest.fixture
def types(ask):
    """Ids of the types of users, by name."""
    every = ask("GET", "/references/users/authorisationdomain/usertypes").json()["content"]
    return {each["Name"]: each["AuthorisationDomainUserTypeID"] for each in every}


def added(browser, path, **typed):
    form = inputs(browser.get(f"{path}/new")) | {name: [value] for name, value in typed.items()}
    made = browser.post(f"{path}/new", form)
    assert made.status_code == 303, words(made)
    return browser.get(made.headers["location"])


def turned(browser, path, turn):
    """Through the dialog of the first row that offers it."""
    address = next(link for link in links(browser.get(f"{path}?all=yes")) if link.endswith(f"/{turn}"))
    assert browser.get(address).status_code == 200
    done = browser.post(address)
    assert done.status_code == 303, words(done)
    return browser.get(done.headers["location"])


class TestAdministrators:
    def test_walk(self, browser, ask, organisation):
        """Added, listed, deactivated and reactivated; the API has at every moment what the pages show."""
        assert "No administrators yet" in words(browser.get(ADMINISTRATORS))
        page = added(browser, ADMINISTRATORS, Email=ANA)
        assert f"{ANA} administers this organisation now." in page.text
        for turn, status in (("deactivate", "Inactive"), ("reactivate", "Active")):
            page = turned(browser, ADMINISTRATORS, turn)
            (stored,) = ask("GET", f"/organisations/{organisation}/adminusers").json()
            assert (stored["Email"], stored["Status"]) == (ANA, status)
            assert status in words(page)
        turned(browser, ADMINISTRATORS, "deactivate")
        assert ANA not in words(browser.get(ADMINISTRATORS))
        assert "Show inactive ones too" in words(browser.get(ADMINISTRATORS))

    def test_sending_twice_does_no_more(self, browser, ask, organisation):
        """The address says what is to become of it, so it is no toggle."""
        added(browser, ADMINISTRATORS, Email=ANA)
        address = next(link for link in links(browser.get(ADMINISTRATORS)) if link.endswith("/deactivate"))
        assert [browser.post(address).status_code for _ in range(2)] == [303, 303]
        assert ask("GET", f"/organisations/{organisation}/adminusers").json()[0]["Status"] == "Inactive"
        assert browser.get(address.replace("deactivate", "promote")).status_code == 404

    def test_he_can_sign_in(self, browser, sandbox, organisation):
        """With the password of the setting, which the form names."""
        assert "invited_password" in words(browser.get(f"{ADMINISTRATORS}/new"))
        added(browser, ADMINISTRATORS, Email=ANA)
        with sandbox.store.read() as uow:
            account = uow.accounts.find_by_email(ANA)
        assert matches("connect-mock", account.password_hash)

    @pytest.mark.parametrize(("email", "status"), [("", 400), ("nobody", 400), (ANA, 409)])
    def test_what_is_wrong_stands_beside_the_address(self, browser, organisation, email, status):
        """The form comes back as it was filled in, with the finding at its field."""
        added(browser, ADMINISTRATORS, Email=ANA)
        page = browser.post(f"{ADMINISTRATORS}/new", {"Email": email})
        assert page.status_code == status
        assert 'id="Email-fault"' in page.text
        assert inputs(page)["Email"] == [email]

    def test_the_list_is_filtered_and_sorted(self, browser, organisation):
        """By a part of the address, in either order."""
        for email in (ANA, BEN):
            added(browser, ADMINISTRATORS, Email=email)
        assert BEN not in words(browser.get(f"{ADMINISTRATORS}?q=ANA"))
        page = words(browser.get(f"{ADMINISTRATORS}?sort=-email"))
        assert page.index(BEN) < page.index(ANA)
        assert "Nothing found" in words(browser.get(f"{ADMINISTRATORS}?q=zoe"))

    def test_a_withdrawn_organisation_gets_nobody(self, browser, ask, organisation):
        """No buttons, and 409 to who sends the form all the same."""
        assert ask("DELETE", f"/organisations/{organisation}").status_code == 204
        assert f"{ADMINISTRATORS}/new" not in links(browser.get(ADMINISTRATORS))
        assert browser.post(f"{ADMINISTRATORS}/new", {"Email": ANA}).status_code == 409

    def test_an_organisation_with_a_provider_adds_nobody(self, browser, ask, organisation):
        """No form is offered and the page says why; who is there can be switched off (EnforceIdpUserManagement)."""
        added(browser, ADMINISTRATORS, Email=ANA)
        body = ORGANISATION | {"EnforceIdpUserManagement": True}
        assert ask("PUT", f"/organisations/{organisation}", json=body).status_code == 200
        page = browser.get(ADMINISTRATORS)
        assert f"{ADMINISTRATORS}/new" not in links(page)
        assert "leaves its people to its identity provider" in words(page)
        assert browser.post(f"{ADMINISTRATORS}/new", {"Email": BEN}).status_code == 409
        turned(browser, ADMINISTRATORS, "deactivate")


class TestDomainUsers:
    def test_walk(self, browser, ask, organisation, held, types):
        """Added to a role of the organisation with a type, listed with both, switched off and on."""
        page = added(browser, USERS, Email=ANA, AuthorisationDomainRole=held, UserTypeID=types["PTC"])
        for text in (ANA, DOMAIN, ROLE, "PTC"):
            assert text in words(page)
        path = f"/organisations/{organisation}/{DOMAIN}/users"
        for turn, status in (("deactivate", "Inactive"), ("reactivate", "Active")):
            turned(browser, USERS, turn)
            (stored,) = ask("GET", path).json()["content"]
            assert (stored["AuthorisationDomainRole"], stored["ContactRole"], stored["Status"]) == (ROLE, "PTC", status)

    def test_the_roles_of_the_organisation_are_offered(self, browser, organisation, held):
        """And none that it does not have."""
        page = browser.get(f"{USERS}/new").text
        assert f">{held}</option>" in page
        assert f"{DOMAIN} · PAGTO" not in page

    @pytest.mark.parametrize(
        ("changed", "beside"),
        [
            ({"Email": "nobody"}, "Email"),
            ({"AuthorisationDomainRole": ""}, "AuthorisationDomainRole"),
            ({"AuthorisationDomainRole": f"{DOMAIN} · NONE"}, "AuthorisationDomainRole"),
            ({"AuthorisationDomainRole": "No domain · DADOS"}, "AuthorisationDomainRole"),
            ({"UserTypeID": ""}, "UserTypeID"),
        ],
        ids=str,
    )
    def test_what_is_wrong_stands_beside_its_field(self, browser, organisation, held, types, changed, beside):
        """And nobody comes to be."""
        good = {"Email": ANA, "AuthorisationDomainRole": held, "UserTypeID": types["SBC"]}
        page = browser.post(f"{USERS}/new", good | changed)
        assert page.status_code == 400
        assert f'id="{beside}-fault"' in page.text
        assert "No domain users yet" in words(browser.get(USERS))

    def test_everything_is_told_at_once(self, browser, organisation):
        """An empty form has three findings, each beside its field."""
        page = browser.post(f"{USERS}/new", {"Email": "", "AuthorisationDomainRole": "", "UserTypeID": ""})
        assert page.status_code == 400
        for name in ("Email", "AuthorisationDomainRole", "UserTypeID"):
            assert f'id="{name}-fault"' in page.text

    def test_a_record_of_another_organisation_is_not_there(self, browser, ask, organisation, other, held, types):
        """404, also under the right ids."""
        added(browser, USERS, Email=ANA, AuthorisationDomainRole=held, UserTypeID=types["PTC"])
        address = next(link for link in links(browser.get(USERS)) if link.endswith("/deactivate"))
        elsewhere = address.replace("/acme/", f"/{other[0]}/")
        assert browser.post(elsewhere).status_code == 404


class TestRights:
    @pytest.mark.parametrize(
        ("roles", "administrators", "users", "changes"), [((), 200, 200, True), (("PTC",), 403, 200, False)]
    )
    def test_who_sees_and_who_changes(self, person, organisation, roles, administrators, users, changes):
        """Navigation, lists and forms go by the table of rights."""
        browser = person(organisation, *roles)
        assert browser.get(ADMINISTRATORS).status_code == administrators
        page = browser.get(USERS)
        assert page.status_code == users
        assert (ADMINISTRATORS in links(page)) == (administrators == 200)
        assert (f"{USERS}/new" in links(page)) == changes
        for path in (ADMINISTRATORS, USERS):
            assert browser.get(f"{path}/new").status_code == (200 if changes else 403)
            done = 303 if path == ADMINISTRATORS else 400
            assert browser.post(f"{path}/new", {"Email": ANA}).status_code == (done if changes else 403)

    def test_people_of_others_are_nobodys_business(self, person, organisation, other):
        """An administrator of another organisation sees neither pages nor entries."""
        browser = person(other[0])
        for path in (ADMINISTRATORS, USERS, DOCUMENTS):
            assert browser.get(path).status_code == 403
            assert path not in links(browser.get(OWN))

    def test_addresses_do_nothing_to_a_page(self, browser, organisation):
        """An address with quotes and ampersands is shown as it is."""
        odd = 'o\'brien&"x"=1@acme.example'
        page = added(browser, ADMINISTRATORS, Email=odd)
        assert odd in words(page)
        assert odd not in page.text


class TestOffices:
    @pytest.mark.parametrize(
        ("segment", "path"),
        [
            ("super-users", "super"),
            ("data-administrators", "data-administrator"),
            ("certification-managers", "certification"),
        ],
    )
    def test_walk(self, browser, client, segment, path):
        """Found under the reference data; appointed, switched off and on; the API tells the same."""
        here, ask = f"/portal/people/{segment}", client(scope="directory:website directory:admin")
        assert "/portal/people/super-users" in links(browser.get("/portal/reference-data"))
        page = added(browser, here, Email=ANA)
        assert f"{ANA} is" in page.text
        for turn, status in (("deactivate", "Inactive"), ("reactivate", "Active")):
            turned(browser, here, turn)
            stored = ask("GET", f"/users/{path}").json()["content"]
            assert [(each["Email"], each["Status"]) for each in stored] == [(ANA, status)]
        assert browser.post(f"{here}/new", {"Email": ANA}).status_code == 409
        assert browser.post(f"{here}/new", {"Email": "nobody"}).status_code == 400
        assert browser.post(f"{here}/{'0' * 36}/deactivate").status_code == 404

    def test_others_have_no_business_there(self, sandbox, browser_of, person, organisation):
        """Data administrators read; administrators of organisations do not even find it; what is no office is 404."""
        keeper = add_person(sandbox, "data@acme.example", DataAdministrator=True)
        browser = browser_of(user=keeper.user_id)
        page = browser.get("/portal/people/data-administrators")
        assert keeper.email in words(page)
        assert "/portal/people/data-administrators/new" not in links(page)
        for path in ("/new", f"/{keeper.user_id}/deactivate"):
            assert browser.get(f"/portal/people/super-users{path}").status_code == 403
            assert browser.post(f"/portal/people/super-users{path}", {"Email": ANA}).status_code == 403
        assert browser.get("/portal/people/kings").status_code == 404
        other = person(organisation)
        assert other.get("/portal/people/super-users").status_code == 403
        assert "/portal/people/super-users" not in links(other.get("/portal/reference-data"))


class TestDocuments:
    def test_what_holds_for_the_organisation(self, browser, ask, person, organisation):
        """The list and the text of each; who may change terms finds them."""
        assert "Nothing to sign" in words(browser.get(DOCUMENTS))
        body = {"Name": "House rules", "Type": "Participant", "Content": "# Rules\n\nBe *kind* & brief."}
        assert ask("POST", TERMS, json=body).status_code == 201
        contact = person(organisation, "SBC")
        page = contact.get(DOCUMENTS)
        assert "House rules 1 Completed" in words(page)
        assert "/portal/reference-data/terms" not in links(page)
        address = next(link for link in links(page) if link.startswith(f"{DOCUMENTS}/"))
        assert "Be *kind* & brief." in words(contact.get(address))
        assert contact.get(f"{DOCUMENTS}/none").status_code == 404
        assert "/portal/reference-data/terms" in links(browser.get(DOCUMENTS))

    def test_terms_are_changed_with_the_reference_data(self, browser, ask):
        """A room like the others: added, a new version by another text, deactivated."""
        path = "/portal/reference-data/terms"
        form = inputs(browser.get(f"{path}/new")) | {"Name": ["Rules"], "Type": ["Participant"], "Content": ["One"]}
        made = browser.post(f"{path}/new", form)
        assert made.status_code == 303, words(made)
        page = made.headers["location"]
        changed = inputs(browser.get(f"{page}/edit")) | {"Content": ["Two"]}
        assert browser.post(f"{page}/edit", changed).status_code == 303
        assert ask("GET", f"{TERMS}/1").json()["Version"] == 2
        assert browser.post(f"{page}/remove").status_code == 303
        assert ask("GET", f"{TERMS}/1").json()["Status"] == "Inactive"
