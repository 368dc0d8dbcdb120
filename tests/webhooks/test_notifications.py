"""What is told of changes, in both forms, signed (connect.md 18)."""

import json
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from tests.doors import APPLICATION
from tests.webhooks.receiver import verifies


def _revoke(ask, path, held, reason="keycompromise"):
    answer = ask("PUT", f"{path}/certificates/rtstransport/{held['kid']}", json={"RevokeReason": reason})
    assert answer.status_code == 200, answer.text


@pytest.mark.case("control-J-01")
def test_revocation_is_told_once_and_signed(ask, application, path, confirmed, receiver, post, issue, visit):
    """A revocation is one message: the certificate's branch alone, Inactive, a higher revision, a good signature."""
    organisation_id, software_id = application
    held = issue()
    _revoke(ask, path, held)
    post()
    created, revoked = receiver.notifications[-2:]
    told = revoked.payload
    assert told["OrganisationDetails"] == {"OrganisationId": organisation_id}
    assert set(told) == {"OrganisationDetails", "SoftwareStatements"}
    (branch,) = told["SoftwareStatements"][software_id].items()
    assert branch[0] == "SoftwareCertificates"
    (certificate,) = branch[1]
    assert (certificate["kid"], certificate["Status"], certificate["keyType"]) == (
        held["kid"], "Inactive", "rtstransport",
    )  # fmt: skip
    assert certificate["RevokedDateTime"] == "2026-06-01 12:00:00.0"
    before = created.payload["SoftwareStatements"][software_id]["SoftwareCertificates"][0]
    assert (before["Status"], before["ValidFromDateTime"]) == ("Active", "Mon Jun 01 12:00:00 UTC 2026")
    assert certificate["Revision"] > before["Revision"]
    assert verifies(revoked.told, visit(revoked.told["SigningCertURL"]).content)
    assert revoked.headers["x-amz-sns-subscription-arn"].startswith(revoked.told["TopicArn"])


def test_change_that_is_refused_tells_nobody(ask, path, confirmed, receiver, post, issue, log):
    """A refused request leaves no message behind: change and message are one transaction."""
    held = issue()
    post()
    before = len(log())
    answer = ask("PUT", f"{path}/certificates/rtstransport/{held['kid']}", json={"RevokeReason": "nonsense"})
    assert answer.status_code == 400
    assert len(log()) == before


def test_message_that_cannot_be_kept_takes_the_change_back(ask, organisation, confirmed, tmp_path):
    """Where the database refuses the message the change is not made either."""
    with closing(sqlite3.connect(tmp_path / "connect-mock.db")) as raw:
        raw.execute("CREATE TRIGGER full BEFORE INSERT ON webhook_message BEGIN SELECT RAISE(ABORT, 'no room'); END")
        raw.commit()
    lost = APPLICATION | {"ClientName": "Lost"}
    assert ask("POST", f"/organisations/{organisation}/softwarestatements", json=lost).status_code >= 400
    names = [each["ClientName"] for each in ask("GET", f"/organisations/{organisation}/softwarestatements").json()]
    assert "Lost" not in names


def test_revisions_rise_and_order_is_that_of_changes(ask, organisation, confirmed, receiver, post):
    """Messages come in the order of the changes, each with a higher revision than the one before."""
    names = [f"App {n}" for n in range(5)]
    for name in names:
        ask("POST", f"/organisations/{organisation}/softwarestatements", json=APPLICATION | {"ClientName": name})
    post()
    details = [next(iter(each.payload["SoftwareStatements"].values()))["SoftwareDetails"] for each in receiver.received]
    assert [each["ClientName"] for each in details] == names
    revisions = [each["Revision"] for each in details]
    assert revisions == sorted(set(revisions))


def test_deleted_application_comes_in_full_without_client_id(ask, application, path, confirmed, receiver, post):
    """As observed: Status Inactive, no ClientId, RtsClientCreated false; nothing that the directory keeps to itself."""
    ask("DELETE", path)
    post()
    details = receiver.notifications[-1].payload["SoftwareStatements"][application[1]]["SoftwareDetails"]
    assert (details["Status"], details["RtsClientCreated"], "ClientId" in details) == ("Inactive", False, False)
    assert details["RedirectUri"] == APPLICATION["RedirectUri"]
    assert "NotificationWebhookStatus" not in details


