"""What the mock's own powers keep: small states, faults, sandboxes, snapshots, scenarios, defective certificates."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.errors import Conflict, NotFound
from app.store.powers import Fault, Power, SandboxRow, Scenario, Snapshot, SnapshotNote
from app.store.store import Store
from tests.store.rows import ALL, APPLICATION, ISSUER, NOW, ORGANISATION, certificate

HOUR = timedelta(hours=1)
CLOCK = {"scale": 2, "frozen": False}


class TestPowers:
    def test_each_change_raises_the_revision(self, store: Store) -> None:
        """A first value has revision 1, the one in its place 2; all are listed by name."""
        with store.write() as uow:
            assert uow.powers.put("switches", {}) == 1
            assert uow.powers.put("clock", CLOCK) == 1
            assert uow.powers.put("clock", CLOCK | {"frozen": True}) == 2
        with store.read() as uow:
            assert uow.powers.find("clock") == Power("clock", CLOCK | {"frozen": True}, 2)
            assert [power.name for power in uow.powers.all()] == ["clock", "switches"]
            assert uow.powers.find("propagation") is None

    def test_a_change_may_rest_on_a_revision(self, store: Store) -> None:
        """Another revision than the expected one leaves everything as it is."""
        with store.write() as uow:
            assert uow.powers.put("clock", CLOCK, expected=0) == 1
            assert uow.powers.put("clock", {}, expected=1) == 2
        with pytest.raises(Conflict, match="revision 2"), store.write() as uow:
            uow.powers.put("clock", CLOCK, expected=1)
        with store.read() as uow:
            assert uow.powers.find("clock") == Power("clock", {}, 2)

    def test_they_go(self, store: Store) -> None:
        """One by one or all at once; it is told whether there was one."""
        with store.write() as uow:
            for name in ("a", "b", "c"):
                uow.powers.put(name, {})
            assert uow.powers.drop("a")
            assert not uow.powers.drop("a")
            assert uow.powers.drop_all() == 2
            assert uow.powers.all() == ()

    def test_a_change_moves_the_change_token(self, store: Store, store_url: str) -> None:
        """So every other process learns of it with its next request."""
        other = Store.open(store_url)
        before = other.change_token()
        with store.write() as uow:
            uow.powers.put("clock", CLOCK)
        assert other.change_token() != before
        other.close()


class TestFaults:
    def fault(self, fault_id: str, position: int) -> Fault:
        return Fault(fault_id, position, {"effect": {"status": 503}}, NOW)

    def test_they_are_asked_in_their_order(self, store: Store) -> None:
        """By position, whenever they were added; an ended one is told still, but hits no more."""
        with store.write() as uow:
            uow.faults.add(self.fault("late", 2))
            uow.faults.add(self.fault("early", 1))
            assert uow.faults.next_position() == 3
            assert uow.faults.end("early", NOW)
            assert not uow.faults.end("early", NOW)
        with store.read() as uow:
            assert [one.fault_id for one in uow.faults.all()] == ["early", "late"]
            assert uow.faults.living() == (self.fault("late", 2),)
            assert uow.faults.find("early") == replace(self.fault("early", 1), ended_at=NOW)

    def test_what_they_did_is_counted(self, store: Store) -> None:
        """Seen, hits and the memory of the trigger; the change token may stay."""
        with store.write() as uow:
            uow.faults.add(self.fault("one", 1))
            uow.faults.count("one", 5, 3, {"left": 2})
        with store.read() as uow:
            assert uow.faults.find("one") == replace(self.fault("one", 1), seen=5, hits=3, state={"left": 2})
        with pytest.raises(NotFound), store.write() as uow:
            uow.faults.count("two", 1, 1, {})

    def test_a_position_is_taken_once(self, store: Store) -> None:
        """Two at one place would have no order."""
        with store.write() as uow:
            uow.faults.add(self.fault("one", 1))
        with pytest.raises(Conflict), store.write() as uow:
            uow.faults.add(self.fault("two", 1))

    def test_they_go(self, store: Store) -> None:
        """One by one or all at once."""
        with store.write() as uow:
            for number in (1, 2, 3):
                uow.faults.add(self.fault(str(number), number))
            assert uow.faults.drop("1")
            assert not uow.faults.drop("1")
            assert uow.faults.drop_all() == 2


class TestSandboxes:
    def sandbox(self, sandbox_id: str, minutes: int | None) -> SandboxRow:
        end = None if minutes is None else NOW + timedelta(minutes=minutes)
        return SandboxRow(sandbox_id, NOW, end, "empty", b"s" * 32, {"seed": "7"})

    def test_those_whose_time_is_over_are_told(self, store: Store) -> None:
        """At the very end of their time; those without an end never."""
        with store.write() as uow:
            for row in (self.sandbox("a", 5), self.sandbox("b", 1), self.sandbox("c", None)):
                uow.sandboxes.add(row)
            assert uow.sandboxes.total() == 3
        with store.read() as uow:
            assert [row.sandbox_id for row in uow.sandboxes.all()] == ["a", "b", "c"]
            assert [row.sandbox_id for row in uow.sandboxes.over(NOW + timedelta(minutes=1))] == ["b"]
            assert [row.sandbox_id for row in uow.sandboxes.over(NOW + HOUR)] == ["b", "a"]
            assert uow.sandboxes.find("a") == self.sandbox("a", 5)

    def test_options_change(self, store: Store) -> None:
        """In place of those before; not of one that is gone."""
        with store.write() as uow:
            uow.sandboxes.add(self.sandbox("a", 5))
            assert uow.sandboxes.keep_options("a", {"state": "ready"})
            before = uow.sandboxes.version()
            assert not uow.sandboxes.keep_options("b", {})
            assert uow.sandboxes.version() > before
            assert uow.sandboxes.find("a") == replace(self.sandbox("a", 5), options={"state": "ready"})

    def test_an_id_is_taken_once(self, store: Store) -> None:
        """And free again after it was dropped."""
        with store.write() as uow:
            uow.sandboxes.add(self.sandbox("a", 5))
        with pytest.raises(Conflict), store.write() as uow:
            uow.sandboxes.add(self.sandbox("a", 5))
        with store.write() as uow:
            assert uow.sandboxes.drop("a")
            assert not uow.sandboxes.drop("a")
            uow.sandboxes.add(self.sandbox("a", 5))


class TestSnapshots:
    def test_a_name_holds_the_newest(self, store: Store) -> None:
        """All octets come back; the list tells the size without reading them."""
        content = bytes(range(256)) * 3
        with store.write() as uow:
            assert uow.snapshots.put(Snapshot("x", NOW, b"old"))
            assert not uow.snapshots.put(Snapshot("x", NOW + HOUR, content))
        with store.read() as uow:
            assert uow.snapshots.find("x") == Snapshot("x", NOW + HOUR, content)
            assert uow.snapshots.notes() == (SnapshotNote("x", NOW + HOUR, 768),)
            assert uow.snapshots.find("y") is None

    def test_it_goes(self, store: Store) -> None:
        """It is told whether there was one."""
        with store.write() as uow:
            uow.snapshots.put(Snapshot("x", NOW, b""))
            assert uow.snapshots.drop("x")
            assert not uow.snapshots.drop("x")


def test_a_scenario_keeps_its_step(store: Store) -> None:
    """As the powers do: with a revision that a step may rest on."""
    with store.write() as uow:
        uow.scenarios.put("ca-rollover", {"step": 1}, expected=0)
    with pytest.raises(Conflict), store.write() as uow:
        uow.scenarios.put("ca-rollover", {"step": 1}, expected=0)
    with store.write() as uow:
        assert uow.scenarios.put("ca-rollover", {"step": 2}, expected=1) == 2
        assert uow.scenarios.all() == (uow.scenarios.find("ca-rollover"),) == (Scenario("ca-rollover", {"step": 2}, 2),)


class TestDefects:
    def kids(self, store: Store) -> list[str]:
        with store.read() as uow:
            listed = uow.certificates.list(ORGANISATION, ALL, software_statement_id=APPLICATION)
            keys = uow.certificates.key_set(ORGANISATION, APPLICATION, "transport", NOW, active=True)
            census = uow.census(NOW)
        assert [one.kid for one in listed.items] == [one.kid for one in keys]
        assert listed.total == len(listed.items) == census.active
        return [one.kid for one in keys]

    @pytest.mark.case("control-F-32")
    def test_one_with_a_defect_stands_apart(self, directory: Store) -> None:
        """In no list, key set or count, until it is published; by its octets it is found."""
        odd, shown = certificate(2, defect="no_eku"), certificate(3, defect="no_san", published=True)
        with directory.write() as uow:
            for one in (certificate(1), odd, shown):
                uow.certificates.add(one)
        assert self.kids(directory) == [shown.kid, certificate(1).kid]
        with directory.read() as uow:
            assert uow.defective.all() == (shown, odd)
            assert uow.defective.counts()["no_eku"] == 1
            assert odd.sha256 is not None
            assert uow.certificates.find_by_sha256(odd.sha256) == odd

    @pytest.mark.case("control-F-20")
    def test_a_defect_may_be_a_serial_that_is_there_twice(self, directory: Store) -> None:
        """Two ordinary certificates cannot share one; a defective one can."""
        with directory.write() as uow:
            uow.certificates.add(certificate(1))
            uow.certificates.add(certificate(2, serial=certificate(1).serial, defect="duplicate_serial"))
            found = uow.certificates.find_by_serial(certificate(1).serial or 0, ISSUER)
        assert [one.defect for one in found] == ["duplicate_serial", None]
        with pytest.raises(Conflict), directory.write() as uow:
            uow.certificates.add(certificate(3, serial=certificate(1).serial))

    @pytest.mark.parametrize("serial", [0, -5, 2**200])
    def test_odd_serials_are_kept(self, directory: Store, serial: int) -> None:
        """Zero, negative and longer than twenty octets."""
        with directory.write() as uow:
            uow.certificates.add(certificate(1, serial=serial, defect="serial"))
        with directory.read() as uow:
            assert [one.serial for one in uow.certificates.find_by_serial(serial, ISSUER)] == [serial]
