"""People, applications and what they may do: every cell of docs/access.md, asked at the door (connect.md 15 to 17)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.access import MANAGEMENT
from app.api.app import create_data_app
from app.oauth.access_tokens import Wanted
from app.oauth.tokens import TokenRequest
from app.runtime.clock import MovableClock
from app.sandbox import Sandbox
from app.sandboxes import Sandboxes
from tests.accounts import add_person, administrator_of, contact_of
from tests.directories import organisation_body
from tests.doors import NOW, Client, open_for_tests
from tests.participants import add_application, add_organisation

OWN, OTHER = "own", "other"
CALLERS = ("SU", "DA", "CM", "OA", "PTC", "STC", "PBC", "SBC", "none", "app", "mgmt", "web", "desk")
# One letter a caller: a = in all organisations, o = in the own one, i = its own application, . = nowhere.
MATRIX = {
    #                                     SU DA CM OA PTC STC PBC SBC none app mgmt web desk
    ("GET", "/organisations"):            "a  a  a  a  a   a   a   a   .    a   a    a   .",
    ("POST", "/organisations"):           "a  a  .  .  .   .   .   .   .    .   .    .   .",
    ("GET", "{org}"):                     "a  a  a  a  a   a   a   a   .    a   a    a   .",
    ("PUT", "{org}"):                     "a  a  .  o  .   .   .   .   .    .   .    o   .",
    ("DELETE", "{org}"):                  "a  a  .  o  .   .   .   .   .    .   .    o   .",
    ("GET", "{org}/softwarestatements"):  "a  a  a  a  a   a   a   a   .    a   a    a   .",
    ("POST", "{org}/softwarestatements"): "a  a  .  o  o   .   .   .   .    .   o    o   .",
    ("GET", "{app}"):                     "a  a  a  a  a   a   a   a   .    a   a    a   .",
    ("PUT", "{app}"):                     "a  a  .  o  o   .   .   .   .    i   o    o   .",
    ("DELETE", "{app}"):                  "a  a  .  o  o   .   .   .   .    i   o    o   .",
    ("PUT", "{app}/unlock"):              "a  a  .  o  .   .   .   .   .    i   o    o   .",
    ("GET", "{app}/assertion"):           "a  a  .  o  o   .   .   .   .    i   o    o   .",
    ("GET", "{app}/certificates"):        "a  a  a  a  a   a   a   a   .    a   a    a   .",
    ("POST", "{app}/certificates/rtstransport"):   "a  a  .  o  o   .   .   .   .    i   o    o   .",
    ("GET", "{app}/certificates/rtstransport/x"):  "a  a  a  a  a   a   a   a   .    a   a    a   .",
    ("PUT", "{app}/certificates/rtstransport/x"):  "a  a  .  o  o   .   .   .   .    i   o    o   .",
    ("GET", "{org}/certificates"):                 "a  a  a  a  a   a   a   a   .    a   a    a   .",
    ("GET", "{org}/certificates/rtstransport_rs"): "a  a  a  a  a   a   a   a   .    a   a    a   .",
    ("POST", "{org}/certificates/rtstransport_rs"): "a  a  .  o  o   .   .   .   .    .   .    o   .",
    ("GET", "{org}/certificates/kid/x"):           "a  a  a  a  a   a   a   a   .    a   a    a   .",
    ("PUT", "{org}/certificates/kid/x"):           "a  a  .  o  o   .   .   .   .    .   .    o   .",
    ("GET", "/users/data-administrator"):          "a  a  .  .  .   .   .   .   .    .   .    .   .",
    ("POST", "/users/data-administrator"):         "a  .  .  .  .   .   .   .   .    .   .    .   .",
    ("PUT", "/users/data-administrator/x"):        "a  .  .  .  .   .   .   .   .    .   .    .   .",
    ("GET", "/users/super"):                       "a  a  .  .  .   .   .   .   .    .   .    .   .",
    ("GET", "{org}/adminusers"):                   "a  a  .  o  .   .   .   .   .    .   .    o   a",
    ("POST", "{org}/adminusers"):                  "a  a  .  o  .   .   .   .   .    .   .    o   .",
    ("GET", "{org}/adminusers/x"):                 "a  a  .  o  .   .   .   .   .    .   .    o   a",
    ("PUT", "{org}/adminusers/x"):                 "a  a  .  o  .   .   .   .   .    .   .    o   .",
    ("GET", "{org}/Open%20Banking/users"):         "a  a  .  o  o   o   o   o   .    o   o    o   a",
    ("POST", "{org}/Open%20Banking/users"):        "a  a  .  o  .   .   .   .   .    .   .    o   .",
    ("GET", "{org}/Open%20Banking/users/x"):       "a  a  .  o  o   o   o   o   .    o   o    o   a",
    ("PUT", "{org}/Open%20Banking/users/x/y"):     "a  a  .  o  .   .   .   .   .    .   .    o   .",
    ("GET", "{org}/tnchistory"):                   "a  a  .  o  o   o   o   o   .    o   o    o   .",
    ("GET", "/references/termsandconditions"):     "a  a  a  a  a   a   a   a   .    a   a    a   .",
    ("POST", "/references/termsandconditions"):    "a  .  .  .  .   .   .   .   .    .   .    .   .",
    ("PUT", "/references/termsandconditions/1"):   "a  .  .  .  .   .   .   .   .    .   .    .   .",
    ("DELETE", "/references/termsandconditions/1"): "a  .  .  .  .   .   .   .   .    .   .    .   .",
    ("GET", "{app}/custom-claims"):       "a  a  a  a  a   a   a   a   .    a   a    a   .",
    ("POST", "{app}/custom-claims"):      "a  a  .  o  o   .   .   .   .    i   o    o   .",
    ("GET", "{org}/authorisationservers/x/sso-configuration"):   "a  a  a  a  a   a   a   a   .    .   .    a   .",
    ("POST", "{org}/authorisationservers/x/sso-configuration"):  "a  a  .  o  .   o   .   .   .    .   .    o   .",
    ("GET", "/references/users/sso-configurations"):             "a  a  a  a  a   a   a   a   .    .   .    a   .",
    ("GET", "/references/users/groups"):                         "a  a  a  a  a   a   a   a   .    .   .    a   .",
    ("POST", "/references/users/groups"):                        "a  .  .  .  .   .   .   .   .    .   .    .   .",
    ("GET", "/references/users/groups/x/membership"):            "a  a  a  a  a   a   a   a   .    .   .    a   .",
    ("GET", "/references/federations/x/metadata-policy"):        "a  a  a  a  a   a   a   a   .    a   a    a   .",
    ("POST", "/references/federations/x/metadata-policy"):       "a  .  .  .  .   .   .   .   .    .   .    .   .",
    ("GET", "/dashboard/federation/referencedatapolicies"):      "a  a  a  a  a   a   a   a   .    .   .    a   .",
    ("POST", "/references/apifamilies/x/conformanceconfigurations"): "a  .  .  .  .   .   .   .   .    .   .    .   .",
    ("GET", "/references/resources/openid-provider-public-key"): "a  a  a  a  a   a   a   a   .    .   .    a   .",
    ("POST", "{org}/ess/initiatesigning"):  "a  a  .  o  .   .   .   .   .    .   .    o   .",
    ("GET", "{org}/ess/poll/x"):            "a  a  .  o  o   o   o   o   .    o   o    o   .",
    ("POST", "{org}/ess/reissue/x"):        "a  a  .  o  .   .   .   .   .    .   .    o   .",
    ("POST", "{org}/conformancetest"):      "a  a  a  o  o   o   o   o   .    o   o    o   .",
}  # fmt: skip
CELLS = [
    pytest.param(caller, *operation, reach, id=f"{caller}-{operation[0]}-{operation[1]}")
    for operation, row in MATRIX.items()
    for caller, reach in zip(CALLERS, row.split(), strict=True)
]
PERSONS: dict[str, dict[str, Any]] = {
    "SU": {"SuperUser": True},
    "DA": {"DataAdministrator": True},
    "CM": {"CertificationManager": True},
    "OA": {"OrgAccessDetails": administrator_of(OWN)},
    **{kind: {"OrgAccessDetails": contact_of(OWN, kind)} for kind in ("PTC", "STC", "PBC", "SBC")},
    "none": {},
}
SCOPES = {
    "app": "directory:software",
    "mgmt": f"directory:software {MANAGEMENT}",
    "web": "directory:software directory:website",
    "desk": "directory:servicedesk",
}
Ask = Callable[..., httpx.Response]


class Place:
    """Two organisations, two applications in the first, and one of each kind of caller."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.door = sandbox, create_data_app(Sandboxes(sandbox))
        for organisation in (OWN, OTHER):
            add_organisation(sandbox, organisation)
        self.own, self.second = add_application(sandbox, OWN), add_application(sandbox, OWN)
        self.foreign = add_application(sandbox, OTHER)
        for kind, details in PERSONS.items():
            add_person(sandbox, f"{kind}@own.example", **details)

    def client(self, caller: str) -> Client:
        if caller in PERSONS:
            return self.person(f"{caller}@own.example")
        request = TokenRequest(scope=SCOPES[caller], software_statement_id=self.own)
        return Client(self.door, self.sandbox.tokens.issue(request).access_token)

    def person(self, email: str, scope: str = "directory:website", **more: Any) -> Client:
        issued = self.sandbox.tokens.issue(TokenRequest(scope=scope, user=email, **more))
        return Client(self.door, issued.access_token)

    def ask(self, client: Client, method: str, path: str, organisation: str, application: str) -> int:
        """A request that changes nothing where it is allowed: a body without its members, a stale If-Match."""
        org = f"/organisations/{organisation}"
        filled = path.format(org=org, app=f"{org}/softwarestatements/{application}")
        body = {} if method == "GET" else {"json": {}}
        answer: httpx.Response = client(method, filled, headers={"if-match": '"stale"'}, **body)
        assert answer.status_code != 401, answer.headers
        assert answer.status_code < 500, answer.text
        return answer.status_code


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    sandbox = open_for_tests(tmp_path_factory.mktemp("rights"), {}, MovableClock(NOW))
    yield Place(sandbox)
    sandbox.close()


