"""Those who are not here: the signing service, the conformance suite, identity providers; good answers and others."""

from __future__ import annotations

import pytest

from app.oauth.tokens import TokenRequest
from tests.accounts import add_person
from tests.contract import resource_calls as calls
from tests.contract.world import World
from tests.doors import Client

OUTSIDE = "/_mock/outside"
TEST = {"ResourceUrl": "https://api.acme.example/accounts/v1/accounts", "ApiFamilyType": "accounts", "Version": "1.0.0"}


@pytest.fixture
def world(sandbox):
    return World(sandbox)


@pytest.fixture
def send(world):
    """Send the same document to be signed each time; the answer."""
    number = world.terms()
    return lambda **more: world.admin("POST", f"{world.own}/ess/initiatesigning", json={"TnCId": number, **more})


def detail(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()["TermsAndConditionsDetail"]


def polled(world, envelope):
    found = world.admin("GET", f"{world.own}/ess/poll/{envelope}").json()
    assert (found["OrganisationId"], found["EssEnvelopeId"]) == (world.organisation, envelope)
    return found["ExternalSigningServiceEnvelopeStatus"]


class TestSigning:
    def test_completes_at_once(self, world, send):
        """With the document, who sent it, and a passcode that no later answer has (connect.md 3)."""
        answer = send()
        told = detail(answer)
        assert told["ExternalSigningServiceEnvelopeStatus"] == "completed"
        assert told["TermsAndConditionsItem"]["Content"] == "Be good"
        assert answer.json()["InitiatedBy"]
        assert len(told["ExternalSigningServiceEnvelopePasscode"]) == 6
        polls = world.admin("GET", "/organisations/ess/poll")
        assert polled(world, told["ExternalSigningServiceEnvelopeId"]) == "completed"
        assert told["ExternalSigningServiceEnvelopePasscode"] not in polls.text

    @pytest.mark.parametrize(
        ("outcome", "status"),
        [("declined", "declined"), ("voided", "voided"), ("expired", "expired"), ("pending", "sent")],
    )
    def test_ends_as_it_is_told(self, control, send, outcome, status):
        """The state of the envelope is the one of the contract."""
        assert control("PUT", OUTSIDE, json={"signing": outcome}).json()["signing"] == outcome
        assert detail(send())["ExternalSigningServiceEnvelopeStatus"] == status

    def test_a_poll_learns_what_has_happened_meanwhile(self, world, control, send):
        """Under way until the service answers, one by one or all at once."""
        control("PUT", OUTSIDE, json={"signing": "pending"})
        envelope = detail(send())["ExternalSigningServiceEnvelopeId"]
        assert polled(world, envelope) == "sent"
        control("DELETE", OUTSIDE)
        (told,) = world.admin("GET", "/organisations/ess/poll").json()
        assert told["ExternalSigningServiceEnvelopeStatus"] == "completed"
        assert polled(world, envelope) == "completed"

    def test_one_envelope_is_answered_by_itself(self, world, control, send):
        """Once: afterwards it is over, 409; an unknown one is 404."""
        control("PUT", OUTSIDE, json={"signing": "pending"})
        envelope = detail(send())["ExternalSigningServiceEnvelopeId"]
        path = f"/_mock/envelopes/{envelope}"
        assert control("PUT", path, json={"signing": "declined"}).json()["status"] == "declined"
        assert polled(world, envelope) == "declined"
        assert control("PUT", path, json={"signing": "signed"}).status_code == 409
        unknown = control("PUT", f"/_mock/envelopes/{world.organisation}", json={"signing": "signed"})
        assert unknown.status_code == 404

    def test_one_envelope_a_document_unless_it_is_reissued(self, world, send):
        """409 while there is one that stands; reissued once, then another may be sent."""
        envelope = detail(send())["ExternalSigningServiceEnvelopeId"]
        assert send().status_code == 409
        again = f"{world.own}/ess/reissue/{envelope}"
        assert world.admin("POST", again).json()["ExternalSigningServiceEnvelopeStatus"] == "reissued"
        assert world.admin("POST", again).status_code == 409
        assert send().status_code == 200

    @pytest.mark.parametrize(
        "body",
        [{}, {"TnCId": 1_000_000}, {"TnCId": "one"}, {"TnCId": 1.5}, {"NoOfSigners": 0}, {"NoOfSigners": 7}],
        ids=["nothing", "unknown", "text", "broken", "nobody", "seven"],
    )
    def test_what_cannot_be_sent(self, world, body):
        """400 with a text."""
        number = {} if "TnCId" in body or not body else {"TnCId": world.terms()}
        answer = world.admin("POST", f"{world.own}/ess/initiatesigning", json=number | body)
        assert answer.status_code == 400
        assert answer.json()["errors"]

    def test_the_history_shows_the_envelope(self, world, control, send):
        """What was sent goes before what counts as signed; the envelope of that can be polled too."""
        history = f"{world.own}/tnchistory"
        (before,) = world.admin("GET", history).json()["content"]
        assert polled(world, before["TermsAndConditionsDetail"]["ExternalSigningServiceEnvelopeId"]) == "completed"
        control("PUT", OUTSIDE, json={"signing": "declined"})
        envelope = detail(send())["ExternalSigningServiceEnvelopeId"]
        (after,) = world.admin("GET", history).json()["content"]
        told = after["TermsAndConditionsDetail"]
        assert told["ExternalSigningServiceEnvelopeId"] == envelope
        assert told["ExternalSigningServiceEnvelopeStatus"] == "declined"

    def test_the_organisation_tells_what_it_has_to_sign(self, world, control, send):
        """Signed at first; not while an envelope is under way; signed again; outdated when the document has changed."""

        def terms():
            return world.admin("GET", world.own).json()["TncDetails"]

        assert terms() == {"TnCSigned": True, "TnCUpdated": False, "TnCsToBeSigned": []}
        control("PUT", OUTSIDE, json={"signing": "pending"})
        envelope = detail(send())["ExternalSigningServiceEnvelopeId"]
        (document,) = terms()["TnCsToBeSigned"]
        assert (terms()["TnCSigned"], terms()["TnCUpdated"], document["Content"]) == (False, False, "Be good")
        control("PUT", f"/_mock/envelopes/{envelope}", json={"signing": "signed"})
        assert terms() == {"TnCSigned": True, "TnCUpdated": False, "TnCsToBeSigned": []}
        path = f"/references/termsandconditions/{document['TnCId']}"
        assert world.admin("PUT", path, json={"Content": "Be better"}).status_code == 200
        assert (terms()["TnCSigned"], terms()["TnCUpdated"]) == (False, True)
        assert [each["Content"] for each in terms()["TnCsToBeSigned"]] == ["Be better"]

    def test_envelopes_of_others_are_not_shown(self, world, send):
        """403 one by one, and left out of the list."""
        envelope = detail(send())["ExternalSigningServiceEnvelopeId"]
        other = world.administrator(world.new_organisation())
        assert other("GET", f"{world.own}/ess/poll/{envelope}").status_code == 403
        assert other("GET", "/organisations/ess/poll").json() == []

    def test_each_step_is_in_the_audit(self, world, send):
        """As the terms and conditions of the organisation."""
        envelope = detail(send())["ExternalSigningServiceEnvelopeId"]
        world.admin("POST", f"{world.own}/ess/reissue/{envelope}")
        items = world.admin("GET", f"/audit?resourceId={envelope}").json()["items"]
        assert [each["EntryType"] for each in items] == ["updated", "created"]
        assert {each["ResourceType"] for each in items} == {"organisationTermsAndConditions"}


class TestConformance:
    def test_a_good_address_passes(self, world):
        """The result stands under the address that the answer names."""
        made = world.admin("POST", f"{world.own}/conformancetest", json=TEST)
        assert made.status_code == 201, made.text
        result = made.json()
        assert (result["result"], result["errorCount"], result["errors"]) == (True, 0, [])
        path = "/conformance/" + result["testPlanUrl"].rpartition("/")[2]
        assert world.nobody("GET", path).json()["ResourceUrl"] == TEST["ResourceUrl"]
        assert world.nobody("GET", "/conformance/none").status_code == 404

    def test_an_address_of_no_endpoint_fails(self, world):
        """What can be seen from here is tested: the expressions of the family."""
        answer = world.admin("POST", f"{world.own}/conformancetest", json=TEST | {"ResourceUrl": "https://a.example/x"})
        assert (answer.json()["result"], answer.json()["errorCount"]) == (False, 1)

    def test_it_finds_what_it_is_told_to_find(self, world, control):
        """Each error once."""
        control("PUT", OUTSIDE, json={"conformance_errors": ["no x-fapi-interaction-id", "no x-fapi-interaction-id"]})
        result = world.admin("POST", f"{world.own}/conformancetest", json=TEST).json()
        assert (result["result"], result["errors"]) == (False, ["no x-fapi-interaction-id"])

    def test_an_unknown_family_is_refused(self, world):
        """400."""
        assert world.admin("POST", f"{world.own}/conformancetest", json=TEST | {"Version": "7"}).status_code == 400


class TestSignIn:
    @pytest.fixture
    def group(self, world):
        """Path of a group that the identity provider calls `staff`, and what signs people in there."""
        configuration = world.active_configuration()
        path = f"/references/users/groups/{world.made('user_group')}"
        binding = {"SsoConfigurationID": configuration, "ExternalID": "staff"}
        assert world.admin("POST", f"{path}/idp-binding", json=binding).status_code == 201
        return path, {"sso_configuration_id": configuration, "user": "ana@acme.example"}

    def test_the_token_decides_about_groups(self, world, control, group):
        """In by the group claim, once, and out when the next token does not name it."""
        path, who = group
        for _ in range(2):
            answer = control("POST", "/_mock/sso:sign-in", json=who | {"groups": ["staff", "others"]})
            assert len(answer.json()["groups"]) == 1, answer.text
        (member,) = world.admin("GET", f"{path}/membership").json()["content"]
        assert (member["UserIdentifier"], bool(member["LastAuthenticatedAt"])) == ("ana@acme.example", True)
        assert control("POST", "/_mock/sso:sign-in", json=who).json()["groups"] == []
        assert world.admin("GET", f"{path}/membership").json()["content"] == []

    @pytest.mark.parametrize("kind", ["OrganisationAdministrator", "DomainUser"])
    def test_a_member_may_what_the_group_may(self, sandbox, world, control, group, kind):
        """In the organisations that the group is bound to, from the next request on and as long as he is in it."""
        path, who = group
        account = add_person(sandbox, who["user"])
        ana = Client(
            world.app, sandbox.tokens.issue(TokenRequest(scope="directory:website", user=account.email)).access_token
        )
        body = {"PermissionType": kind} if kind != "DomainUser" else calls.new("group_permission", world)
        assert world.admin("POST", f"{path}/permissions", json=body).status_code == 201
        bound = world.admin("POST", f"{path}/organisation-binding", json={"OrganisationID": world.organisation})
        assert bound.status_code == 201
        assert ana("GET", world.own).status_code == 403
        control("POST", "/_mock/sso:sign-in", json=who | {"groups": ["staff"]})
        assert ana("GET", world.own).status_code == 200
        wanted = 400 if kind == "OrganisationAdministrator" else 403
        assert ana("POST", f"{world.own}/softwarestatements", json={}).status_code == wanted
        control("POST", "/_mock/sso:sign-in", json=who)
        assert ana("GET", world.own).status_code == 403

    def test_only_where_somebody_may_sign_in(self, world, control, group):
        """409 for another mail domain and without an active version, 422 for what is no configuration."""
        _path, who = group
        assert control("POST", "/_mock/sso:sign-in", json=who | {"user": "a@other.example"}).status_code == 409
        fresh = world.made("sso_configuration")
        assert control("POST", "/_mock/sso:sign-in", json=who | {"sso_configuration_id": fresh}).status_code == 409
        assert control("POST", "/_mock/sso:sign-in", json=who | {"sso_configuration_id": "x"}).status_code == 422
        assert control("POST", "/_mock/sso:sign-in", json=who | {"user": "ana"}).status_code == 422


def test_what_is_set_is_told_and_taken_back(control):
    """Everything anew each time; what nobody can answer is refused."""
    usual = {"signing": "signed", "approval": "ask", "conformance_errors": []}
    assert control("GET", OUTSIDE).json() == usual
    assert control("PUT", OUTSIDE, json={"approval": "deny"}).json() == usual | {"approval": "deny"}
    assert control("GET", "/_mock/state").json()["outside"] == usual | {"approval": "deny"}
    assert control("PUT", OUTSIDE, json={"signing": "declined"}).json() == usual | {"signing": "declined"}
    for wrong in ({"signing": "maybe"}, {"unknown": 1}, {"conformance_errors": "x"}):
        assert control("PUT", OUTSIDE, json=wrong).status_code == 422
    assert control("DELETE", OUTSIDE).json() == usual


def test_a_state_goes_out_and_in(sandbox, control, world, send):
    """Envelopes, test runs, members and what is set outlive an export and its import."""
    send()
    world.admin("POST", f"{world.own}/conformancetest", json=TEST)
    control("PUT", OUTSIDE, json={"signing": "pending"})
    document = control("GET", "/_mock/export")
    assert document.status_code == 200
    brought = control("POST", "/_mock/import", content=document.content, headers={"content-type": "application/json"})
    assert brought.status_code == 200, brought.text
    assert control("GET", OUTSIDE).json()["signing"] == "pending"
    assert len(world.client("directory:website")("GET", "/organisations/ess/poll").json()) == 1
