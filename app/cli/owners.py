"""Whose certificate: the organisation or application that the options name, looked up at the server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.cli.client import Server, segment
from app.cli.refusal import Refusal

SHOWN = 12
"""How many choices a refusal lists."""


@dataclass(frozen=True, slots=True)
class Holder:
    """An organisation, or one of its applications, as the API answers them."""

    organisation: Mapping[str, Any]
    application: Mapping[str, Any] | None = None

    @property
    def organisation_id(self) -> str:
        return str(self.organisation["OrganisationId"])

    @property
    def software_statement_id(self) -> str | None:
        return str(self.application["SoftwareStatementId"]) if self.application else None

    @property
    def certificates(self) -> str:
        """Path of its certificates in the Connect API."""
        path = f"/organisations/{segment(self.organisation_id)}"
        if self.application:
            path += f"/softwarestatements/{segment(str(self.software_statement_id))}"
        return f"{path}/certificates"

    @property
    def label(self) -> str:
        name = f"{self.organisation['OrganisationName']} ({self.organisation_id})"
        return (
            f"{self.application['ClientName']} ({self.software_statement_id}) of {name}" if self.application else name
        )


def choose_holder(server: Server, level: str, organisation: str | None, application: str | None) -> Holder:
    """The one holder that fits; `level` is `application` or `organisation`. Raises Refusal listing the choices."""
    organisations = _fitting(server.organisations(), organisation, ("OrganisationId", "OrganisationName"))
    if level == "organisation":
        if application is not None:
            raise Refusal("this type belongs to organisations: name one with --organisation", status=2)
        choices = [Holder(o) for o in organisations if o.get("Status") != "Withdrawn"]
    else:
        choices = list(_applications(server, organisations, application))
    if len(choices) == 1:
        return choices[0]
    asked = application if level == "application" else organisation
    found = f"{len(choices)} fit" if choices else "none fits"
    hint = f"Choose one with --{level}" if choices else "`connect-mock seed show` lists those of the seed"
    listed = [choice.label for choice in choices[:SHOWN]] + (["..."] if len(choices) > SHOWN else [])
    named = f" {asked}" if asked else ""
    raise Refusal(f"which {level}{named}? {found}", code="holder", hint=hint, details=listed, status=2)


def is_uuid(text: str) -> bool:
    """Whether it is an id as the directory makes them; ids of organisations may be anything else too."""
    from uuid import UUID

    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def holders(server: Server) -> Iterator[Holder]:
    """Every organisation, each followed by its applications."""
    for organisation in server.organisations():
        yield Holder(organisation)
        for application in server.applications(str(organisation["OrganisationId"])):
            yield Holder(organisation, application)


def _applications(
    server: Server, organisations: Sequence[Mapping[str, Any]], application: str | None
) -> Iterator[Holder]:
    for organisation in organisations:
        every = server.applications(str(organisation["OrganisationId"]))
        fitting = _fitting(every, application, ("SoftwareStatementId", "ClientId", "ClientName"))
        yield from (Holder(organisation, a) for a in fitting if application or a.get("Status") != "Inactive")


def _fitting(items: Sequence[dict[str, Any]], asked: str | None, fields: Sequence[str]) -> list[dict[str, Any]]:
    """Those that bear this id or name; an id goes before a name."""
    if asked is None:
        return list(items)
    for field in fields:
        if found := [item for item in items if str(item.get(field, "")).casefold() == asked.casefold()]:
            return found
    return []
