"""The CRL cannot be fetched while the directory rescans it: good keys fall out (control-cases.md H-07 and C-05)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.errors import NotFound
from app.powers.faults.book import FaultBook
from app.powers.propagation import Propagation
from app.powers.scenarios.language import Facts, Scenario, Step
from app.settings import Settings

TEMPLATE = "crl-outage"


@dataclass(frozen=True, slots=True)
class Outage:
    faults: FaultBook
    propagation: Propagation
    settings: Settings

    def scenarios(self) -> Iterator[Scenario]:
        yield Scenario(
            "crl-outage",
            "no CRL can be fetched, over an hourly rescan; then it can again [specs-seguranca #202]",
            (Step("down", self._break, self._broken), Step("restored", self._mend, self._mended)),
            lambda _parameters: "the CRL",
        )

    def _break(self, facts: Facts) -> Facts:
        before = self.propagation.view().delays
        self.propagation.put(before.late, rescan=True)
        had_rescan = facts.get("had_rescan", before.rescan_since is not None)
        return {"fault": self.faults.add({"template": TEMPLATE}).fault_id, "had_rescan": had_rescan}

    def _mend(self, facts: Facts) -> Facts:
        try:
            self.faults.end(facts["fault"])
        except NotFound:  # somebody has ended it already
            return {"fault": ""}
        return {}

    def _broken(self, facts: Facts) -> Mapping[str, str]:
        keys = "after the next full hour every key of the CA is in the inactive sets"
        if self.settings.rescan_on_crl_failure == "keep":
            keys = "stay where they are: rescan_on_crl_failure is keep; set it to deactivate to see them go"
        return {"/crl/issuer.crl": f"503, by {facts['fault']}", "ocsp": "answers as before", "key sets": keys}

    def _mended(self, _facts: Facts) -> Mapping[str, str]:
        keys = "the keys are back after the next full hour; the hourly rescan stays on: DELETE /_mock/propagation"
        return {"/crl/issuer.crl": "served", "key sets": keys}
