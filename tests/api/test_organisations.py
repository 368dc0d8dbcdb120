"""Organisations at the REST door (connect.md 3)."""

from urllib.parse import quote

import pytest

from tests.doors import APPLICATION, ORGANISATION, unchanged

PATH = "/organisations"


def create(ask, organisation_id="acme", **changed):
    return ask("POST", PATH, json=ORGANISATION | {"OrganisationId": organisation_id} | changed)


def status_of(ask, organisation_id="acme"):
    return ask("GET", f"{PATH}/{organisation_id}").json()["OrgDetails"]["Status"]


def nulls_in(value):
    if isinstance(value, dict):
        return any(map(nulls_in, value.values()))
    return any(map(nulls_in, value)) if isinstance(value, list) else value is None


def test_a_created_organisation_is_answered_flat(ask):
    """201 with what was sent, the published defaults and the server's own members; nothing is null."""
    made = create(ask, Size="TPP", LogoUri="https://acme.example/logo.svg", TaxRegistrationNumber=None)
    assert (made.status_code, made.headers["content-type"]) == (201, "application/json")
    assert made.json() == ORGANISATION | {
        "OrganisationId": "acme",
        "Size": "TPP",
        "LogoUri": "https://acme.example/logo.svg",
        "Status": "Active",
        "CreatedOn": "2026-06-01T12:00:00.000Z",
        "RequiresParticipantTermsAndConditionsSigning": True,
        "EnforceIdpUserManagement": False,
        "Authority": False,
        "Flags": [],
        "OperationWarnings": [],
    }


def test_reading_wraps_the_organisation(ask, organisation):
    """GET answers OrgDetails and TncDetails; the mock reports terms as signed."""
    read = ask("GET", f"{PATH}/{organisation}").json()
    assert set(read) == {"OrgDetails", "TncDetails"}
    assert read["OrgDetails"]["OrganisationId"] == organisation
    assert "OperationWarnings" not in read["OrgDetails"]
    assert read["TncDetails"] == {"TnCSigned": True, "TnCUpdated": False, "TnCsToBeSigned": []}
    assert not nulls_in(read)


@pytest.mark.parametrize(
    "twin",
    [
        pytest.param("Ação", id="same"),
        pytest.param("Ac\u0327a\u0303o", id="api-B-17-nfd"),
        pytest.param("AÇÃO", id="api-B-17-case"),
        pytest.param("Ação.", id="api-B-17-dot"),
    ],
)
def test_an_id_is_given_once_whatever_its_spelling(ask, twin):
    """The second one is 409 without a body, and nothing is written."""
    assert create(ask, "Ação").status_code == 201
    second = create(ask, twin, OrganisationName="Second")
    assert (second.status_code, second.content) == (409, b"")
    assert "unique.conflict" in second.headers["x-mock-reason"]
    assert ask("GET", PATH).json()["totalSize"] == 1


@pytest.mark.parametrize(
    "organisation_id",
    [
        pytest.param("x" * 40, id="api-C-11"),
        pytest.param("🏦" * 40, id="api-C-11-four-octets"),
        pytest.param("mock-org-elec-001", id="real"),
        pytest.param("a b?c#d%2Fe;f=g&h+i", id="delimiters"),
        pytest.param("kid", id="a-word-of-paths"),
        pytest.param("بنك", id="right-to-left"),
    ],
)
def test_ids_are_free_text_and_reachable(ask, organisation_id):
    """An id comes back octet by octet and is found under its percent-encoded path."""
    assert create(ask, organisation_id).json()["OrganisationId"] == organisation_id
    read = ask("GET", f"{PATH}/{quote(organisation_id, safe='')}")
    assert read.json()["OrgDetails"]["OrganisationId"] == organisation_id
    listed = ask("GET", f"{PATH}/{quote(organisation_id, safe='')}/softwarestatements")
    assert listed.json() == []


@pytest.mark.parametrize(
    ("organisation_id", "code"),
    [
        pytest.param("x" * 41, "field.too_long", id="api-C-11-one-more"),
        pytest.param("", "field.too_short", id="empty"),
        ("ess", "field.value"),
        ("export", "field.value"),
        ("authorisationservers", "field.value"),
        ("a/b", "field.pattern"),
        ("a\\b", "field.pattern"),
        (".", "field.pattern"),
        ("..", "field.pattern"),
        (" acme", "field.pattern"),
        ("acme\u200b", "field.pattern"),
        ("a<b", "field.pattern"),
    ],
)
def test_ids_that_no_path_can_carry_are_refused(ask, sandbox, organisation_id, code):
    """Slashes, dot segments, invisible characters, reserved words (errata D3) and wrong lengths are 400."""
    with unchanged(sandbox):
        refused = create(ask, organisation_id)
    assert refused.status_code == 400
    assert set(refused.json()) == {"errors"}
    assert code in refused.headers["x-mock-reason"]


def test_an_unknown_organisation_is_404_with_errors(ask):
    """The service layer's body, and the reason in the header."""
    absent = ask("GET", f"{PATH}/nobody")
    assert absent.status_code == 404
    assert absent.json() == {"errors": ["no organisation nobody"]}
    assert absent.headers["x-mock-reason"] == "no organisation nobody [access.not_found]"


