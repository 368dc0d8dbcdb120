"""CAs beside the hierarchy, founded when somebody first asks for what they alone issue (control-cases.md F-10 to F-13).

One stays as long as it is what it is for: an expired one must be expired at the sandbox's clock, the others valid.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.ca.hierarchy import FoundedIssuer, HierarchyPlan
from app.ca.keys import KeyPool
from app.ca.odd import authorities
from app.ca.odd.authorities import Life
from app.errors import Conflict
from app.ra.issuers import Issuers, LoadedIssuer
from app.runtime.clock import Clock
from app.runtime.entropy import Entropy
from app.store.records import Issuer, IssuerRole
from app.store.store import Store

TITLES = {
    "expired": "Expired CA",
    "revoked": "Revoked CA",
    "unknown_root": "Unknown Root CA",
    "unknown": "Unknown CA",
    "cross": "Cross Root CA",
}


class BesideTheHierarchy:
    def __init__(self, store: Store, issuers: Issuers, clock: Clock, ground: tuple[Entropy, KeyPool]) -> None:
        self._store, self._issuers, self._clock, self._ground = store, issuers, clock, ground

    def get(self, role: IssuerRole) -> LoadedIssuer:
        """The CA of that role, founded where there is none that will do. Not inside a transaction that writes."""
        for _attempt in range(2):
            found = self._find(role)
            if found is not None:
                return found
            above = self._above(role)
            try:
                self._found(role, above)
            except Conflict:  # another process was first
                continue
        found = self._find(role)
        assert found is not None
        return found

    def _find(self, role: IssuerRole) -> LoadedIssuer | None:
        with self._store.read() as uow:
            found = self._issuers.beside(uow, role)
        return found if found is not None and _will_do(role, found, self._clock.now()) else None

    def _above(self, role: IssuerRole) -> LoadedIssuer | None:
        """Who certifies it; None for a root."""
        if role in ("unknown_root", "cross"):
            return None
        return self.get("unknown_root") if role == "unknown" else self._issuers.root

    def _found(self, role: IssuerRole, above: LoadedIssuer | None) -> None:
        with self._store.read() as uow:
            before = self._issuers.beside(uow, role)
        generation, now = before.record.generation + 1 if before else 1, self._clock.now()
        plan, what = self._plan(role, generation, above), (role, f"{TITLES[role]} - G{generation}")
        life = authorities.lapsed(now) if role == "expired" else authorities.standing(now)
        founded = self._made(plan, what, life, above)
        with self._store.write() as uow:
            self._issuers.record(uow, founded)
            if above is not None:
                self._issuers.publish_address(uow, above)

    def _made(
        self, plan: HierarchyPlan, what: tuple[IssuerRole, str], life: Life, above: LoadedIssuer | None
    ) -> FoundedIssuer:
        if above is None:
            return authorities.root(plan, what, life, self._ground)
        return authorities.intermediate(above.signer, plan, what, life, self._ground)

    def _plan(self, role: IssuerRole, generation: int, above: LoadedIssuer | None) -> HierarchyPlan:
        own = Issuer("", role, generation, b"", b"", (), self._clock.now())
        publication = above.publication if above is not None else self._issuers.publication(own)
        return replace(self._issuers.plan(generation), generation=generation, root_publication=publication)


def _will_do(role: IssuerRole, found: LoadedIssuer, now: datetime) -> bool:
    signer = found.signer
    if role == "expired":
        return signer.not_after < now
    return signer.not_before <= now < signer.not_after
