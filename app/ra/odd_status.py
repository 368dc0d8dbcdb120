"""CRL and OCSP answers that are wrong on purpose: those of the status board, changed in one way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from app.ca import ocsp
from app.ca.crl import CrlBook, CrlPlan, CrlSigner, build_crl
from app.ca.ocsp_question import FaultName
from app.ca.odd import crl as odd_crl
from app.ca.odd import ocsp as odd_ocsp
from app.ca.signing import Piece
from app.ra.issuers import Issuers
from app.ra.status import OcspReply, StatusBoard
from app.runtime.clock import Clock, whole_second
from app.settings import Settings
from app.store.records import Crl
from app.store.store import Store

UNSIGNED: Mapping[str, FaultName] = {
    "ocsp_try_later": "try_later",
    "ocsp_internal_error": "internal_error",
    "ocsp_unauthorized": "unauthorized",
}
"""Effect -> what the responder says instead of an answer (RFC 6960, 2.3)."""


@dataclass(frozen=True, slots=True)
class Since:
    """When a fault began, and the last revocation before that."""

    moment: datetime
    sequence: int


class OddStatus:
    """Nothing that it makes is kept: the next good answer is as if there had been no other."""

    def __init__(self, board: StatusBoard, store: Store, issuers: Issuers, clock: Clock, settings: Settings) -> None:
        self._board, self._store, self._issuers = board, store, issuers
        self._clock, self._settings = clock, settings

    def crl(self, name: str, effect: Mapping[str, Any], since: Since) -> Crl:
        """The CRL of that file name with the effect. Raises NotFound."""
        good = self._board.crl(name)
        with self._store.read() as uow:
            loaded = next(each for each in self._issuers.everyone(uow) if each.crl_name == name)
            addresses = self._issuers.crl_addresses(loaded, uow)
            revocations = uow.revocations.since(loaded.record.issuer_id, 0) if "crl_not_updated" in effect else []
        plan = CrlPlan(good.number, good.this_update, good.next_update, addresses)
        if "crl_not_updated" in effect:
            book = CrlBook()
            book.update(each for each in revocations if each.sequence <= since.sequence)
            return self._signed(good, loaded.signer, self._not_updated(plan, since), self._entries(book, plan))
        entries, signer = self._entries(loaded.book, plan), cast("CrlSigner", loaded.signer)
        if "crl_stale" in effect:
            plan = odd_crl.stale(plan)
        elif "crl_future" in effect:
            plan = odd_crl.future(plan)
        elif "crl_huge" in effect:
            entries = [*entries, odd_crl.made_up(int(effect["crl_huge"]), plan)]
        else:
            signer = odd_crl.stranger()
        return self._signed(good, signer, plan, entries)

    def _entries(self, book: CrlBook, plan: CrlPlan) -> list[Piece]:
        keep_from = plan.this_update - timedelta(seconds=self._settings.crl_keep_expired_seconds)
        return book.entries(keep_from, plan.this_update)

    def _not_updated(self, plan: CrlPlan, since: Since) -> CrlPlan:
        """The list as it was when the fault began, and nobody has made another since."""
        start = whole_second(since.moment)
        until = start + timedelta(seconds=self._settings.crl_validity_seconds)
        return replace(plan, number=max(plan.number - 1, 1), this_update=start, next_update=until)

    def _signed(self, good: Crl, signer: CrlSigner, plan: CrlPlan, entries: list[Piece]) -> Crl:
        der = build_crl(signer, plan, entries)
        return replace(good, number=plan.number, der=der, this_update=plan.this_update, next_update=plan.next_update)

    def ocsp(self, body: bytes, effect: Mapping[str, Any]) -> OcspReply:
        """An answer with the effect; to what is no good question the usual one."""
        good, now = self._board.ocsp(body), whole_second(self._clock.now())
        if good.code not in ("", "ocsp.serial_unknown"):
            return good
        name = next(iter(effect))
        if name in UNSIGNED:
            return OcspReply(ocsp.fault_answer(UNSIGNED[name]), False, now, now)
        query = ocsp.parse_request(body)
        with self._store.read() as uow:
            loaded, status = self._board.answered(uow, query)
        until = now + timedelta(seconds=self._settings.ocsp_validity_seconds)
        responder, dates = loaded.responder, ocsp.Dates(now, until, now)
        if name == "ocsp_stale":
            dates = odd_ocsp.stale(dates)
        elif name == "ocsp_wrong_cert_id":
            query = odd_ocsp.of_another(query)
        elif name == "ocsp_bad_signature":
            responder = odd_ocsp.badly_signing(responder)
        elif name == "ocsp_responder_expired":
            responder = odd_ocsp.expired(loaded.signer, responder, now)
        answer = ocsp.answer(responder, query, status, dates)
        return OcspReply(answer, cacheable=False, this_update=dates.this_update, next_update=dates.next_update)
