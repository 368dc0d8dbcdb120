"""Certificates on demand: a gallery of what can be wrong, one made to order, and those that there are."""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.errors import DirectoryError, NotFound
from app.portal.forms import Form, read_form
from app.portal.mock.defect_groups import defects_by_group
from app.portal.mock.frame import power_page
from app.portal.mock.order_form import NAMES, body_of, offered, refused
from app.portal.navigation import Link
from app.portal.pages import HEADERS
from app.portal.places import certificate_address
from app.portal.visits import PowerVisitor, Visit
from app.powers.defects.reading import kept_name
from app.powers.defects.registry import DEFECTS, Defect
from app.powers.on_demand import Made, names_of, pem_of
from app.powers.ordering import KINDS
from app.store.records import Certificate
from app.web.errors import status_of
from app.web.wanted.certificates import described, expected_reason, order_of

ENTRY = "mock-certificates"
MADE = ("mock", "certificates", "made")
MOST = 50
"""Of those that there are, the newest."""
FILES = {
    "certificate.pem": "application/x-pem-file",
    "certificate.der": "application/pkix-cert",
    "chain.pem": "application/x-pem-file",
}
COMMAND = "openssl pkcs12 -export -inkey key.pem -in certificate.pem -certfile chain.pem -out certificate.p12"
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Row:
    """A certificate with defects as it stands now."""

    certificate: Certificate
    defects: tuple[Defect, ...]
    status: str


@dataclass(frozen=True, slots=True)
class File:
    """A file that is in the page itself, since it is kept nowhere; `id` names its text."""

    id: str
    name: str
    text: str

    @property
    def href(self) -> str:
        return f"data:application/x-pem-file;base64,{b64encode(self.text.encode()).decode()}"


@router.get("/mock/certificates")
async def gallery(visit: PowerVisitor) -> Response:
    sandbox = visit.sandbox
    found = await visit.call(sandbox.on_demand.all)
    words = {
        "groups": defects_by_group(),
        "described": described,
        "rows": [_row(visit, each) for each in found[:MOST]],
        "total": len(found),
    }
    return power_page(visit, ENTRY, "certificates.html", words)


@router.get("/mock/certificates/new")
async def new(visit: PowerVisitor) -> Response:
    """`defect`, `type`, `software` and `organisation` of the address are filled in."""
    query = visit.request.query_params
    given = {
        name: tuple(query.getlist(name)) for name in ("type", "software", "organisation", "defect") if name in query
    }
    return await _form_page(visit, Form(given))


@router.post("/mock/certificates/new")
async def make(visit: PowerVisitor) -> Response:
    """The key is in this one answer and kept nowhere."""
    form = await read_form(visit.request)
    try:
        made = await visit.call(visit.sandbox.on_demand.make, order_of(body_of(form)))
    except DirectoryError as refusal:
        return await _form_page(visit, refused(form, refusal), status_of(refusal))
    visit.request.scope["state"]["detail"] = {"kid": made.certificate.kid, "defect": kept_name(made.defects)}
    return _made_page(visit, made)


@router.get("/mock/certificates/made/{kid}")
async def one(visit: PowerVisitor, kid: str) -> Response:
    """Raises NotFound."""
    return await _one_page(visit, kid, Form())


@router.post("/mock/certificates/made/{kid}/hold")
async def hold(visit: PowerVisitor, kid: str) -> Response:
    """Put on hold, or lift it (`hold`: yes or no). Raises NotFound."""
    form, power = await read_form(visit.request), visit.sandbox.on_demand
    is_held = form.flag("hold")
    try:
        await visit.call(power.hold if is_held else power.lift, kid)
    except NotFound:
        raise
    except DirectoryError as refusal:
        return await _one_page(visit, kid, form.refused(refusal), status_of(refusal))
    visit.request.scope["state"]["detail"] = {"kid": kid, "hold": is_held}
    return visit.go(visit.url(*MADE, kid), notice=f"mock_certificates.{'held' if is_held else 'lifted'}")


