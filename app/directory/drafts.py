"""What a caller may say about an organisation or an application. The server's own fields are not here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from app.store.records import Details

OrganisationStatus = Literal["Active", "Pending", "Withdrawn"]


@dataclass(frozen=True, slots=True)
class OrganisationDraft:
    """`status` None = as the rules say: Active at creation, unchanged at an update (errata A2)."""

    name: str
    legal_entity_name: str
    country_of_registration: str
    registration_number: str
    status: OrganisationStatus | None = None
    details: Details = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RoleChoice:
    """A role of a new application: by the id of the organisation's role claim, or by domain and role."""

    claim_id: str | None = None
    domain: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class ApplicationDraft:
    """`details` are the descriptive members as on the wire; a member that is absent was not given."""

    client_name: str
    client_id: str | None = None
    status: Literal["Active", "Suspended"] | None = None
    details: Details = field(default_factory=dict)
    roles: tuple[RoleChoice, ...] = ()