def test_all_faults_of_a_body_are_told_together(ask, sandbox):
    """400 with every published text, in schema order."""
    body = {"OrganisationName": "x" * 256, "City": "L", "Postcode": "<b>", "Country": 7}
    with unchanged(sandbox):
        refused = ask("POST", PATH, json=body)
    assert refused.status_code == 400
    assert refused.json()["errors"] == [
        "OrganisationId must be provided",
        "OrganisationName length must be between 1 and 255",
        "LegalEntityName must be provided",
        "CountryOfRegistration must be provided",
        "CompanyRegister must be provided",
        "RegistrationNumber must be provided",
        "AddressLine1 must be provided",
        "City length must be between 2 and 255",
        "Postcode must not contain < or >",
        "Country must be a string",
    ]


@pytest.mark.case("api-B-01", "api-B-04")
def test_members_of_the_server_are_ignored_and_reported(ask):
    """`CreatedOn`, `Authority` and unknown members are never written; the header tells."""
    made = create(ask, CreatedOn="1999-01-01", Authority=True, id="x", Certified=True)
    assert made.status_code == 201
    assert (made.json()["CreatedOn"], made.json()["Authority"]) == ("2026-06-01T12:00:00.000Z", False)
    warned = made.headers["x-mock-warnings"]
    assert warned.count("[field.read_only]") == 2
    assert warned.count("[field.unknown]") == 2


class TestStrict:
    @pytest.fixture
    def options(self):
        return {"unknown_members": "refuse"}

    @pytest.mark.case("api-B-01", "api-B-04")
    def test_strangers_are_refused_by_the_named_switch(self, ask, sandbox):
        """`unknown_members=refuse`: 400 that names each."""
        with unchanged(sandbox):
            refused = create(ask, CreatedOn="1999-01-01", Colour="red")
        assert refused.status_code == 400
        assert refused.json()["errors"] == [
            "CreatedOn is set by the server and not taken from a body",
            "Colour is not a field of this body",
        ]


@pytest.mark.case("api-B-16")
def test_text_of_any_script_comes_back_as_it_was(ask):
    """Emoji, Arabic, Hebrew and four-octet UTF-8 are stored octet by octet, and not escaped in the answer."""
    name = "بنك אבג 🏦 Ação ﬀ é"
    made = create(ask, OrganisationName=name)
    assert made.json()["OrganisationName"] == name
    assert name.encode() in ask("GET", f"{PATH}/acme").content


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"OrganisationId": "\\ud800"}', id="api-B-14"),
        pytest.param(b'{"OrganisationId": "a\\u0000"}', id="api-B-13"),
        pytest.param(b'{"OrganisationId": "a", "OrganisationId": "b"}', id="api-B-07"),
        pytest.param(b"[" * 10_000, id="api-B-08"),
        pytest.param(b'{"Size": 1e400}', id="api-B-06"),
        pytest.param(b"", id="api-B-19"),
        pytest.param(b"[]", id="api-B-05"),
        pytest.param(b'{"OrganisationId": "a",}', id="api-B-18"),
    ],
)
def test_what_is_no_strict_json_is_400(ask, sandbox, body):
    """Never 500, and the service's error body."""
    with unchanged(sandbox):
        refused = ask("POST", PATH, content=body, headers={"content-type": "application/json"})
    assert refused.status_code == 400
    assert set(refused.json()) == {"errors"}


def test_a_put_replaces_what_the_caller_may_say(ask, organisation):
    """Optional members that are absent go, Status and the published defaults stay, the revision rises."""
    ask("PUT", f"{PATH}/{organisation}", json=ORGANISATION | {"Size": "LFI", "EnforceIdpUserManagement": True})
    changed = ask("PUT", f"{PATH}/{organisation}", json=ORGANISATION | {"OrganisationName": "New", "AddressLine2": "x"})
    assert changed.status_code == 200
    body = changed.json()
    assert (body["OrganisationName"], body["AddressLine2"], body["Status"]) == ("New", "x", "Active")
    assert "Size" not in body
    assert body["EnforceIdpUserManagement"] is False
    assert changed.headers["etag"] == '"2"'
    assert ask("GET", f"{PATH}/{organisation}").json()["OrgDetails"] == {
        name: value for name, value in body.items() if name != "OperationWarnings"
    }


@pytest.mark.case("api-B-01")
def test_the_id_cannot_be_changed(ask, organisation):
    """OrganisationId in the body of a PUT is ignored and reported."""
    changed = ask("PUT", f"{PATH}/{organisation}", json=ORGANISATION | {"OrganisationId": "stolen"})
    assert changed.json()["OrganisationId"] == organisation
    assert "OrganisationId is set by the server" in changed.headers["x-mock-warnings"]
    assert ask("GET", f"{PATH}/stolen").status_code == 404