@router.get("/mock/certificates/made/{kid}/{name}")
async def file(visit: PowerVisitor, kid: str, name: str) -> Response:
    """Raises NotFound."""
    if name not in FILES:
        raise NotFound("a certificate on demand has no such file", code="path.unknown")
    found = await visit.call(visit.sandbox.on_demand.get, kid)
    chain = await visit.call(visit.sandbox.on_demand.chain_of, found)
    octets = {
        "certificate.pem": pem_of(found).encode(),
        "certificate.der": found.der or b"",
        "chain.pem": chain.encode(),
    }
    headers = {**HEADERS, "content-disposition": f'attachment; filename="{name}"'}
    return Response(octets[name], headers=headers, media_type=FILES[name])


async def _form_page(visit: Visit, form: Form, status: int = 200) -> Response:
    types = [each for each in visit.sandbox.profiles.values() if each.input == "csr"]
    chosen = [name for name in form.all("defect") if name in DEFECTS]
    words = {
        "form": form,
        "names": NAMES,
        "types": [("", ""), *((each.type, f"{each.label} ({each.type})") for each in types)],
        "kinds": [("", visit.t("mock_certificates.usual")), *((kind, kind) for kind in KINDS)],
        "groups": defects_by_group(),
        "chosen": [DEFECTS[name] for name in chosen],
        "offered": await visit.call(offered, visit.sandbox),
    }
    return power_page(
        visit, ENTRY, "certificate_new.html", words, Link(visit.t("mock_certificates.new")), status=status
    )


def _made_page(visit: Visit, made: Made) -> Response:
    files = [
        File("key", "key.pem", made.key_pem),
        File("leaf", "certificate.pem", made.pem),
        File("chain", "chain.pem", made.chain_pem),
        File("full-chain", "full-chain.pem", made.pem + made.chain_pem),
    ]
    if made.twin is not None:
        twin, key = made.twin
        files += [File("twin", "twin.pem", pem_of(twin)), File("twin-key", "twin-key.pem", key)]
    words = {
        **_shown(visit, made.certificate),
        "files": [each for each in files if each.text],
        "command": COMMAND,
        "again": visit.url("mock", "certificates", "new", **_order_again(made)),
    }
    return power_page(visit, ENTRY, "certificate_made.html", words, Link(visit.t("mock_certificates.made")))


def _order_again(made: Made) -> Mapping[str, Any]:
    """The same form once more, with one defect filled in."""
    found = made.certificate
    return {
        "type": found.type,
        "software": found.software_statement_id or "",
        "organisation": "" if found.software_statement_id else found.organisation_id,
        "defect": made.defects[0].name if made.defects else "",
    }


async def _one_page(visit: Visit, kid: str, form: Form, status: int = 200) -> Response:
    found = await visit.call(visit.sandbox.on_demand.get, kid)
    words = {
        **_shown(visit, found),
        "form": form,
        "files": {name: visit.url(*MADE, found.kid, name) for name in FILES},
        "text": ssl.DER_cert_to_PEM_cert(found.der or b""),
        "is_held": found.revoke_reason == "certificatehold",
        "may_hold": found.revoked_at is None and found.issuer_id is not None,
    }
    return power_page(visit, ENTRY, "certificate_one.html", words, Link(f"{kid[:12]}…"), status=status)


def _shown(visit: Visit, certificate: Certificate) -> dict[str, Any]:
    row = _row(visit, certificate)
    return {
        "row": row,
        "reason": expected_reason(row.defects),
        "defects": [described(each) for each in row.defects],
        "serial": "" if certificate.serial is None else f"{certificate.serial:x}",
        "in_directory": visit.url(*certificate_address(certificate)),
    }


def _row(visit: Visit, certificate: Certificate) -> Row:
    now = visit.sandbox.clock.now()
    defects = tuple(defect for name, defect in DEFECTS.items() if name in names_of(certificate))
    is_over = "expired" if certificate.is_expired(now) else "active"
    return Row(certificate, defects, "revoked" if certificate.is_revoked(now) else is_over)
