"""What CRLs are made from: one rising counter, numbers that never fall."""

# ruff: noqa: PT012 - what is refused here is a transaction, and that has several statements

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.errors import Conflict, NotFound
from app.store.records import Crl, Revocation
from app.store.store import Store
from tests.store.rows import ISSUER, NOW, bare_key, certificate, issuer

CRL = Crl(ISSUER, 1, b"\x30\x00crl", NOW, NOW + timedelta(hours=24), 0)


def test_revocations_come_in_their_order(directory: Store) -> None:
    """Each takes the next sequence; one whose reason changes comes again, with the newer sequence only."""
    with directory.write() as uow:
        for number in range(3):
            uow.certificates.add(certificate(number))
    for number in (2, 0, 1):
        with directory.write() as uow:
            uow.certificates.revoke(f"certificate-{number}", NOW, "superseded")

    def line(number: int, sequence: int, reason: str = "superseded") -> Revocation:
        kept = certificate(number)
        assert kept.serial is not None
        assert kept.not_after is not None
        return Revocation(kept.serial, NOW, reason, kept.not_after, sequence)  # type: ignore[arg-type]

    with directory.read() as uow:
        assert uow.revocations.since(ISSUER, 0) == [line(2, 1), line(0, 2), line(1, 3)]
        assert uow.revocations.since(ISSUER, 2) == [line(1, 3)]
        assert uow.revocations.sequence(ISSUER) == 3
    with directory.write() as uow:
        uow.certificates.revoke("certificate-2", NOW, "keycompromise")
    with directory.read() as uow:
        assert uow.revocations.since(ISSUER, 0) == [line(0, 2), line(1, 3), line(2, 4, "keycompromise")]
        assert uow.revocations.since(ISSUER, 4) == []
        assert uow.revocations.sequence(ISSUER) == 4


def test_issuers_share_the_counter_and_nothing_else(directory: Store) -> None:
    """Each CRL holds its own issuer's serials; bare keys are on none."""
    with directory.write() as uow:
        uow.issuers.add(issuer("issuing-2", generation=2))
        uow.certificates.add(certificate(1))
        uow.certificates.add(certificate(2, issuer_id="issuing-2"))
        uow.certificates.add(bare_key(3))
        for number in (3, 2, 1):
            uow.certificates.revoke(f"certificate-{number}", NOW, "unspecified")
    with directory.read() as uow:
        assert uow.revocations.sequence("issuing-2") == 2
        assert uow.revocations.sequence(ISSUER) == 3
        assert [r.serial for r in uow.revocations.since("issuing-2", 0)] == [certificate(2).serial]
        assert [r.serial for r in uow.revocations.since(ISSUER, 0)] == [certificate(1).serial]
        assert uow.revocations.sequence("issuing-3") == 0


def test_a_revocation_that_rolled_back_leaves_no_trace(directory: Store) -> None:
    """Neither on the row nor in the counter."""
    with directory.write() as uow:
        uow.certificates.add(certificate(1))
    with pytest.raises(NotFound), directory.write() as uow:
        uow.certificates.revoke("certificate-1", NOW, "superseded")
        uow.certificates.revoke("nobody", NOW, "superseded")
    with directory.write() as uow:
        assert uow.revocations.since(ISSUER, 0) == []
        uow.certificates.revoke("certificate-1", NOW, "superseded")
        assert uow.revocations.sequence(ISSUER) == 1


@pytest.mark.case("status-C-03")
def test_crl_numbers_never_fall(directory: Store) -> None:
    """Only a higher number takes the place of the newest CRL, whatever the dates say."""
    second = replace(CRL, number=2, der=b"\x30\x00second", this_update=NOW - timedelta(days=400), sequence=7)
    with directory.write() as uow:
        assert uow.revocations.newest_crl(ISSUER) is None
        uow.revocations.save_crl(CRL)
        uow.revocations.save_crl(second)
    for number in (2, 1):
        with pytest.raises(Conflict, match="does not follow 2"), directory.write() as uow:
            uow.revocations.save_crl(replace(CRL, number=number))
    with directory.read() as uow:
        assert uow.revocations.newest_crl(ISSUER) == second
