"""Super users, data administrators, certification managers and administrators of organisations (connect.md 16)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.access import SUPER_USER
from tests.api.people.kit import ANA, SWITCHED_OFF, SWITCHED_ON, Directory, refused, told

OFFICES = {"super": "SuperUser", "data-administrator": "DataAdministrator", "certification": "CertificationManager"}
EVERYTHING = "directory:website directory:admin"


@pytest.mark.parametrize(("office", "flag"), OFFICES.items())
def test_an_office_is_given_taken_and_given_back(directory: Directory, office: str, flag: str) -> None:
    """The list names its holders with their status, and the portrait says what counts now."""
    asked = directory.acting(_root(directory), EVERYTHING)
    made = told(asked("POST", f"/users/{office}", json={"Email": ANA}), 201)
    assert made == {"UserID": made["UserID"], "Status": "Active", "Email": ANA}
    for body in (SWITCHED_OFF, SWITCHED_ON):
        changed = told(asked("PUT", f"/users/{office}/{made['UserID']}", json=body), 200)
        assert changed == made | body
        listed = told(asked("GET", f"/users/{office}"), 200)["content"]
        assert made | body in listed
        assert told(asked("GET", f"/users/{ANA}"), 200)[flag] is (body == SWITCHED_ON)


def _root(directory: Directory) -> str:
    """A super user of flesh and blood."""
    told(directory.super("POST", "/users/super", json={"Email": "root@acme.example"}), 201)
    return "root@acme.example"


def test_rights_go_and_come_with_the_office(directory: Directory) -> None:
    """With the very same token: a super user may make organisations, a former one may not, and is 403."""
    root = directory.acting(_root(directory))
    body = directory.organisation_body("made-by-root") | {"LegalEntityName": "Root Ltd"}
    assert root("POST", "/organisations", json=body).status_code == 201
    told(directory.super("PUT", "/users/super/ROOT@acme.example", json=SWITCHED_OFF), 200)
    assert root("POST", "/organisations", json=body | {"OrganisationId": "second"}).status_code == 403
    told(directory.super("PUT", "/users/super/root@acme.example", json=SWITCHED_ON), 200)
    assert root("POST", "/organisations", json=body | {"OrganisationId": "second"}).status_code == 201


def test_one_person_holds_several_offices(directory: Directory) -> None:
    """One account for one address, whatever its letter case; taking one office leaves the others."""
    first = told(directory.super("POST", "/users/super", json={"Email": ANA}), 201)
    second = told(directory.admin("POST", "/users/data-administrator", json={"Email": ANA.upper()}), 201)
    assert second["UserID"] == first["UserID"] == directory.add_administrator(ANA)
    told(directory.super("PUT", f"/users/super/{ANA}", json=SWITCHED_OFF), 200)
    portrait = told(directory.admin("GET", f"/users/{first['UserID']}"), 200)
    assert (portrait["SuperUser"], portrait["DataAdministrator"]) == (False, True)
    assert portrait["OrgAccessDetails"][directory.organisation]["OrgAdmin"] is True


def test_twice_is_a_conflict(directory: Directory) -> None:
    """Also after it was taken: PUT is the way back (errata R15)."""
    again = {"Email": ANA.upper()}
    told(directory.super("POST", "/users/super", json={"Email": ANA}), 201)
    refused(directory.super("POST", "/users/super", json=again), 409, "unique.conflict")
    told(directory.super("PUT", f"/users/super/{ANA}", json=SWITCHED_OFF), 200)
    refused(directory.super("POST", "/users/super", json=again), 409, "unique.conflict")
    directory.add_administrator()
    refused(directory.admin("POST", f"{directory.own}/adminusers", json={"UserEmail": ANA}), 409, "unique.conflict")


NO_ADDRESSES = (
    "", "nobody", "a@b", "a b@acme.example", "a@acme..example", "a@b@acme.example", "a\u200b@acme.example",
    "x" * 250 + "@acme.example", "<a>@acme.example",
)  # fmt: skip


@pytest.mark.parametrize("email", NO_ADDRESSES)
def test_what_is_no_address_makes_nobody(directory: Directory, email: str) -> None:
    """400 with a text, and no account."""
    for client, path, member in (
        (directory.super, "/users/super", "Email"),
        (directory.admin, f"{directory.own}/adminusers", "UserEmail"),
    ):
        answer = client("POST", path, json={member: email})
        assert answer.status_code == 400
        assert answer.json()["errors"]
    assert told(directory.admin("GET", "/users/super"), 200)["content"] == []


def test_what_is_not_there_is_404(directory: Directory) -> None:
    """Nobody, somebody without the office, an unknown organisation."""
    directory.add_administrator()
    for path in ("/users/super/nobody@acme.example", f"/users/super/{ANA}"):
        refused(directory.super("PUT", path, json=SWITCHED_OFF), 404, "access.not_found")
    for method in ("GET", "PUT"):
        answer = directory.admin(method, f"{directory.own}/adminusers/nobody", json=SWITCHED_OFF)
        refused(answer, 404, "access.not_found")
    refused(directory.admin("GET", "/organisations/none/adminusers"), 404, "access.not_found")
    refused(directory.admin("POST", "/organisations/none/adminusers", json={"UserEmail": ANA}), 404, "access.not_found")


def test_an_administrator_acts_in_his_organisation(directory: Directory) -> None:
    """He makes applications and further administrators there, nothing elsewhere, until he is switched off."""
    other = directory.new_organisation()
    directory.add_administrator()
    ana = directory.acting(ANA)
    assert directory.makes_application(ana) == 201
    assert directory.makes_application(ana, other) == 403
    assert ana("POST", f"{directory.own}/adminusers", json={"UserEmail": "b@acme.example"}).status_code == 201
    assert ana("POST", f"/organisations/{other}/adminusers", json={"UserEmail": "b@acme.example"}).status_code == 403
    ben = directory.acting("b@acme.example")
    told(ben("PUT", f"{directory.own}/adminusers/{ANA}", json=SWITCHED_OFF), 200)
    assert directory.makes_application(ana) == 403
    assert told(directory.admin("GET", f"{directory.own}/adminusers/{ANA}"), 200)["Status"] == "Inactive"


def test_administrators_are_a_list_or_a_page(directory: Directory) -> None:
    """An array by default, a page where one is asked for, sorted by what is shown."""
    for name in ("carl", "ana", "ben"):
        directory.add_administrator(f"{name}@acme.example")
    path = f"{directory.own}/adminusers"
    assert [each["Email"] for each in directory.admin("GET", path).json()] == [
        "ana@acme.example", "ben@acme.example", "carl@acme.example",
    ]  # fmt: skip
    page = told(directory.admin("GET", f"{path}?size=2&page=0&sort=Email,desc"), 200)
    assert [each["UserEmail"] for each in page["content"]] == ["carl@acme.example", "ben@acme.example"]
    assert (page["totalSize"], page["totalPages"]) == (3, 2)
    assert directory.admin("GET", f"{path}?sort=Password").status_code == 400


def test_a_withdrawn_organisation_gets_nobody(directory: Directory) -> None:
    """409, for new ones and for a change of old ones."""
    directory.add_administrator()
    assert directory.admin("DELETE", directory.own).status_code == 204
    path = f"{directory.own}/adminusers"
    refused(directory.admin("POST", path, json={"UserEmail": "b@acme.example"}), 409, "state.illegal")
    refused(directory.admin("PUT", f"{path}/{ANA}", json=SWITCHED_OFF), 409, "state.illegal")


def test_an_organisation_may_leave_its_people_to_a_provider(directory: Directory) -> None:
    """`EnforceIdpUserManagement`: nobody is made there any more; who is there is switched off and on (OpenAPI 1.39)."""
    directory.add_administrator()
    body = directory.organisation_body(directory.organisation) | {"EnforceIdpUserManagement": True}
    told(directory.admin("PUT", directory.own, json=body), 200)
    path = f"{directory.own}/adminusers"
    refused(directory.admin("POST", path, json={"UserEmail": "b@acme.example"}), 409, "state.illegal")
    refused(directory.domain_user(email="b@acme.example"), 409, "state.illegal")
    assert told(directory.admin("PUT", f"{path}/{ANA}", json=SWITCHED_OFF), 200)["Status"] == "Inactive"
    assert [event.record["email"] for event in directory.audit("account")] == [ANA]


def test_an_older_copy_changes_nothing(directory: Directory) -> None:
    """If-Match with the revision that the answer had; a change of it is another one, the same status none."""
    directory.add_administrator()
    path = f"{directory.own}/adminusers/{ANA}"
    tag = directory.admin("GET", path).headers["etag"]
    same = directory.admin("PUT", path, json=SWITCHED_ON, headers={"if-match": tag})
    assert (same.status_code, same.headers["etag"]) == (200, tag)
    changed = directory.admin("PUT", path, json=SWITCHED_OFF, headers={"if-match": tag})
    assert changed.headers["etag"] != tag
    refused(directory.admin("PUT", path, json=SWITCHED_ON, headers={"if-match": tag}), 412, "etag.mismatch")


def test_every_change_is_in_the_audit(directory: Directory) -> None:
    """Who, what, before and after; what changes nothing leaves no trace, and no password is told."""
    directory.add_administrator()
    ana = directory.acting(ANA)
    told(ana("POST", f"{directory.own}/adminusers", json={"UserEmail": "b@acme.example"}), 201)
    for body in (SWITCHED_OFF, SWITCHED_OFF):
        told(ana("PUT", f"{directory.own}/adminusers/b@acme.example", json=body), 200)
    events = directory.audit("organisation_administrator")
    assert [(event.actor, event.action, event.organisation_id) for event in events[:2]] == [
        (ANA, "update", directory.organisation), (ANA, "create", directory.organisation),
    ]  # fmt: skip
    own = events[0].record["details"]["OrgAccessDetails"][directory.organisation]
    before = events[0].record["before"]["details"]["OrgAccessDetails"][directory.organisation]
    assert (own["OrgAdmin"], before["OrgAdmin"]) == (False, True)
    assert "scrypt" not in str([event.record for event in directory.audit("account") + events])
    entries = told(ana("GET", f"/audit?organisationId={directory.organisation}&resourceType=organisationAdmin"), 200)
    assert entries["totalSize"] == len(events)


@pytest.mark.case("api-A-04")
def test_a_portrait_is_for_the_person_and_his_administrators(directory: Directory) -> None:
    """He sees all of it; an administrator his own organisation's part; others nothing, as if nobody were there."""
    other = directory.new_organisation()
    ana_id = directory.add_administrator()
    directory.add_administrator(ANA, other)
    directory.add_administrator("here@acme.example")
    directory.add_administrator("there@acme.example", directory.new_organisation())
    for asker, seen in ((ANA, {directory.organisation, other}), ("here@acme.example", {directory.organisation})):
        shown = told(directory.acting(asker)("GET", f"/users/{ana_id}"), 200)
        assert set(shown["OrgAccessDetails"]) == seen
        assert shown["BasicInformation"] == {"UserID": ana_id, "UserEmail": ANA, "Status": "Active"}
    stranger = directory.acting("there@acme.example")
    answers = [stranger("GET", f"/users/{who}") for who in (ana_id, "nobody@acme.example")]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].headers["x-mock-reason"] == answers[1].headers["x-mock-reason"]
    refused(directory.admin("GET", "/users/nobody@acme.example"), 404, "access.not_found")


@pytest.mark.case("api-E-01")
def test_who_may_not_sign_in_is_nothing(directory: Directory) -> None:
    """An account that is switched off as a whole shows as Inactive, and no office brings it back."""
    user_id = directory.add_administrator()
    with directory.sandbox.store.write() as uow:
        account = uow.accounts.find(user_id)
        assert account is not None
        uow.accounts.replace(replace(account, status="Inactive", revision=account.revision + 1))
    assert told(directory.admin("GET", f"{directory.own}/adminusers/{ANA}"), 200)["Status"] == "Inactive"
    refused(directory.admin("PUT", f"{directory.own}/adminusers/{ANA}", json=SWITCHED_ON), 409, "state.illegal")
    refused(directory.super("POST", "/users/super", json={"Email": ANA}), 409, "state.illegal")


def test_a_type_of_users_cannot_be_called_like_an_office(directory: Directory) -> None:
    """A type named `super_user` gives what it says, and no more."""
    made = directory.user_type("SBC") | {"Name": SUPER_USER}
    told(directory.admin("POST", "/references/users/authorisationdomain/usertypes", json=made), 201)
    told(directory.domain_user(SUPER_USER), 201)
    assert directory.makes_application(directory.acting(ANA)) == 403
