"""The Registration Authority: it decides whether a certificate may be; the CA signs; the store remembers."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.access import Caller, absent, require_application, require_organisation_certificates
from app.ca.issuer import CertificatePlan
from app.errors import Conflict, Finding, Forbidden, Invalid, Rejected, errors_among
from app.pki import leaf
from app.pki.keys import jwk_thumbprint, public_jwk
from app.pki.names import rfc4514
from app.pki.policy import settle
from app.pki.profiles import CertificateProfile
from app.pki.request import Leniency
from app.ra import standing
from app.ra.issuers import Issuers, LoadedIssuer
from app.ra.material import Material, read_material
from app.ra.standing import Owner
from app.runtime.clock import Clock, whole_second
from app.runtime.entropy import Entropy, new_id, new_serial
from app.settings import Settings
from app.store.late_changes import issue_of
from app.store.records import AuditEvent, Certificate
from app.store.store import Store, UnitOfWork


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: `material` is the PEM text (or the percent-decoded KeyMaterial) as octets."""

    organisation_id: str
    software_statement_id: str | None
    type: str
    material: bytes
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """What came out, for whom (as he stood in the same transaction), and what was let pass."""

    certificate: Certificate
    owner: Owner
    warnings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a dry run found: the same findings, in the same order, that the real call would give."""

    findings: tuple[Finding, ...]
    would_issue: bool


@dataclass(frozen=True, slots=True)
class Assessment:
    owner: Owner
    profile: CertificateProfile
    material: Material
    findings: tuple[Finding, ...]


class RegistrationAuthority:
    """Connect.md chapter 9. Each public method is one transaction."""

    def __init__(
        self,
        store: Store,
        issuers: Issuers,
        profiles: Mapping[str, CertificateProfile],
        settings: Settings,
        ground: tuple[Clock, Entropy],
    ) -> None:
        self.profiles = profiles
        self._store, self._issuers, self._settings = store, issuers, settings
        self._clock, self._entropy = ground
        self._leniency = Leniency(settings.ra_mode, settings.allow_unknown_extensions)
        self._anchors = tuple(path.read_bytes() for path in settings.external_ca_files)

    def request_certificate(self, order: Order, caller: Caller) -> Issued:
        """Judge the order; then issue and record the certificate, or record the key.

        Raises Forbidden, NotFound, Rejected (all findings), Conflict (the same key is active for this owner).
        """
        _authorise(order, caller)
        profile, material = self._read(order)
        refused = bool(errors_among(material.findings)) or profile is None
        with self._store.read() if refused else self._store.write() as uow:
            assessment = self._assess(uow, order, self._owner(uow, order, caller), (profile, material))
            _raise_if_refused(assessment)
            certificate = self._make(uow, order, assessment)
            uow.certificates.add(certificate)
            uow.late.note(issue_of(certificate))
            uow.audit.add(_creation(certificate, caller, certificate.created_at))
        return Issued(certificate, assessment.owner, assessment.findings)

    def check(self, order: Order, caller: Caller | None = None) -> CheckReport:
        """The dry run: stores nothing. Raises as `request_certificate` does, but gives findings instead of Rejected."""
        caller = caller or Caller(frozenset({"directory:website"}))
        _authorise(order, caller)
        profile, material = self._read(order)
        with self._store.read() as uow:
            owner = self._owner(uow, order, caller)
            try:
                assessment = self._assess(uow, order, owner, (profile, material))
            except Rejected as rejected:
                return CheckReport(rejected.findings, would_issue=False)
            would_issue = not errors_among(assessment.findings)
            if would_issue and assessment.profile.input != "csr":
                self._refuse_twin(uow, assessment)
        return CheckReport(assessment.findings, would_issue)

    def _read(self, order: Order) -> tuple[CertificateProfile | None, Material]:
        """All that needs no directory, and so no transaction."""
        profile = self.profiles.get(order.type)
        level = "application" if order.software_statement_id else "organisation"
        if profile is None or profile.level != level:
            return None, Material((), None)
        return profile, read_material(order.material, profile, self._leniency)

    def _owner(self, uow: UnitOfWork, order: Order, caller: Caller) -> Owner:
        if order.software_statement_id is None:
            organisation = uow.organisations.find(order.organisation_id)
            if organisation is None:
                raise absent(caller, f"organisation {order.organisation_id}")
            return Owner(organisation, None)
        found = uow.applications.with_organisation(order.organisation_id, order.software_statement_id)
        if found is None:
            raise absent(caller, f"application {order.software_statement_id} in organisation {order.organisation_id}")
        return Owner(*found)

    def _assess(
        self, uow: UnitOfWork, order: Order, owner: Owner, read: tuple[CertificateProfile | None, Material]
    ) -> Assessment:
        """Every rule of chapter 9, in its order; what is no finding is raised."""
        profile, material = read
        standing.require_active_organisation(owner.organisation)
        if profile is None:
            raise Rejected(findings=(*standing.application_standing(owner.application), self._unknown_type(order)))
        standing.require_role(profile, owner.application)
        now = self._clock.now()
        facts = owner.facts(uow.organisations.domains() if material.names_hosts else {})
        found = [*standing.application_standing(owner.application), *material.findings]
        found += material.judge(profile, facts, self._leniency, (self._anchors, now))
        found += settle(tuple(self._history(uow, owner, profile, material)), self._leniency)
        found += standing.quota(uow, owner, profile, self._settings.certificate_limit_per_type, now)
        if profile.input == "csr":
            found += self._issuers.standing(uow, now)
        return Assessment(owner, profile, material, tuple(found))

    def _history(self, uow: UnitOfWork, owner: Owner, profile: CertificateProfile, material: Material) -> list[Finding]:
        if material.spki_sha256 is None:
            return []
        found: list[Finding] = []
        if material.csr_sha256:
            found += standing.already_answered(uow.certificates.find_by_csr(material.csr_sha256, profile.type), owner)
        uses = uow.certificates.key_uses(material.spki_sha256)
        return found + [
            f for f in standing.key_history(uses, owner, profile) if not (found and f.code == "csr.key.reused")
        ]

    def _unknown_type(self, order: Order) -> Finding:
        level = "application" if order.software_statement_id else "organisation"
        known = sorted(p.type for p in self.profiles.values() if p.level == level)
        return Finding(
            "csr.type.unknown",
            f"There is no certificate type of this name at {level} level",
            "/type",
            expected=f"one of {', '.join(known)}",
            got=order.type[:80],
            fix="Types are compared with upper and lower case apart",
        )

    def _make(self, uow: UnitOfWork, order: Order, assessment: Assessment) -> Certificate:
        makers: dict[str, Callable[[UnitOfWork, Order, Assessment], Certificate]] = {
            "csr": self._issue,
            "public_key": self._register_key,
            "certificate": self._register_certificate,
        }
        return makers[assessment.profile.input](uow, order, assessment)

    def _issue(self, uow: UnitOfWork, order: Order, assessment: Assessment) -> Certificate:
        request, profile = assessment.material.request, assessment.profile
        assert request is not None
        issuer, now = self._issuers.current(uow), self._clock.now()
        facts = assessment.owner.facts({})
        plan = CertificatePlan(
            subject=leaf.subject_of(profile, request, facts),
            public_key=request.spki_der,
            serial=new_serial(self._entropy),
            not_before=whole_second(now),
            not_after=_end_of_life(profile, now, issuer),
            extensions=leaf.leaf_extensions(profile, request),
        )
        self._issuers.publish_address(uow, issuer)
        der = issuer.signer.issue(plan, issuer.publication)
        row = self._row(order, assessment, _Document(der, plan.subject, plan.not_before, plan.not_after))
        return replace(row, serial=plan.serial, issuer_id=issuer.record.issuer_id, csr_sha256=request.sha256)

    def _register_key(self, uow: UnitOfWork, order: Order, assessment: Assessment) -> Certificate:
        self._refuse_twin(uow, assessment)
        now, days = self._clock.now(), assessment.profile.validity_days
        bounds = (whole_second(now), whole_second(now) + timedelta(days=days)) if days else (None, None)
        return self._row(order, assessment, _Document(None, None, *bounds))

    def _register_certificate(self, uow: UnitOfWork, order: Order, assessment: Assessment) -> Certificate:
        self._refuse_twin(uow, assessment)
        external = assessment.material.external
        assert external is not None
        document = _Document(external.der, external.subject_der, external.not_before, external.not_after)
        return self._row(order, assessment, document)

    def _refuse_twin(self, uow: UnitOfWork, assessment: Assessment) -> None:
        """The same public key already active for the owner under this type: 409 (connect.md 9)."""
        now, owner = self._clock.now(), assessment.owner
        assert assessment.material.spki_sha256 is not None
        for use in uow.certificates.key_uses(assessment.material.spki_sha256):
            mine = (use.organisation_id, use.software_statement_id) == (
                owner.organisation.organisation_id,
                owner.software_statement_id,
            )
            if mine and use.type == assessment.profile.type and use.is_active(now):
                raise Conflict(f"this public key is already active here, with kid {use.kid}")

    def _row(self, order: Order, assessment: Assessment, document: _Document) -> Certificate:
        material, profile = assessment.material, assessment.profile
        assert material.spki is not None
        assert material.spki_sha256 is not None
        jwk = public_jwk(material.spki)
        sha256 = hashlib.sha256(document.der).digest() if document.der else None
        return Certificate(
            certificate_id=new_id(self._entropy),
            organisation_id=order.organisation_id,
            software_statement_id=order.software_statement_id,
            type=profile.type,
            kid=_b64url(sha256) if sha256 else self._bare_kid(jwk, material.spki_sha256),
            use=profile.use,
            jwks=profile.jwks,
            jwk=jwk,
            spki_sha256=material.spki_sha256,
            created_at=self._clock.now(),
            der=document.der,
            sha256=sha256,
            subject_dn=rfc4514(document.subject) if document.subject else None,
            not_before=document.not_before,
            not_after=document.not_after,
            description=order.description,
        )

    def _bare_kid(self, jwk: Mapping[str, str], spki_sha256: bytes) -> str:
        """connect.md 5.4: RFC 7638 by default."""
        return jwk_thumbprint(jwk) if self._settings.bare_key_kid == "jwk_thumbprint" else _b64url(spki_sha256)


@dataclass(frozen=True, slots=True)
class _Document:
    der: bytes | None
    subject: bytes | None
    not_before: datetime | None
    not_after: datetime | None


def _authorise(order: Order, caller: Caller) -> None:
    if order.software_statement_id is None:
        require_organisation_certificates(caller, order.organisation_id)
    else:
        require_application(caller, order.organisation_id, order.software_statement_id)


def _raise_if_refused(assessment: Assessment) -> None:
    if refusing := errors_among(assessment.findings):
        raise Rejected(f"{len(refusing)} rules broken", code=refusing[0].code, findings=assessment.findings)


def _end_of_life(profile: CertificateProfile, now: datetime, issuer: LoadedIssuer) -> datetime:
    """A leaf never outlives its CA: its end is cut to the CA's (csr-cases.md F-09)."""
    assert profile.validity_days is not None
    return min(whole_second(now) + timedelta(days=profile.validity_days), issuer.signer.not_after)


def _creation(certificate: Certificate, caller: Caller, at: datetime) -> AuditEvent:
    return AuditEvent(
        at=at,
        actor=caller.name,
        action="create",
        object_type="certificate",
        object_id=certificate.certificate_id,
        organisation_id=certificate.organisation_id,
        record={"type": certificate.type, "kid": certificate.kid},
    )


def _b64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


__all__ = ["CheckReport", "Forbidden", "Invalid", "Issued", "Order", "RegistrationAuthority"]
