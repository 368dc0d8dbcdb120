"""Certificates and keys at the REST door, for applications and organisations (connect.md 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from starlette.responses import Response

from app.api.certificate_objects import certificate_object
from app.api.etags import etag, expected_revisions
from app.api.identifiers import application_ids
from app.api.operations import Call, Handler
from app.api.paging import list_form, shape
from app.directory.certificates import CertificateQuery, Certificates, Held, Holder
from app.errors import Finding, Invalid, TooLarge, UnsupportedMedia
from app.ra.authority import Issued, Order
from app.ra.revocation import Reference
from app.sandbox import Sandbox
from app.web import media
from app.web.answers import answer, no_content, warning_headers
from app.web.bodies import read_body, read_members
from app.web.calls import call
from app.web.json_body import read_object
from app.web.problems import findings_of
from app.web.queries import flag
from app.web.schemas import Field, Schema
from app.wire.amendments import read_amendment, visible_at

ORGANISATION = "/organisations/{OrganisationId}/certificates"
APPLICATION = "/organisations/{OrganisationId}/softwarestatements/{SoftwareStatementId}/certificates"
ORGANISATION_TYPE = "OrganisationCertificateType"
APPLICATION_TYPE = "SoftwareStatementCertificateOrKeyType"
KID = "CertificateOrKeyId"
SORTABLE = {
    "ValidFromDateTime": "not_before",
    "ExpiryDateTime": "not_after",
    "RevokedDateTime": "revoked_at",
    "CreatedAt": "created_at",
    "keyType": "type",
    "kid": "kid",
}
SUBMISSION = Schema(
    (
        Field("KeyMaterial", required=True, angle_brackets=True),
        Field("Description", most=255, angle_brackets=True),
    ),
    area="request.field",
)
ENCODED = 4
"""Percent-encoding and JSON make at most this of one octet of PEM."""


async def request_certificate(request: Call) -> Response:
    """CSR, key or certificate in; the finished object out (connect.md 5.2)."""
    media_type = media.choose(request.accept, [media.JWK, media.JSON])
    organisation_id, software_statement_id = _owner(request)
    material, description, ignored = await _submission(request)
    wanted = request.path.get(APPLICATION_TYPE) or request.path[ORGANISATION_TYPE]
    order = Order(organisation_id, software_statement_id, wanted, material, description)
    sandbox = request.sandbox
    issued = await call(sandbox, sandbox.ra.request_certificate, order, request.caller)
    holder = await _holder(sandbox, issued)
    warnings = (*issued.warnings, *ignored)
    request.request.scope["state"]["detail"] = {"kid": issued.certificate.kid, "findings": findings_of(warnings)}
    body = certificate_object(Held(issued.certificate, holder), sandbox)
    headers = {**etag(issued.certificate.revision), **warning_headers(warnings)}
    return answer(body, 201, media_type=media_type, headers=headers)


async def list_certificates(request: Call) -> Response:
    """An array or a page, never a key set, though the media type says so (connect.md 5.5)."""
    media_type = media.choose(request.accept, [media.JWK_SET, media.JSON])
    organisation_id, software_statement_id = _owner(request)
    sandbox, wanted = request.sandbox, request.path.get(ORGANISATION_TYPE)
    form = list_form(request.query, SORTABLE, "array_or_page", sandbox.settings)
    query = CertificateQuery(
        organisation_id=organisation_id,
        software_statement_id=software_statement_id,
        type=wanted,
        page=form.page,
        include_organisation=flag(request.query, "showOrgLevelCertificates"),
    )
    listing = await call(sandbox, Certificates(sandbox.store).list, query)
    if wanted is not None and not listing.total:
        _require_organisation_type(sandbox, wanted)
    items = [certificate_object(held, sandbox) for held in listing.items]
    return answer(shape(form, items, listing.total), media_type=media_type)


async def read_certificate(request: Call) -> Response:
    media_type = media.choose(request.accept, [media.JWK, media.JSON])
    sandbox = request.sandbox
    query = CertificateQuery(*_owner(request), type=request.path.get(APPLICATION_TYPE))
    held = await call(sandbox, Certificates(sandbox.store).find, query, request.path[KID])
    headers = etag(held.certificate.revision)
    return answer(certificate_object(held, sandbox), media_type=media_type, headers=headers)


async def amend_certificate(request: Call) -> Response:
    """A new description, or with a reason the revocation (connect.md 5.6)."""
    media_type = media.choose(request.accept, [media.JWK, media.JSON])
    sandbox, state = request.sandbox, request.request.scope["state"]
    reference = Reference(*_owner(request), request.path.get(APPLICATION_TYPE), request.path[KID])
    members = await read_members(request.request)
    amendment, reading = read_amendment(members, refuse_unknown=sandbox.settings.unknown_members == "refuse")
    amend, known = sandbox.revocations.amend, expected_revisions(request.request)
    certificate = await call(sandbox, amend, request.caller, reference, amendment, revisions=known)
    headers = {**etag(certificate.revision), **warning_headers(reading.warnings)}
    if amendment.revoke_reason is not None:
        late = await call(sandbox, sandbox.propagation.visible_at, certificate.certificate_id)
        headers |= visible_at(sandbox.clock.now(), late)
        state["detail"] = {"kid": certificate.kid, "RevokeReason": amendment.revoke_reason}
    if sandbox.settings.legacy_revoke_204:
        return no_content(headers)
    holder = await call(sandbox, Certificates(sandbox.store).holder, certificate)
    return answer(certificate_object(Held(certificate, holder), sandbox), media_type=media_type, headers=headers)


def _require_organisation_type(sandbox: Sandbox, wanted: str) -> None:
    """Raise Invalid for a type that nothing here has: more likely a slip than a question (errata C9)."""
    known = sorted(profile.type for profile in sandbox.profiles.values() if profile.level == "organisation")
    if wanted not in known:
        text = f"There is no certificate type of this name at organisation level, only {', '.join(known)}"
        finding = Finding("csr.type.unknown", text, "/path/OrganisationCertificateType", got=wanted[:80])
        raise Invalid(text, code=finding.code, findings=(finding,))


async def _holder(sandbox: Sandbox, issued: Issued) -> Holder:
    application = issued.owner.application
    if application is None:
        return await call(sandbox, Certificates(sandbox.store).holder, issued.certificate)
    return Holder((application.software_statement_id,), application.client_name)


def _owner(request: Call) -> tuple[str, str | None]:
    if "SoftwareStatementId" in request.path:
        return application_ids(request.path)
    return request.path["OrganisationId"], None


async def _submission(request: Call) -> tuple[bytes, str | None, tuple[Finding, ...]]:
    """PEM text, description, and what was ignored. Raises UnsupportedMedia, TooLarge, Invalid."""
    settings = request.sandbox.settings
    kind = media.content_type(request.request.headers.get("content-type"))
    if kind == media.PEM or (kind in media.PEM_TOO and not settings.strict_media_types):
        return await read_body(request.request, settings.max_csr_bytes), None, ()
    if kind != media.JSON:
        text = f"expected {media.PEM} or {media.JSON}, found {kind[:80] or 'no content type'}"
        raise UnsupportedMedia(text, code="csr.content_type")
    members = read_object(await read_body(request.request, ENCODED * settings.max_csr_bytes))
    reading = SUBMISSION.read(members, refuse_unknown=settings.unknown_members == "refuse")
    values: dict[str, Any] = reading.values
    material = unquote_to_bytes(values["KeyMaterial"])
    if len(material) > settings.max_csr_bytes:
        raise TooLarge(f"KeyMaterial is longer than {settings.max_csr_bytes} octets")
    return material, values.get("Description"), reading.warnings


HANDLERS: Mapping[str, Handler] = {
    f"GET {APPLICATION}": list_certificates,
    f"POST {APPLICATION}/{{{APPLICATION_TYPE}}}": request_certificate,
    f"GET {APPLICATION}/{{{APPLICATION_TYPE}}}/{{{KID}}}": read_certificate,
    f"PUT {APPLICATION}/{{{APPLICATION_TYPE}}}/{{{KID}}}": amend_certificate,
    f"GET {ORGANISATION}": list_certificates,
    f"GET {ORGANISATION}/{{{ORGANISATION_TYPE}}}": list_certificates,
    f"POST {ORGANISATION}/{{{ORGANISATION_TYPE}}}": request_certificate,
    f"GET {ORGANISATION}/kid/{{{KID}}}": read_certificate,
    f"PUT {ORGANISATION}/kid/{{{KID}}}": amend_certificate,
}
