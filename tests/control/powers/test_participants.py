"""The list of participants under the mock's powers: late, stale, in part, and back again (control-cases.md B and C)."""

import pytest

from app.directory.seed import load
from app.seeding.apply import apply
from tests.contract import resource_calls as calls
from tests.contract.world import World
from tests.doors import Client, open_for_tests


@pytest.fixture
def world(sandbox):
    return World(sandbox)


@pytest.fixture
def listed(nobody):
    """The ids in the list; `listed.answer(**headers)` is the whole answer."""

    class Listed:
        def __call__(self):
            return [each["OrganisationId"] for each in self.answer().json()]

        def answer(self, method="GET", **headers):
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return nobody(method, "/participants", headers=named)

        def one(self):
            (participant,) = self.answer().json()
            return participant

    return Listed()


@pytest.fixture
def put(control):
    def change(**wanted):
        assert control("PUT", "/_mock/propagation", json=wanted).status_code == 200

    return change


@pytest.fixture
def advance(control):
    return lambda by: control("PUT", "/_mock/clock", json={"advance": by})


def serve(world, organisation=None):
    """An active server of an organisation; its path."""
    path = f"/organisations/{organisation or world.organisation}/authorisationservers"
    made = world.admin("POST", path, json=calls.SERVER)
    assert made.status_code == 201, made.text
    return f"{path}/{made.json()['AuthorisationServerId']}"


def move(world, status, organisation=None):
    """Another status for the organisation."""
    path = f"/organisations/{organisation or world.organisation}"
    body = world.organisation_body(organisation or world.organisation) | {"Status": status}
    assert world.admin("PUT", path, json=body).status_code == 200


