"""The form of a certificate on demand, and the body of `POST /_mock/certificates` that it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.errors import DirectoryError
from app.portal.forms import Form
from app.sandbox import Sandbox
from app.store.records import Page

WRITTEN = ("software", "organisation", "host", "description", "expires_in", "revoked_in")
DATES: Mapping[str, str] = {"validity.not_before": "not_before", "validity.not_after": "not_after"}
NAMES = ("type", *WRITTEN[:2], "defect", "key_kind", *WRITTEN[2:], *DATES, "publish")
"""Every input, in the order of the page."""
MOST_OFFERED = 200


@dataclass(frozen=True, slots=True)
class Offered:
    """Holders that the form offers, as pairs of id and name; whoever is not among them can be written."""

    applications: tuple[tuple[str, str], ...]
    organisations: tuple[tuple[str, str], ...]


def body_of(form: Form) -> dict[str, Any]:
    """What was filled in, as JSON would have it."""
    names = ("type", "key_kind", *WRITTEN)
    body: dict[str, Any] = {name: form.text(name) for name in names if form.text(name)}
    if defects := list(form.all("defect")):
        body["defect"] = defects
    if form.flag("publish"):
        body["publish"] = True
    if validity := {member: form.text(name) for name, member in DATES.items() if form.text(name)}:
        body["validity"] = validity
    return body


def refused(form: Form, refusal: DirectoryError) -> Form:
    """The form with the findings beside its inputs."""
    found = form.refused(refusal)
    return found.with_findings([replace(each, pointer=_pointer(each.pointer)) for each in found.findings])


def _pointer(pointer: str) -> str:
    """What is about both dates stands beside the second one."""
    if pointer == "/validity":
        return "/validity.not_after"
    return pointer.replace("/validity/", "/validity.", 1)


def offered(sandbox: Sandbox) -> Offered:
    """By name; the first ones of a large directory."""
    with sandbox.store.read() as uow:
        applications = uow.applications.search("", MOST_OFFERED)
        organisations = uow.organisations.list(Page(0, MOST_OFFERED)).items
    return Offered(
        tuple((each.software_statement_id, each.client_name) for each in applications),
        tuple((each.organisation_id, each.name) for each in organisations),
    )
