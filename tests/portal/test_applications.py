"""Applications in the portal: list, wizard, details, edit, and the moves between states."""

import pytest

from tests.doors import APPLICATION, unchanged
from tests.portal.conftest import inputs, links, words

LIST = "/portal/organisations/acme/applications"
NEW = f"{LIST}/new"
NAME = "Reader"
REDIRECT = "https://reader.example/cb"
ROLES = (
    {"id": "c1", "domain": "Open Banking", "role": "DADOS", "status": "Active"},
    {"id": "c2", "domain": "Open Banking", "role": "PAGTO", "status": "Inactive"},
)


@pytest.fixture
def roles(sandbox, organisation):
    """Acme holds one role, and another one not any more."""
    from dataclasses import replace

    with sandbox.store.write() as uow:
        stored = uow.organisations.get(organisation)
        uow.organisations.replace(replace(stored, roles=ROLES, revision=stored.revision + 1))


def count(ask):
    return len(ask("GET", "/organisations/acme/softwarestatements").json())


class TestList:
    def test_cards_tell_what_integrators_look_for(self, browser, application):
        """Name, client id, status and a menu with what can be done."""
        page = browser.get(LIST)
        for text in ("Acme App", application[1], "Active", "Suspend", "Delete", "New Application"):
            assert text in words(page)

    def test_filter_sort_and_pages(self, browser, ask, organisation):
        """Sorted by client name, a filter over names and ids, inactive ones on demand, pages of 24."""
        for number in range(30):
            body = APPLICATION | {"ClientName": f"App {(number * 7) % 30:02}"}
            made = ask("POST", "/organisations/acme/softwarestatements", json=body).json()
        ask("DELETE", f"/organisations/acme/softwarestatements/{made['SoftwareStatementId']}")
        told = words(browser.get(LIST))
        assert "29 in all · Page 1 of 2" in told
        assert told.index("App 00") < told.index("App 01") < told.index("App 10")
        assert "App 00" not in words(browser.get(f"{LIST}?sort=-name"))
        assert "30 in all" in words(browser.get(f"{LIST}?all=yes"))
        assert "1 in all" in words(browser.get(f"{LIST}?q={made['SoftwareStatementId']}&all=yes"))
        assert "No application found" in words(browser.get(f"{LIST}?q=nothing"))

    def test_empty_list_says_what_to_do(self, browser, organisation):
        """An organisation without applications offers to make one."""
        page = browser.get(LIST)
        assert "No applications here" in words(page)
        assert links(page).count(NEW) == 2

    def test_unknown_organisation_is_a_page(self, browser):
        """404 in the frame."""
        assert browser.get("/portal/organisations/none/applications").status_code == 404


class Wizard:
    """Goes through the steps as a person does: what a page shows is sent back with what is typed."""

    def __init__(self, browser, path=NEW):
        self.browser, self.path = browser, path
        self.page = browser.get(path)

    def go(self, go="continue", **typed):
        form = inputs(self.page) | {
            name: value if isinstance(value, list) else [value] for name, value in typed.items()
        }
        self.page = self.browser.post(self.path, form | {"go": [go]})
        return self.page

    def through(self, **last):
        self.go(Roles=["c1"])
        self.go(ClientName=NAME)
        self.go(RedirectUri=f"{REDIRECT}\r\n https://reader.example/two \r\n\r\n")
        return self.go(**last)


