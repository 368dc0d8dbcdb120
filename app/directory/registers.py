"""Everything of the directory that is kept as plain objects, and the views over the whole of it, wired."""

from __future__ import annotations

from dataclasses import dataclass

from app.directory.audit import AuditTrail
from app.directory.beside import Surroundings
from app.directory.conformance import Conformance
from app.directory.ecosystem import EcosystemView
from app.directory.envelopes import Envelopes
from app.directory.first_claims import fill_in
from app.directory.memberships import Memberships
from app.directory.participants import Participants
from app.directory.references import References, Roles
from app.directory.resources import Resources
from app.directory.role_metadata import RoleMetadata
from app.directory.terms import Terms
from app.runtime.clock import Clock
from app.runtime.entropy import Entropy
from app.settings import Settings
from app.store.store import Store


@dataclass(frozen=True, slots=True)
class Registers:
    """Servers, claims, contacts and reference data; participants, clients, search and audit."""

    resources: Resources
    references: References
    role_metadata: RoleMetadata
    participants: Participants
    ecosystem: EcosystemView
    audit_trail: AuditTrail
    terms: Terms
    memberships: Memberships
    envelopes: Envelopes
    conformance: Conformance
    surroundings: Surroundings


def open_registers(store: Store, clock: Clock, entropy: Entropy, settings: Settings, roles: Roles) -> Registers:
    """With the reference data that a directory starts with."""
    references = References(store, clock, roles)
    references.establish(fill_in)
    return Registers(
        Resources(store, clock, entropy),
        references,
        RoleMetadata(store),
        Participants(store, clock, settings),
        EcosystemView(store, clock),
        AuditTrail(store),
        Terms(store),
        Memberships(store, clock, entropy),
        Envelopes(store, clock, entropy),
        Conformance(store, clock, entropy),
        Surroundings(store),
    )