def test_deleted_contact_comes_shortened(ask, organisation, confirmed, receiver, post):
    """Identifier, kind and revision are left of it."""
    body = {"ContactType": "Technical", "FirstName": "Tess", "LastName": "Tech", "EmailAddress": "t@acme.example",
            "PhoneNumber": "+44 20 7946 0000"}  # fmt: skip
    made = ask("POST", f"/organisations/{organisation}/contacts", json=body).json()
    ask("DELETE", f"/organisations/{organisation}/contacts/{made['ContactId']}")
    post()
    created, deleted = (each.payload["Contacts"][0] for each in receiver.notifications[-2:])
    assert created["FirstName"] == "Tess"
    assert set(deleted) == {"ContactId", "ContactType", "Revision"}


def test_suspension_tells_of_each_certificate(ask, application, path, confirmed, receiver, post, issue):
    """A suspended application takes its certificates along, one message for each; and back (connect.md 10)."""
    held = issue()
    body = APPLICATION | {"Status": "Suspended"}
    assert ask("PUT", path, json=body).status_code == 200
    assert ask("PUT", path, json=body | {"Status": "Active"}).status_code == 200
    post()
    branches = [each.payload["SoftwareStatements"][application[1]] for each in receiver.notifications[-4:]]
    told = [
        (next(iter(branch)), each["Status"], each.get("kid"))
        for branch in branches
        for each in [branch.get("SoftwareDetails") or branch["SoftwareCertificates"][0]]
    ]
    assert told == [
        ("SoftwareDetails", "Suspended", None),
        ("SoftwareCertificates", "Inactive", held["kid"]),
        ("SoftwareDetails", "Active", None),
        ("SoftwareCertificates", "Active", held["kid"]),
    ]


def test_server_and_what_hangs_below(ask, organisation, confirmed, receiver, post):
    """An API resource and its endpoint come nested below their server, which has its id alone."""
    server = ask(
        "POST",
        f"/organisations/{organisation}/authorisationservers",
        json={
            "AutoRegistrationSupported": False,
            "CustomerFriendlyName": "Acme",
            "CustomerFriendlyDescription": "Acme's server",
            "CustomerFriendlyLogoUri": "https://acme.example/logo.svg",
        },
    ).json()["AuthorisationServerId"]
    base = f"/organisations/{organisation}/authorisationservers/{server}/apiresources"
    resource = ask("POST", base, json={"ApiFamilyType": "accounts", "ApiVersion": "1", "Status": "Active"})
    assert resource.status_code == 201, resource.text
    resource_id = resource.json()["ApiResourceId"]
    endpoint = {"ApiEndpoints": [{"ApiEndpoint": "https://acme.example/accounts"}]}
    assert ask("POST", f"{base}/{resource_id}/apidiscoveryendpoints", json=endpoint).status_code == 201
    post()
    first, second, third = (each.payload["AuthorisationServers"][0] for each in receiver.notifications[-3:])
    assert (first["CustomerFriendlyName"], "Revision" in first) == ("Acme", True)
    assert second["ApiResources"][0]["ApiResourceId"] == resource_id
    (below,) = third["ApiResources"]
    assert below["ApiDiscoveryEndpoints"][0]["ApiEndpoint"] == "https://acme.example/accounts"
    assert (set(third), set(below)) == (
        {"AuthorisationServerId", "ApiResources"},
        {"ApiResourceId", "ApiDiscoveryEndpoints"},
    )


def test_everyone_who_confirmed_is_told_of_all_organisations(ask, other, confirmed, receiver, post):
    """Changes of other organisations are told too: banks react to clients of others."""
    organisation_id, software_id = other
    ask("DELETE", f"/organisations/{organisation_id}/softwarestatements/{software_id}")
    post()
    assert receiver.notifications[-1].payload["OrganisationDetails"] == {"OrganisationId": organisation_id}


class TestByResource:
    """`webhook_format: resource`, and signatures with SHA-256."""

    @pytest.fixture
    def options(self, options):
        return options | {"webhook_format": "resource", "webhook_signature_version": "2"}

    def test_newer_form(self, application, confirmed, receiver, post, issue, visit):
        """ApiResource, UpdateTimestamp, ResourcePayload and Revision, signed as version 2."""
        held = issue()
        post()
        message = receiver.notifications[-1]
        told = message.payload
        assert set(told) == {"ApiResource", "UpdateTimestamp", "ResourcePayload", "Revision"}
        where = "/organisations/{}/softwarestatements/{}".format(*application)
        assert told["ApiResource"] == f"{where}/certificates/rtstransport/{held['kid']}"
        assert told["ResourcePayload"]["kid"] == held["kid"]
        assert message.told["SignatureVersion"] == "2"
        assert verifies(message.told, visit(message.told["SigningCertURL"]).content)

    def test_envelopes_have_a_path(self, confirmed, receiver, post, organisation, declined):
        """Where they can be polled."""
        _number, envelope = declined()
        post()
        told = receiver.notifications[-1].payload
        assert told["ApiResource"] == f"/organisations/{organisation}/ess/poll/{envelope}"
        assert told["ResourcePayload"]["ExternalSigningServiceEnvelopeStatus"] == "declined"


