"""Reading certificates and keys with what their objects tell of the owner (connect.md 5.3 and 5.5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from app.errors import NotFound
from app.store.certificates import CertificateFilter
from app.store.records import Certificate, Page
from app.store.store import Store, UnitOfWork
from app.store.units import Listing


@dataclass(frozen=True, slots=True)
class Holder:
    """`client_name` at application level; all applications of the organisation at organisation level."""

    software_statement_ids: tuple[str, ...]
    client_name: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    certificate: Certificate
    holder: Holder


@dataclass(frozen=True, slots=True)
class CertificateQuery:
    """`type` None = every type; `include_organisation` adds the organisation's own to an application's list.

    `active_at` leaves out what is not active then; `about` is a part of kid, type, description or subject.
    """

    organisation_id: str
    software_statement_id: str | None = None
    type: str | None = None
    page: Page = field(default_factory=Page)
    include_organisation: bool = False
    active_at: datetime | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class Certificates:
    """Every participant may read them (rulings.md 10)."""

    store: Store

    def find(self, query: CertificateQuery, kid: str) -> Held:
        """One certificate or key; the type of the path must be its own (connect.md 5.6). Raises NotFound."""
        with self.store.read() as uow:
            _owner_stands(uow, query)
            certificate = uow.certificates.find(
                query.organisation_id, kid, software_statement_id=query.software_statement_id, type=query.type
            )
            if certificate is None:
                raise NotFound(f"no certificate or key {kid[:80]} here")
            return Held(certificate, _holder(uow, certificate))

    def find_by_id(self, query: CertificateQuery, certificate_id: str) -> Held:
        """One row of this owner, by the directory's own id: a kid may be there more than once. Raises NotFound."""
        with self.store.read() as uow:
            certificate = uow.certificates.find_by_id(certificate_id)
            if certificate is None or (certificate.organisation_id, certificate.software_statement_id) != (
                query.organisation_id,
                query.software_statement_id,
            ):
                raise NotFound(f"no certificate or key {certificate_id[:80]} here")
            return Held(certificate, _holder(uow, certificate))

    def list(self, query: CertificateQuery) -> Listing[Held]:
        """Active and inactive together, newest first. Raises NotFound for an unknown owner."""
        with self.store.read() as uow:
            if not _owner_stands(uow, query) and query.active_at is not None:
                return Listing((), 0)
            listing = uow.certificates.list(
                query.organisation_id,
                query.page,
                software_statement_id=query.software_statement_id,
                type=query.type,
                include_organisation=query.include_organisation,
                wanted=CertificateFilter(query.active_at, query.about),
            )
            holders: dict[str | None, Holder] = {}
            for certificate in listing.items:
                owner = certificate.software_statement_id
                if owner not in holders:
                    holders[owner] = _holder(uow, certificate)
        held = tuple(Held(c, holders[c.software_statement_id]) for c in listing.items)
        return Listing(held, listing.total)

    def holder(self, certificate: Certificate) -> Holder:
        """Who holds a certificate that is at hand."""
        with self.store.read() as uow:
            return _holder(uow, certificate)


def _owner_stands(uow: UnitOfWork, query: CertificateQuery) -> bool:
    """Whether the owner is active. Raises NotFound for an unknown one."""
    organisation = uow.organisations.get(query.organisation_id)
    if query.software_statement_id is None:
        return organisation.is_active
    return uow.applications.get(query.organisation_id, query.software_statement_id).is_active and organisation.is_active


def _holder(uow: UnitOfWork, certificate: Certificate) -> Holder:
    if certificate.software_statement_id is None:
        return Holder(uow.applications.ids(certificate.organisation_id))
    application = uow.applications.get(certificate.organisation_id, certificate.software_statement_id)
    return Holder((application.software_statement_id,), application.client_name)
