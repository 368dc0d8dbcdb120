"""The status board: CRL, OCSP and status by serial, three views of one truth at the sandbox's clock."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.ca import ocsp
from app.ca.crl import CrlPlan, build_crl
from app.ca.hierarchy import responder_needs_renewal
from app.ca.ocsp import OcspQuery, OcspStatus
from app.errors import Invalid, NotFound
from app.ra import lateness
from app.ra.issuers import Issuers, LoadedIssuer
from app.runtime.clock import Clock, whole_second
from app.settings import Settings
from app.store.records import Certificate, Crl, IssuerRole
from app.store.store import Store, UnitOfWork

SERIAL_OCTETS = 20
CERTIFIES: Mapping[IssuerRole, tuple[IssuerRole, ...]] = {
    "root": ("root", "issuing", "expired"),
    "unknown_root": ("unknown_root", "unknown"),
    "cross": ("cross", "issuing"),
}
"""Which CAs a root has certified; of a revoked one there is a row like that of a leaf."""


@dataclass(frozen=True, slots=True)
class OcspReply:
    """An encoded OCSPResponse. `code` is for the journal, "" when the question was answered; so is what is `told`."""

    body: bytes
    cacheable: bool
    this_update: datetime
    next_update: datetime
    code: str = ""
    told: Mapping[str, str] = field(default_factory=dict)


class StatusBoard:
    def __init__(self, store: Store, issuers: Issuers, clock: Clock, settings: Settings) -> None:
        self._store, self._issuers, self._clock, self._settings = store, issuers, clock, settings
        self._served: dict[str, tuple[object, Crl, datetime | None]] = {}

    # CRL

    def crl(self, name: str = "issuer.crl") -> Crl:
        """The CRL of that file name, current at the clock.

        It is built anew when a revocation came, when half its life is over, or when the clock stands before it; so
        no answer is past its nextUpdate and none is from the future (status-cases.md R2, R6). Raises NotFound.
        """
        token = self._store.change_token()
        served = self._served.get(name)
        if served and served[0] == token and self._is_fresh(served[1], served[2]):
            return served[1]
        with self._store.read() as uow:
            loaded = self._named(uow, name)
            newest = uow.revocations.newest_crl(loaded.record.issuer_id)
            if newest is None or not self._is_current(uow, loaded, newest):
                newest = None
        if newest is None:
            newest = self._build(name)
        with self._store.read() as uow:
            planned = self._next_change(uow, newest)
        self._served[name] = (token, newest, planned)
        return newest

    def _is_current(self, uow: UnitOfWork, loaded: LoadedIssuer, newest: Crl) -> bool:
        """Whether it can be served as it is: fresh, with every revocation on it, for every address."""
        shown = lateness.shown(uow, newest.issuer_id, self._clock.now())
        if newest.sequence != shown.sequence(uow, newest.issuer_id):
            return False
        planned = uow.revocations.next_planned(newest.issuer_id, newest.this_update)
        return self._is_fresh(newest, planned) and self._names_all(loaded, newest)

    def _next_change(self, uow: UnitOfWork, newest: Crl) -> datetime | None:
        """When the next revocation comes on the list without anybody doing anything."""
        planned = uow.revocations.next_planned(newest.issuer_id, newest.this_update)
        late = lateness.shown(uow, newest.issuer_id, self._clock.now()).until
        return min(filter(None, (planned, late)), default=None)

    def _named(self, uow: UnitOfWork, name: str) -> LoadedIssuer:
        cas = self._issuers.held(uow)
        for loaded in self._issuers.everyone(uow):
            if loaded.crl_name == name:
                return loaded
        raise NotFound(f"no CRL {name}; there are {', '.join(i.crl_name for i in cas)}")

    def _is_fresh(self, crl: Crl, planned: datetime | None) -> bool:
        """Half of its life is not over, and no planned revocation has begun to count since."""
        now = self._clock.now()
        if planned is not None and planned <= now:
            return False
        return crl.this_update <= now < crl.this_update + (crl.next_update - crl.this_update) / 2

    def _names_all(self, loaded: LoadedIssuer, crl: Crl) -> bool:
        """Whether its issuing distribution point names every address of the issuer's certificates."""
        return all(address.encode() in crl.der for address in self._issuers.crl_addresses(loaded))

    def _build(self, name: str) -> Crl:
        with self._store.write() as uow:
            loaded = self._named(uow, name)
            issuer_id = loaded.record.issuer_id
            newest = uow.revocations.newest_crl(issuer_id)
            if newest and self._is_current(uow, loaded, newest):
                return newest
            crl = self._sign(loaded, newest, uow)
            uow.revocations.save_crl(crl)
            uow.late.shown("crl", self._clock.now())
        return crl

    def _sign(self, loaded: LoadedIssuer, newest: Crl | None, uow: UnitOfWork) -> Crl:
        book, now = loaded.book, whole_second(self._clock.now())
        shown = lateness.shown(uow, loaded.record.issuer_id, self._clock.now())
        book.update(shown.chosen(uow.revocations.since(loaded.record.issuer_id, book.sequence)))
        keep_from = newest.this_update if newest else now
        keep_from = min(keep_from, now) - timedelta(seconds=self._settings.crl_keep_expired_seconds)
        plan = CrlPlan(
            number=uow.revocations.next_number(loaded.record.issuer_id),
            this_update=now,
            next_update=now + timedelta(seconds=self._settings.crl_validity_seconds),
            addresses=self._issuers.crl_addresses(loaded, uow),
        )
        der = build_crl(loaded.signer, plan, book.entries(keep_from, now))
        sequence = shown.sequence(uow, loaded.record.issuer_id)
        return Crl(loaded.record.issuer_id, plan.number, der, plan.this_update, plan.next_update, sequence)

    # OCSP

    def ocsp(self, body: bytes) -> OcspReply:
        """Answer an OCSPRequest; every body gets an OCSPResponse, never an exception (status-cases.md R3)."""
        now = whole_second(self._clock.now())
        try:
            query = ocsp.parse_request(body)
            with self._store.read() as uow:
                loaded, status = self.answered(uow, query)
        except ocsp.OcspFault as fault:
            return OcspReply(ocsp.fault_answer(fault.status), False, now, now, fault.code)
        if responder_needs_renewal(loaded.responder, now):
            self._issuers.renew_responder(loaded)
        until = now + timedelta(seconds=self._settings.ocsp_validity_seconds)
        if status.until is not None:
            until = min(until, max(whole_second(status.until), now + timedelta(seconds=1)))
        answer = ocsp.answer(loaded.responder, query, status, ocsp.Dates(now, until, now))
        code = "ocsp.serial_unknown" if status.kind == "unknown" else ""
        told = {"serial": f"{query.serial:x}", "status": status.kind, "next_update": f"{until:%Y-%m-%dT%H:%M:%SZ}"}
        return OcspReply(answer, query.nonce is None, now, until, code, told)

    def answered(self, uow: UnitOfWork, query: OcspQuery) -> tuple[LoadedIssuer, OcspStatus]:
        """Who answers a question, and what. Raises OcspFault where no CA here is asked."""
        cas = self._issuers.everyone(uow)
        loaded = _asked(query, cas)
        return loaded, self._status(uow, loaded, cas, query.serial)

    def _status(self, uow: UnitOfWork, loaded: LoadedIssuer, cas: tuple[LoadedIssuer, ...], serial: int) -> OcspStatus:
        if serial in _own_serials(loaded, cas):
            return OcspStatus("good")
        found = uow.certificates.find_by_serial(serial, loaded.record.issuer_id)
        if not found and serial <= 0:  # RFC 5280, 4.1.2.2: no certificate has it, but one that is wrong on purpose
            raise ocsp.OcspFault("malformed_request", "ocsp.malformed")
        if not found:
            return OcspStatus("unknown" if self._settings.ocsp_unknown_serial == "unknown" else "never_issued")
        now = self._clock.now()
        found, late = lateness.seen(uow, "ocsp", found, now)
        for each in found:  # of two with one serial, a revoked one speaks for both
            if each.revoked_at is not None and each.is_revoked(now):
                return OcspStatus("revoked", whole_second(each.revoked_at), each.revoke_reason, until=late)
        planned = (each.revoked_at for each in found if each.revoked_at)
        return OcspStatus("good", until=min(filter(None, (*planned, late)), default=None))

    # status by serial

    def of_serial(self, text: str) -> list[Mapping[str, Any]]:
        """Certificates by serial: hex, HEX, colons, leading zeros, `0x…`, `dec:…` (status-cases.md R-07).

        Raises Invalid with `serial.ambiguous` where the text fits both ways, NotFound where nothing has it.
        """
        serials = tuple(readings(text))
        if len(serials) != 1:
            expected = "0x… for hexadecimal, dec:… for decimal"
            raise Invalid(f"serial {text[:80]!r}: expected {expected}", code="serial.ambiguous")
        now = self._clock.now()
        with self._store.read() as uow:
            found = uow.certificates.find_by_serial(serials[0])
            late = [uow.late.visible_at(each.certificate_id) for each in found]
        if not found:
            raise NotFound(f"no certificate with serial {serials[0]:x}", code="revoke.unknown")
        return [_described(each, now) | lateness.told(each, moments) for each, moments in zip(found, late, strict=True)]


