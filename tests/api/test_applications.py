"""Applications (software statements) at the REST door (connect.md 4)."""

import re

import pytest

from tests.doors import APPLICATION, ORGANISATION, unchanged

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
EVERYTHING = APPLICATION | {
    "Description": "Reads accounts",
    "OnBehalfOf": "a mediator",
    "PolicyUri": "https://acme.example/policy",
    "ClientUri": "https://acme.example",
    "Environment": "production",
    "Mode": "Test",
    "PostLogoutRedirectUris": ["https://acme.example/bye"],
    "ApiWebhookUri": ["https://acme.example/api/hook"],
    "OriginUri": ["https://acme.example", "ios:bundle-id:com.acme.App"],
    "TermsOfServiceUri": "https://acme.example/tos",
    "NotificationWebhook": "https://acme.example/hook",
    "SoftwareVersion": "1.10.0",
    "Version": 1.1,
    "AdditionalSoftwareMetadata": "x",
    "OpenidFederationEnabled": True,
    "OpenidFederationEntityManagementType": "openid_entity_self_managed",
    "RequireSignedRequestObject": False,
    "IdTokenSignedResponseAlgorithm": "RS256",
    "TokenEndpointAuthMethod": "tls_client_auth",
    "TlsClientCertificateBoundAccessTokens": False,
    "RelatedAuthorisationServer": "0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
    "HomepageUri": "https://acme.example/home",
}


def test_a_created_application_is_answered_with_the_defaults(create, organisation):
    """201: the published defaults, ids from the server, no certifications (errata A26), no roles, nothing null."""
    made = create()
    assert made.status_code == 201
    body = made.json()
    assert UUID.fullmatch(body["SoftwareStatementId"])
    assert body == APPLICATION | {
        "SoftwareStatementId": body["SoftwareStatementId"],
        "ClientId": body["SoftwareStatementId"],
        "OrganisationId": organisation,
        "Status": "Active",
        "Mode": "Live",
        "OpenidFederationEnabled": False,
        "RequireSignedRequestObject": True,
        "IdTokenSignedResponseAlgorithm": "PS256",
        "TokenEndpointAuthMethod": "private_key_jwt",
        "TlsClientCertificateBoundAccessTokens": True,
        "RtsClientCreated": True,
        "Locked": False,
        "UpdateFailed": False,
        "CreatedAt": "2026-06-01T12:00:00.000Z",
        "Flags": [],
        "OperationWarnings": [],
    }


def test_every_member_comes_back(ask, create, applications):
    """All that the request schema has is kept; both version fields too (errata A9)."""
    made = create(**EVERYTHING).json()
    assert {name: made[name] for name in EVERYTHING} == EVERYTHING
    assert made["NotificationWebhookStatus"] == "Pending"
    read = ask("GET", f"{applications}/{made['SoftwareStatementId']}").json()
    assert read == {k: v for k, v in made.items() if k != "OperationWarnings"} | {"SoftwareStatementCertifications": []}


@pytest.mark.parametrize("number", [0, -1, 2**63, 1.5, 10**300, 0.1 + 0.2])
@pytest.mark.case("api-B-06")
def test_version_numbers_are_exact(create, number):
    """What JSON can say of a number comes back the same."""
    assert create(Version=number).json()["Version"] == number


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"ClientName": None}, "ClientName must be provided"),
        ({"LogoUri": None}, "LogoUri must be provided"),
        ({"RedirectUri": None}, "RedirectUri must be provided"),
        ({"RedirectUri": ["ftp://x"]}, "RedirectUri must be in a URI format https://... or http://..."),
        ({"RedirectUri": [None]}, "RedirectUri must be an array of strings"),
        ({"RedirectUri": "https://a.example"}, "RedirectUri must be an array of strings"),
        ({"Mode": "live"}, "Mode must be one of Live, Test"),
        ({"ClientName": "x" * 256}, "ClientName length must be between 1 and 255"),
        ({"ClientName": "A\u202eB"}, "ClientName must not contain invisible characters (U+202E)"),
        ({"Environment": "x" * 41}, "Environment length must be between 0 and 40"),
        ({"Version": "1"}, "Version must be a number"),
        ({"Version": True}, "Version must be a number"),
        ({"RequireSignedRequestObject": 1}, "RequireSignedRequestObject must be a boolean"),
        ({"NotificationWebhook": "http://localhost:1/x"},
         "NotificationWebhook must not point to this machine or to a private network"),
        ({"RelatedAuthorisationServer": "x"}, "RelatedAuthorisationServer must be a UUID"),
        ({"ClientUri": "gopher://x"}, "ClientUri must be in a URI format https://... or http://..."),
    ],
)  # fmt: skip
def test_a_broken_member_is_named(create, sandbox, organisation, change, text):
    """400 with the published text, and nothing is written."""
    with unchanged(sandbox):
        refused = create(**change)
    assert (refused.status_code, refused.json()) == (400, {"errors": [text]})


