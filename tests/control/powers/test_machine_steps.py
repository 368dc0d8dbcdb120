"""The machine's clock steps back and on, as after a wrong NTP answer or a long suspend (reliability-cases.md D-01)."""

from datetime import timedelta

import pytest

from tests.api.status_kit import STATUS, revoke
from tests.control.powers.state_kit import View, issue

STEPS = (
    timedelta(hours=-1),
    timedelta(hours=1, seconds=5),
    timedelta(days=365),
    timedelta(days=-365),
    timedelta(seconds=1),
)


@pytest.fixture
def options():
    return {"oauth_key": "ec-p256"}


@pytest.mark.case("reliability-D-01")
@pytest.mark.parametrize("moved", [{}, {"advance": "P30D"}, {"freeze": True}, {"scale": 60}], ids=str)
def test_dates_hold_and_numbers_rise(control, ask, nobody, sandbox, clock, application, make_csr, moved):
    """Whatever the sandbox's clock makes of it: no date of the future, CRL numbers rise, revoked stays revoked."""
    good, bad = (issue(ask, application, make_csr) for _ in range(2))
    revoke(ask, bad)
    if moved:
        assert control("PUT", "/_mock/clock", json=moved).status_code == 200
    view, numbers = View(nobody), []
    for step in STEPS:
        clock.advance(step)
        sandbox.board.refresh()
        now, crl = sandbox.clock.now().replace(microsecond=0), view.crl()
        assert crl.last_update_utc <= now < crl.next_update_utc
        assert all(entry.revocation_date_utc <= now for entry in crl)
        assert view.status(bad.leaf)[0] is STATUS.REVOKED
        assert view.status(good.leaf)[0] is STATUS.GOOD
        numbers.append(view.number())
        assert control("GET", "/_mock/ready").status_code == 200
    assert numbers == sorted(numbers)


@pytest.mark.case("reliability-D-01")
def test_tokens_and_used_assertions(control, ask, sandbox, clock, organisation):
    """A token lives by the sandbox's clock; an assertion that was used stays used when the machine's goes back."""

    def use():
        now = sandbox.clock.now()
        with sandbox.store.write() as uow:
            return uow.used_assertions.use(
                "client", b"j" * 32, now + timedelta(minutes=5), now, sandbox.clock.machine()
            )

    assert use()
    clock.advance(timedelta(hours=-1))
    assert ask("GET", "/organisations/acme").status_code == 200
    assert not use()
    clock.advance(timedelta(days=365))
    assert ask("GET", "/organisations/acme").status_code == 401