class TestWizard:
    def test_four_steps_make_an_application(self, browser, ask, roles):
        """Roles, client details, user authentication, additional details; the result shows the client id."""
        wizard = Wizard(browser)
        made = wizard.through(Description="Reads", Version="1.5")
        assert made.status_code == 303
        stored = ask("GET", "/organisations/acme/softwarestatements").json()[0]
        assert stored["ClientName"] == NAME
        assert stored["RedirectUri"] == [REDIRECT, "https://reader.example/two"]
        assert stored["Version"] == 1.5
        assert stored["LogoUri"].startswith("data:image/svg+xml;base64,")
        assert stored["RequireSignedRequestObject"] is True
        assert stored["TokenEndpointAuthMethod"] == "private_key_jwt"
        told = words(browser.get(made.headers["location"]))
        assert stored["ClientId"] in told

    def test_roles_are_those_that_the_organisation_holds(self, browser, roles, sandbox):
        """Active role claims can be chosen, others cannot, and what is chosen is the application's."""
        wizard = Wizard(browser)
        assert "DADOS" in words(wizard.page)
        assert "PAGTO" not in words(wizard.page)
        made = wizard.through()
        page = browser.get(made.headers["location"].replace("/made", "/roles"))
        assert "DADOS Open Banking Active" in words(page)

    def test_role_that_is_not_held_is_told_at_its_step(self, browser, ask, roles):
        """A role sent by hand leads back to the first step with the finding."""
        wizard = Wizard(browser)
        wizard.go(Roles=["c2"])
        wizard.go(ClientName=NAME)
        wizard.go(RedirectUri=REDIRECT)
        page = wizard.go()
        assert page.status_code == 400
        assert "role.missing" in page.text
        assert 'aria-current="step">Roles' in page.text
        assert count(ask) == 0

    def test_each_step_tells_what_is_wrong_with_it(self, browser, organisation):
        """A step does not go on without its required fields, and says beside them why."""
        wizard = Wizard(browser)
        wizard.go()
        page = wizard.go(ClientName="")
        assert page.status_code == 400
        assert 'id="ClientName-fault"' in page.text
        wizard.go(ClientName=NAME)
        page = wizard.go(RedirectUri="javascript:alert(1)", PolicyUri="ftp://x")
        assert 'id="RedirectUri-fault"' in page.text
        assert 'id="PolicyUri-fault"' in page.text
        assert inputs(page)["PolicyUri"] == ["ftp://x"]

    def test_back_loses_nothing(self, browser, organisation):
        """What was typed on a later step is there again."""
        wizard = Wizard(browser)
        wizard.go()
        wizard.go(ClientName=NAME)
        wizard.go("back", RedirectUri=REDIRECT)
        assert inputs(wizard.page)["ClientName"] == [NAME]
        wizard.go(ClientName="Other")
        assert inputs(wizard.page)["RedirectUri"] == [REDIRECT]

    def test_switch_leaves_required_fields_alone(self, browser, organisation):
        """With the switch every step shows what is required; values of hidden fields stay."""
        wizard = Wizard(browser)
        wizard.go()
        wizard.go("short", ClientName=NAME, LogoUri="https://reader.example/logo.png")
        assert "LogoUri" in inputs(wizard.page)
        assert 'id="LogoUri"' not in wizard.page.text
        assert 'id="ClientName"' in wizard.page.text
        wizard.go()
        assert 'id="PolicyUri"' not in wizard.page.text
        wizard.go("all", RedirectUri=REDIRECT)
        assert 'id="PolicyUri"' in wizard.page.text

    @pytest.mark.case("api-F-09")
    def test_steps_out_of_order_lead_to_the_first_that_is_wrong(self, browser, ask, organisation):
        """The last step sent first makes nothing; it shows the step that is missing."""
        wizard = Wizard(browser)
        page = browser.post(NEW, inputs(wizard.page) | {"step": ["3"], "go": ["continue"]})
        assert page.status_code == 400
        assert 'aria-current="step">Client details' in page.text
        assert count(ask) == 0

    @pytest.mark.case("api-F-09")
    def test_second_press_makes_no_second_application(self, browser, ask, roles):
        """The same form twice gives one application, and the same answer."""
        wizard = Wizard(browser)
        wizard.go()
        wizard.go(ClientName=NAME)
        form = inputs(wizard.page) | {"RedirectUri": [REDIRECT], "step": ["3"], "go": ["continue"]}
        first, second = browser.post(NEW, form), browser.post(NEW, form)
        assert first.headers["location"] == second.headers["location"]
        assert count(ask) == 1

    def test_id_is_ours(self, browser, ask, roles):
        """Another id in the form makes nothing: the seal says which one was given out."""
        wizard = Wizard(browser)
        page = browser.post(
            NEW,
            inputs(wizard.page)
            | {
                "id": ["11111111-1111-4111-8111-111111111111"],
                "ClientName": [NAME],
                "RedirectUri": [REDIRECT],
                "step": ["3"],
                "go": ["continue"],
            },
        )
        assert page.status_code == 403
        assert count(ask) == 0

    def test_secret_is_shown_once(self, browser, roles):
        """A client with a secret gets it in the answer that makes it, and never again."""
        page = Wizard(browser).through(TokenEndpointAuthMethod="client_secret_basic")
        assert page.status_code == 200
        assert "Client secret" in words(page)
        made = next(link for link in links(page) if link.startswith(f"{LIST}/") and link.count("/") == 5)
        assert "Client secret" not in words(browser.get(f"{made}/made"))

    @pytest.mark.case("api-A-11")
    def test_is_for_those_who_may(self, person, ask, organisation, other):
        """A technical contact makes applications; business contacts and strangers do not."""
        assert Wizard(person(organisation, "PTC")).page.status_code == 200
        for nobody in (person(organisation, "SBC"), person("other")):
            assert nobody.get(NEW).status_code == 403
            assert nobody.post(NEW, {"step": "3"}).status_code == 403
            assert NEW not in links(nobody.get(LIST))
        assert count(ask) == 0