@pytest.mark.case("api-B-01")
def test_members_of_the_server_are_never_taken(create):
    """Status, Locked, ids, dates and secrets in a body are ignored and reported."""
    stolen = {
        "Status": "Suspended",
        "Locked": True,
        "SoftwareStatementId": "x",
        "OrganisationId": "other",
        "CreatedAt": "1999",
        "ClientSecret": "mine",
        "RtsClientCreated": False,
    }
    made = create(**stolen)
    assert made.headers["x-mock-warnings"].count("[field.read_only]") == len(stolen)
    assert (made.json()["Status"], made.json()["Locked"]) == ("Active", False)
    assert "ClientSecret" not in made.json()


def test_an_application_needs_its_organisation(ask, applications):
    """404 with errors for a super user."""
    absent = ask("POST", "/organisations/nobody/softwarestatements", json=APPLICATION)
    assert absent.status_code == 404
    assert absent.json() == {"errors": ["no such organisation nobody"]}
    assert ask("GET", "/organisations/nobody/softwarestatements").status_code == 404


# changes


def test_a_put_replaces_what_has_no_default(ask, path):
    """Optional members that are absent go; members with a published default stay as they are."""
    ask("PUT", path, json=EVERYTHING)
    changed = ask("PUT", path, json=APPLICATION | {"ClientName": "New"})
    assert changed.status_code == 200
    body = changed.json()
    assert body["ClientName"] == "New"
    assert (body["Mode"], body["TokenEndpointAuthMethod"]) == ("Test", "tls_client_auth")
    gone = {"Description", "PolicyUri", "Version", "SoftwareVersion", "NotificationWebhook", "OriginUri"}
    assert not gone & set(body)
    assert "NotificationWebhookStatus" not in body
    assert changed.headers["etag"] == '"2"'


@pytest.mark.parametrize(
    ("state", "move", "status", "becomes"),
    [
        ("Active", "Active", 200, "Active"),
        ("Active", "Suspended", 200, "Suspended"),
        ("Active", None, 200, "Active"),
        ("Active", "DELETE", 204, "Inactive"),
        ("Active", "unlock", 200, "Active"),
        ("Suspended", "Active", 200, "Active"),
        ("Suspended", "Suspended", 200, "Suspended"),
        ("Suspended", None, 200, "Suspended"),
        ("Suspended", "DELETE", 204, "Inactive"),
        ("Suspended", "unlock", 200, "Suspended"),
        ("Inactive", "Active", 409, "Inactive"),
        ("Inactive", "Suspended", 409, "Inactive"),
        ("Inactive", None, 409, "Inactive"),
        ("Inactive", "DELETE", 204, "Inactive"),
        ("Inactive", "unlock", 409, "Inactive"),
    ],
)
@pytest.mark.case("api-E-01")
def test_every_move_of_an_application(ask, path, state, move, status, becomes):
    """The one table of moves: what it does not allow is 409 without a body and without a trace."""
    if state == "Suspended":
        ask("PUT", path, json=APPLICATION | {"Status": "Suspended"})
    elif state == "Inactive":
        ask("DELETE", path)
    before = ask("GET", path).content
    if move == "DELETE":
        answer = ask("DELETE", path)
    elif move == "unlock":
        answer = ask("PUT", f"{path}/unlock", json={"Unlock": True})
    else:
        answer = ask("PUT", path, json=APPLICATION | ({"Status": move} if move else {}))
    assert answer.status_code == status, answer.text
    assert ask("GET", path).json()["Status"] == becomes
    if status == 409:
        assert answer.content == b""
        assert "state.illegal" in answer.headers["x-mock-reason"]
        assert ask("GET", path).content == before


@pytest.mark.parametrize("status", ["Inactive", "Withdrawn", "active"])
def test_only_published_states_can_be_asked_for(ask, path, status):
    """A PUT cannot delete."""
    refused = ask("PUT", path, json=APPLICATION | {"Status": status})
    assert refused.json() == {"errors": ["Status must be one of Active, Suspended"]}


@pytest.mark.case("api-E-06")
def test_a_deleted_application_is_still_readable(ask, path, applications):
    """The delete is soft: Inactive, its OAuth client gone, in the list too."""
    assert ask("DELETE", path).status_code == 204
    read = ask("GET", path).json()
    assert (read["Status"], read["RtsClientCreated"]) == ("Inactive", False)
    assert [a["Status"] for a in ask("GET", applications).json()] == ["Inactive"]


