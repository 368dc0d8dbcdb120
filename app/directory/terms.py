"""What has been agreed to: the mock signs every document for everybody at once (connect.md 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from app.access import Caller, power
from app.access_rules import Level
from app.directory.envelopes import KIND as ENVELOPE
from app.directory.rules.terms import KIND, envelope_at_once
from app.errors import Forbidden, NotFound
from app.store.grants import Account
from app.store.records import Organisation, Resource
from app.store.store import Store, UnitOfWork

PARTICIPANT, DIRECTORY = "Participant", "Directory"


@dataclass(frozen=True, slots=True)
class Signing:
    """One document as somebody has agreed to it, in whose name, and how the signing stands."""

    document: Resource
    at: datetime
    envelope_id: str
    signed_by: str | None = None
    status: str = "completed"


@dataclass(frozen=True, slots=True)
class Standing:
    """How an organisation stands to what participants sign: what it has still to sign; and what it signed is older."""

    to_be_signed: tuple[Resource, ...] = ()
    is_outdated: bool = False


class Terms:
    def __init__(self, store: Store) -> None:
        self._store = store

    def of_organisation(self, organisation_id: str) -> tuple[Signing, ...]:
        """What a participant has signed: documents sent to it, for all, and of roles that it holds. Raises NotFound."""
        with self._store.read() as uow:
            organisation = uow.organisations.get(organisation_id)
            if organisation.details.get("RequiresParticipantTermsAndConditionsSigning") is False:
                return ()
            roles = frozenset(_roles(uow, organisation))
            signer = next((a.email for a in uow.accounts.all() if _administers(a, organisation_id)), None)
            sent = tuple(_sent(uow, organisation_id))
            seen = {signing.document.resource_id for signing in sent}
            return sent + tuple(
                _signed(document, organisation.organisation_id, organisation.created_at, signer)
                for document in _in_force(uow, PARTICIPANT)
                if document.resource_id not in seen
                and (not document.body.get("RoleIds") or roles & set(document.body["RoleIds"]))
            )

    def standing(self, organisation_id: str) -> Standing:
        """What was sent to be signed counts when it was signed in its present version; all else is signed at once."""
        with self._store.read() as uow:
            envelopes = uow.resources.below(organisation_id, ENVELOPE)
            completed = {
                (e.body["TnCId"], e.body["Version"]) for e in envelopes if e.body["EnvelopeStatus"] == "completed"
            }
            sent = dict.fromkeys(str(envelope.body["TnCId"]) for envelope in envelopes)
            found = (uow.resources.by_key(KIND, number) for number in sent)
            documents = [each for each in found if each is not None and each.is_active]
        unsigned = [each for each in documents if (int(each.key or 0), each.body["Version"]) not in completed]
        numbers = {number for number, _version in completed}
        return Standing(tuple(unsigned), any(int(each.key or 0) in numbers for each in unsigned))

    def of_user(self, caller: Caller, user: str) -> tuple[Signing, ...]:
        """What somebody has agreed to: his own, or for who may read everybody. Raises Forbidden, NotFound."""
        with self._store.read() as uow:
            account = uow.accounts.find(user.lower()) or uow.accounts.find_by_email(user)
            is_self = caller.person is not None and account is not None and caller.user == account.email
            if not is_self and power(caller, "administrators") < Level.READ:
                raise Forbidden("what somebody has agreed to is shown to him and to who may read everybody")
            if account is None:
                raise NotFound("no user has this id or e-mail address")
            every = _in_force(uow, DIRECTORY)
            return tuple(_signed(document, account.user_id, account.created_at, account.email) for document in every)


def _in_force(uow: UnitOfWork, kind: str) -> Iterator[Resource]:
    return (each for each in uow.resources.of_kind(KIND) if each.is_active and each.body["Type"] == kind)


def _sent(uow: UnitOfWork, organisation_id: str) -> Iterator[Signing]:
    """What was sent to be signed (envelopes.py), however it ended; of such a document nothing else is made up."""
    for envelope in uow.resources.below(organisation_id, ENVELOPE):
        document = uow.resources.by_key(KIND, str(envelope.body["TnCId"]))
        if document is not None:
            by, status = envelope.body["InitiatedBy"], str(envelope.body["EnvelopeStatus"])
            yield Signing(document, envelope.created_at, envelope.resource_id, by, status)


def _roles(uow: UnitOfWork, organisation: Organisation) -> Iterator[str]:
    """Ids of the roles that an organisation holds now."""
    for claim in uow.resources.below(organisation.organisation_id, "role_claim"):
        if claim.is_active:
            yield str(claim.body["AuthorisationDomainRoleIdentifier"])


def _administers(account: Account, organisation_id: str) -> bool:
    access = account.details.get("OrgAccessDetails", {}).get(organisation_id, {})
    return account.is_active and access.get("OrgAdmin") is True


def _signed(document: Resource, signer_id: str, since: datetime, signed_by: str | None) -> Signing:
    """At once: when the document came, or whoever signs."""
    return Signing(document, max(document.created_at, since), envelope_at_once(document, signer_id), signed_by)
