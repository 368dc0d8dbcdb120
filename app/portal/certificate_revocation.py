"""Revoking: a page that asks for the reason and says what follows (connect.md 5.6, 10 and 20)."""

from __future__ import annotations

from typing import get_args

from fastapi import APIRouter
from starlette.responses import Response

from app.errors import DirectoryError, Invalid
from app.portal.certificate_page import about, crumb, reference
from app.portal.forms import Form, read_form
from app.portal.navigation import Link
from app.portal.shelves import OnShelf, Shelf, on_both_levels
from app.ra.revocation import REASONS, Amendment
from app.store.records import Certificate, Reason
from app.web.errors import status_of
from app.web.moments import iso

REASON = "RevokeReason"
NONE_GIVEN: Reason = "unspecified"
router = APIRouter()
both = on_both_levels(router)


@both("GET", "/{certificate_id}/revoke")
async def ask(shelf: OnShelf, certificate_id: str) -> Response:
    shelf.require_write()
    return _page(shelf, await shelf.find(certificate_id), Form())


@both("POST", "/{certificate_id}/revoke")
async def revoke(shelf: OnShelf, certificate_id: str) -> Response:
    shelf.require_write()
    visit, found = shelf.visit, await shelf.find(certificate_id)
    form = await read_form(visit.request)
    try:
        amendment = Amendment(revoke_reason=_reason(form.text(REASON) or NONE_GIVEN))
        amend, known = visit.sandbox.revocations.amend, frozenset({found.revision})
        done = await visit.call(amend, visit.caller, reference(found), amendment, revisions=known)
    except DirectoryError as refusal:
        visit.request.scope["state"]["refusal"] = refusal
        return _page(shelf, found, form.refused(refusal), status_of(refusal))
    visit.request.scope["state"]["detail"] = {"kid": found.kid, REASON: amendment.revoke_reason}
    visible_at = iso(visit.sandbox.clock.now())
    assert done.revoked_at is not None
    return visit.go(shelf.url(all="yes"), notice="certificates.revoked", kid=found.kid, visible_at=visible_at)


def _reason(text: str) -> Reason:
    for reason in get_args(Reason):
        if text == reason and reason in REASONS:
            known: Reason = reason
            return known
    raise Invalid(f"RevokeReason must be one of {', '.join(REASONS)}", code="revoke.reason")


def _page(shelf: Shelf, found: Certificate, form: Form, status: int = 200) -> Response:
    visit = shelf.visit
    t, profile = visit.t, visit.sandbox.profiles.get(found.type)
    purpose = profile.purpose if profile else "transport"
    words = {
        "form": form,
        "heading": t("certificates.revocation.title"),
        "says": [
            t("certificates.revocation.permanent"),
            t(f"certificates.revocation.refused.{shelf.level}.{purpose}"),
            t("certificates.revocation.key_sets" if found.der else "certificates.revocation.bare"),
        ],
        "about": about(shelf, found),
        "reasons": [(reason, t(f"certificates.reason.{reason}")) for reason in REASONS if reason != NONE_GIVEN],
        "button": t("certificates.revoke"),
        "is_dangerous": True,
        "cancel": shelf.url(found.certificate_id),
    }
    crumbs = (crumb(shelf, found), Link(t("certificates.revoke")))
    return shelf.page("certificate_revoke.html", words, *crumbs, status=status)
