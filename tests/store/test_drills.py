"""What the mock's own powers ask the store for: holds, planned revocations, slices, the journal by its callers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.runtime.exchange import JournalEntry
from app.store.grants import SigningKey
from app.store.journal import JournalFilter
from app.store.store import Store
from tests.store.rows import ISSUER, NOW, bare_key, certificate

HOUR = timedelta(hours=1)


@pytest.mark.case("control-F-05")
def test_a_lifted_hold_comes_again_without_its_date(directory: Store) -> None:
    """So whoever keeps entries of a CRL learns that one is to go."""
    with directory.write() as uow:
        uow.certificates.add(certificate(1))
        uow.certificates.revoke("certificate-1", NOW, "certificatehold")
        uow.certificates.lift("certificate-1")
    with directory.read() as uow:
        (line,) = uow.revocations.since(ISSUER, 1)
        found = uow.certificates.find_by_id("certificate-1")
    assert (line.revoked_at, line.sequence) == (None, 2)
    assert found is not None
    assert (found.revoked_at, found.revoke_reason) == (None, None)


@pytest.mark.case("control-F-04")
def test_a_planned_revocation_is_told_ahead(directory: Store) -> None:
    """The next one behind a moment; until then the certificate is active in every list that asks."""
    with directory.write() as uow:
        for number, hours in ((1, 1), (2, 2)):
            planned = certificate(number, defect="wrong_ku,revoked_in_future", published=True)
            uow.certificates.add(planned)
            uow.certificates.revoke(planned.certificate_id, NOW + hours * HOUR, "superseded")
        uow.certificates.add(certificate(3))
        uow.certificates.revoke("certificate-3", NOW + HOUR, "superseded")
    with directory.read() as uow:
        assert uow.revocations.next_planned(ISSUER, NOW) == NOW + HOUR
        assert uow.revocations.next_planned(ISSUER, NOW + HOUR) == NOW + 2 * HOUR
        assert uow.revocations.next_planned(ISSUER, NOW + 2 * HOUR) is None
        assert [line.is_planned for line in uow.revocations.since(ISSUER, 0)] == [True, True, False]
        for moment, active in ((NOW, {1, 2}), (NOW + HOUR, {2}), (NOW + 2 * HOUR, set())):
            found = uow.standing.some(moment, 10)
            assert {each.certificate_id for each in found} == {f"certificate-{number}" for number in active}


@pytest.mark.case("control-H-06")
def test_standing_certificates_come_in_slices(directory: Store) -> None:
    """Narrowed by columns; neither bare keys nor what is revoked."""
    with directory.write() as uow:
        for number in range(1, 6):
            uow.certificates.add(certificate(number))
        uow.certificates.add(bare_key(9))
        uow.certificates.revoke("certificate-5", NOW, "superseded")
    with directory.read() as uow:
        assert len(uow.standing.some(NOW, 3)) == 3
        assert len(uow.standing.some(NOW, 10, issuer_id=ISSUER, organisation_id="org-1")) == 4
        assert uow.standing.some(NOW, 10, type="nothing") == ()


ENTRIES = [
    JournalEntry(NOW, "mtls", "POST", "/Token", 200, "id-1", peer="10.0.0.1",
                 detail={"client": "one", "organisation": "acme", "x5t#S256": "A" * 43}),
    JournalEntry(NOW + HOUR, "https", "GET", "/token%", 401, "id-2", code="token.missing", detail={"actor": "ünï"}),
    JournalEntry(NOW + 2 * HOUR, "control", "DELETE", "/_mock/faults", 400, "id-3", peer="10.0.0.2",
                 detail={"findings": [{"code": "field.value"}], "client": "one%"}),
    JournalEntry(NOW + 3 * HOUR, "mtls", "", "", 0, "", detail={"certificate": {"x5t#S256": "B" * 43}}),
]  # fmt: skip
FILTERS = [
    (JournalFilter(), {0, 1, 2, 3}),
    (JournalFilter(path="/TOKEN"), {0, 1}),
    (JournalFilter(path="%"), {1}),
    (JournalFilter(clients=("one", "other")), {0}),
    (JournalFilter(clients=("ünï",)), {1}),
    (JournalFilter(clients=("one%",)), {2}),
    (JournalFilter(organisation="acme"), {0}),
    (JournalFilter(organisation="acm"), set()),
    (JournalFilter(cert="A" * 43), {0}),
    (JournalFilter(cert="B" * 43), {3}),
    (JournalFilter(listener="mtls", method="POST"), {0}),
    (JournalFilter(not_listener="control"), {0, 1, 3}),
    (JournalFilter(peer="10.0.0.2"), {2}),
    (JournalFilter(since=NOW + HOUR, until=NOW + 2 * HOUR), {1, 2}),
    (JournalFilter(code="field.value"), {2}),
    (JournalFilter(status=401, interaction_id="id-2"), {1}),
    (JournalFilter(refused=True), {1, 2}),
    (JournalFilter(about="ÜNÏ"), set()),
]


@pytest.mark.parametrize(("wanted", "fitting"), FILTERS)
@pytest.mark.case("control-E-03", "control-E-04")
def test_the_store_and_memory_find_the_same(store: Store, wanted: JournalFilter, fitting: set[int]) -> None:
    """What a filter means does not depend on whether an entry is written already."""
    with store.write() as uow:
        uow.journal.add_all(ENTRIES)
    with store.read() as uow:
        found = uow.journal.recent(10, wanted)
        assert uow.journal.count(wanted) == len(found)
    assert [entry.at for entry in found] == [ENTRIES[index].at for index in sorted(fitting, reverse=True)]
    assert {index for index, entry in enumerate(ENTRIES) if wanted.fits(entry)} == fitting


@pytest.mark.case("control-E-05")
def test_a_cleared_journal_begins_anew(store: Store) -> None:
    """Nothing kept, nothing dropped."""
    with store.write() as uow:
        uow.journal.add_all(ENTRIES)
        uow.journal.trim(2)
        uow.journal.clear()
    with store.write() as uow:
        assert uow.journal.counts() == (0, 0)
        uow.journal.add_all(ENTRIES[:1])
        assert uow.journal.counts() == (1, 0)


@pytest.mark.case("control-H-01", "control-H-03")
def test_signing_keys_are_promoted_and_replaced(store: Store) -> None:
    """A key that was published ahead signs when told; under one kid there can be another key."""
    with store.write() as uow:
        uow.signing_keys.add(SigningKey("old", {"kty": "EC", "x": "1"}, NOW))
        uow.signing_keys.add(SigningKey("new", {"kty": "EC", "x": "2"}, NOW + HOUR, NOW + HOUR, NOW + 100 * HOUR))
        current = uow.signing_keys.current()
        assert current is not None
        assert current.kid == "old"
        uow.signing_keys.retire("old", NOW + HOUR, NOW + HOUR)
        uow.signing_keys.promote("new")
        uow.signing_keys.replace("new", {"kty": "EC", "x": "3"})
        current = uow.signing_keys.current()
        assert current is not None
        assert (current.kid, current.jwk["x"]) == ("new", "3")
