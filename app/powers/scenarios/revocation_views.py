"""Where revoked certificates are seen as such: OCSP, the CRL and the key sets, asked as anybody would."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from cryptography import x509
from cryptography.x509.ocsp import load_der_ocsp_response

from app.directory.key_sets import KeySets
from app.ra.issuers import Issuers, LoadedIssuer
from app.ra.outside import question
from app.ra.status import StatusBoard
from app.store.records import Crl
from app.store.store import Store

Where = Literal["ocsp", "crl", "jwks"]
VIEWS: tuple[Where, ...] = ("ocsp", "crl", "jwks")
Named = tuple[str, int]
"""The id of the issuer and the serial."""


@dataclass(frozen=True, slots=True)
class RevocationViews:
    store: Store
    issuers: Issuers
    status: StatusBoard
    key_sets: KeySets

    def count(self, where: Where, wanted: Iterable[Named]) -> int:
        """How many of these a view shows as revoked."""
        match where:
            case "ocsp":
                return sum(self._answers_revoked(*each) for each in wanted)
            case "crl":
                listed = {
                    (issuer_id, serial) for issuer_id, (_, serials) in self._lists().items() for serial in serials
                }
                return len(listed.intersection(wanted))
            case "jwks":
                return self._out_of_key_sets(wanted)

    def lists(self) -> dict[str, dict[str, int]]:
        """Of each CRL its number, its octets and its entries."""
        names = {issuer_id: loaded.crl_name for issuer_id, loaded in self._by_id().items()}
        return {
            names[issuer_id]: {"number": crl.number, "octets": len(crl.der), "entries": len(serials)}
            for issuer_id, (crl, serials) in self._lists().items()
        }

    def _by_id(self) -> dict[str, LoadedIssuer]:
        return {each.record.issuer_id: each for each in self.issuers.all()}

    def _answers_revoked(self, issuer_id: str, serial: int) -> bool:
        reply = self.status.ocsp(question(self._by_id()[issuer_id], serial))
        return load_der_ocsp_response(reply.body).certificate_status.name == "REVOKED"

    def _lists(self) -> dict[str, tuple[Crl, set[int]]]:
        found = {issuer_id: self.status.crl(each.crl_name) for issuer_id, each in self._by_id().items()}
        return {
            issuer_id: (crl, {entry.serial_number for entry in x509.load_der_x509_crl(crl.der)})
            for issuer_id, crl in found.items()
        }

    def _out_of_key_sets(self, wanted: Iterable[Named]) -> int:
        with self.store.read() as uow:
            records = [each for issuer, serial in wanted for each in uow.certificates.find_by_serial(serial, issuer)]
        owners = {(each.organisation_id, each.software_statement_id, each.jwks) for each in records}
        active: dict[tuple[str, str | None, str], set[str]] = {}
        for organisation, software, file in owners:
            body = json.loads(self.key_sets.key_set((organisation, software), file, active=True))
            active[organisation, software, file] = {key["kid"] for key in body["keys"]}
        return sum(
            each.kid not in active[each.organisation_id, each.software_statement_id, each.jwks] for each in records
        )