@pytest.mark.case("api-A-01", "api-A-07", "api-A-11", "oauth-H-10")
@pytest.mark.parametrize(("caller", "method", "path", "reach"), CELLS)
def test_a_cell(place: Place, caller: str, method: str, path: str, reach: str) -> None:
    """403 exactly where the table says so: in the own application, beside it, and in another organisation."""
    client = place.client(caller)
    targets = {(OWN, place.own): "aoi", (OWN, place.second): "aoi" if "{app}" not in path else "ao"}
    if "{" in path:
        targets[OTHER, place.foreign] = "a"
    for target, reached_by in targets.items():
        is_refused = place.ask(client, method, path, *target) == 403
        assert is_refused == (reach not in reached_by), target


def test_what_reaches_the_own_organisation_alone_says_so(place: Place) -> None:
    """The refusal names the level that was needed, the one that is there, and what the caller is."""
    reason = place.client("PTC")("PUT", f"/organisations/{OTHER}", json={}).headers["x-mock-reason"]
    assert "needs Write on organisation details" in reason
    assert "(Primary technical contact (PTC)) has Read" in reason
    assert "belongs to another organisation" in reason


def test_a_change_of_rights_is_felt_at_the_next_request(place: Place) -> None:
    """The same token: a contact who becomes administrator may, one who loses it may no more, an inactive one is 401."""
    account = add_person(place.sandbox, "changing@own.example", OrgAccessDetails=contact_of(OWN, "SBC"))
    client, target = place.person(account.email), ("POST", f"/organisations/{OWN}/softwarestatements")
    assert client(*target, json={}).status_code == 403
    for access, status in ((contact_of(OWN, "PTC"), 400), (contact_of(OWN, "PTC", status="Inactive"), 403)):
        account = replace(account, details={"OrgAccessDetails": access}, revision=account.revision + 1)
        with place.sandbox.store.write() as uow:
            uow.accounts.replace(account)
        assert client(*target, json={}).status_code == status
    with place.sandbox.store.write() as uow:
        uow.accounts.replace(replace(account, status="Inactive", revision=account.revision + 1))
    refused = client(*target, json={})
    assert refused.status_code == 401
    assert refused.headers["x-mock-reason"].endswith("[token.standing]")


