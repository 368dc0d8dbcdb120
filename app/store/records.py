"""What the store keeps, as frozen records. Rows never leave the store; these do."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from app.runtime.exchange import JournalEntry as JournalEntry

SECRET_SHA256 = "ClientSecretSha256"  # noqa: S105 - the name of a member
"""Member of an application's details that never leaves the directory."""

Details = Mapping[str, Any]
"""Descriptive members that no rule asks for, spelt as on the wire (`AddressLine1`); never None."""

Reason = Literal[
    "unspecified",
    "keycompromise",
    "superseded",
    "cessationofoperation",
    "privilegewithdrawn",
    "certificatehold",
]


PLANNED = "revoked_in_future"
"""The defect of a certificate whose revocation is dated ahead."""
TIMELY = frozenset({"expired", "not_yet_valid", "revoked", PLANNED, "on_hold", "missing_intermediate"})
"""Defects that dates and status tell of, or the chain alone: the certificate itself is as it should be."""
IssuerRole = Literal["root", "issuing", "expired", "revoked", "unknown_root", "unknown", "cross"]


@dataclass(frozen=True, slots=True)
class Organisation:
    """A participant (connect.md 3). `roles` are its role claims, each with `id`, `domain`, `role`, `status`."""

    organisation_id: str
    name: str
    legal_entity_name: str
    country_of_registration: str
    registration_number: str
    status: Literal["Active", "Pending", "Withdrawn"]
    created_at: datetime
    details: Details = field(default_factory=dict)
    roles: tuple[Mapping[str, Any], ...] = ()
    revision: int = 0

    @property
    def is_active(self) -> bool:
        return self.status == "Active"


@dataclass(frozen=True, slots=True)
class Application:
    """A software statement (connect.md 4). `roles` hold `AuthorisationDomain`, `Role`, `Status` as on the wire."""

    software_statement_id: str
    organisation_id: str
    client_id: str
    client_name: str
    status: Literal["Active", "Suspended", "Inactive"]
    locked: bool
    created_at: datetime
    details: Details = field(default_factory=dict)
    roles: tuple[Mapping[str, Any], ...] = ()
    revision: int = 0

    @property
    def is_active(self) -> bool:
        return self.status == "Active"

    @property
    def secret_sha256(self) -> str | None:
        """The SHA-256 of the client secret in hexadecimal, for `client_secret_basic`."""
        return self.details.get(SECRET_SHA256)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate or a bare key, with its one truth about status (architecture 3).

    `der`, `serial` and `issuer_id` are None for a bare key; `issuer_id` is None for an external certificate.
    `not_before`/`not_after` are None for an unbounded key. `defect` names what is wrong with it on purpose; such a one
    stands in no list and key set unless it is `published`. `owner_active` is whether application and organisation
    were active when the row was read.
    """

    certificate_id: str
    organisation_id: str
    software_statement_id: str | None
    type: str
    kid: str
    use: str
    jwks: Literal["application", "transport"]
    jwk: Mapping[str, str]
    spki_sha256: bytes
    created_at: datetime
    der: bytes | None = None
    sha256: bytes | None = None
    serial: int | None = None
    issuer_id: str | None = None
    subject_dn: str | None = None
    csr_sha256: bytes | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    description: str | None = None
    revoked_at: datetime | None = None
    revoke_reason: Reason | None = None
    defect: str | None = None
    published: bool | None = None
    owner_active: bool = True

    @property
    def revision(self) -> str:
        """Another text after each change that a caller can make: of the description, or by a revocation."""
        changing = repr((self.certificate_id, self.description, self.revoked_at, self.revoke_reason))
        return hashlib.sha256(changing.encode("utf-8", "backslashreplace")).hexdigest()[:20]

    def is_expired(self, now: datetime) -> bool:
        return self.not_after is not None and now > self.not_after

    @property
    def is_planned(self) -> bool:
        """Whether its revocation counts from its date on and no earlier: the defect `revoked_in_future`."""
        return self.defect is not None and PLANNED in self.defect

    @property
    def is_wrong(self) -> bool:
        """Whether it is wrong on purpose in what it says, not only in its dates and its status."""
        return self.defect is not None and not TIMELY.issuperset(self.defect.split(","))

    def is_revoked(self, now: datetime) -> bool:
        """A revocation stands also when the clock goes back behind it, unless it is planned."""
        return self.revoked_at is not None and (self.revoked_at <= now or not self.is_planned)

    def is_active(self, now: datetime) -> bool:
        """`Active` in API and key sets: neither revoked nor expired, and its owner is active (connect.md 10)."""
        return not self.is_revoked(now) and not self.is_expired(now) and self.owner_active


@dataclass(frozen=True, slots=True)
class Resource:
    """An object of one of the plain kinds (app.directory.kinds): a server, a claim, a contact, reference data.

    `parent_id` is that of the object that it hangs below, "" for reference data; no two of a kind have one `key`.
    `body` are its members as on the wire, without those that follow from the columns.
    """

    resource_id: str
    kind: str
    organisation_id: str | None
    parent_id: str
    key: str | None
    status: str
    body: Details
    created_at: datetime
    revision: int = 0

    @property
    def is_active(self) -> bool:
        return self.status == "Active"


@dataclass(frozen=True, slots=True)
class Issuer:
    """One CA certificate and the delegated OCSP responder under it. Private keys stand apart, in the vault.

    Roles but `root` and `issuing` are CAs beside the hierarchy (app.ca.odd.authorities).
    `crl_addresses` are all CRL addresses that were ever put into certificates of this issuer.
    """

    issuer_id: str
    role: IssuerRole
    generation: int
    certificate: bytes
    ocsp_certificate: bytes
    crl_addresses: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Revocation:
    """One line of a CRL. `sequence` rises with every revocation of the store, and with every change of a reason.

    `revoked_at` is None, and `reason` means nothing, where a hold was lifted. What `is_planned` counts from then on.
    """

    serial: int
    revoked_at: datetime | None
    reason: Reason
    not_after: datetime
    sequence: int
    is_planned: bool = False


@dataclass(frozen=True, slots=True)
class Crl:
    """The newest CRL of an issuer; `sequence` is the newest revocation that it holds."""

    issuer_id: str
    number: int
    der: bytes
    this_update: datetime
    next_update: datetime
    sequence: int


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, by the SHA-256 of its text; the text itself is kept nowhere.

    `client_id` is None for one that the control listener gave; `grant_id` is what a person has allowed, if one has.
    """

    token_sha256: bytes
    scopes: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    organisation_id: str | None = None
    software_statement_id: str | None = None
    user: str | None = None
    x5t_s256: str | None = None
    revoked_at: datetime | None = None
    client_id: str | None = None
    grant_id: str | None = None


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """Who did what to which object, in the same transaction as the change."""

    at: datetime
    actor: str
    action: str
    object_type: str
    object_id: str
    organisation_id: str | None
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """What part of a list is asked for: `page` counts from 0; `size` None = all; `sort` = ((field, descending), …)."""

    page: int = 0
    size: int | None = None
    sort: tuple[tuple[str, bool], ...] = ()
