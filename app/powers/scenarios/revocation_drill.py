"""All certificates of a CA, a holder or a type revoked at once, under one incident id, with the numbers
(control-cases.md H-06; reliability-cases.md F-02)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast, get_args

from app.access import ADMIN, WEBSITE, Caller
from app.powers.scenarios.language import Facts, Parameters, Scenario, Step, refused
from app.powers.scenarios.revocation_views import VIEWS, Named, RevocationViews, Where
from app.ra.revocation import REASONS, Revocations
from app.runtime.clock import Clock
from app.runtime.propagation import CHANNELS
from app.store.records import Certificate, Reason
from app.store.store import Store

DRILL = Caller(frozenset({WEBSITE, ADMIN}), user="scenario")
SLICE = 100
"""Certificates revoked in one transaction: others get in between."""
BREATH_SECONDS = 0.002
"""Between two of them, so that whoever waits for the store's one writer is woken before the next one begins."""
ASKED = 200
"""Certificates that the views are asked about afterwards, the newest."""
LONGEST = 100
"""Characters of an incident id."""
PARAMETERS: Mapping[str, str] = {
    "organisation": "organisation_id",
    "software": "software_statement_id",
    "type": "type",
    "issuer": "issuer_id",
}
"""By the columns that they narrow."""


@dataclass(slots=True)
class _Count:
    """What was revoked so far."""

    total: int = 0
    by_issuer: dict[str, int] = field(default_factory=dict)
    some: list[Named] = field(default_factory=list)
    last: Named | None = None

    def add(self, found: tuple[Certificate, ...]) -> None:
        named = [(each.issuer_id or "", each.serial or 0) for each in found]
        self.total += len(named)
        for issuer_id, _serial in named:
            self.by_issuer[issuer_id] = self.by_issuer.get(issuer_id, 0) + 1
        self.some += named[: max(ASKED - len(self.some), 0)]
        self.last = named[-1]


@dataclass(frozen=True, slots=True)
class RevocationDrill:
    store: Store
    clock: Clock
    revocations: Revocations
    views: RevocationViews

    def scenarios(self) -> Iterator[Scenario]:
        yield Scenario(
            "mass-revocation",
            "every certificate that stands is revoked, or those of an organisation, an application, a type, an issuer",
            (Step("revoked", self._revoke, _revoked), Step("checked", self._check, _checked)),
            lambda _parameters: "revocation",
            takes=(*PARAMETERS, "reason", "incident"),
            check=self._require_sense,
        )

    def _require_sense(self, parameters: Parameters) -> None:
        if parameters.get("reason", REASONS[0]) not in get_args(Reason):
            raise refused("/reason", f"one of {', '.join(get_args(Reason))}", parameters["reason"])
        incident = parameters.get("incident", "x")
        if len(incident) > LONGEST or not incident.isprintable():
            raise refused("/incident", f"a text of at most {LONGEST} characters", incident)
        with self.store.read() as uow:
            if "organisation" in parameters:
                uow.organisations.get(parameters["organisation"])

    def _revoke(self, facts: Facts) -> Facts:
        """Slice by slice, then look when each view shows the last of them."""
        began, count = self.clock.machine(), _Count()
        reason = cast("Reason", facts.get("reason", "cessationofoperation"))
        incident = str(facts.get("incident") or f"incident-{self.clock.now():%Y%m%dT%H%M%SZ}")
        scope = {PARAMETERS[name]: str(facts[name]) for name in PARAMETERS if name in facts}
        while found := self._slice(scope, reason, incident):
            count.add(found)
            time.sleep(BREATH_SECONDS)
        numbers = {"revoked": count.total, "seconds": self._since(began), "by_issuer": count.by_issuer}
        seconds_to = {where: self._seconds_to(where, count.last, began) for where in VIEWS} if count.last else {}
        return {
            **numbers,
            "reason": reason,
            "incident": incident,
            "seconds_to": seconds_to,
            "some": [f"{issuer_id}/{serial:x}" for issuer_id, serial in count.some],
        }

    def _slice(self, scope: Mapping[str, str], reason: Reason, incident: str) -> tuple[Certificate, ...]:
        with self.store.write() as uow:
            found = uow.standing.some(self.clock.now(), SLICE, **scope)
            for each in found:
                self.revocations.revoke(uow, DRILL, each, reason, incident)
        return found

    def _seconds_to(self, where: Where, last: Named, began: datetime) -> float | None:
        """None where the view does not show it yet: it is late."""
        return self._since(began) if self.views.count(where, (last,)) else None

    def _since(self, began: datetime) -> float:
        return round((self.clock.machine() - began).total_seconds(), 3)

    def _check(self, facts: Facts) -> Facts:
        """Ask OCSP and look at CRLs and key sets, as anybody would."""
        began, wanted = self.clock.machine(), [_named(each) for each in facts["some"]]
        seen: dict[str, Any] = {f"on_{where}": self.views.count(where, wanted) for where in ("ocsp", "crl")}
        seen["out_of_jwks"] = self.views.count("jwks", wanted)
        return {"asked": len(wanted), **seen, "crls": self.views.lists(), "check_seconds": self._since(began)}


def _named(text: str) -> Named:
    issuer_id, _, serial = text.rpartition("/")
    return issuer_id, int(serial, 16)


def _revoked(facts: Facts) -> Mapping[str, str]:
    text = f"{facts['revoked']} certificates, revoked for {facts['reason']} in {facts['seconds']} s"
    told = dict.fromkeys(CHANNELS, text)
    for where, seconds in facts.get("seconds_to", {}).items():
        when = "does not show the last of them yet" if seconds is None else f"shows all after {seconds} s"
        told[where] = f"{text}; {when}"
    return told | {
        "audit": f"IncidentId {facts.get('incident', '')}",
        "delays": "those of GET /_mock/propagation count",
    }


def _checked(facts: Facts) -> Mapping[str, str]:
    asked = facts["asked"]
    return {
        "ocsp": f"{facts['on_ocsp']} of {asked} revoked",
        "crl": f"{facts['on_crl']} of {asked} listed",
        "jwks": f"{facts.get('out_of_jwks')} of {asked} out of the active key sets",
    }
