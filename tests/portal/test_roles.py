"""Domains and roles of organisations and applications in the portal: claimed, taken away, given back; their history."""

import re

from tests.doors import unchanged
from tests.portal.conftest import inputs, links, words
from tests.portal.room_kit import *  # noqa: F403
from tests.portal.room_kit import DOMAIN, OWN, ROLE, added


class TestRoles:
    def test_domain_comes_before_roles(self, browser, ask, organisation):
        """A domain is claimed, then one of its roles requested; no role of another domain is offered."""
        assert ROLE not in browser.get(f"{OWN}/roles/new").text
        form = inputs(browser.get(f"{OWN}/domains/new"))
        domain = re.search(rf'<option value="([^"]*)">{DOMAIN}<', browser.get(f"{OWN}/domains/new").text)[1]
        assert form["AuthorityId"] != [""]
        added(browser, f"{OWN}/domains", AuthorisationDomainID=domain, RegistrationId="R1")
        offered = dict(re.findall(r'<option value="([^"]+)">([^<]*)<', browser.get(f"{OWN}/roles/new").text))
        role = next(value for value, text in offered.items() if text == f"{DOMAIN} · {ROLE}")
        assert not any("Nebras" in text for text in offered.values())
        page = added(browser, f"{OWN}/roles", AuthorisationDomainRoleIdentifier=role)
        claim = ask("GET", "/organisations/acme/authorityclaims").json()[0]
        assert (claim["Role"], claim["AuthorisationDomain"], claim["Status"]) == (ROLE, DOMAIN, "Active")
        assert f"{DOMAIN} · {ROLE}" in words(browser.get(page))
        twice = browser.post(
            f"{OWN}/roles/new", inputs(browser.get(f"{OWN}/roles/new")) | {"AuthorisationDomainRoleIdentifier": [role]}
        )
        assert twice.status_code == 409
        assert 'id="AuthorisationDomainRoleIdentifier-fault"' in twice.text

    def test_status_and_history(self, browser, person, ask, organisation, role):
        """A role is taken away and given back; its history has every step, and who did it for readers of the audit."""
        page = f"{OWN}/roles/{role}"
        added(browser, f"{page}/authorisations", MemberState="GB")
        browser.post(f"{page}/remove")
        assert "Inactive" in words(browser.get(page))
        assert "Nothing found" not in words(browser.get(f"{OWN}/roles"))
        assert ROLE in words(browser.get(f"{OWN}/roles?all=yes"))
        form = inputs(browser.get(f"{page}/edit"))
        assert form["Status"] == ["Inactive"]
        assert browser.post(f"{page}/edit", form | {"Status": ["Active"]}).status_code == 303
        told = words(browser.get(f"{page}/history"))
        steps = [
            told.index(text) for text in ("Changed Role", "Removed Role", "Created Member state GB", "Created Role")
        ]
        assert steps == sorted(steps)
        assert "Status Active Inactive" in told
        assert "by super user" in told
        contact = words(person(organisation, "SBC").get(f"{page}/history"))
        assert "Created Role" in contact
        assert "super user" not in contact

    def test_leads_to_its_domain_users(self, browser, person, organisation, role, other):
        """Whoever may read them finds them beside the history; somebody of another organisation does not."""
        address, foreign = f"{OWN}/domain-users?q={ROLE}", person("other")
        for end in ("", "/history"):
            assert address in links(browser.get(f"{OWN}/roles/{role}{end}"))
            assert address not in links(foreign.get(f"{OWN}/roles/{role}{end}"))
        assert browser.get(address).status_code == 200

    def test_administrators_do_not_grant_roles_to_themselves(self, person, sandbox, organisation, role):
        """Claims are granted by those who hold the whole directory: 403 for the organisation's administrator."""
        own = person(organisation)
        assert f"{OWN}/roles/new" not in links(own.get(f"{OWN}/roles"))
        with unchanged(sandbox):
            for end in ("domains/new", "roles/new", f"roles/{role}/edit", f"roles/{role}/remove"):
                assert own.get(f"{OWN}/{end}").status_code == 403
                assert own.post(f"{OWN}/{end}", {}).status_code == 403

    def test_application_takes_a_role_and_gives_it_back(self, browser, ask, application, page_of, role):
        """App Roles: added out of the organisation's, made inactive; the application's record says the same."""
        made = added(browser, f"{page_of}/roles", OrganisationAuthorisationDomainRoleClaimID=role)
        assert "DADOS Open Banking Active" in words(browser.get(f"{page_of}/roles"))
        stored = ask("GET", "/organisations/{}/softwarestatements/{}/authorityclaims".format(*application)).json()
        assert [(claim["Role"], claim["Status"]) for claim in stored] == [("DADOS", "Active")]
        form = inputs(browser.get(f"{made}/edit"))
        assert browser.post(f"{made}/edit", form | {"Status": ["Inactive"]}).status_code == 303
        assert "This application has no roles" in words(browser.get(f"{page_of}/roles"))
        assert "DADOS Open Banking Inactive" in words(browser.get(f"{page_of}/roles?all=yes"))

    def test_locked_application_loses_no_role(self, browser, page_of, role):
        """The refusal stands beside the status."""
        made = added(browser, f"{page_of}/roles", OrganisationAuthorisationDomainRoleClaimID=role)
        browser.post(f"{page_of}/assertion")
        form = inputs(browser.get(f"{made}/edit")) | {"Status": ["Inactive"]}
        refused = browser.post(f"{made}/edit", form)
        assert refused.status_code == 400
        assert 'id="Status-fault"' in refused.text
        assert "application.locked" in refused.text