@pytest.mark.parametrize(("if_match", "status"), [('"0"', 412), ('"1"', 200), (None, 200)])
@pytest.mark.case("api-D-07")
def test_if_match_guards_put_and_delete(ask, path, if_match, status):
    """An older tag is 412 and changes nothing."""
    ask("PUT", path, json=APPLICATION)
    headers = {"if-match": if_match} if if_match else {}
    assert ask("PUT", path, json=APPLICATION | {"Description": "x"}, headers=headers).status_code == status
    headers = {"if-match": '"0"'} if status == 412 else {"if-match": '"2"'}
    assert ask("DELETE", path, headers=headers).status_code == (412 if status == 412 else 204)


def test_a_conflict_inside_leaves_nothing(ask, create, sandbox, applications):
    """A refused creation leaves neither row nor audit."""
    create(ClientId="taken")
    with unchanged(sandbox):
        assert create(ClientId="taken").status_code == 409
    assert len(ask("GET", applications).json()) == 1


# lists


def test_lists_are_arrays_or_pages(ask, create, applications):
    """An array without page and size, a page object with either; oldest first, filtered by name, id and status."""
    first, second, third = (create(ClientName=name).json()["SoftwareStatementId"] for name in ("Xo", "Yo", "Zo"))
    ask("PUT", f"{applications}/{second}", json=APPLICATION | {"ClientName": "Yo", "Status": "Suspended"})

    def ids(query=""):
        body = ask("GET", applications + query).json()
        return [a["SoftwareStatementId"] for a in (body["content"] if isinstance(body, dict) else body)]

    assert ids() == [first, second, third]
    assert isinstance(ask("GET", applications).json(), list)
    assert ask("GET", f"{applications}?page=0").json()["totalSize"] == 3
    assert ids("?size=2&page=1") == [third]
    assert ids("?filterBy=yO") == [second]
    assert ids(f"?filterBy={third.upper()}") == [third]
    assert ids("?status=Suspended") == [second]
    assert ids("?sort=ClientName,desc") == [third, second, first]
    assert ids("?sort=Status&sort=ClientName,desc") == [third, first, second]
    assert ask("GET", f"{applications}?status=Gone").status_code == 400


def test_a_list_shows_one_organisation_only(ask, application, other):
    """Applications of others are not in it, and not under its path."""
    listed = ask("GET", f"/organisations/{application[0]}/softwarestatements").json()
    assert [a["SoftwareStatementId"] for a in listed] == [application[1]]
    assert ask("GET", f"/organisations/{application[0]}/softwarestatements/{other[1]}").status_code == 404


@pytest.mark.case("api-A-05")
def test_a_reader_needs_no_right_of_its_own(client, ask, application, other, path):
    """Every participant reads, filters and sorts every application (rulings.md 10), and finds no secret by it."""
    secret = ask("PUT", path, json=APPLICATION | {"TokenEndpointAuthMethod": "client_secret_basic"}).json()[
        "ClientSecret"
    ]
    reader, applications = client(*other), path.rpartition("/")[0]
    assert reader("GET", path).json()["SoftwareStatementId"] == application[1]
    for query in ("", "?sort=Status", f"?filterBy={secret}", "?filterBy=client_secret"):
        answer = reader("GET", applications + query)
        assert secret not in answer.text
        assert len(answer.json()) == (0 if "filterBy" in query else 1)
    assert reader("GET", f"{applications}?sort=ClientSecret").status_code == 400


@pytest.mark.case("api-D-10")
def test_media_types_of_the_json_operations(ask, applications):
    """XML alone is 406 without a body, another body type 415 in the gateway's form, no content type is JSON."""
    refused = ask("GET", applications, headers={"accept": "application/xml"})
    assert (refused.status_code, refused.content) == (406, b"")
    for kind in ("text/plain", "application/x-pem-file", "application/json; charset=utf-16"):
        refused = ask("POST", applications, content=b"{}", headers={"content-type": kind})
        assert refused.status_code == 415
        assert refused.json()["errors"] == ["There is an issue with your request."]
    import json

    assert ask("POST", applications, content=json.dumps(APPLICATION).encode()).status_code == 201
    json_too = {"content-type": "Application/JSON; Charset=UTF-8"}
    assert ask("POST", applications, content=json.dumps(APPLICATION).encode(), headers=json_too).status_code == 201


def test_a_pending_organisation_may_prepare_its_applications(ask):
    """Only a withdrawn one gets none."""
    ask("POST", "/organisations", json=ORGANISATION | {"OrganisationId": "soon", "Status": "Pending"})
    assert ask("POST", "/organisations/soon/softwarestatements", json=APPLICATION).status_code == 201