def test_payload_is_a_text(confirmed, receiver, post, issue):
    """The payload stands in Message as a string, as SNS sends it, and the body is one JSON object of texts."""
    issue()
    post()
    told = receiver.notifications[-1].told
    assert all(isinstance(value, str) for value in told.values())
    assert isinstance(json.loads(told["Message"]), dict)


def test_timestamp_is_the_sandbox_clocks(confirmed, receiver, post, issue, clock):
    """Messages are dated by the clock of the sandbox."""
    clock.advance(timedelta(hours=5))
    issue()
    post()
    assert receiver.notifications[-1].told["Timestamp"] == "2026-06-01T17:00:00.000Z"


@pytest.mark.case("control-H-06")
def test_mass_revocation_is_told_in_order(application, confirmed, receiver, post, control):
    """Every certificate that the drill revokes is told once, Inactive, in the order of the revisions."""
    wanted = {"software": application[1], "type": "rtstransport"}
    kids = {control("POST", "/_mock/certificates", json=wanted).json()["kid"] for _ in range(25)}
    post()
    receiver.received.clear()
    assert control("POST", "/_mock/scenarios/mass-revocation:start").json()["facts"]["revoked"] == 25
    post()
    told = [
        each.payload["SoftwareStatements"][application[1]]["SoftwareCertificates"][0] for each in receiver.notifications
    ]
    assert {each["kid"] for each in told} == kids
    assert (len(told), {each["Status"] for each in told}) == (25, {"Inactive"})
    revisions = [each["Revision"] for each in told]
    assert revisions == [*range(revisions[0], revisions[0] + 25)]


def test_expiry_is_told_once(application, confirmed, receiver, post, issue, clock):
    """When its end is over a certificate is told as Inactive, without a request, and not again later."""
    held = issue()
    post()
    receiver.received.clear()
    end = datetime.fromisoformat(held["ExpiryDateTime"])
    clock.set(end)
    post()
    assert receiver.received == []
    for moment in (end + timedelta(seconds=1), end - timedelta(days=1), end + timedelta(days=1)):
        clock.set(moment)
        post()
    (told,) = receiver.notifications
    (certificate,) = told.payload["SoftwareStatements"][application[1]]["SoftwareCertificates"]
    assert (certificate["kid"], certificate["Status"], "RevokedDateTime" in certificate) == (
        held["kid"],
        "Inactive",
        False,
    )


def test_what_expired_before_is_not_told(subscribe, receiver, post, issue, visit, clock):
    """Who subscribes later hears of later ends only; what was revoked before its end is told no second time."""
    end = datetime.fromisoformat(issue()["ExpiryDateTime"])
    clock.set(end + timedelta(days=1))
    subscribe(receiver.url)
    post()
    visit(receiver.confirmations[0].told["SubscribeURL"])
    clock.advance(timedelta(days=1))
    post()
    assert receiver.notifications == []


@pytest.fixture
def declined(ask, organisation, control):
    """Terms that were sent to be signed and were declined: their number, and the id of the envelope."""

    def made():
        body = {"Name": "Rules", "Type": "Participant", "Content": "Be good", "Status": "Active"}
        number = ask("POST", "/references/termsandconditions", json=body).json()["TnCId"]
        control("PUT", "/_mock/outside", json={"signing": "pending"})
        sent = ask("POST", f"/organisations/{organisation}/ess/initiatesigning", json={"TnCId": number}).json()
        envelope = sent["TermsAndConditionsDetail"]["ExternalSigningServiceEnvelopeId"]
        answer = control("PUT", f"/_mock/envelopes/{envelope}", json={"signing": "declined"})
        assert answer.status_code == 200, answer.text
        return number, envelope

    return made


def test_terms_tell_that_signing_has_started_and_how_it_ended(confirmed, receiver, post, declined):
    """Two messages with rising revisions: sent, then declined (connect.md 18)."""
    number, envelope = declined()
    post()
    (first,), (second,) = (each.payload["TermsAndConditions"] for each in receiver.notifications[-2:])
    assert {first["ExternalSigningServiceEnvelopeId"], second["ExternalSigningServiceEnvelopeId"]} == {envelope}
    statuses = [each["ExternalSigningServiceEnvelopeStatus"] for each in (first, second)]
    assert statuses == ["sent", "declined"]
    assert (first["TnCId"], second["Revision"] > first["Revision"]) == (number, True)
