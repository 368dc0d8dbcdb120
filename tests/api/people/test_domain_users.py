"""Domain users: what somebody is in a role of an organisation, and what his type gives him (connect.md 16)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.directory.references import stable_id
from tests.accounts import add_person, contact_of
from tests.api.people.kit import ANA, SWITCHED_OFF, SWITCHED_ON, TYPES, Directory, refused, told

NOBODYS = "0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"


def test_what_is_told_of_a_domain_user(directory: Directory) -> None:
    """Creation, list and the page of one person tell the same."""
    made = told(directory.domain_user("PTC"), 201)
    kind = directory.user_type("PTC")
    assert made == {
        "UserID": made["UserID"],
        "Status": "Active",
        "Email": ANA,
        "AuthorisationDomainUserId": made["AuthorisationDomainUserId"],
        "AuthorisationDomain": directory.domain,
        "AuthorisationDomainRole": directory.role,
        "UserTypeID": kind["AuthorisationDomainUserTypeID"],
        "ContactRole": "PTC",
        "SystemID": kind["SystemID"],
        "System": "Connect",
    }
    for path in ("", f"/{ANA}", f"/{made['UserID'].upper()}"):
        assert told(directory.admin("GET", directory.users + path), 200)["content"] == [made]
    told(directory.domain_user("STC"), 201)
    listed = told(directory.admin("GET", f"{directory.users}/{ANA}?sort=ContactRole,desc&size=1"), 200)
    assert ([each["ContactRole"] for each in listed["content"]], listed["totalSize"]) == (["STC"], 2)


def test_the_list_is_of_one_domain_and_of_one_role_where_asked(directory: Directory) -> None:
    """Users of another domain are not in it; `AuthorisationDomainRoleName` leaves other roles out."""
    second = directory.new_role(directory.domain)
    told(directory.domain_user(), 201)
    told(directory.domain_user(email="b@acme.example", AuthorisationDomainRole=second), 201)
    query = f"?AuthorisationDomainRoleName={second}"
    assert [each["Email"] for each in told(directory.admin("GET", directory.users + query), 200)["content"]] == [
        "b@acme.example"
    ]
    elsewhere = f"{directory.own}/{directory.claimed_domain()}/users"
    assert told(directory.admin("GET", elsewhere), 200)["content"] == []
    refused(directory.admin("GET", f"{elsewhere}/{ANA}"), 404, "access.not_found")
    refused(directory.admin("GET", f"{directory.own}/no-such-domain/users"), 404, "access.not_found")


@pytest.mark.parametrize(
    ("user_type", "allowed"), [("PTC", "application"), ("STC", "server"), ("PBC", "contact"), ("SBC", None)]
)
def test_his_type_says_what_he_may(directory: Directory, user_type: str, allowed: str | None) -> None:
    """From the first request on, and no more once he is switched off, with the same token."""
    made = told(directory.domain_user(user_type), 201)
    ana = directory.acting(ANA)
    paths = {"application": "softwarestatements", "server": "authorisationservers", "contact": "contacts"}
    for what, path in paths.items():
        status = ana("POST", f"{directory.own}/{path}", json={}).status_code
        assert status == (400 if what == allowed else 403), what
    one = f"{directory.users}/{made['UserID']}/{made['AuthorisationDomainUserId']}"
    for body in (SWITCHED_OFF, SWITCHED_ON):
        assert told(directory.admin("PUT", one, json=body), 200) == made | body
        if allowed:
            status = ana("POST", f"{directory.own}/{paths[allowed]}", json={}).status_code
            assert status == (400 if body == SWITCHED_ON else 403)


def test_a_type_of_ones_own_gives_its_levels(directory: Directory) -> None:
    """Other levels of the type are felt at the next request; without access to the directory there are none."""
    body = directory.user_type("SBC") | {"Name": "Auditor of contacts", "OrganisationContactsAccess": "Administrator"}
    made = told(directory.admin("POST", TYPES, json=body), 201)
    told(directory.domain_user("Auditor of contacts"), 201)
    ana, path = directory.acting(ANA), f"{TYPES}/{made['AuthorisationDomainUserTypeID']}"
    assert ana("POST", f"{directory.own}/contacts", json={}).status_code == 400
    assert ana("POST", f"{directory.own}/softwarestatements", json={}).status_code == 403
    changed = body | {"OrganisationContactsAccess": "Read", "SoftwareStatementAccess": "Write"}
    told(directory.admin("PUT", path, json=changed), 200)
    assert ana("POST", f"{directory.own}/contacts", json={}).status_code == 403
    assert ana("POST", f"{directory.own}/softwarestatements", json={}).status_code == 400
    for nothing in (changed | {"DirectoryAccess": False}, changed | {"Status": "Inactive"}):
        told(directory.admin("PUT", path, json=nothing), 200)
        assert ana("GET", f"{directory.own}/contacts").status_code == 403


def test_who_writes_domain_users_writes_them(directory: Directory) -> None:
    """An administrator does, and somebody whose type has Write on domain users; a PTC does not."""
    kind = directory.user_type("SBC") | {"Name": "Personnel", "DomainUserAccess": "Write"}
    told(directory.admin("POST", TYPES, json=kind), 201)
    told(directory.domain_user("Personnel", "hr@acme.example"), 201)
    told(directory.domain_user("PTC", "ptc@acme.example"), 201)
    directory.add_administrator("admin@acme.example")
    for email, status in (("hr@acme.example", 400), ("admin@acme.example", 400), ("ptc@acme.example", 403)):
        assert directory.acting(email)("POST", directory.users, json={}).status_code == status, email


def test_the_same_twice_is_a_conflict(directory: Directory) -> None:
    """One role and type for one person, whatever its status; another type or role is another record."""
    made = told(directory.domain_user(), 201)
    refused(directory.domain_user(email=ANA.upper()), 409, "unique.conflict")
    one = f"{directory.users}/{ANA}/{made['AuthorisationDomainUserId']}"
    told(directory.admin("PUT", one, json=SWITCHED_OFF), 200)
    refused(directory.domain_user(), 409, "unique.conflict")
    told(directory.domain_user("PBC"), 201)
    told(directory.domain_user(AuthorisationDomainRole=directory.new_role(directory.domain)), 201)


@pytest.mark.parametrize(
    "changed",
    [
        {"AuthorisationDomainRole": "no-such-role"},
        {"UserTypeID": NOBODYS},
        {"UserTypeID": "PTC"},
        {"SystemID": NOBODYS},
        {"Email": "nobody"},
        {"AuthorisationDomainRole": None},
        {"Email": None},
    ],
    ids=str,
)
def test_what_names_nothing_is_refused(directory: Directory, changed: dict[str, Any]) -> None:
    """400 with the member's name, and nobody comes to be."""
    answer = directory.domain_user(**changed)
    assert answer.status_code == 400
    assert answer.json()["errors"]
    assert told(directory.admin("GET", directory.users), 200)["content"] == []
    assert directory.audit("account") == []


