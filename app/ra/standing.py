"""May this organisation, this application, this key have another certificate? (connect.md 9, csr-cases.md R4 and F)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from app.errors import Finding, Forbidden
from app.pki.facts import Facts
from app.pki.profiles import CertificateProfile
from app.store.records import Application, Certificate, Organisation
from app.store.store import UnitOfWork


@dataclass(frozen=True, slots=True)
class Owner:
    """Who is to hold the certificate: an organisation, or one of its applications."""

    organisation: Organisation
    application: Application | None

    @property
    def software_statement_id(self) -> str | None:
        return self.application.software_statement_id if self.application else None

    def facts(self, domains: dict[str, str]) -> Facts:
        """What the subject and the names of a CSR are held against; `domains` maps a host domain to its holder."""
        held, application = self.organisation, self.application
        return Facts(
            organisation_id=held.organisation_id,
            organisation_name=held.name,
            legal_name=held.legal_entity_name,
            country=held.country_of_registration,
            registration_number=held.registration_number,
            application_id=application.software_statement_id if application else None,
            client_id=application.client_id if application else None,
            client_name=application.client_name if application else None,
            domains=tuple(d for d, holder in domains.items() if holder == held.organisation_id),
            foreign_domains=tuple(d for d, holder in domains.items() if holder != held.organisation_id),
        )


def require_active_organisation(organisation: Organisation) -> None:
    """Raise Forbidden with `org.not_active` for a pending or withdrawn organisation (rulings.md 21)."""
    if not organisation.is_active:
        raise Forbidden(f"the organisation is {organisation.status}, not Active", code="org.not_active")


def require_role(profile: CertificateProfile, application: Application | None) -> None:
    """Raise Forbidden with `role.missing` where the type asks for a role that the application lacks."""
    if not profile.roles or application is None:
        return
    held = {str(role.get("Role")) for role in application.roles if role.get("Status", "Active") == "Active"}
    if not held & set(profile.roles):
        raise Forbidden(f"type {profile.type} needs role {' or '.join(profile.roles)}", code="role.missing")


def application_standing(application: Application | None) -> Iterator[Finding]:
    """A locked application may have certificates, since rotation must work under a lock (rulings.md 1)."""
    if application is not None and not application.is_active:
        yield Finding(
            "software.not_active",
            "The application is not active",
            expected="Status Active",
            got=f"Status {application.status}",
            fix="Reactivate the application, or use another one",
        )


def key_history(uses: tuple[Certificate, ...], owner: Owner, profile: CertificateProfile) -> Iterator[Finding]:
    """What earlier certificates on the same public key mean for this one (csr-cases.md R4, B-14 to B-16)."""
    if any(use.revoke_reason == "keycompromise" for use in uses):
        yield Finding(
            "csr.key.compromised",
            "This key was reported as compromised and can never be certified again",
            "/key",
            fix="Make a new key and a new CSR",
        )
    if any(use.organisation_id != owner.organisation.organisation_id for use in uses):
        yield Finding(
            "csr.key.in_use_elsewhere",
            "This key is already in use elsewhere; a key belongs to one organisation",
            "/key",
            fix="Make a new key and a new CSR",
        )
    mine = [use for use in uses if use.organisation_id == owner.organisation.organisation_id]
    if mine and profile.key_reuse != "allow":
        yield Finding(
            "csr.key.reused",
            f"This key is already certified, with kid {mine[0].kid} of type {mine[0].type}",
            "/key",
            fix="Rotation wants a new key; the certificate on the old key gets a kid of its own",
            severity="error" if profile.key_reuse == "refuse" else "warning",
        )


def already_answered(earlier: Certificate | None, owner: Owner) -> Iterator[Finding]:
    """The same CSR octets for the same type are answered once (csr-cases.md B-13, rulings.md 14)."""
    if earlier is None:
        return
    mine = earlier.organisation_id == owner.organisation.organisation_id
    yield Finding(
        "csr.duplicate",
        "This very CSR was answered before" + (f", with the certificate of kid {earlier.kid}" if mine else ""),
        fix="Use that certificate, or make a new CSR",
    )


def quota(uow: UnitOfWork, owner: Owner, profile: CertificateProfile, limit: int, now: datetime) -> Iterator[Finding]:
    """The limit of active certificates of one type for one owner; a profile's own goes before the setting's."""
    limit = profile.limit or limit
    if not limit:
        return
    held = uow.certificates.count_active(
        owner.organisation.organisation_id, owner.software_statement_id, profile.type, now
    )
    if held >= limit:
        yield Finding(
            "cert.quota",
            f"The limit of active certificates of type {profile.type} is reached",
            expected=f"at most {limit}",
            got=f"{held} active",
            fix="Revoke one first",
        )
