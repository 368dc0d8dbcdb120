"""The tables `[[user]]` of a seed file: who may sign in, and what for (connect.md 16)."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from app.directory.seed_fields import Email, Table, Text, Uuid

Secret = Annotated[str, StringConstraints(min_length=4, max_length=256)]
StoredSecret = Annotated[str, StringConstraints(pattern=r"^\$scrypt\$")]
OrganisationId = Annotated[str, StringConstraints(min_length=1, max_length=40)]


class SeedUserRole(Table):
    """What a user does in one role of his organisation: primary or secondary, technical or business contact."""

    AuthorisationDomain: Annotated[str, StringConstraints(min_length=1, max_length=30)]
    Role: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    ContactRole: Literal["PTC", "STC", "PBC", "SBC"]


class SeedAccess(Table):
    """What a user is in one organisation."""

    OrganisationId: OrganisationId
    OrgAdmin: bool = False
    Roles: tuple[SeedUserRole, ...] = ()


class SeedUser(Table):
    """Somebody who may sign in. A stable `UserID` makes him known again."""

    UserID: Uuid
    UserEmail: Email
    Password: Secret | None = None
    PasswordHash: StoredSecret | None = None
    """In place of `Password`: scrypt in the PHC string form, as app/oauth/passwords.py writes it."""
    SecondFactor: Secret | None = None
    """A code that is always asked for, and is always the same."""
    SecondFactorHash: StoredSecret | None = None
    Status: Literal["Active", "Inactive"] = "Active"
    GivenName: Text
    FamilyName: Text
    PhoneNumber: Annotated[str, StringConstraints(pattern=r"^\+[0-9 ]{4,30}$")] | None = None
    Address: Text | None = None
    SuperUser: bool = False
    DataAdministrator: bool = False
    CertificationManager: bool = False
    SystemUser: bool = False
    access: Annotated[tuple[SeedAccess, ...], Field(max_length=100)] = ()

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if (self.Password is None) == (self.PasswordHash is None):
            raise ValueError("either Password or PasswordHash must be given")
        if self.SecondFactor is not None and self.SecondFactorHash is not None:
            raise ValueError("SecondFactor and SecondFactorHash must not both be given")
        return self

    @model_validator(mode="after")
    def _each_organisation_once(self) -> Self:
        ids = [access.OrganisationId for access in self.access]
        if twice := next((each for each in ids if ids.count(each) > 1), None):
            raise ValueError(f"[[user.access]] names organisation {twice} twice")
        return self
