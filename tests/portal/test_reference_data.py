"""Reference data in the portal: everybody reads it, super users change it; findings beside their fields."""

from tests.doors import unchanged
from tests.portal.conftest import inputs, links, words
from tests.portal.room_kit import *  # noqa: F403
from tests.portal.room_kit import REFERENCES, added


class TestReferenceData:
    def test_everybody_reads_and_super_users_change(self, browser, person, sandbox, organisation):
        """A domain with a role and its metadata, made and read; an administrator sees them and no button."""
        page = added(browser, f"{REFERENCES}/domains", AuthorisationDomainName="Air", AuthorisationDomainRegion="EU")
        role = added(browser, f"{page}/roles", AuthorisationDomainRoleName="PILOT", RoleType="Directory")
        added(
            browser,
            f"{role}/metadata",
            EntityType="oauth_client",
            ClaimName="scope",
            PolicyOperator="add",
            DataType="string",
            Values="a\nb",
        )
        own = person(organisation)
        assert "PILOT" in words(own.get(page))
        assert "scope oauth_client add" in words(own.get(role))
        assert not any(link.endswith(("/new", "/edit", "/remove")) for link in links(own.get(page)))
        with unchanged(sandbox):
            for path in (f"{REFERENCES}/domains/new", f"{page}/edit", f"{role}/edit", f"{role}/remove"):
                assert own.get(path).status_code == 403
                assert own.post(path, {}).status_code == 403

    def test_group_is_bound_and_freed(self, browser, ask, organisation):
        """What has no page of its own: it is added, stands in the list of its group, and is taken away there."""
        group = added(browser, f"{REFERENCES}/user-groups", Name="Staff")
        assert added(browser, f"{group}/organisations", OrganisationID="acme") == f"{group}/organisations"
        assert "Acme Bank acme" in words(browser.get(group))
        added(browser, f"{group}/permissions", PermissionType="OrganisationAdministrator")
        assert "OrganisationAdministrator" in words(browser.get(group))
        bound = next(e for e in links(browser.get(f"{group}/organisations")) if e.endswith("/remove"))
        assert browser.post(bound).headers["location"] == f"{group}/organisations"
        assert "Bound to no organisation" in words(browser.get(group))

    def test_policy_is_asked_for_its_state(self, browser, ask):
        """States that are not those of other objects are chosen at once; what is no policy is refused beside it."""
        federation = added(browser, f"{REFERENCES}/federations", Name="fed")
        form = {"Type": ["openid_provider"], "Status": ["active"]}
        path = f"{federation}/metadata-policies/new"
        wrong = browser.post(path, inputs(browser.get(path)) | form | {"Policy": ["[]"]})
        assert 'id="Policy-fault"' in wrong.text
        assert browser.post(path, inputs(wrong) | {"Policy": ['{"issuer": {"essential": true}}']}).status_code == 303
        assert "openid_provider 1 Active" in words(browser.get(federation))

    def test_organisation_becomes_an_authority(self, browser, person, sandbox, ask, organisation):
        """Chosen among all; it stands in the list, and can then be mapped to a domain."""
        body = {"AuthorityCode": "ACME", "AuthorityUri": "https://acme.example"}
        page = added(browser, f"{REFERENCES}/authorities", OrganisationId="acme", **body)
        assert "Acme Bank" in words(browser.get(page))
        assert "Acme Bank ACME GB" in words(browser.get(f"{REFERENCES}/authorities"))
        assert ">Acme Bank<" in browser.get(f"{REFERENCES}/authority-domains/new").text
        with unchanged(sandbox):
            nobody = browser.post(f"{REFERENCES}/authorities/new", body | {"OrganisationId": "none"})
            nothing = browser.post(f"{REFERENCES}/authorities/new", {"OrganisationId": ""})
            assert person(organisation).post(f"{REFERENCES}/authorities/new", body).status_code == 403
        assert 'id="OrganisationId-fault"' in nobody.text
        assert "3 things have to be changed" in words(nothing)

    def test_expression_that_cannot_be_read_is_told(self, browser, sandbox):
        """A family with a broken expression, and with a schema that is no object."""
        form = inputs(browser.get(f"{REFERENCES}/api-families/new")) | {"Name": ["x"], "Version": ["1"]}
        with unchanged(sandbox):
            broken = browser.post(f"{REFERENCES}/api-families/new", form | {"Endpoints": ["("]})
            text = browser.post(f"{REFERENCES}/api-families/new", form | {"Endpoints": ["a"], "MetadataSchema": ["[1"]})
        assert 'id="Endpoints-fault"' in broken.text
        assert "MetadataSchema must be an object" in words(text)

    def test_family_keeps_its_schema(self, browser, ask):
        """A JSON object that was typed is stored as one, and an unchanged form does not change it."""
        form = {"Name": "x", "Version": "1", "Endpoints": "a", "MetadataSchema": '{"type": "object", "x": [1, null]}'}
        page = added(browser, f"{REFERENCES}/api-families", **form)
        kept = [e for e in ask("GET", "/references/apifamilies?size=500").json()["content"] if e["Name"] == "x"]
        assert kept[0]["MetadataSchema"] == {"type": "object", "x": [1, None]}
        browser.post(f"{page}/edit", inputs(browser.get(f"{page}/edit")))
        again = [e for e in ask("GET", "/references/apifamilies?size=500").json()["content"] if e["Name"] == "x"]
        assert again[0]["MetadataSchema"] == kept[0]["MetadataSchema"]
