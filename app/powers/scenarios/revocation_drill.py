"""All certificates of a CA, a holder or a type revoked at once, with the numbers (control-cases.md H-06)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast, get_args

from cryptography import x509
from cryptography.x509.ocsp import load_der_ocsp_response

from app.access import ADMIN, WEBSITE, Caller
from app.powers.scenarios.language import Facts, Parameters, Scenario, Step, refused
from app.ra.issuers import Issuers
from app.ra.outside import question
from app.ra.revocation import REASONS, Revocations
from app.ra.status import StatusBoard
from app.runtime.clock import Clock
from app.runtime.propagation import CHANNELS
from app.store.records import Reason
from app.store.store import Store

DRILL = Caller(frozenset({WEBSITE, ADMIN}), user="scenario")
SLICE = 500
"""Certificates revoked in one transaction: others get in between."""
ASKED = 1000
"""Certificates that OCSP is asked about afterwards, the newest."""
PARAMETERS: Mapping[str, str] = {
    "organisation": "organisation_id",
    "software": "software_statement_id",
    "type": "type",
    "issuer": "issuer_id",
}
"""By the columns that they narrow."""


@dataclass(frozen=True, slots=True)
class RevocationDrill:
    store: Store
    clock: Clock
    issuers: Issuers
    revocations: Revocations
    status: StatusBoard

    def scenarios(self) -> Iterator[Scenario]:
        yield Scenario(
            "mass-revocation",
            "every certificate that stands is revoked, or those of an organisation, an application, a type, an issuer",
            (Step("revoked", self._revoke, _revoked), Step("checked", self._check, _checked)),
            lambda _parameters: "revocation",
            takes=(*PARAMETERS, "reason"),
            check=self._require_sense,
        )

    def _require_sense(self, parameters: Parameters) -> None:
        if parameters.get("reason", REASONS[0]) not in get_args(Reason):
            raise refused("/reason", f"one of {', '.join(get_args(Reason))}", parameters["reason"])
        with self.store.read() as uow:
            if "organisation" in parameters:
                uow.organisations.get(parameters["organisation"])

    def _revoke(self, facts: Facts) -> Facts:
        scope = {PARAMETERS[name]: str(facts[name]) for name in PARAMETERS if name in facts}
        reason = cast("Reason", facts.get("reason", "cessationofoperation"))
        began, count, serials = self.clock.machine(), 0, list[str]()
        by_issuer: dict[str, int] = {}
        while True:
            with self.store.write() as uow:
                found = uow.standing.some(self.clock.now(), SLICE, **scope)
                for each in found:
                    self.revocations.revoke(uow, DRILL, each, reason)
            if not found:
                break
            count += len(found)
            for each in found:
                by_issuer[each.issuer_id or ""] = by_issuer.get(each.issuer_id or "", 0) + 1
            serials += [f"{each.issuer_id}/{each.serial:x}" for each in found[: max(ASKED - len(serials), 0)]]
        seconds = (self.clock.machine() - began).total_seconds()
        numbers = {"revoked": count, "seconds": round(seconds, 3), "by_issuer": by_issuer, "reason": reason}
        return {**numbers, "some": serials}

    def _check(self, facts: Facts) -> Facts:
        """Ask OCSP and look at the CRLs, as anybody would."""
        began, wanted = self.clock.machine(), [tuple(each.split("/")) for each in facts["some"]]
        by_id = {each.record.issuer_id: each for each in self.issuers.all()}
        lists = {issuer_id: self.status.crl(each.crl_name) for issuer_id, each in by_id.items()}
        parsed = {issuer_id: x509.load_der_x509_crl(crl.der) for issuer_id, crl in lists.items()}
        on_ocsp = on_crl = 0
        for issuer_id, serial in wanted:
            number = int(serial, 16)
            answer = load_der_ocsp_response(self.status.ocsp(question(by_id[issuer_id], number)).body)
            on_ocsp += answer.certificate_status.name == "REVOKED"
            on_crl += parsed[issuer_id].get_revoked_certificate_by_serial_number(number) is not None
        return {
            "asked": len(wanted),
            "on_ocsp": on_ocsp,
            "on_crl": on_crl,
            "crls": {
                by_id[each].crl_name: {"number": crl.number, "octets": len(crl.der), "entries": len(parsed[each])}
                for each, crl in lists.items()
            },
            "check_seconds": round((self.clock.machine() - began).total_seconds(), 3),
        }


def _revoked(facts: Facts) -> Mapping[str, str]:
    text = f"{facts['revoked']} certificates, revoked for {facts['reason']} in {facts['seconds']} s"
    return dict.fromkeys(CHANNELS, text) | {"delays": "those of GET /_mock/propagation count"}


def _checked(facts: Facts) -> Mapping[str, str]:
    asked = facts["asked"]
    return {"ocsp": f"{facts['on_ocsp']} of {asked} revoked", "crl": f"{facts['on_crl']} of {asked} listed"}
