"""The PKI page: hierarchy, CRLs, OCSP, addresses, files, commands; and a further generation for super users."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from anyio import to_thread
from fastapi import APIRouter
from starlette.responses import Response

from app.access import require_super_user
from app.access_rules import Level
from app.errors import DirectoryError, NotFound
from app.portal.forms import Form
from app.portal.navigation import Link, Place
from app.portal.pages import HEADERS
from app.portal.published import reachable
from app.portal.timeline import TimeLine, time_line
from app.portal.visits import Visit, Visitor
from app.ra.issuers import LoadedIssuer
from app.ra.outside import entries_of, key_name, ocsp_sight
from app.sandbox import Sandbox
from app.store.records import Crl
from app.web.errors import status_of

PLACE = Place("pki")
FILES = ("bundle.pem", "root-ca.pem", "issuer-ca.pem", "chain.pem")
"""What the repository serves, with a text each (`pki.file.<name>`)."""
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Authority:
    """One CA as the page shows it."""

    title: str
    file: str
    subject: str
    serial: str
    key: str
    line: TimeLine
    crl: Crl
    crl_addresses: Sequence[str]
    crl_entries: int
    responder: TimeLine
    ocsp_status: str
    is_root: bool
    is_current: bool


@router.get("/pki")
async def pki(visit: Visitor) -> Response:
    found = await visit.call(_authorities, visit)
    addresses = visit.sandbox.addresses
    words = {
        "root": found[0],
        "issuing": found[1:],
        "addresses": [
            ("bundle", f"{addresses.repository}/bundle.pem"),
            ("crl", f"{addresses.crl}/issuer.crl"),
            ("root_crl", f"{addresses.crl}/root.crl"),
            ("ocsp", addresses.ocsp),
            ("keystore", addresses.keystore),
            ("policies", f"{addresses.repository}/policies"),
        ],
        "files": [(name, reachable(visit, f"{addresses.repository}/{name}")) for name in FILES],
        "verify": _verify(visit.sandbox, found),
        "nginx": _nginx(visit.sandbox),
        "may_roll_over": visit.may("ecosystem", Level.ADMINISTRATOR),
    }
    return visit.page("pki.html", words, place=PLACE, trail=[Link(visit.t("frame.pki"))])


@router.get("/pki/files/{name}")
async def certificate(visit: Visitor, name: str) -> Response:
    """The certificate of any CA, also of an earlier generation. Raises NotFound."""
    for loaded in visit.sandbox.issuers.all():
        if file_of(loaded) == name:
            headers = {**HEADERS, "content-disposition": f'attachment; filename="{name}"'}
            return Response(loaded.pem, headers=headers, media_type="application/x-pem-file")
    raise NotFound("no CA has a file of this name")


@router.get("/pki/roll-over")
async def ask(visit: Visitor) -> Response:
    require_super_user(visit.caller)
    return _ask_page(visit, Form())


@router.post("/pki/roll-over")
async def roll_over(visit: Visitor) -> Response:
    """In a thread: making an RSA key takes a while. The first CRL is there before anybody may ask for it."""
    require_super_user(visit.caller)
    try:
        made = await to_thread.run_sync(partial(_roll_over, visit.sandbox))
    except DirectoryError as refusal:
        return _ask_page(visit, Form().refused(refusal), status_of(refusal))
    visit.request.scope["state"]["detail"] = {"generation": made.record.generation}
    return visit.go(visit.url("pki"), notice="pki.rolled_over", name=made.title)


def file_of(loaded: LoadedIssuer) -> str:
    """File name of the certificate of a CA."""
    return "root-ca.pem" if loaded.record.role == "root" else f"issuer-ca-g{loaded.record.generation}.pem"


def _roll_over(sandbox: Sandbox) -> LoadedIssuer:
    made = sandbox.issuers.roll_over()
    sandbox.status.crl(made.crl_name)
    return made


def _ask_page(visit: Visit, form: Form, status: int = 200) -> Response:
    t = visit.t
    words = {
        "form": form,
        "heading": t("pki.roll_over.title"),
        "says": [t("pki.roll_over.new"), t("pki.roll_over.old"), t("pki.roll_over.trust")],
        "about": [],
        "button": t("pki.roll_over.button"),
        "is_dangerous": False,
        "cancel": visit.url("pki"),
    }
    crumbs = [Link(t("frame.pki"), visit.url("pki")), Link(t("pki.roll_over.button"))]
    return visit.page("confirm.html", words, place=PLACE, trail=crumbs, status=status)


def _authorities(visit: Visit) -> list[Authority]:
    """Root first. Every CRL and OCSP answer is asked for, so that the page shows what others get."""
    issuers = visit.sandbox.issuers
    issuers.refresh()
    every = issuers.all()
    return [_authority(visit, loaded, is_current=loaded is every[-1]) for loaded in every]


def _authority(visit: Visit, loaded: LoadedIssuer, *, is_current: bool) -> Authority:
    sandbox, now, signer = visit.sandbox, visit.sandbox.clock.now(), loaded.signer
    crl = sandbox.status.crl(loaded.crl_name)
    sight = ocsp_sight(sandbox.status, loaded, loaded.responder.serial)
    responder = loaded.responder
    return Authority(
        title=loaded.title,
        file=file_of(loaded),
        subject=signer.certificate.subject.rfc4514_string(),
        serial=f"{signer.certificate.serial_number:x}",
        key=key_name(loaded),
        line=time_line((signer.not_before, signer.not_after), now, visit.t),
        crl=crl,
        crl_addresses=loaded.record.crl_addresses,
        crl_entries=entries_of(crl),
        responder=time_line((responder.not_before, responder.not_after), now, visit.t),
        ocsp_status=sight.status,
        is_root=loaded.record.role == "root",
        is_current=is_current,
    )


def _verify(sandbox: Sandbox, found: Sequence[Authority]) -> str:
    addresses = sandbox.addresses
    crls = " ".join(each.crl_addresses[-1] + ".pem" for each in found)
    return "\n".join(
        (
            f"curl -sO {addresses.repository}/bundle.pem",
            f"curl -s {crls} > crls.pem",
            "openssl verify -CAfile bundle.pem -CRLfile crls.pem -crl_check_all certificate.pem",
            f"curl -sO {addresses.repository}/issuer-ca.pem",
            f"openssl ocsp -issuer issuer-ca.pem -CAfile bundle.pem -cert certificate.pem -url {addresses.ocsp}",
        )
    )


def _nginx(sandbox: Sandbox) -> str:
    """What an nginx needs that asks every caller for a certificate of this directory."""
    return f"""\
ssl_certificate        server.chain.pem;  # your own: leaf, then issuing CA
ssl_certificate_key    server.key;
ssl_session_cache      off;               # a resumed session would skip the check
ssl_session_tickets    off;
ssl_verify_client      on;
ssl_verify_depth       2;                 # leaf, issuing CA, root
ssl_client_certificate bundle.pem;        # {sandbox.addresses.repository}/bundle.pem
ssl_crl                crls.pem;          # of all CAs: fetch anew, then nginx -s reload"""