def test_a_type_goes_with_its_system(directory: Directory) -> None:
    """Another system than the type's own is 400; an inactive role is as none."""
    system = directory.made("user_system")
    assert "SystemID" in directory.domain_user(SystemID=system).json()["errors"][0]


def test_a_record_is_one_of_the_persons_own(directory: Directory) -> None:
    """An id of somebody else's record, of another domain, or of none is 404."""
    made = told(directory.domain_user(), 201)
    told(directory.domain_user(email="b@acme.example"), 201)
    elsewhere = f"{directory.own}/{directory.claimed_domain()}/users"
    for path, record in (
        (f"{directory.users}/b@acme.example", made["AuthorisationDomainUserId"]),
        (f"{elsewhere}/{ANA}", made["AuthorisationDomainUserId"]),
        (f"{directory.users}/{ANA}", NOBODYS),
    ):
        refused(directory.admin("PUT", f"{path}/{record}", json=SWITCHED_OFF), 404, "access.not_found")


def test_people_of_a_seed_are_listed_alike(directory: Directory) -> None:
    """They have an id, type and system too, and are switched off like others."""
    domain = "Open Banking"
    access = contact_of(directory.organisation, "PTC")
    add_person(directory.sandbox, "seeded@acme.example", OrgAccessDetails=access)
    path = f"{directory.own}/{domain}/users"
    (row,) = told(directory.admin("GET", path), 200)["content"]
    assert (row["UserTypeID"], row["System"]) == (stable_id("user_type", "PTC"), "Connect")
    seeded = directory.acting("seeded@acme.example")
    assert seeded("POST", f"{directory.own}/softwarestatements", json={}).status_code == 400
    one = f"{path}/{row['UserID']}/{row['AuthorisationDomainUserId']}"
    assert told(directory.admin("PUT", one, json=SWITCHED_OFF), 200) == row | SWITCHED_OFF
    assert seeded("POST", f"{directory.own}/softwarestatements", json={}).status_code == 403


def test_the_service_desk_and_applications_read(directory: Directory) -> None:
    """The desk everywhere, an application its own organisation's, and neither writes."""
    told(directory.domain_user(), 201)
    desk = directory.client("directory:servicedesk")
    assert told(desk("GET", directory.users), 200)["totalSize"] == 1
    assert desk("PUT", f"{directory.users}/{ANA}/x", json=SWITCHED_OFF).status_code == 403
    assert [event.action for event in directory.audit("domain_user")] == ["create"]


def test_a_role_that_the_organisation_holds_is_one(directory: Directory) -> None:
    """Seeds give roles that no reference data know; a claim that is inactive gives none."""
    with directory.sandbox.store.write() as uow:
        found = uow.organisations.get(directory.organisation)
        held = {"domain": directory.domain, "role": "SEEDED", "status": "Active"}
        gone = {"domain": directory.domain, "role": "GONE", "status": "Inactive"}
        uow.organisations.replace(replace(found, roles=(*found.roles, held, gone), revision=found.revision + 1))
    told(directory.domain_user(AuthorisationDomainRole="SEEDED"), 201)
    assert directory.domain_user(AuthorisationDomainRole="GONE").status_code == 400
