"""Ready means that a whole round trip would work."""

import sqlite3
from datetime import timedelta

import anyio
import pytest

from app.control.health import Probe


def database(sandbox):
    return sqlite3.connect(sandbox.settings.data / "connect-mock.db", timeout=0, isolation_level=None)


def faults(sandbox, **more):
    return anyio.run(Probe(sandbox, **more).faults)


def test_live_and_ready(control):
    """Both are 200 in a good state."""
    assert control("GET", "/_mock/live").json() == {"status": "live"}
    assert control("GET", "/_mock/ready").json() == {"status": "ready"}
    assert control("HEAD", "/_mock/ready").status_code == 200


@pytest.mark.case("reliability-G-01")
def test_what_the_server_waits_for_is_told(control, readiness):
    """503 while it starts, and again from the moment it stops."""
    readiness.waiting_for("the seed is being applied")
    body = control("GET", "/_mock/ready").json()
    assert body["status"] == 503
    readiness.stopping()
    refused = control("GET", "/_mock/ready")
    assert refused.status_code == 503
    assert refused.json()["reasons"] == [{"code": "ready.stopping", "reason": "the server is stopping"}]
    assert control("GET", "/_mock/live").status_code == 200


def test_starting_has_its_reasons(control):
    """Each in words, with its code."""
    from app.control.app import create_control_app
    from app.runtime.readiness import Readiness
    from tests.doors import Client

    readiness = Readiness()
    readiness.waiting_for("the seed", "the first CRL")
    body = Client(create_control_app(None, readiness))("GET", "/_mock/ready").json()
    assert body["reasons"] == [
        {"code": "ready.starting", "reason": "the seed"},
        {"code": "ready.starting", "reason": "the first CRL"},
    ]


@pytest.mark.case("reliability-G-03")
def test_a_missing_ocsp_key_is_seen(control, sandbox):
    """The next start would not find it."""
    with database(sandbox) as connection:
        connection.execute("DELETE FROM vault WHERE name LIKE 'ocsp/%'")
    refused = control("GET", "/_mock/ready")
    assert refused.status_code == 503
    assert {reason["code"] for reason in refused.json()["reasons"]} == {"ca.key"}


def test_a_clock_outside_the_life_of_the_ca_is_not_ready(sandbox, clock):
    """Nothing could be issued; within it CRL, OCSP answers and responders are renewed, so all is well."""
    clock.advance(timedelta(days=400))
    assert faults(sandbox) == ()
    clock.advance(timedelta(days=365 * 41))
    assert "ca.not_valid" in [finding.code for finding in faults(sandbox)]
    clock.advance(timedelta(days=-365 * 48))
    assert "ca.not_valid" in [finding.code for finding in faults(sandbox)]


def test_a_store_that_takes_no_writes_is_not_ready(sandbox):
    """A lock that stays is told within the patience of the probe, and is over when it is over."""
    probe = Probe(sandbox, patience=0.3)
    holder = database(sandbox)
    holder.execute("BEGIN IMMEDIATE")

    async def asked():
        try:
            with anyio.fail_after(3):
                return [f.code for f in await probe.faults()]
        finally:
            holder.execute("ROLLBACK")

    assert anyio.run(asked) == ["ready.slow"]
    holder.close()
    assert faults(sandbox) == ()


def test_a_store_that_fails_is_told_with_its_cause(sandbox):
    """Here one table takes no rows any more: the finding says which part it is, the rest is still looked at."""
    refusal = "CREATE TRIGGER refusal BEFORE {} ON counter BEGIN SELECT RAISE(FAIL, 'no more counting'); END"
    with database(sandbox) as connection:
        connection.execute(refusal.format("INSERT"))
    assert [finding.code for finding in faults(sandbox)] == ["store.not_writable"]


def test_asking_often_does_not_write_often(control, sandbox):
    """Ten questions in a moment are one write."""

    def beats():
        with database(sandbox) as connection:
            row = connection.execute("SELECT value FROM counter WHERE name = 'heartbeat'").fetchone()
        return row[0] if row else 0

    for _ in range(10):
        assert control("GET", "/_mock/ready").status_code == 200
    assert beats() == 1


def test_who_asks_meanwhile_gets_the_same_result(sandbox):
    """Many at once are one probe, and none of them is told a stale no."""
    probe = Probe(sandbox)

    async def many():
        found = []

        async def ask():
            found.append(await probe.faults())

        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(ask)
        return found

    assert anyio.run(many) == [()] * 5


class TestOnPostgreSQL:
    @pytest.fixture
    def options(self, postgres_url):
        return {"database": postgres_url}

    def test_every_look_works_there_too(self, control, nobody):
        """Ready, state and journal, where use cases run in worker threads."""
        assert control("GET", "/_mock/ready").json() == {"status": "ready"}
        nobody("GET", "/organisations")
        assert control("GET", "/_mock/state").json()["counts"]["organisations"] == 0
        (entry,) = control("GET", "/_mock/journal?code=token.missing").json()["entries"]
        assert entry["status"] == 401
        assert control("POST", "/_mock/ca/rollover").json()["generation"] == 2
        assert control("GET", "/_mock/ready").status_code == 200