class TestLate:
    @pytest.mark.case("control-C-02")
    def test_a_new_participant_is_listed_late(self, world, put, listed, advance):
        """Neither the organisation nor its server shows before the moment; the API has both at once."""
        put(participants="PT15M")
        organisation = world.new_organisation()
        advance("PT5M")
        path = serve(world, organisation)
        assert world.admin("GET", path).status_code == 200
        advance("PT10M")
        assert listed() == []
        advance("PT4M59S")
        assert listed() == []
        advance("PT1S")
        assert listed() == [organisation]

    @pytest.mark.case("control-C-02")
    def test_a_suspension_and_its_end(self, world, put, listed, advance):
        """Both are seen late, in their order (control-cases.md C-06)."""
        serve(world)
        put(participants="PT10M")
        move(world, "Pending")
        advance("PT5M")
        move(world, "Active")
        assert listed() == [world.organisation]
        advance("PT5M")
        assert listed() == []
        advance("PT5M")
        assert listed() == [world.organisation]

    def test_what_changed_shows_as_it_was(self, world, put, listed, advance):
        """Name of the organisation, name of the server, endpoints, claims: each until its moment."""
        path = serve(world)
        resource = world.admin("POST", f"{path}/apiresources", json=calls.new("api_resource", world)).json()
        before = listed.answer()
        put(participants="PT1H")
        body = world.organisation_body(world.organisation) | {"OrganisationName": "New Name"}
        assert world.admin("PUT", world.own, json=body).status_code == 200
        renamed = calls.SERVER | {"CustomerFriendlyName": "New Server", "Status": "Active"}
        assert world.admin("PUT", path, json=renamed).status_code == 200
        endpoints = f"{path}/apiresources/{resource['ApiResourceId']}/apidiscoveryendpoints"
        assert world.admin("POST", endpoints, json=calls.ADDRESS).status_code == 201
        assert (
            world.admin("POST", f"{world.own}/authorityclaims", json=calls.new("role_claim", world)).status_code == 201
        )
        assert listed.answer().content == before.content
        assert listed.answer().headers["etag"] == before.headers["etag"]
        advance("PT1H")
        shown = listed.one()
        assert shown["OrganisationName"] == "New Name"
        (server,) = shown["AuthorisationServers"]
        assert server["CustomerFriendlyName"] == "New Server"
        assert len(server["ApiResources"][0]["ApiDiscoveryEndpoints"]) == 1
        assert shown["OrgDomainRoleClaims"] != []

    def test_a_removed_server_stays_for_a_while(self, world, put, listed, advance):
        """With all that was below it, though the store has lost it; its neighbour is not moved by that."""
        path = serve(world)
        serve(world)
        world.admin("POST", f"{path}/apiresources", json=calls.new("api_resource", world))
        before = listed.answer().content
        put(participants="PT1H")
        assert world.admin("DELETE", path).status_code == 204
        assert listed.answer().content == before
        advance("PT1H")
        assert len(listed.one()["AuthorisationServers"]) == 1

    def test_what_roles_say_is_late_too(self, world, put, listed, advance):
        """Metadata belong to no organisation, and show in the claims of all."""
        serve(world)
        claim = world.admin("POST", f"{world.own}/authorityclaims", json=calls.new("role_claim", world)).json()
        put(participants="PT1H")
        path = (
            f"/references/authorisationdomains/{claim['AuthorisationDomain']}/authorisationdomainroles/"
            f"{claim['AuthorisationDomainRoleIdentifier']}/metadata"
        )
        assert world.admin("POST", path, json=calls.new("role_metadata", world)).status_code == 201
        assert listed.one()["OrgDomainRoleClaims"][0]["Metadata"] == []
        advance("PT1H")
        assert len(listed.one()["OrgDomainRoleClaims"][0]["Metadata"]) == 1

    def test_the_other_channels_keep_no_change_of_the_list_back(self, world, put, listed):
        """Key sets may be late; participants are not."""
        put(jwks="PT1H", crl="PT1H", ocsp="PT1H", token_status="PT1H")
        serve(world)
        assert listed() == [world.organisation]

    @pytest.mark.case("control-C-03")
    def test_flush_shows_everything(self, world, put, listed, control):
        """At once; later changes are late again."""
        put(participants="PT1H")
        path = serve(world)
        assert listed() == []
        assert control("POST", "/_mock/propagation:flush").json()["flushed"] >= 1
        assert listed() == [world.organisation]
        assert world.admin("DELETE", path).status_code == 204
        assert listed() == [world.organisation]

    def test_the_export_of_administrators_makes_it_anew(self, world, put, listed):
        """`GET /organisations/export/open-data` triggers the build: afterwards everybody sees the same."""
        put(participants="PT1H")
        serve(world)
        assert listed() == []
        exported = world.client("directory:admin")("GET", "/organisations/export/open-data")
        assert [each["OrganisationId"] for each in exported.json()] == [world.organisation]
        assert listed.answer().content == exported.content

    def test_it_goes_back_with_the_clock(self, world, put, listed, advance):
        """Seen, then unseen again: the list follows the sandbox's clock either way."""
        put(participants="PT1H")
        serve(world)
        advance("PT1H")
        assert listed() == [world.organisation]
        advance("-PT30M")
        assert listed() == []
        advance("PT30M")
        assert listed() == [world.organisation]