@pytest.mark.parametrize(
    ("if_match", "status"),
    [
        ('"1"', 200),
        ('"0", "1"', 200),
        ("*", 200),
        ('"0"', 412),
        ('W/"1"', 412),
        ("1", 412),
        ('"x"', 412),
    ],
)
@pytest.mark.case("api-D-07")
def test_if_match_guards_a_put(ask, organisation, if_match, status):
    """A tag of an older revision, a weak one or none at all is 412 without a body; the newest one passes."""
    ask("PUT", f"{PATH}/{organisation}", json=ORGANISATION)
    answer = ask("PUT", f"{PATH}/{organisation}", json=ORGANISATION | {"City": "Leeds"}, headers={"if-match": if_match})
    assert answer.status_code == status
    if status == 412:
        assert answer.content == b""
        assert "etag.mismatch" in answer.headers["x-mock-reason"]
    assert ask("GET", f"{PATH}/{organisation}").headers["etag"] == ('"2"' if status == 200 else '"1"')


@pytest.mark.case("api-D-07")
def test_of_two_puts_on_one_copy_one_wins(ask, organisation):
    """The second caller with the same tag is refused."""
    tag = ask("GET", f"{PATH}/{organisation}").headers["etag"]
    answers = [
        ask("PUT", f"{PATH}/{organisation}", json=ORGANISATION | {"City": city}, headers={"if-match": tag}).status_code
        for city in ("Leeds", "York")
    ]
    assert answers == [200, 412]
    assert ask("GET", f"{PATH}/{organisation}").json()["OrgDetails"]["City"] == "Leeds"


@pytest.mark.parametrize(
    ("state", "move", "status", "becomes"),
    [
        ("Active", "Active", 200, "Active"),
        ("Active", "Pending", 200, "Pending"),
        ("Active", "Withdrawn", 200, "Withdrawn"),
        ("Active", "DELETE", 204, "Withdrawn"),
        ("Active", None, 200, "Active"),
        ("Pending", "Active", 200, "Active"),
        ("Pending", "Pending", 200, "Pending"),
        ("Pending", "Withdrawn", 200, "Withdrawn"),
        ("Pending", "DELETE", 204, "Withdrawn"),
        ("Pending", None, 200, "Pending"),
        ("Withdrawn", "Active", 409, "Withdrawn"),
        ("Withdrawn", "Pending", 409, "Withdrawn"),
        ("Withdrawn", "Withdrawn", 409, "Withdrawn"),
        ("Withdrawn", None, 409, "Withdrawn"),
        ("Withdrawn", "DELETE", 204, "Withdrawn"),
    ],
)
@pytest.mark.case("api-E-01")
def test_every_move_of_an_organisation(ask, sandbox, state, move, status, becomes):
    """The one table of moves: what it does not allow is 409 without a body and without a trace."""
    assert create(ask, Status=state).status_code == 201
    before = ask("GET", f"{PATH}/acme").content
    if move == "DELETE":
        answer = ask("DELETE", f"{PATH}/acme")
    else:
        answer = ask("PUT", f"{PATH}/acme", json=ORGANISATION | {"City": "Leeds"} | ({"Status": move} if move else {}))
    assert answer.status_code == status, answer.text
    assert status_of(ask) == becomes
    if status == 409:
        assert answer.content == b""
        assert "state.illegal" in answer.headers["x-mock-reason"]
        assert ask("GET", f"{PATH}/acme").content == before


@pytest.mark.parametrize(("status", "allowed"), [("Active", False), ("Pending", False), ("Withdrawn", True)])
def test_only_super_users_activate(ask, client, sandbox, organisation, status, allowed):
    """An organisation's user withdraws it, but makes it neither Active nor Pending."""
    user = client(organisation)
    if status == "Active":
        with sandbox.store.write() as uow:
            from dataclasses import replace

            stored = uow.organisations.get(organisation)
            uow.organisations.replace(replace(stored, status="Pending", revision=1))
        # a user of a pending organisation has no standing at all
        assert user("PUT", f"{PATH}/{organisation}", json=ORGANISATION | {"Status": status}).status_code == 401
        return
    answer = user("PUT", f"{PATH}/{organisation}", json=ORGANISATION | {"Status": status})
    assert answer.status_code == (200 if allowed else 403)


@pytest.mark.case("api-E-06")
def test_a_withdrawn_organisation_is_still_readable(ask, organisation):
    """The delete is soft, and repeating it is 204."""
    assert ask("DELETE", f"{PATH}/{organisation}").status_code == 204
    assert ask("DELETE", f"{PATH}/{organisation}").status_code == 204
    assert status_of(ask, organisation) == "Withdrawn"
    assert ask("DELETE", f"{PATH}/nobody").status_code == 404


@pytest.mark.case("api-E-05")
def test_below_a_withdrawn_organisation_nothing_is_made(ask, application, path):
    """Applications and certificates are refused with 403."""
    ask("DELETE", f"{PATH}/{application[0]}")
    assert ask("POST", f"{PATH}/{application[0]}/softwarestatements", json=APPLICATION).status_code == 403
    refused = ask("POST", f"{path}/certificates/rtstransport", content=b"whatever")
    assert (refused.status_code, refused.content) == (403, b"")
    assert "org.not_active" in refused.headers["x-mock-reason"]
