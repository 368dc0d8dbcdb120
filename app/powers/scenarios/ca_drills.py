"""A new issuing CA, and a second root above the one that is there (control-cases.md H-04 and H-05)."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.ca.odd import authorities
from app.powers.scenarios.language import Facts, Scenario, Step
from app.ra.beside import BesideTheHierarchy
from app.ra.issuers import Issuers
from app.store.store import Store

SUBJECT = "the CAs"


@dataclass(frozen=True, slots=True)
class CaDrills:
    store: Store
    issuers: Issuers
    beside: BesideTheHierarchy

    def scenarios(self) -> Iterator[Scenario]:
        yield Scenario(
            "ca-rollover",
            "a new issuing CA: first everybody may trust it, then leaves come from it",
            (Step("founded", self._found, _founded), Step("used", self._use, _used)),
            lambda _parameters: SUBJECT,
        )
        yield Scenario(
            "ca-cross-sign",
            "another root certifies the issuing CA too: the same leaf has two chains",
            (Step("cross-signed", self._cross_sign, _cross_signed), Step("told", self._tell, _cross_signed)),
            lambda _parameters: SUBJECT,
        )

    # ca-rollover

    def _found(self, _facts: Facts) -> Facts:
        with self.store.write() as uow:
            old = self.issuers.current(uow)
            self.issuers.hold_back(uow)
        new = self.issuers.roll_over()
        return {"old_ca": old.title, "new_ca": new.title, "old_crl": old.crl_name, "new_crl": new.crl_name}

    def _use(self, _facts: Facts) -> Facts:
        with self.store.write() as uow:
            self.issuers.use_newest(uow)
        return {}

    # ca-cross-sign

    def _cross_sign(self, _facts: Facts) -> Facts:
        cross = self.beside.get("cross")
        with self.store.read() as uow:
            issuing = self.issuers.current(uow)
        octets = authorities.cross_certificate(cross.signer, issuing.signer, cross.publication)
        crossed = ssl.DER_cert_to_PEM_cert(octets)
        return {
            "chains": [
                {"anchor": self.issuers.root_pem().decode(), "intermediates": issuing.pem.decode()},
                {"anchor": cross.pem.decode(), "intermediates": crossed},
            ],
            "cross_crl": cross.crl_name,
        }

    def _tell(self, _facts: Facts) -> Facts:
        return {}


def _founded(facts: Facts) -> Mapping[str, str]:
    return {
        "/repository/bundle.pem": f"{facts['old_ca']} and {facts['new_ca']}",
        f"/crl/{facts['old_crl']}": "served",
        f"/crl/{facts['new_crl']}": "served",
        "new certificates": f"from {facts['old_ca']} still",
    }


def _used(facts: Facts) -> Mapping[str, str]:
    return {
        "/repository/bundle.pem": f"{facts['old_ca']} and {facts['new_ca']}",
        f"/crl/{facts['old_crl']}": f"served as long as certificates of {facts['old_ca']} live",
        "new certificates": f"from {facts['new_ca']}",
        "old certificates": "good",
    }


def _cross_signed(facts: Facts) -> Mapping[str, str]:
    return {
        "facts/chains": "two anchors, each with the issuing CA under it: a leaf verifies by both",
        f"/crl/{facts['cross_crl']}": "the CRL of the other root",
    }