class TestTheSetting:
    @pytest.fixture
    def options(self):
        return {"participants_delay": 900}

    def test_it_is_the_default_of_the_channel(self, world, listed, advance, control):
        """Without a word at the control listener; `GET /_mock/propagation` tells it."""
        assert control("GET", "/_mock/propagation").json()["participants"] == "PT15M"
        serve(world)
        advance("PT14M59S")
        assert listed() == []
        advance("PT1S")
        assert listed() == [world.organisation]

    def test_who_says_otherwise_is_heard(self, world, listed, put, control):
        """0s is 0s; a PUT that names other channels leaves the default, and so does the end of all delays."""
        put(crl="PT1H")
        assert control("GET", "/_mock/propagation").json()["participants"] == "PT15M"
        serve(world)
        assert listed() == []
        put(participants="0s")
        control("POST", "/_mock/propagation:flush")
        assert control("GET", "/_mock/propagation").json()["participants"] == "PT0S"
        assert listed() == [world.organisation]
        serve(world, second := world.new_organisation())
        assert listed() == [world.organisation, second]
        move(world, "Pending", second)
        assert listed() == [world.organisation]
        assert control("DELETE", "/_mock/propagation").json()["participants"] == "PT15M"

    def test_what_a_seed_makes_is_there_from_the_start(self, sandbox, listed):
        """A directory does not begin empty for a quarter of an hour."""
        apply(sandbox, load("demo"))
        with sandbox.store.read() as uow:
            assert uow.late.listings(sandbox.clock.now()) == ()
        assert World(sandbox).organisation not in listed()

    def test_a_second_process_shows_the_same(self, world, tmp_path, options, clock, listed, door):
        """What is under way is in the store."""
        from app.api.app import create_data_app
        from app.sandboxes import Sandboxes

        serve(world)
        other = open_for_tests(tmp_path, options, clock)
        try:
            assert (
                Client(create_data_app(Sandboxes(other)))("GET", "/participants").json() == listed.answer().json() == []
            )
        finally:
            other.close()


class TestFaults:
    @pytest.mark.case("control-B-14")
    def test_stale(self, world, faults, listed):
        """The list as it was when the fault began, with the tag of those octets; afterwards it is as it is."""
        first = world.organisation
        serve(world)
        before = listed.answer()
        fault = faults("participants_stale")
        second = world.new_organisation()
        serve(world, second)
        move(world, "Pending")
        stale = listed.answer()
        assert (stale.status_code, stale.content) == (200, before.content)
        assert stale.headers["etag"] == before.headers["etag"]
        assert stale.headers["x-mock-fault"] == fault
        assert listed.answer(if_none_match=before.headers["etag"]).status_code == 304
        faults.end(fault)
        fresh = listed.answer(if_none_match=before.headers["etag"])
        assert [each["OrganisationId"] for each in fresh.json()] == [second]
        assert first not in fresh.text

    @pytest.mark.case("control-B-14")
    def test_partial(self, world, faults, listed):
        """Half of the organisations, the first ones, as JSON as good as ever and with a tag of its own."""
        names = [world.organisation, *(world.new_organisation() for _ in range(3))]
        for name in names:
            serve(world, name)
        whole = listed.answer()
        fault = faults("participants_partial")
        part = listed.answer()
        assert [each["OrganisationId"] for each in part.json()] == names[:2]
        assert part.headers["etag"] != whole.headers["etag"]
        assert listed.answer(if_none_match=whole.headers["etag"]).status_code == 200
        assert listed.answer(if_none_match=part.headers["etag"]).status_code == 304
        faults.end(fault)
        assert listed.answer().content == whole.content
        assert listed.answer(if_none_match=part.headers["etag"]).status_code == 200

    @pytest.mark.case("control-B-14")
    @pytest.mark.parametrize(("wanted", "expected"), [(0, 0), (1, 1), (2, 2), (99, 2)])
    def test_so_many_of_them(self, world, faults, listed, wanted, expected):
        """A number says how many; one is missing at least."""
        for name in (world.organisation, world.new_organisation(), world.new_organisation()):
            serve(world, name)
        faults({"participants_partial": wanted})
        assert len(listed()) == expected

    def test_both_at_once(self, world, faults, listed):
        """A part of the old list."""
        for name in (world.organisation, world.new_organisation()):
            serve(world, name)
        faults({"participants_stale": True, "participants_partial": 1})
        move(world, "Pending")
        assert listed() == [world.organisation]

    def test_nothing_else_is_touched(self, world, faults, nobody):
        """`/roles` and the export of administrators are as ever, and the rule has not struck."""
        serve(world)
        fault = faults("participants_partial")
        assert len(world.client("directory:admin")("GET", "/organisations/export/open-data").json()) == 1
        assert "x-mock-fault" not in nobody("GET", "/roles").headers
        assert faults.get(fault)["hits"] == 0

    def test_they_mean_nothing_elsewhere(self, faults):
        """A rule that could never strike is refused."""
        found = faults.refused(effect={"participants_stale": True}, match={"service": "ocsp"})
        assert found["/match/service"]["code"] == "fault.combination"
        found = faults.refused(effect={"participants_partial": -1})
        assert found["/effect/participants_partial"]["code"] == "fault.value"

    def test_an_old_list_goes_with_an_export(self, world, faults, listed, control):
        """Also where the file is loaded again; a list that is none is refused with its pointer."""
        serve(world)
        faults("participants_stale")
        move(world, "Pending")
        document = control("GET", "/_mock/export").json()
        assert control("POST", "/_mock/import", json=document).status_code == 200
        assert listed() == [world.organisation]
        document["fault"][0]["state"] = {"participants": "bm90IGEgbGlzdA=="}
        refused = control("POST", "/_mock/import", json=document)
        assert refused.status_code == 422
        assert refused.json()["findings"][0]["pointer"] == "/fault/0/state"


