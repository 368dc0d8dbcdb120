"""Tokens from the control listener: what they are, and every way to ask for one wrongly."""

import pytest

from tests.accounts import add_person, contact_of
from tests.doors import Client

THUMBPRINT = "A" * 43


@pytest.fixture
def issue(control):
    return lambda **wanted: control("POST", "/_mock/tokens", json=wanted)


def test_a_token_for_nobody_in_particular_is_a_super_users(issue, door):
    """RFC 6749, 5.1 with what was asked for; it may found an organisation."""
    given = issue(scope="directory:website", expires_in=300)
    assert given.status_code == 200
    assert given.headers["cache-control"] == "no-store"
    body = given.json()
    assert {**body, "access_token": ""} == {
        "access_token": "",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "directory:website",
    }
    assert len(body["access_token"]) == 43
    listed = Client(door, body["access_token"])("GET", "/organisations")
    assert listed.status_code == 200


def test_defaults(issue, sandbox):
    """No member is needed: website scope and the configured lifetime."""
    body = issue().json()
    assert (body["scope"], body["expires_in"]) == ("directory:website", sandbox.settings.token_lifetime_seconds)


def test_an_application_acts_as_itself(issue, door, application):
    """Its organisation follows from it; what is another's stays shut."""
    token = issue(software_statement_id=application[1]).json()
    assert token["scope"] == "directory:software"
    client = Client(door, token["access_token"])
    path = "/organisations/{}/softwarestatements/{}".format(*application)
    assert client("GET", path).status_code == 200
    assert client("POST", "/organisations/acme/certificates/rtstransport_rs", content=b"").status_code == 403


def test_a_bound_token_does_not_work_without_its_certificate(issue, door):
    """RFC 8705: `x5t#S256` binds it."""
    token = issue(**{"x5t#S256": THUMBPRINT}).json()["access_token"]
    refused = Client(door, token)("GET", "/organisations")
    assert refused.status_code == 401
    assert "mtls.binding" in refused.headers["x-mock-reason"]


@pytest.mark.parametrize(
    ("wanted", "code", "pointer"),
    [
        ({"scope": "directory:nonsense"}, "scope.invalid", "/scope"),
        ({"scope": ["directory:website"]}, "field.type", "/scope"),
        ({"scope": ""}, "field.too_short", "/scope"),
        ({"expires_in": 0}, "field.value", "/expires_in"),
        ({"expires_in": -1}, "field.value", "/expires_in"),
        ({"expires_in": 1.5}, "field.value", "/expires_in"),
        ({"expires_in": 10**50}, "field.value", "/expires_in"),
        ({"expires_in": "600"}, "field.type", "/expires_in"),
        ({"expires_in": True}, "field.type", "/expires_in"),
        ({"x5t#S256": "AA"}, "field.pattern", "/x5t#S256"),
        ({"x5t#S256": "A" * 42 + "B"}, "field.pattern", "/x5t#S256"),
        ({"software_statement_id": "0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"}, "field.value", "/software_statement_id"),
        ({"organisation_id": "nobody"}, "field.value", "/organisation_id"),
        ({"organisation_id": 7}, "field.type", "/organisation_id"),
        ({"user": "a\u202eb"}, "field.pattern", "/user"),
        ({"organization_id": "acme"}, "field.unknown", "/organization_id"),
    ],
    ids=str,
)
def test_what_is_wrong_is_named(issue, wanted, code, pointer):
    """422 with the member, what was expected and what was found; nothing accepted is ignored."""
    refused = issue(**wanted)
    assert refused.status_code == 422
    finding = refused.json()["findings"][0]
    assert (finding["code"], finding["pointer"]) == (code, pointer)


def test_an_unknown_member_is_told_with_those_that_there_are(issue):
    """As control-cases.md R3 asks."""
    (finding,) = issue(scopes="x").json()["findings"]
    assert "software_statement_id" in finding["expected"]
    assert "x5t#S256" in finding["expected"]


def test_an_application_of_another_organisation_is_refused(issue, application, other):
    """The two ids must belong together."""
    finding = issue(software_statement_id=application[1], organisation_id=other[0]).json()["findings"][0]
    assert finding["pointer"] == "/organisation_id"


def test_all_faults_are_told_at_once(issue):
    """Two wrong members, two findings."""
    refused = issue(scope=1, expires_in="x", colour="red")
    assert [f["pointer"] for f in refused.json()["findings"]] == ["/scope", "/expires_in", "/colour"]


def test_the_journal_knows_that_a_token_was_given_and_not_which(issue, control, application):
    """Whom it acts for, never the token."""
    given = issue(software_statement_id=application[1]).json()
    shown = control("GET", "/_mock/journal?path=/_mock/tokens")
    assert given["access_token"] not in shown.text
    assert shown.json()["entries"][0]["detail"]["software_statement_id"] == application[1]


def test_a_token_for_a_person_has_his_rights(issue, door, sandbox, organisation):
    """By address, in any letter case, or by id: not those of a super user."""
    account = add_person(sandbox, "sbc@acme.example", OrgAccessDetails=contact_of(organisation, "SBC"))
    for user in ("SBC@acme.example", account.user_id):
        client = Client(door, issue(user=user).json()["access_token"])
        assert client("GET", f"/organisations/{organisation}").status_code == 200
        assert client("PUT", f"/organisations/{organisation}", json={}).status_code == 403


@pytest.mark.parametrize(
    ("wanted", "pointer"),
    [
        ({"user": "nobody@acme.example"}, "/user"),
        ({"user": "sbc@acme.example", "organisation_id": "acme"}, "/organisation_id"),
    ],
)
def test_a_person_that_is_not_meant_is_refused(issue, sandbox, organisation, wanted, pointer):
    """A mistyped address must not become a super user, and a person brings his own organisations."""
    add_person(sandbox, "sbc@acme.example", OrgAccessDetails=contact_of(organisation, "SBC"))
    refused = issue(**wanted)
    assert refused.status_code == 422
    assert [finding["pointer"] for finding in refused.json()["findings"]] == [pointer]


def test_a_name_is_for_the_audit_alone(issue, door):
    """What is no address names nobody: it acts as a super user."""
    client = Client(door, issue(user="command line").json()["access_token"])
    assert client("POST", "/organisations", json={}).status_code == 400