def _asked(query: OcspQuery, cas: tuple[LoadedIssuer, ...]) -> LoadedIssuer:
    for loaded in cas:
        if query.names(loaded.signer.certificate):
            return loaded
    raise ocsp.OcspFault("unauthorized", "ocsp.issuer_unknown")


def _own_serials(loaded: LoadedIssuer, cas: tuple[LoadedIssuer, ...]) -> set[int]:
    """What a CA has issued besides leaves: its responder, and by the root itself and the issuing CAs."""
    serials = {loaded.responder.serial}
    below = CERTIFIES.get(loaded.record.role, ())
    return serials | {each.signer.certificate.serial_number for each in cas if each.record.role in below}


def readings(text: str) -> Iterator[int]:
    """Each way in which a text can be a serial of at most 20 octets."""
    text = text.strip()
    if match := re.fullmatch(r"dec:([0-9]{1,49})", text):
        yield int(match[1])
        return
    prefixed = text[:2].lower() == "0x"
    bare = text[2:] if prefixed else text
    digits = bare.replace(":", "")
    hexadecimal = re.fullmatch(r"[0-9A-Fa-f]{1,200}", digits) and len(digits.lstrip("0")) <= 2 * SERIAL_OCTETS
    marked = prefixed or ":" in bare or digits[:1] == "0"
    decimal = not marked and re.fullmatch(r"[0-9]{1,49}", bare) and int(bare).bit_length() <= 8 * SERIAL_OCTETS
    if hexadecimal:
        yield int(digits, 16)
    if decimal and not (hexadecimal and int(bare) == int(digits, 16)):
        yield int(bare)


def _described(certificate: Certificate, now: datetime) -> dict[str, Any]:
    assert certificate.serial is not None
    status = "revoked" if certificate.revoked_at else "expired" if certificate.is_expired(now) else "good"
    described = {
        "serial": f"{certificate.serial:x}",
        "kid": certificate.kid,
        "type": certificate.type,
        "issuer_id": certificate.issuer_id,
        "subject": certificate.subject_dn,
        "organisation_id": certificate.organisation_id,
        "software_statement_id": certificate.software_statement_id,
        "status": status,
        "directory_status": "Active" if certificate.is_active(now) else "Inactive",
        "not_before": certificate.not_before,
        "not_after": certificate.not_after,
        "revoked_at": certificate.revoked_at,
        "revoke_reason": certificate.revoke_reason,
    }
    return {name: value for name, value in described.items() if value is not None}