class TestTheContract:
    def test_omitted_and_inactive_ones_do_not_show(self, world, listed):
        """`OmitFromEcosystem`, servers that are not active, and organisations without any other (connect.md 13)."""
        path = serve(world)
        assert listed() == [world.organisation]
        hidden = calls.SERVER | {"OmitFromEcosystem": True, "Status": "Active"}
        assert world.admin("PUT", path, json=hidden).status_code == 200
        assert listed() == []
        serve(world)
        (server,) = listed.one()["AuthorisationServers"]
        assert server["OmitFromEcosystem"] is False
        assert server["AuthorisationServerId"] not in path

    def test_members_are_those_of_the_contract(self, world, listed):
        """Every member of the object table that has a value, spelt as there; no private one; lists are always there."""
        serve(world)
        world.admin("POST", f"{world.own}/contacts", json=calls.new("contact", world))
        world.admin("POST", f"{world.own}/authorityclaims", json=calls.new("role_claim", world))
        shown = listed.one()
        assert set(shown) >= {
            "OrganisationId", "Status", "OrganisationName", "CreatedOn", "LegalEntityName", "CountryOfRegistration",
            "CompanyRegister", "Tags", "Flags", "RegistrationNumber", "AddressLine1", "City", "Postcode", "Country",
            "ParentOrganisationReference", "AuthorisationServers", "OrgDomainClaims", "OrgDomainRoleClaims",
        }  # fmt: skip
        assert (shown["ParentOrganisationReference"], shown["Tags"], shown["Flags"]) == ("", [], {})
        (server,) = shown["AuthorisationServers"]
        assert (server["ApiResources"], server["AuthorisationServerCertifications"], server["Flags"]) == ([], [], {})
        (claim,) = shown["OrgDomainRoleClaims"]
        assert set(claim) >= {
            "AuthorisationDomain", "Role", "AuthorisationDomainRoleIdentifier", "RegistrationId", "Status",
            "Authorisations", "RoleType", "Exclusive", "UniqueTechnicalIdentifiers", "Metadata",
        }  # fmt: skip
        assert "PhoneNumber" not in listed.answer().text

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_anybody_may_keep_it_for_a_quarter_of_an_hour(self, world, listed, method):
        """`Cache-Control: public, max-age=900`, an entity tag, and no token asked for."""
        answer = listed.answer(method)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=900"
        assert listed.answer(method, if_none_match=f"W/{answer.headers['etag']}").status_code == 304

    def test_roles_are_the_active_ones(self, world, nobody):
        """With domain, name, type and id; one that is deactivated goes."""
        domain = world.new_domain()
        role = world.new_role(domain)
        (shown,) = [each for each in nobody("GET", "/roles").json() if each["AuthorisationDomainRoleName"] == role]
        assert (shown["AuthorisationDomainName"], shown["Status"]) == (domain, "Active")

    def test_logos_are_nobodys(self, nobody):
        """404: the contract names the path and no file below it; logos stay at the addresses that owners give."""
        assert nobody("GET", "/logos").status_code == 404
        assert nobody("GET", "/logos/acme.png").status_code == 404
