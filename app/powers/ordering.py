"""An order for a certificate on demand, held against the directory and the type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.errors import Finding, Invalid, NotFound
from app.pki.facts import Facts
from app.pki.profiles import CertificateProfile
from app.powers.defects.registry import Defect
from app.ra.standing import Owner
from app.runtime.clock import whole_second
from app.settings import KeyKind
from app.store.store import UnitOfWork

KINDS: Mapping[KeyKind, tuple[str, object]] = {
    "ec-p256": ("ec", "P-256"),
    "ec-p384": ("ec", "P-384"),
    "rsa-2048": ("rsa", 2048),
    "rsa-3072": ("rsa", 3072),
    "rsa-4096": ("rsa", 4096),
}
"""Kinds of keys as types speak of them; the first that a type takes is its usual one here, since it is made fastest."""


@dataclass(frozen=True, slots=True)
class Order:
    """`software` is an application by any of its ids; `life` is notBefore and notAfter, None where not asked for."""

    type: str
    organisation: str | None = None
    software: str | None = None
    defects: tuple[Defect, ...] = ()
    publish: bool = False
    key_kind: KeyKind | None = None
    host: str | None = None
    expires_in: timedelta | None = None
    life: tuple[datetime | None, datetime | None] = (None, None)
    revoked_in: timedelta | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order that can be filled."""

    order: Order
    owner: Owner
    profile: CertificateProfile
    facts: Facts

    def life(self, now: datetime, latest: datetime) -> tuple[datetime, datetime]:
        """As long as the type says and no longer than its CA, unless the order says otherwise."""
        asked_start, asked_end = self.order.life
        start, end = asked_start or whole_second(now), asked_end
        if end is None and self.order.expires_in is not None:
            end = whole_second(now) + self.order.expires_in
        if end is None:
            end = min(start + timedelta(days=self.profile.validity_days or 395), max(latest, start))
        if end < start:
            shown = f"{start:%Y-%m-%dT%H:%M:%SZ} to {end:%Y-%m-%dT%H:%M:%SZ}"
            raise _refused("/validity", "an end after its beginning", shown)
        return start, end

    def require_change(self, sound: bytes, subject: bytes) -> None:
        """Raise Invalid where a defect of the subject leaves this type's subject as it is: it would be no defect."""
        for defect in self.order.defects:
            if "subject" in defect.aspects and sound == subject:
                text = f"{defect.name} changes nothing: the subject of type {self.profile.type} does not name that"
                raise Invalid(text, code="defect.excluded", findings=(Finding("defect.excluded", text, "/defect"),))


def ordered(uow: UnitOfWork, order: Order, profiles: Mapping[str, CertificateProfile]) -> Ordered:
    """Raises NotFound for a holder that is not there, Invalid for a type that cannot be had for him."""
    profile = profiles.get(order.type)
    csr_types = sorted(name for name, each in profiles.items() if each.input == "csr")
    if profile is None or profile.input != "csr":
        raise _refused("/type", f"one of {', '.join(csr_types)}", order.type)
    owner = _owner(uow, order, profile)
    return Ordered(order, owner, profile, owner.facts(uow.organisations.domains()))


def require_key_kind(wanted: Ordered) -> KeyKind:
    """The kind that was ordered, or the usual one. Raises Invalid where the type takes no such key."""
    rule = wanted.profile.key
    taken = [kind for kind, (family, size) in KINDS.items() if size in getattr(rule, family)]
    chosen = wanted.order.key_kind or (taken[0] if taken else "rsa-2048")
    if chosen not in taken:
        raise _refused("/key_kind", f"one of {', '.join(taken)} for type {wanted.profile.type}", chosen)
    return chosen


def _owner(uow: UnitOfWork, order: Order, profile: CertificateProfile) -> Owner:
    if order.software is None and (order.organisation is None or profile.level == "application"):
        member = "software" if profile.level == "application" else "organisation"
        raise _refused(f"/{member}", f"an id, since type {profile.type} is of the {profile.level}", "nothing")
    if order.software is None:
        return Owner(uow.organisations.get(order.organisation or ""), None)
    application = uow.applications.find_any(order.software)
    if application is None:
        raise NotFound(f"no application {order.software[:80]}")
    if order.organisation not in (None, application.organisation_id):
        raise NotFound(f"application {order.software[:80]} is not of organisation {(order.organisation or '')[:80]}")
    organisation = uow.organisations.get(application.organisation_id)
    return Owner(organisation, application if profile.level == "application" else None)


def _refused(pointer: str, expected: str, got: str) -> Invalid:
    text = f"{pointer[1:]} is not usable here"
    return Invalid(text, code="field.value", findings=(Finding("field.value", text, pointer, expected, got[:80]),))
