"""One certificate or key: its details, its files, its description, and the page after it was issued (connect.md 20)."""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.errors import DirectoryError, NotFound, Stale
from app.portal.certificate_views import events, sights
from app.portal.forms import Form, read_form
from app.portal.navigation import Link
from app.portal.pages import HEADERS
from app.portal.published import key_set, keystore_address, pem
from app.portal.shelves import OnShelf, Shelf, on_both_levels
from app.portal.timeline import time_line
from app.ra.outside import issuer_of
from app.ra.revocation import Reference
from app.store.records import Certificate
from app.web.errors import status_of
from app.wire.amendments import read_amendment

PORTAL_LIMIT = 60
"""Characters of a description that the portal asks for; the API takes 255 (connect.md 5.3)."""
router = APIRouter()
both = on_both_levels(router)


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One certificate of the chain, as it is drawn."""

    title: str
    name: str
    since: datetime | None
    until: datetime | None
    is_leaf: bool = False


@both("GET", "/{certificate_id}")
async def details(shelf: OnShelf, certificate_id: str) -> Response:
    found = await shelf.find(certificate_id)
    visit = shelf.visit
    words = {
        **_shown(shelf, found),
        "sights": await visit.call(sights, visit.sandbox, found),
        "events": await visit.call(events, visit.sandbox, found),
        "commands": _commands(shelf, found),
        "keystore": partial(keystore_address, visit),
    }
    return shelf.page("certificate.html", words, Link(_name(shelf, found)))


@both("GET", "/{certificate_id}/issued")
async def issued(shelf: OnShelf, certificate_id: str) -> Response:
    """The end of the wizard."""
    found = await shelf.find(certificate_id)
    words = {**_shown(shelf, found), "keystore": partial(keystore_address, shelf.visit)}
    return shelf.page("certificate_issued.html", words, Link(_name(shelf, found)))


@both("GET", "/{certificate_id}/certificate.pem")
async def as_pem(shelf: OnShelf, certificate_id: str) -> Response:
    found = await shelf.find(certificate_id)
    return _file(_pem(found), "application/x-pem-file", f"{_stem(found)}.pem")


@both("GET", "/{certificate_id}/certificate.der")
async def as_der(shelf: OnShelf, certificate_id: str) -> Response:
    found = await shelf.find(certificate_id)
    return _file(_der(found), "application/pkix-cert", f"{_stem(found)}.der")


@both("GET", "/{certificate_id}/chain.pem")
async def as_chain(shelf: OnShelf, certificate_id: str) -> Response:
    """The leaf, then its issuing CA: what a server or client sends."""
    found = await shelf.find(certificate_id)
    loaded = issuer_of(shelf.visit.sandbox.issuers, found)
    if loaded is None:
        raise NotFound("another CA issued this certificate: its chain is not here")
    return _file(_pem(found) + loaded.pem, "application/x-pem-file", f"{_stem(found)}.chain.pem")


@both("GET", "/{certificate_id}/key.json")
async def as_key(shelf: OnShelf, certificate_id: str) -> Response:
    """The public key as JWK (RFC 7517): all that there is of a bare key."""
    found = await shelf.find(certificate_id)
    members = {**found.jwk, "use": found.use, "kid": found.kid}
    return _file(json.dumps(members, indent=2).encode(), "application/jwk+json", f"{_stem(found)}.json")


@both("GET", "/{certificate_id}/edit")
async def edit(shelf: OnShelf, certificate_id: str) -> Response:
    shelf.require_write()
    found = await shelf.find(certificate_id)
    form = Form.of({"Description": found.description, "revision": found.revision})
    return _edit_page(shelf, found, form)


@both("POST", "/{certificate_id}/edit")
async def save(shelf: OnShelf, certificate_id: str) -> Response:
    """Where somebody was faster, his text is the next to be replaced: the page says so first."""
    shelf.require_write()
    visit, found = shelf.visit, await shelf.find(certificate_id)
    form = await read_form(visit.request)
    try:
        amendment, _reading = read_amendment({"Description": form.text("Description")}, refuse_unknown=True)
        amend, known = visit.sandbox.revocations.amend, frozenset({form.text("revision")})
        await visit.call(amend, visit.caller, reference(found), amendment, revisions=known)
    except DirectoryError as refusal:
        if isinstance(refusal, Stale):
            form = form.replacing("revision", found.revision)
        return _edit_page(shelf, found, form.refused(refusal, "Description"), status_of(refusal))
    return visit.go(shelf.url(certificate_id), notice="certificates.saved")


def reference(certificate: Certificate) -> Reference:
    """The certificate as the use case of amendments knows it."""
    return Reference(certificate.organisation_id, certificate.software_statement_id, certificate.type, certificate.kid)


def about(shelf: Shelf, certificate: Certificate) -> list[tuple[str, str]]:
    """What a dialog says of a certificate."""
    t = shelf.visit.t
    pairs = [
        (t("certificates.kid"), certificate.kid),
        (t("certificates.type"), shelf.label(certificate.type)),
        (t("certificates.subject"), certificate.subject_dn or ""),
        (t("fields.Description"), certificate.description or ""),
        (t("certificates.expiry"), f"{certificate.not_after:%d/%m/%Y}" if certificate.not_after else ""),
    ]
    return [(name, value) for name, value in pairs if value]


def crumb(shelf: Shelf, certificate: Certificate) -> Link:
    """The way back to the page of a certificate."""
    return Link(_name(shelf, certificate), shelf.url(certificate.certificate_id))


def _edit_page(shelf: Shelf, found: Certificate, form: Form, status: int = 200) -> Response:
    words = {
        "certificate": found,
        "form": form,
        "about": [pair for pair in about(shelf, found) if pair[1] != found.description],
        "limit": max(PORTAL_LIMIT, len(found.description or "")),
    }
    return shelf.page(
        "certificate_edit.html", words, crumb(shelf, found), Link(shelf.visit.t("frame.edit")), status=status
    )


def _shown(shelf: Shelf, found: Certificate) -> dict[str, Any]:
    """What both pages of a certificate show."""
    visit, now = shelf.visit, shelf.visit.sandbox.clock.now()
    line = None
    if found.not_before and found.not_after:
        line = time_line((found.not_before, found.not_after), now, visit.t, found.revoked_at)
    return {
        "certificate": found,
        "is_active": found.is_active(now),
        "label": shelf.label(found.type),
        "profile": visit.sandbox.profiles.get(found.type),
        "chain": _chain(shelf, found),
        "line": line,
        "pem": _pem(found).decode() if found.der else "",
        "jwk": json.dumps({**found.jwk, "use": found.use, "kid": found.kid}, indent=2),
        "key_set": key_set(found, visit.sandbox.addresses.keystore),
        "x5u": pem(visit, found) if found.der else "",
        "is_ours": found.issuer_id is not None,
    }


def _chain(shelf: Shelf, found: Certificate) -> list[ChainLink]:
    """Root, issuing CA, leaf; the leaf alone where another CA issued it."""
    if found.der is None:
        return []
    leaf = ChainLink(shelf.label(found.type), found.subject_dn or "", found.not_before, found.not_after, is_leaf=True)
    issuers = shelf.visit.sandbox.issuers
    loaded = issuer_of(issuers, found)
    above = [] if loaded is None else [issuers.root, loaded]
    return [
        *(
            ChainLink(
                each.title,
                each.signer.certificate.subject.rfc4514_string(),
                each.signer.not_before,
                each.signer.not_after,
            )
            for each in above
        ),
        leaf,
    ]


def _commands(shelf: Shelf, found: Certificate) -> str:
    """How to check it, with openssl, on any machine that reaches the addresses."""
    addresses, loaded = shelf.visit.sandbox.addresses, issuer_of(shelf.visit.sandbox.issuers, found)
    if loaded is None:
        return ""
    is_newest = loaded is shelf.visit.sandbox.issuers.all()[-1]
    issuer = "issuer-ca.pem" if is_newest else f"issuer-ca-g{loaded.record.generation}.pem"
    fetch = f"curl -sO {addresses.repository}/{issuer}" if is_newest else f"# {issuer}: from the page PKI"
    name = f"{_stem(found)}.pem"
    return "\n".join(
        (
            f"curl -sO {addresses.repository}/bundle.pem",
            f"curl -s {addresses.crl}/{loaded.crl_name}.pem {addresses.crl}/root.crl.pem > crls.pem",
            f"openssl verify -CAfile bundle.pem -CRLfile crls.pem -crl_check_all {name}",
            fetch,
            f"openssl ocsp -issuer {issuer} -CAfile bundle.pem -cert {name} -url {addresses.ocsp}",
        )
    )


def _name(shelf: Shelf, found: Certificate) -> str:
    return f"{shelf.label(found.type)} {found.kid[:10]}…"


def _stem(found: Certificate) -> str:
    """File name without its ending: harmless letters, as both parts have them already."""
    return f"{found.type}-{found.kid[:10]}".lstrip("-.")


def _der(found: Certificate) -> bytes:
    if found.der is None:
        raise NotFound("a bare key has no certificate")
    return found.der


def _pem(found: Certificate) -> bytes:
    return ssl.DER_cert_to_PEM_cert(_der(found)).encode()


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {**HEADERS, "content-disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, media_type=media_type)
