"""Authorisation servers in the portal, and what hangs below them: API resources, endpoints, certifications."""

import re

import pytest

from tests.accounts import add_person
from tests.doors import unchanged
from tests.portal.conftest import inputs, links, words
from tests.portal.room_kit import *  # noqa: F403
from tests.portal.room_kit import OWN, SERVER, added


class TestServers:
    def test_walk(self, browser, ask, organisation):
        """A server with an API of a known family: incomplete, then complete once its endpoints are all there."""
        page = added(browser, f"{OWN}/servers", **SERVER)
        stored = ask("GET", "/organisations/acme/authorisationservers").json()[0]
        assert SERVER.items() <= stored.items()
        assert "https://auth.acme.example/.well-known/openid-configuration" in words(browser.get(page))
        family = re.search(r'<option value="([^"]*)">payments · 1.0.0<', browser.get(f"{page}/resources/new").text)[1]
        api = added(browser, f"{page}/resources", ApiFamilyID=family)
        assert "payments 1.0.0 No Awaiting Certification Active" in words(browser.get(page))
        assert words(browser.get(api)).count("Missing") == 2
        base = "https://api.acme.example/payments/v1/payments"
        lines = f"{base}\r\n{base}/{{paymentId}}\r\n"
        made = browser.post(f"{api}/endpoints/new", {"ApiEndpoints": lines})
        assert made.headers["location"] == api
        assert "Missing" not in words(browser.get(api))
        assert "payments 1.0.0 Yes Awaiting Certification Active" in words(browser.get(page))
        one = next(link for link in links(browser.get(api)) if re.search(r"endpoints/[0-9a-f-]{36}$", link))
        assert browser.post(f"{one}/remove").status_code == 303
        assert "payments 1.0.0 No" in words(browser.get(page))

    def test_endpoint_that_fits_no_expression_adds_none_of_them(self, browser, sandbox, organisation, server):
        """All or nothing, and the finding stands beside the input."""
        page = f"{OWN}/servers/{server}"
        family = re.search(r'<option value="([^"]*)">payments · 1.0.0<', browser.get(f"{page}/resources/new").text)[1]
        api = added(browser, f"{page}/resources", ApiFamilyID=family)
        lines = "https://api.acme.example/payments/v1/payments\nhttps://api.acme.example/other"
        with unchanged(sandbox):
            refused = browser.post(f"{api}/endpoints/new", {"ApiEndpoints": lines})
            assert browser.post(f"{api}/endpoints/new", {"ApiEndpoints": " \n"}).status_code == 400
            assert browser.post(f"{api}/endpoints/new", {"ApiEndpoints": "ftp://x"}).status_code == 400
        assert refused.status_code == 400
        assert 'id="ApiEndpoints-fault"' in refused.text
        assert inputs(refused)["ApiEndpoints"] == [lines]

    def test_endpoint_is_changed(self, browser, ask, organisation, server):
        """Its new address takes the place of the old one."""
        page = f"{OWN}/servers/{server}"
        api = added(
            browser, f"{page}/resources", ApiFamilyType="own", ApiVersion="1", ApiEndpoint="https://a.example/1"
        )
        one = next(link for link in links(browser.get(api)) if re.search(r"endpoints/[0-9a-f-]{36}$", link))
        assert inputs(browser.get(f"{one}/edit"))["ApiEndpoints"] == ["https://a.example/1"]
        browser.post(f"{one}/edit", {"ApiEndpoints": "https://a.example/2"})
        assert "https://a.example/2" in words(browser.get(api))
        assert "https://a.example/1" not in words(browser.get(api))

    def test_certification_expires_after_the_days_of_its_variant(self, browser, organisation, server):
        """Type and variant come from the reference data; the day of the end is told."""
        made = added(
            browser,
            f"{OWN}/servers/{server}/certifications",
            ProfileType="Security Profile",
            ProfileVariant="FAPI Adv. OP w/ MTLS",
            ProfileVersion="1",
            CertificationStatus="Certified",
            CertificationStartDate="01/06/2026",
            CertificationURI="https://openid.example/cert.zip",
        )
        assert "Expires 01/06/2027" in words(browser.get(made))

    def test_removal_takes_everything_below(self, browser, ask, organisation, server):
        """The page says so first; then server and resources are gone."""
        page = f"{OWN}/servers/{server}"
        api = added(browser, f"{page}/resources", ApiFamilyType="own", ApiVersion="1")
        assert "What hangs below it" in words(browser.get(f"{page}/remove"))
        assert browser.post(f"{page}/remove").headers["location"] == f"{OWN}/servers"
        assert browser.get(api).status_code == 404
        assert ask("GET", "/organisations/acme/authorisationservers").json() == []

    @pytest.mark.parametrize(("kind", "may"), [("STC", True), ("PTC", False), ("PBC", False)])
    def test_rights_of_contact_persons(self, person, sandbox, organisation, server, kind, may):
        """The secondary technical contact manages servers and what is below them."""
        own = person(organisation, kind)
        page = own.get(f"{OWN}/servers/{server}")
        wanted = {f"{OWN}/servers/{server}/{end}" for end in ("edit", "resources/new", "certifications/new")}
        assert (wanted <= set(links(page))) is may
        if not may:
            with unchanged(sandbox):
                assert own.post(f"{OWN}/servers/new", SERVER).status_code == 403
                assert own.post(f"{OWN}/servers/{server}/resources/new", {"ApiFamilyType": "a"}).status_code == 403

    def test_certification_managers_certify_and_change_nothing_else(self, sandbox, browser_of, organisation, server):
        """Of every organisation: certifications of its servers, and no more of them."""
        account = add_person(sandbox, "cert@directory.example", CertificationManager=True)
        manager, page = browser_of(user=account.user_id), f"{OWN}/servers/{server}"
        offered = links(manager.get(page))
        assert f"{page}/certifications/new" in offered
        assert f"{page}/edit" not in offered
        made = added(
            manager,
            f"{page}/certifications",
            ProfileType="Security Profile",
            ProfileVariant="Of nobody",
            ProfileVersion="1",
            CertificationStatus="Certified",
            CertificationStartDate="01/06/2026",
            CertificationURI="https://openid.example/cert.zip",
        )
        assert manager.post(f"{made}/remove").status_code == 303
        with unchanged(sandbox):
            assert manager.post(f"{page}/edit", SERVER).status_code == 403
            assert manager.post(f"{page}/resources/new", {"ApiFamilyType": "a"}).status_code == 403

    def test_server_of_another_organisation_is_not_here(self, browser, person, other, organisation, server):
        """Neither to be read nor to be changed under another organisation's address."""
        foreign = person("other")
        for end in ("", "/edit", "/remove", "/resources", "/resources/new", "/roles", "/certifications"):
            assert foreign.get(f"/portal/organisations/other/servers/{server}{end}").status_code == 404, end