class TestEdit:
    def test_unchanged_form_changes_nothing(self, browser, ask, application, page_of):
        """What the form shows is what is stored, all of it."""
        path = "/organisations/{}/softwarestatements/{}".format(*application)
        before = ask("GET", path).json()
        saved = browser.post(f"{page_of}/edit", inputs(browser.get(f"{page_of}/edit")))
        assert saved.headers["location"] == page_of
        assert ask("GET", path).json() == before

    def test_findings_stand_beside_their_fields(self, browser, page_of):
        """An origin that is none is told beside the origins, and stays there to be mended."""
        form = inputs(browser.get(f"{page_of}/edit")) | {"OriginUri": ["https://local"]}
        page = browser.post(f"{page_of}/edit", form)
        assert page.status_code == 400
        assert 'id="OriginUri-fault"' in page.text
        assert inputs(page)["OriginUri"] == ["https://local"]

    def test_who_was_slower_is_told(self, browser, page_of):
        """Two forms at once: 412, then the next revision."""
        form = inputs(browser.get(f"{page_of}/edit"))
        browser.post(f"{page_of}/edit", form | {"ClientName": ["One"]})
        slower = browser.post(f"{page_of}/edit", form | {"ClientName": ["Two"]})
        assert slower.status_code == 412
        assert browser.post(f"{page_of}/edit", inputs(slower)).status_code == 303

    def test_locked_application_takes_redirects_alone(self, browser, ask, application, page_of):
        """The form of a locked application has one field; it adds, and does not take away."""
        browser.post(f"{page_of}/assertion")
        page = browser.get(f"{page_of}/edit")
        assert "ClientName" not in inputs(page)
        two = "https://acme.example/cb\nhttps://acme.example/two"
        assert browser.post(f"{page_of}/edit", inputs(page) | {"RedirectUri": [two]}).status_code == 303
        less = inputs(browser.get(f"{page_of}/edit")) | {"RedirectUri": ["https://acme.example/two"]}
        refused = browser.post(f"{page_of}/edit", less)
        assert "application.locked" in refused.text

    def test_switch_to_a_secret_shows_it(self, browser, page_of):
        """The answer that makes a secret shows it."""
        form = inputs(browser.get(f"{page_of}/edit")) | {"TokenEndpointAuthMethod": ["client_secret_basic"]}
        assert "Client secret" in words(browser.post(f"{page_of}/edit", form))


MOVES = {"suspend": "Suspended", "reactivate": "Active", "delete": "Inactive"}


