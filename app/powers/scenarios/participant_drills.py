"""A participant is suspended and comes back: its keys leave the key sets and return (control-cases.md H-08)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from app.access import ADMIN, WEBSITE, Caller
from app.directory.applications import Applications
from app.directory.drafts import ApplicationDraft, OrganisationDraft
from app.directory.organisations import Organisations
from app.directory.participants import Participants
from app.errors import Conflict, NotFound
from app.powers.scenarios.language import Facts, Parameters, Scenario, Step, refused
from app.store.records import Application
from app.store.store import Store

DRILL = Caller(frozenset({WEBSITE, ADMIN}), user="scenario")
TAKES = ("organisation", "software")


@dataclass(frozen=True, slots=True)
class ParticipantDrills:
    store: Store
    organisations: Organisations
    applications: Applications
    participants: Participants

    def scenarios(self) -> Iterator[Scenario]:
        back = Step("reactivated", self._reactivate, _reactivated)
        yield Scenario(
            "participant-suspended",
            "an organisation (Pending) or an application (Suspended) is out, then in again",
            (Step("suspended", self._suspend, _suspended), back),
            self._subject,
            takes=TAKES,
            check=lambda parameters: self._require_status(parameters, "Active"),
        )
        yield Scenario(
            "participant-reactivated",
            "a participant that is suspended is in again",
            (back,),
            self._subject,
            takes=TAKES,
            check=lambda parameters: self._require_status(parameters, "Pending", "Suspended"),
        )

    def _subject(self, parameters: Parameters) -> str:
        return f"participant {parameters.get('software') or parameters.get('organisation')}"

    def _require_status(self, parameters: Parameters, *allowed: str) -> None:
        """Raise Invalid unless one participant is named, NotFound for a stranger, Conflict in another state."""
        if len(parameters) != 1:
            raise refused("/organisation", "organisation or software, one of them", ", ".join(parameters) or "neither")
        status: str = self._status(parameters)
        if status not in allowed:
            raise Conflict(f"it is {status}, not {' or '.join(allowed)}", code="state.illegal")

    def _status(self, parameters: Parameters) -> str:
        if "software" in parameters:
            return self._application(parameters["software"]).status
        return self.organisations.read(parameters["organisation"]).status

    def _suspend(self, facts: Facts) -> Facts:
        return self._set(facts, "Suspended", "Pending")

    def _reactivate(self, facts: Facts) -> Facts:
        return self._set(facts, "Active", "Active")

    def _set(
        self, facts: Facts, application: Literal["Active", "Suspended"], organisation: Literal["Active", "Pending"]
    ) -> Facts:
        if "software" in facts:
            stored = self._application(str(facts["software"]))
            draft = ApplicationDraft(stored.client_name, status=application, details=stored.details)
            ids = (stored.organisation_id, stored.software_statement_id)
            revision = self.applications.update(DRILL, ids, draft).application.revision
            return {"revision": revision, "status": application, **self._listed(stored.organisation_id)}
        held = self.organisations.read(str(facts["organisation"]))
        changed = OrganisationDraft(
            name=held.name,
            legal_entity_name=held.legal_entity_name,
            country_of_registration=held.country_of_registration,
            registration_number=held.registration_number,
            status=organisation,
            details=held.details,
        )
        revision = self.organisations.update(DRILL, held.organisation_id, changed).revision
        return {"revision": revision, "status": organisation, **self._listed(held.organisation_id)}

    def _listed(self, organisation_id: str) -> Facts:
        """What the list of participants shows by now: its entity tag, and whether the organisation stands there."""
        found = self.participants.publication()
        return {"participants_etag": found.etag, "listed": found.holds(organisation_id)}

    def _application(self, software: str) -> Application:
        with self.store.read() as uow:
            found = uow.applications.find_any(software)
        if found is None:
            raise NotFound(f"no application {software[:80]}")
        return found


def _suspended(facts: Facts) -> Mapping[str, str]:
    return {
        "key sets": "all its keys are in the inactive ones",
        "tokens": "refused: client.not_active, org.not_active",
        "ocsp": "good still: nothing was revoked",
        "participants": _of_the_list(facts),
    }


def _reactivated(facts: Facts) -> Mapping[str, str]:
    return {"key sets": "all its keys are active again", "participants": _of_the_list(facts)}


def _of_the_list(facts: Facts) -> str:
    where = "stands there" if facts.get("listed") else "does not stand there"
    return f"revision {facts['revision']}; ETag {facts.get('participants_etag', 'unknown')}; the organisation {where}"
