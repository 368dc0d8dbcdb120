"""The wizard for a new certificate: what, how to make the CSR, and the CSR itself (connect.md 20).

The first two steps are addresses alone, so that going back and reloading cost nothing; the third is a form that comes
back with everything in it until the RA is content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from fastapi import APIRouter
from starlette.responses import Response

from app.errors import DirectoryError, Finding, NotFound, Rejected, TooLarge
from app.pki.profiles import CertificateProfile
from app.portal.certificate_page import PORTAL_LIMIT
from app.portal.csr_help import CsrHelp, csr_help, key_help
from app.portal.forms import Form, read_form
from app.portal.navigation import Link
from app.portal.pages import HEADERS
from app.portal.shelves import OnShelf, Shelf, on_both_levels
from app.ra.authority import Issued, Order
from app.web.errors import status_of
from app.web.problems import findings_of
from app.wire.amendments import AMENDMENT

TYPE, DESCRIPTION, MATERIAL, FILE, CONFIRMED = "type", "Description", "KeyMaterial", "File", "confirmed"
STEPS = ("information", "csr", "upload")
CONCERNS: Mapping[str, str] = {
    "subject": "subject",
    "key": "key",
    "signature": "signature",
    "extensions": "extensions",
    "attributes": "extensions",
    "validity": "validity",
    "issuer": "issuer",
}
"""What a finding is about, by the first segment of its pointer; all others are about the request as a whole."""
router = APIRouter()
both = on_both_levels(router)


@both("GET", "/new")
async def step(shelf: OnShelf) -> Response:
    shelf.require_write()
    query = shelf.visit.request.query_params
    form = Form.of({TYPE: query.get(TYPE, ""), DESCRIPTION: query.get(DESCRIPTION, "")[:PORTAL_LIMIT]})
    profile, wanted = _profile(shelf, form), query.get("step", "")
    if wanted not in STEPS[1:]:
        return _information(shelf, form)
    if profile is None:
        return _no_type(shelf, form)
    if wanted == "csr" and profile.input != "certificate":
        return _commands(shelf, form, profile, await _help(shelf, profile))
    return _upload(shelf, form, profile)


@both("GET", "/new.cnf")
async def configuration(shelf: OnShelf) -> Response:
    """The configuration file of openssl with the values as they were edited, to be downloaded."""
    profile = _profile(shelf, Form.of(dict(shelf.visit.request.query_params)))
    if profile is None or profile.input != "csr":
        raise NotFound("no type of this level that takes a CSR")
    made = await _help(shelf, profile)
    headers = {**HEADERS, "content-disposition": f'attachment; filename="{made.config_name}"'}
    return Response(made.config.encode(), headers=headers, media_type="text/plain; charset=utf-8")


@both("POST", "/new")
async def request(shelf: OnShelf) -> Response:
    """The dry run first: what it finds is shown, and nothing was asked for yet. Then the request itself."""
    shelf.require_write()
    form = await read_form(shelf.visit.request)
    profile = _profile(shelf, form)
    if profile is None:
        return _no_type(shelf, form)
    material = form.files.get(FILE) or form.raw(MATERIAL).encode("utf-8", "replace")
    form = form.replacing(MATERIAL, _readable(material))
    digest = hashlib.sha256(material).hexdigest()
    try:
        order = _order(shelf, form, profile, material)
        warnings = await _dry_run(shelf, order)
        if warnings and form.text(CONFIRMED) != digest:
            return _upload(shelf, form.with_findings(warnings), profile, confirmed=digest)
        issued = await shelf.visit.call(shelf.visit.sandbox.ra.request_certificate, order, shelf.visit.caller)
    except DirectoryError as refusal:
        _note_refusal(shelf, refusal)
        return _upload(shelf, form.refused(refusal), profile, status_of(refusal))
    _note(shelf, issued)
    return shelf.visit.go(shelf.url(issued.certificate.certificate_id, "issued"))


async def _dry_run(shelf: Shelf, order: Order) -> tuple[Finding, ...]:
    """Warnings alone. Raises Rejected with all findings, and whatever the request itself would raise."""
    report = await shelf.visit.call(shelf.visit.sandbox.ra.check, order, shelf.visit.caller)
    if not report.would_issue:
        raise Rejected(f"{len(report.findings)} rules broken", code=report.findings[0].code, findings=report.findings)
    return report.findings


def _order(shelf: Shelf, form: Form, profile: CertificateProfile, material: bytes) -> Order:
    """Raises TooLarge, Invalid."""
    limit = shelf.visit.sandbox.settings.max_csr_bytes
    if len(material) > limit:
        raise TooLarge(f"this is longer than {limit:,} octets, which is more than any CSR", code="request.too_large")
    given = {DESCRIPTION: form.text(DESCRIPTION)} if form.text(DESCRIPTION) else {}
    description = AMENDMENT.read(given).values.get(DESCRIPTION)
    return Order(*shelf.owner, profile.type, material, description)


def _note(shelf: Shelf, issued: Issued) -> None:
    detail = {"kid": issued.certificate.kid, "findings": findings_of(issued.warnings)}
    shelf.visit.request.scope["state"]["detail"] = detail


def _note_refusal(shelf: Shelf, refusal: DirectoryError) -> None:
    """For the journal, which finds the client by its id."""
    state, (organisation_id, software_statement_id) = shelf.visit.request.scope["state"], shelf.owner
    state["refusal"] = refusal
    state["detail"] = {"client": software_statement_id} if software_statement_id else {"organisation": organisation_id}


def _readable(material: bytes) -> str:
    """What the page gives back: PEM text; never a private key, and no octets that are no text."""
    text = material.decode("ascii", "ignore") if material.isascii() else ""
    return "" if "PRIVATE KEY" in text else text


def _profile(shelf: Shelf, form: Form) -> CertificateProfile | None:
    return next((each for each in shelf.types if each.type == form.text(TYPE)), None)


async def _help(shelf: Shelf, profile: CertificateProfile) -> CsrHelp:
    facts = await shelf.facts()
    if profile.input == "public_key":
        return key_help(profile, facts)
    return csr_help(profile, facts, dict(shelf.visit.request.query_params))


def _information(shelf: Shelf, form: Form, status: int = 200) -> Response:
    types = shelf.types
    words = {
        "form": form,
        "groups": [
            ("preferred", [each for each in types if each.preferred]),
            ("issued", [each for each in types if not each.preferred and each.input == "csr"]),
            ("others", [each for each in types if not each.preferred and each.input != "csr"]),
        ],
        "has_preferred": any(each.preferred for each in types),
        "limit": PORTAL_LIMIT,
    }
    return _page(shelf, 0, words, status)


def _no_type(shelf: Shelf, form: Form) -> Response:
    """The first step again: nothing was chosen, or what this level does not have."""
    words = shelf.visit.t("certificates.choose_type")
    return _information(shelf, form.with_findings([Finding("csr.type.unknown", words, f"/{TYPE}")]), 400)


def _commands(shelf: Shelf, form: Form, profile: CertificateProfile, made: CsrHelp) -> Response:
    query = shelf.visit.request.query_params
    names = [value.name for value in made.values] + ["host"]
    edited = {name: query[name] for name in names if query.get(name)}
    config = shelf.url("new.cnf", type=profile.type, **edited)
    return _page(shelf, 1, {"form": form, "profile": profile, "made": made, "config_address": config})


def _upload(
    shelf: Shelf, form: Form, profile: CertificateProfile, status: int = 200, *, confirmed: str = ""
) -> Response:
    words = {
        "form": form,
        "profile": profile,
        "groups": _grouped(form.findings),
        "confirmed": confirmed,
        "was_key": bool(form.findings) and not form.raw(MATERIAL),
    }
    return _page(shelf, 2, words, status)


def _grouped(findings: Sequence[Finding]) -> list[tuple[str, list[Finding]]]:
    """Findings beside what they concern, in the order of a CSR: the request as a whole first."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        concern = CONCERNS.get(finding.pointer[1:].partition("/")[0], "whole")
        found.setdefault(concern, []).append(finding)
    return [(name, found[name]) for name in dict.fromkeys(("whole", *CONCERNS.values())) if name in found]


def _page(shelf: Shelf, number: int, words: Mapping[str, object], status: int = 200) -> Response:
    known = {"steps": STEPS, "number": number}
    title = Link(shelf.visit.t("certificates.new"))
    return shelf.page(f"new_certificate_{STEPS[number]}.html", known | dict(words), title, status=status)
