"""Users in seed files: what is good, and how the bad is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.directory import seed
from app.oauth.passwords import matches
from tests.unit.test_seed_files import GOOD, told, write

USER = """
[[user]]
UserID = "22222222-2222-4222-8222-222222222222"
UserEmail = "ana@acme.example"
Password = "correct horse"
GivenName = "Ana"
FamilyName = "Silva"

  [[user.access]]
  OrganisationId = "acme"
  OrgAdmin = true
  Roles = [{ AuthorisationDomain = "Open Banking", Role = "PAGTO", ContactRole = "PTC" }]
"""


def test_a_user(tmp_path: Path) -> None:
    """With what he is in which organisation."""
    loaded = seed.load(write(tmp_path, text=GOOD + USER))
    (user,) = loaded.user
    assert (user.UserEmail, user.Status, user.SuperUser) == ("ana@acme.example", "Active", False)
    assert user.access[0].Roles[0].ContactRole == "PTC"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('Password = "correct horse"\n', "", "either Password or PasswordHash"),
        ('Password = "correct horse"', 'Password = "abc"', "Password must have at least 4 characters"),
        ('UserEmail = "ana@acme.example"', 'UserEmail = "ana"', "UserEmail must match"),
        ('ContactRole = "PTC"', 'ContactRole = "CEO"', "ContactRole must be"),
        ("OrgAdmin = true", "Owner = true", "Owner is no field of this table"),
        ('GivenName = "Ana"\n', "", "GivenName must be given"),
        ('GivenName = "Ana"', 'GivenName = "<b>"', "GivenName must not hold < or >"),
    ],
)
def test_faults_name_their_place(tmp_path: Path, old: str, new: str, expected: str) -> None:
    """Table, number, address and field."""
    said = told(write(tmp_path, (old, new), text=GOOD + USER))
    assert expected in said
    assert "[[user]] 1" in said


def test_a_wrong_password_is_not_repeated(tmp_path: Path) -> None:
    """Faults end up in logs."""
    assert "xyz" not in told(write(tmp_path, ('Password = "correct horse"', 'Password = "xyz"'), text=GOOD + USER))


def test_twice(tmp_path: Path) -> None:
    """One id and one address, whatever its case, for each."""
    second = USER.replace("22222222-2222-4222-8222-222222222222", "33333333-3333-4333-8333-333333333333")
    said = told(write(tmp_path, text=GOOD + USER + second.replace("ana@", "ANA@")))
    assert "ana@acme.example stands there twice" in said
    doubled = USER + USER.partition("[[user.access]]")[1] + USER.partition("[[user.access]]")[2]
    assert "names organisation acme twice" in told(write(tmp_path, text=GOOD + doubled))


def test_the_demo_has_every_kind_of_person() -> None:
    """Super user, data administrator, organisation administrators, PTC, STC, PBC, SBC; all with one password."""
    people = seed.load("demo").user
    assert any(person.SuperUser for person in people)
    assert any(person.DataAdministrator for person in people)
    administered = {access.OrganisationId for person in people for access in person.access if access.OrgAdmin}
    assert administered == {organisation.OrganisationId for organisation in seed.load("demo").organisation}
    contacts = {role.ContactRole for person in people for access in person.access for role in access.Roles}
    assert contacts == {"PTC", "STC", "PBC", "SBC"}
    assert len({person.PasswordHash for person in people}) == len(people), "each has a salt of its own"


@pytest.mark.parametrize("person", seed.load("demo").user, ids=lambda person: person.UserEmail)
def test_the_passwords_of_the_page_are_right(person: seed.SeedUser) -> None:
    """docs/oauth-users.md prints them, with every user of the demo."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "oauth-users.md").read_text()
    assert f"`{person.UserEmail}`" in page
    assert "`connect-mock`" in page
    assert matches("connect-mock", person.PasswordHash or "")
    if person.SecondFactorHash:
        assert matches("246810", person.SecondFactorHash)


def test_the_user_of_the_page_is_the_one_of_these_tests() -> None:
    """docs/oauth-users.md shows tables that work."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "oauth-users.md").read_text()
    shown = page.split("```toml\n")[1].split("```")[0]
    for line in USER.strip().splitlines():
        assert line.strip() in shown