class TestMoves:
    def status(self, ask, application):
        return ask("GET", "/organisations/{}/softwarestatements/{}".format(*application)).json()["Status"]

    def test_each_asks_first(self, browser, ask, application, page_of):
        """A page says what follows and how to go back; only its button does it."""
        for move in MOVES:
            page = browser.get(f"{page_of}/{move}")
            assert page.status_code == 200
            assert page_of in links(page)
            assert self.status(ask, application) == "Active"

    def test_suspend_reactivate_delete(self, browser, ask, application, page_of):
        """Each does what it says and tells so on the next page; nothing else of the application changes."""
        path = "/organisations/{}/softwarestatements/{}".format(*application)
        before = ask("GET", path).json()
        for move, status in MOVES.items():
            done = browser.post(f"{page_of}/{move}")
            assert done.headers["location"] == page_of
            assert self.status(ask, application) == status
        after = ask("GET", path).json()
        assert {k: v for k, v in after.items() if before[k] != v} == {"Status": "Inactive", "RtsClientCreated": False}

    def test_deleted_one_has_no_buttons(self, browser, page_of):
        """Nothing can be done to it any more, and the buttons are gone; by hand it is refused."""
        browser.post(f"{page_of}/delete")
        page = browser.get(page_of)
        assert not {f"{page_of}/{end}" for end in ("edit", *MOVES)} & set(links(page))
        assert browser.post(f"{page_of}/reactivate").status_code == 409

    def test_locked_one_can_be_suspended_and_unlocked(self, browser, ask, application, page_of):
        """The status moves under the lock; unlocking is a page of its own."""
        browser.post(f"{page_of}/assertion")
        assert browser.post(f"{page_of}/suspend").status_code == 303
        assert "Locked" in words(browser.get(page_of))
        browser.post(f"{page_of}/unlock")
        assert ask("GET", "/organisations/{}/softwarestatements/{}".format(*application)).json()["Locked"] is False

    @pytest.mark.case("api-A-11")
    def test_are_for_those_who_may(self, person, sandbox, application, page_of, other):
        """Readers and strangers see no button, and what they send by hand is refused and changes nothing."""
        for nobody in (person(application[0], "SBC"), person("other")):
            assert f"{page_of}/suspend" not in links(nobody.get(page_of))
            with unchanged(sandbox):
                for move in (*MOVES, "unlock", "edit", "assertion"):
                    assert nobody.post(f"{page_of}/{move}", {"a": "b"}).status_code == 403, move

    def test_contact_does_not_unlock(self, person, browser, application, page_of):
        """Unlocking is an administrator's act (connect.md 4.2)."""
        browser.post(f"{page_of}/assertion")
        contact = person(application[0], "PTC")
        assert f"{page_of}/unlock" not in links(contact.get(page_of))
        assert contact.get(f"{page_of}/unlock").status_code == 403


class TestAssertion:
    def test_warns_then_shows(self, browser, ask, application, page_of):
        """The page warns of the lock; the answer shows the assertion, its header and its claims; then it is locked."""
        assert "locks the application" in words(browser.get(f"{page_of}/assertion"))
        page = browser.post(f"{page_of}/assertion")
        told = words(page)
        assert '"software_client_name": "Acme App"' in told
        assert '"alg": "ES256"' in told
        assert "openbanking.jwks" in told
        assert ask("GET", "/organisations/{}/softwarestatements/{}".format(*application)).json()["Locked"] is True
        assert "eyJ" not in browser.get(f"{page_of}/assertion").text

    def test_of_a_suspended_application_there_is_none(self, browser, page_of):
        """No button, and by hand a finding."""
        browser.post(f"{page_of}/suspend")
        assert '<form method="post"><p' not in browser.get(f"{page_of}/assertion").text
        refused = browser.post(f"{page_of}/assertion")
        assert refused.status_code == 400
        assert "software.not_active" in refused.text


def test_application_of_another_organisation_is_not_here(browser, application, other):
    """Both ids must fit."""
    assert browser.get(f"/portal/organisations/acme/applications/{other[1]}").status_code == 404
