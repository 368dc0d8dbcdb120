"""Whom a notice goes to: the technical contacts of the organisation (connect.md 19 and 20)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.store.grants import Account
from app.store.store import UnitOfWork

TECHNICAL = "Technical"
"""Kind of contact."""
TECHNICAL_USERS = frozenset({"PTC", "STC"})
"""Primary and secondary technical contact: kinds of people (connect.md 16)."""
Recipient = Mapping[str, str]


class Recipients:
    """Looked up once for each organisation, as long as this object lives: one transaction."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._found: dict[str, tuple[Recipient, ...]] = {}
        self._people: tuple[Account, ...] | None = None
        self._kinds: frozenset[str] = frozenset()

    def of(self, organisation_id: str) -> tuple[Recipient, ...]:
        """The contacts of the kind Technical; where there are none, the people who are technical contacts.

        Each address once, whatever its letter case.
        """
        if organisation_id not in self._found:
            found = [*self._contacts(organisation_id)] or [*self._users(organisation_id)]
            once = {recipient["email"].casefold(): recipient for recipient in reversed(found)}
            self._found[organisation_id] = tuple(reversed(once.values()))
        return self._found[organisation_id]

    def _contacts(self, organisation_id: str) -> Iterator[Recipient]:
        for contact in self._uow.resources.below(organisation_id, "contact"):
            body = contact.body
            if contact.is_active and body.get("ContactType") == TECHNICAL and body.get("EmailAddress"):
                yield _recipient(str(body["EmailAddress"]), body.get("FirstName"), body.get("LastName"))

    def _users(self, organisation_id: str) -> Iterator[Recipient]:
        """Active people whose kind gets mail about the organisation."""
        if self._people is None:
            self._kinds = TECHNICAL_USERS - _silent(self._uow)
            self._people = tuple(account for account in self._uow.accounts.all() if account.is_active)
        for account in self._people:
            access = account.details.get("OrgAccessDetails", {}).get(organisation_id, {})
            roles = access.get("DomainRoleDetails", ())
            if any(role.get("ContactRole") in self._kinds and role.get("Status") != "Inactive" for role in roles):
                yield _recipient(account.email, account.details.get("GivenName"), account.details.get("FamilyName"))


def _silent(uow: UnitOfWork) -> frozenset[str]:
    """User types that should get no mail (`ReceiveEmailNotifications`, OpenAPI 1.39)."""
    types = uow.resources.of_kind("user_type")
    return frozenset(
        str(each.body.get("Name")) for each in types if each.body.get("ReceiveEmailNotifications") is False
    )


def _recipient(email: str, *names: object) -> Recipient:
    return {"email": email, "name": " ".join(str(name) for name in names if name)}
