"""Where the status of one certificate shows, and as what, at this moment: each view is asked, nothing is assumed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from app.portal.published import inactive_key_set, key_set
from app.ra.outside import CrlSight, OcspSight, crl_sight, issuer_of, ocsp_sight
from app.sandbox import Sandbox
from app.store.records import AuditEvent, Certificate, Page

MOST_EVENTS = 100


@dataclass(frozen=True, slots=True)
class Sights:
    """`key_set` is `active`, `inactive` or `missing`; CRL and OCSP are None where no CA of ours speaks of it."""

    is_active: bool
    key_set: str
    key_set_address: str
    crl: CrlSight | None
    crl_address: str
    ocsp: OcspSight | None
    ocsp_address: str
    issuer_name: str
    at: datetime


def sights(sandbox: Sandbox, certificate: Certificate) -> Sights:
    """Ask every view. Raises nothing that a page of a known certificate would not."""
    keystore, now = sandbox.addresses.keystore, sandbox.clock.now()
    found = _key_set(sandbox, certificate)
    loaded = issuer_of(sandbox.issuers, certificate)
    is_ours = loaded is not None and certificate.serial is not None
    return Sights(
        is_active=certificate.is_active(now),
        key_set=found,
        key_set_address=(inactive_key_set if found == "inactive" else key_set)(certificate, keystore),
        crl=crl_sight(sandbox.status, loaded, certificate.serial or 0) if loaded and is_ours else None,
        crl_address=f"{sandbox.addresses.crl}/{loaded.crl_name}" if loaded else "",
        ocsp=ocsp_sight(sandbox.status, loaded, certificate.serial or 0) if loaded and is_ours else None,
        ocsp_address=sandbox.addresses.ocsp,
        issuer_name=loaded.title if loaded else "",
        at=now,
    )


def events(sandbox: Sandbox, certificate: Certificate) -> tuple[AuditEvent, ...]:
    """What was done to it, oldest first."""
    with sandbox.store.read() as uow:
        page = Page(0, MOST_EVENTS)
        found = uow.audit.list(page, object_type="certificate", object_id=certificate.certificate_id)
    return tuple(reversed(found.items))


def _key_set(sandbox: Sandbox, certificate: Certificate) -> str:
    owner = certificate.organisation_id, certificate.software_statement_id
    for active in (True, False):
        keys = json.loads(sandbox.key_sets.key_set(owner, certificate.jwks, active=active))["keys"]
        if any(key["kid"] == certificate.kid and key["use"] == certificate.use for key in keys):
            return "active" if active else "inactive"
    return "missing"