def test_rights_in_two_organisations_stay_apart(place: Place) -> None:
    """PTC here and SBC there: applications here only; and reads of one's own are those of both."""
    access = contact_of(OWN, "PTC") | contact_of(OTHER, "SBC")
    client = place.person(add_person(place.sandbox, "two@own.example", OrgAccessDetails=access).email)
    path = "/organisations/{}/softwarestatements"
    assert client("POST", path.format(OWN), json={}).status_code == 400
    assert client("POST", path.format(OTHER), json={}).status_code == 403
    listed = client("GET", "/organisations?member=true").json()["content"]
    assert {organisation["OrganisationId"] for organisation in listed} == {OWN, OTHER}


def test_several_contact_roles_add_up(place: Place) -> None:
    """PBC and PTC in one organisation may what either may."""
    access = contact_of(OWN, "PBC", "PTC")
    client = place.person(add_person(place.sandbox, "both@own.example", OrgAccessDetails=access).email)
    assert client("POST", f"/organisations/{OWN}/softwarestatements", json={}).status_code == 400


def test_a_persons_token_of_scope_software_reads_alone(place: Place) -> None:
    """Write needs website, whoever it is; the own application of the token stays writable (connect.md 17.4)."""
    client = place.person("SU@own.example", "directory:software")
    assert client("GET", f"/organisations/{OTHER}").status_code == 200
    assert client("PUT", f"/organisations/{OTHER}", json=organisation_body(OTHER)).status_code == 403
    acting = place.person("SBC@own.example", "directory:software", software_statement_id=place.own)
    path = f"/organisations/{OWN}/softwarestatements/"
    assert acting("PUT", path + place.own, json={}).status_code == 400
    assert acting("PUT", path + place.second, json={}).status_code == 403


