"""Puts a seed into a directory, by its use cases, as a super user. Again and again is fine: what is there stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.directory.drafts import ApplicationDraft, OrganisationDraft, RoleChoice
from app.directory.seed import INVALID, Seed, SeedApplication, SeedCertificate, SeedOrganisation
from app.directory.seed_users import SeedUser
from app.errors import Conflict, DirectoryError, Finding, Invalid, NotFound, errors_among
from app.runtime.entropy import new_id
from app.sandbox import Sandbox
from app.seeding.certificates import SEEDER, SeededCertificates
from app.seeding.users import account_draft
from app.store.records import Details

NOT_DETAILS = frozenset({
    "OrganisationId", "OrganisationName", "LegalEntityName", "CountryOfRegistration", "RegistrationNumber", "Status",
    "SoftwareStatementId", "ClientName", "ClientId", "Roles", "application", "certificate",
})  # fmt: skip
"""Fields of a table that have a place of their own in the records."""


@dataclass(slots=True)
class SeedReport:
    """What was made, what was there already, and the files of new keys and certificates."""

    made: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)


def apply(sandbox: Sandbox, seed: Seed) -> SeedReport:
    """Make what the directory lacks; the list of participants has it at once, however late that is.

    Raises Invalid with `seed.invalid`, naming the entry and why it was refused.
    """
    report = _Seeding(sandbox, seed).run()
    if report.made:
        sandbox.registers.participants.settle()
    return report


class _Seeding:
    def __init__(self, sandbox: Sandbox, seed: Seed) -> None:
        self._sandbox, self._seed, self._report = sandbox, seed, SeedReport()
        self._certificates = SeededCertificates(sandbox, seed.folder)

    def run(self) -> SeedReport:
        for organisation in self._seed.organisation:
            self._organisation(organisation)
            for certificate in organisation.certificate:
                self._certificate(certificate, organisation, None)
            for application in organisation.application:
                self._application(application, organisation)
                for certificate in application.certificate:
                    self._certificate(certificate, organisation, application)
        for user in self._seed.user:
            self._user(user)
        return self._report

    def _user(self, table: SeedUser) -> None:
        label = f"user {table.UserEmail} ({table.UserID})"
        accounts, draft = self._sandbox.people.accounts, account_draft(table)
        try:
            accounts.read(table.UserID)
        except NotFound:
            self._make(label, lambda: accounts.create(SEEDER, draft))
        else:
            self._report.kept.append(label)

    def _organisation(self, table: SeedOrganisation) -> None:
        label = f"organisation {table.OrganisationName} ({table.OrganisationId})"
        draft = OrganisationDraft(
            name=table.OrganisationName,
            legal_entity_name=table.LegalEntityName,
            country_of_registration=table.CountryOfRegistration,
            registration_number=table.RegistrationNumber,
            status=table.Status,
            details=_details(table.model_dump(exclude_none=True)),
        )
        roles = tuple(self._claim(role.AuthorisationDomain, role.Role) for role in table.Roles)
        create = self._sandbox.organisations.create
        try:
            self._sandbox.organisations.read(table.OrganisationId)
        except NotFound:
            self._make(label, lambda: create(SEEDER, table.OrganisationId, draft, roles=roles))
        else:
            self._report.kept.append(label)

    def _claim(self, domain: str, role: str) -> Mapping[str, Any]:
        return {"id": new_id(self._sandbox.entropy), "domain": domain, "role": role, "status": "Active"}

    def _application(self, table: SeedApplication, organisation: SeedOrganisation) -> None:
        label = f"application {table.ClientName} ({table.SoftwareStatementId})"
        draft = ApplicationDraft(
            client_name=table.ClientName,
            client_id=table.ClientId,
            details=_details(table.model_dump(exclude_none=True)),
            roles=tuple(RoleChoice(domain=role.AuthorisationDomain, role=role.Role) for role in table.Roles),
        )
        create, software = self._sandbox.applications.create, table.SoftwareStatementId
        try:
            self._sandbox.applications.read(organisation.OrganisationId, software)
        except NotFound:
            owner = organisation.OrganisationId
            self._make(label, lambda: create(SEEDER, owner, draft, software_statement_id=software))
        else:
            self._report.kept.append(label)

    def _certificate(
        self, table: SeedCertificate, organisation: SeedOrganisation, application: SeedApplication | None
    ) -> None:
        label = f"certificate {table.name} ({table.type})"
        holder = organisation.OrganisationId, application.SoftwareStatementId if application else None
        if self._certificates.is_there(table, holder):
            self._report.kept.append(label)
        else:
            self._make(label, lambda: self._report.files.extend(self._certificates.make(table, holder)))

    def _make(self, label: str, make: Callable[[], object]) -> None:
        """Another process may apply the same seed at this moment: then the thing is there, too."""
        try:
            make()
        except Conflict:
            self._report.kept.append(label)
        except DirectoryError as refusal:
            if refusal.code != "csr.duplicate":
                raise self._refused(label, refusal) from refusal
            self._report.kept.append(label)
        else:
            self._report.made.append(label)

    def _refused(self, label: str, refusal: DirectoryError) -> Invalid:
        told = [finding.text for finding in errors_among(refusal.findings)] or [f"{refusal.reason} [{refusal.code}]"]
        findings = tuple(Finding(INVALID, f"{self._seed.name}: {label}: {text}") for text in told)
        return Invalid(f"{self._seed.name}: {label} was refused", code=INVALID, findings=findings)


def _details(table: Mapping[str, Any]) -> Details:
    """The descriptive members, as JSON has them."""
    kept = {name: value for name, value in table.items() if name not in NOT_DETAILS}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()}
