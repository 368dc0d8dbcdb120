"""The certificate object of the API (connect.md 5.3), member for member, made for speed on the issuing path."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from app.api.dates import certificate_date
from app.directory.certificates import Held
from app.directory.keystore_paths import key_set_addresses, pem_address
from app.sandbox import Sandbox
from app.store.records import Certificate
from app.web.answers import present

NAME_LIMIT = 40
"""The OIDF validators cap ClientName here (errata C3)."""


def certificate_object(held: Held, sandbox: Sandbox) -> dict[str, Any]:
    """The schema CertificateOrKey; what does not apply is absent, never null."""
    certificate, holder = held.certificate, held.holder
    name = holder.client_name
    if name is not None and not sandbox.settings.clientname_full:
        name = name[:NAME_LIMIT]
    members = {
        "OrganisationId": certificate.organisation_id,
        "SoftwareStatementIds": list(holder.software_statement_ids),
        "ClientName": name,
        **_standing(certificate, sandbox),
        **certificate.jwk,
        "keyType": certificate.type,
        "kid": certificate.kid,
        "use": certificate.use,
        "Description": certificate.description,
    }
    if certificate.der is not None:
        members |= _document(certificate.der)
    return present(members | _addresses(certificate, sandbox.addresses.keystore))


def _standing(certificate: Certificate, sandbox: Sandbox) -> dict[str, str]:
    style, revoked_at = sandbox.settings.date_style, certificate.revoked_at
    dates = {
        "ValidFromDateTime": certificate.not_before,
        "ExpiryDateTime": certificate.not_after,
        "RevokedDateTime": revoked_at,
    }
    is_active = certificate.is_active(sandbox.clock.now())
    return {"Status": "Active" if is_active else "Inactive"} | {
        name: certificate_date(moment, style, revoked=revoked_at is not None)
        for name, moment in dates.items()
        if moment is not None
    }


def _document(der: bytes) -> dict[str, Any]:
    """The leaf alone, standard Base64; thumbprints in Base64url (connect.md 5.3 and 5.4)."""
    return {
        "x5c": [base64.b64encode(der).decode()],
        "x5t": _thumbprint(hashlib.sha1(der, usedforsecurity=False).digest()),
        "x5thashS256": _thumbprint(hashlib.sha256(der).digest()),
    }


def _addresses(certificate: Certificate, keystore: str) -> dict[str, str]:
    sets = key_set_addresses(keystore, certificate.organisation_id, certificate.software_statement_id)
    key_set = sets.transport if certificate.jwks == "transport" else sets.application
    if certificate.der is None:
        return {"JwkPath": key_set} if certificate.software_statement_id else {}
    pem = pem_address(keystore, certificate)
    return {
        "x5u": pem,
        "SignedCertPath": pem,
        "JwkPath" if certificate.software_statement_id else "OrgJwkPath": key_set,
    }


def _thumbprint(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
