"""Test runs of the conformance suite: there is none here, so what can be seen from here is tested (OpenAPI 1.39)."""

from __future__ import annotations

from dataclasses import dataclass

from app.access import Caller
from app.directory.kinds import Change, refused
from app.directory.resources import note
from app.directory.rules.servers import family_key, fits
from app.errors import NotFound
from app.runtime.clock import Clock
from app.runtime.entropy import Entropy, new_id
from app.runtime.outcomes import NAME, Outcomes
from app.store.records import Resource
from app.store.store import Store, UnitOfWork

KIND = "conformance_test"


@dataclass(frozen=True, slots=True)
class Tested:
    """What is to be tested: an address, and what it should be."""

    address: str
    family: str
    version: str


class Conformance:
    def __init__(self, store: Store, clock: Clock, entropy: Entropy) -> None:
        self._store, self._clock, self._entropy = store, clock, entropy

    def run(self, caller: Caller, organisation_id: str, wanted: Tested) -> Resource:
        """A run that has ended; its errors are in `errors`. Raises NotFound, Invalid for an unknown family."""
        with self._store.write() as uow:
            uow.organisations.get(organisation_id)
            family = uow.resources.by_key("api_family", family_key(wanted.family, wanted.version))
            if family is None or not family.is_active:
                text = "ApiFamilyType and Version must be those of an active API family"
                raise refused("ApiFamilyType", text, f"{wanted.family} {wanted.version}")
            errors = list(dict.fromkeys((*_seen(family, wanted.address), *_told(uow))))
            plans = uow.resources.below(family.resource_id, "conformance_configuration")
            change = Change(uow, caller, self._clock.now(), {})
            made = Resource(
                resource_id=new_id(self._entropy),
                kind=KIND,
                organisation_id=organisation_id,
                parent_id=organisation_id,
                key=None,
                status="Active",
                body={
                    "ResourceUrl": wanted.address,
                    "ApiFamilyID": family.resource_id,
                    "TestPlans": [plan.body["TestPlanName"] for plan in plans],
                    "errors": errors,
                },
                created_at=change.now,
            )
            uow.resources.add(made)
            note(change, "create", made)
            return made

    def read(self, run_id: str) -> Resource:
        """A run by its id. Raises NotFound."""
        with self._store.read() as uow:
            found = uow.resources.find(KIND, run_id)
        if found is None:
            raise NotFound("there is no such test run")
        return found


def _seen(family: Resource, address: str) -> list[str]:
    expressions = [str(expression) for expression in family.body.get("Endpoints", ())]
    if not expressions or any(fits(expression, address) for expression in expressions):
        return []
    return ["ResourceUrl matches no endpoint of the API family"]


def _told(uow: UnitOfWork) -> tuple[str, ...]:
    """What the suite finds, as the control listener says."""
    found = uow.powers.find(NAME)
    return () if found is None else Outcomes.of(found.value).conformance_errors