def test_unlocking_can_be_left_to_super_users(tmp_path: Path) -> None:
    """`unlock_requires_super_user`: neither the application nor data administrators unlock any more."""
    sandbox = open_for_tests(tmp_path, {"unlock_requires_super_user": True}, MovableClock(NOW))
    place = Place(sandbox)
    path = f"/organisations/{OWN}/softwarestatements/{place.own}/unlock"
    for caller, status in {"SU": 200, "DA": 403, "OA": 403, "app": 403, "web": 403}.items():
        assert place.client(caller)("PUT", path, json={"Unlock": True}).status_code == status, caller
    sandbox.close()


def test_who_did_it_is_in_the_audit_by_address(place: Place) -> None:
    """The person, not the id of his account."""
    body = organisation_body("made-by-a-person", LegalEntityName="Made Ltd")
    assert place.client("DA")("POST", "/organisations", json=body).status_code == 201
    with place.sandbox.store.read() as uow:
        events = uow.audit.list(_everything()).items
    (event,) = [event for event in events if event.object_id == "made-by-a-person"]
    assert event.actor == "DA@own.example"


ROLE = {"AuthorisationDomain": "Directory", "Role": "DIRECTORY-WRITER", "Status": "Active"}


@pytest.mark.case("oauth-H-08")
def test_what_a_role_gave_goes_with_the_role(place: Place) -> None:
    """A client's token of scope website works as long as a role gives it, and is 401 at the next request after."""
    sandbox = place.sandbox
    software = add_application(sandbox, OWN, roles=(ROLE,))
    with sandbox.store.write() as uow:
        client = sandbox.oauth.parts.clients.get(uow, software)
        assert client.scopes[:2] == ("directory:software", "directory:website")
        wanted = Wanted(
            client,
            ("directory:website",),
            timedelta(minutes=10),
            sandbox.clock.now(),
            organisation_id=OWN,
            software_statement_id=software,
        )
        given = sandbox.oauth.parts.access_tokens.give(uow, wanted)
    ask = Client(place.door, given.text)
    assert ask("PUT", f"/organisations/{OWN}", json={}).status_code == 400
    for roles in ((ROLE | {"Status": "Inactive"},), ()):
        with sandbox.store.write() as uow:
            application = uow.applications.get(OWN, software)
            uow.applications.replace(replace(application, roles=roles, revision=application.revision + 1))
        refused = ask("GET", f"/organisations/{OWN}")
        assert refused.status_code == 401
        assert "no role any more that gives directory:website" in refused.headers["x-mock-reason"]


@pytest.mark.parametrize(
    ("role", "scope"),
    [
        ("DIRECTORY-WRITER", "directory:website"),
        ("APPLICATION-MANAGER", MANAGEMENT),
        ("AUDITOR", "directory:software:audit"),
        ("SERVICE-DESK", "directory:servicedesk"),
        ("WITHOUT-METADATA", None),
    ],
)
def test_the_metadata_of_a_role_gives_scopes(place: Place, role: str, scope: str | None) -> None:
    """Those roles that are always there; any other gives nothing beside directory:software (connect.md 15)."""
    software = add_application(place.sandbox, OWN, roles=(ROLE | {"Role": role},))
    with place.sandbox.store.read() as uow:
        client = place.sandbox.oauth.parts.clients.get(uow, software)
    assert client.scopes == ("directory:software", *([scope] if scope else []))


