"""The sandbox's clock stands for a day while the machine's goes on (reliability-cases.md D-03)."""

import time
from datetime import timedelta

import pytest

from tests.api.status_kit import STATUS, revoke
from tests.control.powers.state_kit import View, issue
from tests.doors import NOW


@pytest.fixture
def options():
    return {"oauth_key": "ec-p256"}


@pytest.mark.case("reliability-D-03")
def test_a_day_without_time(control, ask, nobody, sandbox, clock, application, make_csr):
    """CRL and OCSP answers stay those of that second, tokens live, changes are dated there; then time goes on."""
    good, bad = (issue(ask, application, make_csr) for _ in range(2))
    assert control("PUT", "/_mock/clock", json={"freeze": True}).status_code == 200
    view = View(nobody)
    crl, status = nobody("GET", "/crl/issuer.crl").content, view.status(good.leaf)
    for _ in range(24):
        clock.advance(timedelta(hours=1))
        assert ask("GET", "/organisations/acme").status_code == 200
        assert nobody("GET", "/crl/issuer.crl").content == crl
        assert view.status(good.leaf) == status == (STATUS.GOOD, False)
        assert control("GET", "/_mock/ready").status_code == 200
    assert revoke(ask, bad).status_code == 200
    listed = view.crl()
    entry = listed.get_revoked_certificate_by_serial_number(bad.serial)
    assert entry.revocation_date_utc == listed.last_update_utc == NOW
    assert view.number() == 2
    assert control("POST", "/_mock/tokens", json={"scope": "directory:website"}).status_code == 200
    told = control("PUT", "/_mock/clock", json={"freeze": False}).json()
    assert (told["now"], told["machine"]) == ("2026-06-01T12:00:00.000Z", "2026-06-02T12:00:00.000Z")
    clock.advance(timedelta(hours=13))
    assert view.number() == 3


@pytest.mark.case("reliability-D-03")
def test_nothing_spins(control, ask, sandbox, clock, organisation):
    """While the clock stands and nobody asks, nothing is written and no work is done."""
    control("PUT", "/_mock/clock", json={"freeze": True})
    ask("GET", "/organisations/nobody")
    sandbox.journal.flush()
    clock.advance(timedelta(days=1))
    token, spent = sandbox.store.change_token(), time.process_time()
    time.sleep(1.2)
    assert time.process_time() - spent < 0.3
    assert sandbox.store.change_token() == token
