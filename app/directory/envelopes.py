"""Terms and conditions that a participant signs at an external signing service (connect.md 3; OpenAPI 1.39, `/ess`).

There is no such service here: envelopes are completed at once, or end as the control listener says
(app/runtime/outcomes.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.access import Caller, absent, power, require_right
from app.access_rules import Level, Need
from app.directory.kinds import Change, refused
from app.directory.resources import note
from app.directory.rules import terms
from app.directory.rules.dates import moment
from app.errors import Conflict, NotFound
from app.runtime.clock import Clock
from app.runtime.entropy import Entropy, new_id
from app.runtime.outcomes import NAME, Outcomes, Signing
from app.store.records import Resource
from app.store.store import Store, UnitOfWork

AREA = "terms_and_conditions"
KIND = "envelope"
STATUS: Mapping[Signing, str] = {
    "signed": "completed",
    "declined": "declined",
    "voided": "voided",
    "expired": "expired",
    "pending": "sent",
}
"""What the service answers -> the status of an envelope (connect.md 3)."""
OPEN = "sent"
STANDING = frozenset({"sent", "completed"})
"""While there is one of these, there is no other for the document."""
MOST_SIGNERS = 6
ADMINISTRATOR = "Organisation administrator"


@dataclass(frozen=True, slots=True)
class Initiated:
    """An envelope that has just been sent; `passcode` is told this once."""

    envelope: Resource
    document: Resource
    passcode: str


class Envelopes:
    def __init__(self, store: Store, clock: Clock, entropy: Entropy) -> None:
        self._store, self._clock, self._entropy = store, clock, entropy

    def initiate(self, caller: Caller, organisation_id: str, number: int | None, signers: int) -> Initiated:
        """Send a document to be signed. Raises Forbidden, NotFound, Invalid; Conflict while there is an envelope."""
        require_right(caller, Need(AREA, Level.WRITE), organisation_id)
        with self._store.write() as uow:
            _require_organisation(uow, caller, organisation_id)
            document = _document(uow, number)
            if not 1 <= signers <= MOST_SIGNERS:
                raise refused("NoOfSigners", f"NoOfSigners must be a whole number from 1 to {MOST_SIGNERS}", signers)
            for other in uow.resources.below(organisation_id, KIND):
                if other.body["TnCId"] == number and _stands(other, document):
                    text = f"envelope {other.resource_id} is {other.body['EnvelopeStatus']}; reissue it first"
                    raise Conflict(text, code="state.illegal")
            change = Change(uow, caller, self._clock.now(), {})
            envelope = Resource(
                resource_id=new_id(self._entropy),
                kind=KIND,
                organisation_id=organisation_id,
                parent_id=organisation_id,
                key=None,
                status="Active",
                body={
                    "TnCId": number,
                    "Version": document.body["Version"],
                    "NoOfSigners": signers,
                    "InitiatedBy": caller.name,
                    "InitiatedDate": moment(change.now),
                    "EnvelopeStatus": STATUS[_outcomes(uow).signing],
                },
                created_at=change.now,
            )
            uow.resources.add(envelope)
            note(change, "create", envelope)
        passcode = str(int.from_bytes(self._entropy.octets(4)) % 1_000_000).zfill(6)
        return Initiated(envelope, document, passcode)

    def poll(self, caller: Caller, organisation_id: str, envelope_id: str) -> Resource:
        """Ask the service for one envelope. Raises NotFound."""
        with self._store.write() as uow:
            uow.organisations.get(organisation_id)
            if (signed := _at_once(uow, organisation_id, envelope_id.lower())) is not None:
                return signed
            envelope = _found(uow, organisation_id, envelope_id)
            return self._asked(Change(uow, caller, self._clock.now(), {}), (envelope,))[0]

    def poll_all(self, caller: Caller) -> tuple[Resource, ...]:
        """Ask it for all envelopes that the caller may read."""
        with self._store.write() as uow:
            seen = (
                envelope
                for envelope in uow.resources.of_kind(KIND)
                if power(caller, AREA, envelope.organisation_id) >= Level.READ
            )
            return self._asked(Change(uow, caller, self._clock.now(), {}), seen)

    def reissue(self, caller: Caller, organisation_id: str, envelope_id: str) -> Resource:
        """Give an envelope up, so that another can be sent. Raises Forbidden, NotFound, Conflict for one given up."""
        require_right(caller, Need(AREA, Level.WRITE), organisation_id)
        with self._store.write() as uow:
            _require_organisation(uow, caller, organisation_id)
            try:
                envelope = _found(uow, organisation_id, envelope_id)
            except NotFound as error:
                raise absent(caller, error.reason) from error
            if envelope.body["EnvelopeStatus"] == "reissued":
                raise Conflict("this envelope was reissued already", code="state.illegal")
            return _moved(Change(uow, caller, self._clock.now(), {}), envelope, "reissued")

    def answer(self, caller: Caller, envelope_id: str, outcome: Signing) -> Resource:
        """The signers of one envelope have done so. Raises NotFound, Conflict for one that is not under way."""
        with self._store.write() as uow:
            envelope = uow.resources.find(KIND, envelope_id)
            if envelope is None:
                raise NotFound(f"no such envelope: {envelope_id[:80]}")
            if envelope.body["EnvelopeStatus"] != OPEN:
                raise Conflict(f"this envelope is {envelope.body['EnvelopeStatus']} already", code="state.illegal")
            return _moved(Change(uow, caller, self._clock.now(), {}), envelope, STATUS[outcome])

    def _asked(self, change: Change, envelopes: Iterable[Resource]) -> tuple[Resource, ...]:
        """Those under way end as the service says now."""
        status = STATUS[_outcomes(change.uow).signing]
        return tuple(
            _moved(change, each, status) if each.body["EnvelopeStatus"] == OPEN != status else each
            for each in list(envelopes)
        )


def _outcomes(uow: UnitOfWork) -> Outcomes:
    found = uow.powers.find(NAME)
    return Outcomes() if found is None else Outcomes.of(found.value)


def _require_organisation(uow: UnitOfWork, caller: Caller, organisation_id: str) -> None:
    organisation = uow.organisations.find(organisation_id)
    if organisation is None:
        raise absent(caller, f"no such organisation: {organisation_id[:80]}")
    if organisation.status == "Withdrawn":
        raise Conflict("a withdrawn organisation cannot be changed", code="state.illegal")


def _document(uow: UnitOfWork, number: int | None) -> Resource:
    """One that participants sign. Raises Invalid."""
    if number is None:
        raise refused("TnCId", "TnCId must be provided", code="field.missing")
    found = uow.resources.by_key(terms.KIND, str(number))
    if found is None or not found.is_active or found.body["Type"] != "Participant":
        raise refused("TnCId", "TnCId must be that of active terms and conditions for participants", number)
    return found


def _stands(envelope: Resource, document: Resource) -> bool:
    """A completed envelope of an older version is no hindrance."""
    body: Mapping[str, Any] = envelope.body
    return body["EnvelopeStatus"] in STANDING and body["Version"] == document.body["Version"]


def _found(uow: UnitOfWork, organisation_id: str, envelope_id: str) -> Resource:
    found = uow.resources.find(KIND, envelope_id.lower())
    if found is None or found.organisation_id != organisation_id:
        raise NotFound(f"no such envelope: {envelope_id[:80]}")
    return found


def _at_once(uow: UnitOfWork, organisation_id: str, envelope_id: str) -> Resource | None:
    """The envelope of a document that counts as signed, as the history of signings tells it (terms.py)."""
    for document in uow.resources.of_kind(terms.KIND):
        if terms.envelope_at_once(document, organisation_id) == envelope_id:
            signed = {"EnvelopeStatus": STATUS["signed"]}
            return replace(document, resource_id=envelope_id, organisation_id=organisation_id, body=signed)
    return None


def _moved(change: Change, envelope: Resource, status: str) -> Resource:
    moved = replace(envelope, body={**envelope.body, "EnvelopeStatus": status}, revision=envelope.revision + 1)
    change.uow.resources.replace(moved)
    note(change, "update", moved, envelope)
    return moved