@pytest.mark.case("oauth-H-08")
def test_metadata_by_api_give_scopes(place: Place) -> None:
    """From the next request on, to tokens too; taken away with the metadata and with the role (connect.md 15)."""
    ask = place.client("SU")
    path, roles = "/references/authorisationdomains", "authorisationdomainroles"
    assert ask("POST", path, json={"AuthorisationDomainName": "Robots", "AuthorisationDomainRegion": "GB"}).is_success
    made = ask("POST", f"{path}/Robots/{roles}", json={"AuthorisationDomainRoleName": "WRITER"}).json()
    role = f"{path}/Robots/{roles}/{made['AuthorisationDomainRoleIdentifier']}"
    held = {"AuthorisationDomain": "Robots", "Role": "WRITER", "Status": "Active"}
    software = add_application(place.sandbox, OWN, roles=(held,))
    assert _scopes(place, software) == {"directory:software"}
    statement = {"ClaimName": "scope", "PolicyOperator": "add", "DataType": "string"}
    for entity, values in (
        ("openid_provider", ["directory:servicedesk"]),
        ("oauth_client", ["directory:website", "directory:admin", "openid"]),
    ):
        assert ask("POST", f"{role}/metadata", json=statement | {"EntityType": entity, "Values": values}).is_success
    assert _scopes(place, software) == {"directory:software", "directory:website"}
    client = Client(place.door, _given(place, software))
    assert client("PUT", f"/organisations/{OWN}", json={}).status_code == 400
    body = {"AuthorisationDomainRoleName": "WRITER", "Status": "Inactive"}
    assert ask("PUT", role, json=body).is_success
    assert client("GET", f"/organisations/{OWN}").status_code == 401
    assert ask("PUT", role, json=body | {"Status": "Active"}).is_success
    assert client("GET", f"/organisations/{OWN}").status_code == 200
    for each in ask("GET", f"{role}/metadata").json()["content"]:
        assert ask("DELETE", f"{role}/metadata/{each['MetadataId']}").is_success
    assert _scopes(place, software) == {"directory:software"}
    refused = client("GET", f"/organisations/{OWN}")
    assert refused.status_code == 401
    assert "no role any more that gives directory:website" in refused.headers["x-mock-reason"]


def _scopes(place: Place, software: str) -> set[str]:
    with place.sandbox.store.read() as uow:
        return {s for s in place.sandbox.oauth.parts.clients.get(uow, software).scopes if s.startswith("directory:")}


def _given(place: Place, software: str) -> str:
    """A token of scope website, as the token endpoint gives it."""
    sandbox = place.sandbox
    with sandbox.store.write() as uow:
        wanted = Wanted(
            sandbox.oauth.parts.clients.get(uow, software),
            ("directory:website",),
            timedelta(minutes=10),
            sandbox.clock.now(),
            organisation_id=OWN,
            software_statement_id=software,
        )
        return sandbox.oauth.parts.access_tokens.give(uow, wanted).text


def test_an_ecosystem_file_gives_scopes_too(tmp_path: Path) -> None:
    """`[[role]]` of a file in `profile_files`; what no role can give, such as admin, it does not give either."""
    file = tmp_path / "acme.toml"
    file.write_text(
        'name = "acme"\ntitle = "Acme"\n[[profile]]\nlike = "generic:rtstransport"\ntype = "t"\nlabel = "T"\n'
        'meaning = "m"\n[[role]]\ndomain = "Acme"\nrole = "ROBOT"\n'
        'metadata = [{ claim = "scope", values = ["directory:website", "directory:admin"] }]\n'
    )
    sandbox = open_for_tests(tmp_path, {"profile_files": (file,)}, MovableClock(NOW))
    add_organisation(sandbox, OWN)
    software = add_application(sandbox, OWN, roles=({"AuthorisationDomain": "Acme", "Role": "ROBOT"},))
    with sandbox.store.read() as uow:
        assert sandbox.oauth.parts.clients.get(uow, software).scopes == ("directory:software", "directory:website")
    sandbox.close()


def _everything() -> Any:
    from app.store.records import Page

    return Page()
