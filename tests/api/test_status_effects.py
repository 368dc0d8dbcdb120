"""What a revocation changes, and what it does not: the cases R of status-cases.md."""

from datetime import timedelta

import pytest
from cryptography import x509

from tests.api.status_kit import STATUS, Verifier, issue, revoke

REASONS = ("unspecified", "keycompromise", "superseded", "cessationofoperation", "privilegewithdrawn")
CHANNELS = {"ocsp", "crl", "jwks", "participants", "tokens"}


@pytest.fixture
def verifier(nobody, sandbox):
    return Verifier(nobody, sandbox)


@pytest.fixture
def held(ask, application, make_csr):
    return issue(ask, application, make_csr)


def seen(verifier, ask, held):
    """Every view of one certificate at this moment: API, both key sets, CRL, OCSP."""
    return (
        ask("GET", held.url).json()["Status"],
        held.object["kid"] in verifier.keys(held, active=True),
        held.object["kid"] in verifier.keys(held, active=False),
        held.serial in verifier.listed(),
        verifier.status(held.serial).certificate_status,
    )


GOOD = ("Active", True, False, False, STATUS.GOOD)
REVOKED = ("Inactive", False, True, True, STATUS.REVOKED)
EXPIRED = ("Inactive", False, True, False, STATUS.GOOD)


@pytest.mark.case("status-R-01", "status-R-04")
@pytest.mark.parametrize("reason", REASONS)
def test_a_revocation_shows_on_every_view_at_once(verifier, ask, held, clock, reason):
    """200 with the object, Inactive and dated; key sets, CRL and OCSP agree, the clock standing still."""
    assert seen(verifier, ask, held) == GOOD
    answer = revoke(ask, held, reason)
    assert answer.status_code == 200
    assert answer.json()["Status"] == "Inactive"
    assert answer.json()["RevokedDateTime"].startswith(f"{clock.now():%Y-%m-%dT%H:%M:%S}")
    assert "RevokeReason" not in answer.json()
    assert seen(verifier, ask, held) == REVOKED


class TestOlderDialect:
    @pytest.fixture
    def options(self):
        return {"legacy_revoke_204": True}

    @pytest.mark.case("status-R-01")
    def test_a_revocation_is_204_by_switch(self, verifier, ask, held):
        """No body, the same effect."""
        answer = revoke(ask, held)
        assert (answer.status_code, answer.content) == (204, b"")
        assert seen(verifier, ask, held) == REVOKED


@pytest.mark.case("status-R-02")
@pytest.mark.parametrize("reason", ["", "stolen", "Superseded", "SUPERSEDED", None, 4, True, ["superseded"], {}])
def test_a_reason_that_is_none_changes_nothing(verifier, ask, held, reason):
    """400 with `revoke.reason`; every view stays as it was."""
    answer = revoke(ask, held, reason)
    assert answer.status_code == 400
    assert "revoke.reason" in answer.headers["x-mock-reason"]
    assert seen(verifier, ask, held) == GOOD


@pytest.mark.case("status-R-03")
def test_a_description_alone_revokes_nothing(verifier, ask, held):
    """The description changes, the certificate stays good."""
    answer = ask("PUT", held.url, json={"Description": "the blue one"})
    assert (answer.status_code, answer.json()["Description"]) == (200, "the blue one")
    assert seen(verifier, ask, held) == GOOD


@pytest.mark.case("status-R-04")
def test_a_key_is_in_one_set_at_every_answer(verifier, ask, application, make_csr):
    """While a dozen are revoked one after another, every key is in exactly one of the two sets."""
    issued = [issue(ask, application, make_csr) for _ in range(6)]
    kids = {held.object["kid"] for held in issued}
    for held in issued:
        revoke(ask, held)
        active, inactive = (verifier.keys(held, active=which) for which in (True, False))
        assert active | inactive == kids
        assert not active & inactive
        assert held.object["kid"] in inactive


@pytest.mark.case("status-R-05")
def test_an_expiry_is_no_revocation(verifier, ask, token, held, clock):
    """By the clock alone: inactive on the API and in the key sets, not on the CRL, good by OCSP; and back again."""
    clock.advance(timedelta(days=395, seconds=1))
    ask.token = token()
    assert seen(verifier, ask, held) == EXPIRED
    assert "RevokedDateTime" not in ask("GET", held.url).json()
    clock.advance(-timedelta(days=1))
    ask.token = token()
    assert seen(verifier, ask, held) == GOOD


@pytest.mark.case("status-R-06")
def test_a_suspension_is_no_revocation(verifier, ask, path, held):
    """While its application is suspended a certificate is inactive, and not revoked; it comes back as it was."""
    body = ask("GET", path).json()
    suspended = ask("PUT", path, json=body | {"Status": "Suspended"})
    assert suspended.status_code == 200, suspended.text
    assert seen(verifier, ask, held) == EXPIRED
    assert ask("PUT", path, json=body | {"Status": "Active"}).status_code == 200
    assert seen(verifier, ask, held) == GOOD


@pytest.mark.case("status-R-07")
@pytest.mark.parametrize(
    "write",
    [
        lambda serial: f"{serial:x}",
        lambda serial: f"{serial:X}",
        lambda serial: f"0x{serial:x}",
        lambda serial: f"dec:{serial}",
        lambda serial: f"000{serial:x}",
        lambda serial: ":".join(f"{octet:02x}" for octet in serial.to_bytes(20)),
    ],
    ids=["hex", "HEX", "0x", "dec", "zeros", "colons"],
)
def test_status_by_serial_finds_it_in_every_form(control, ask, held, write):
    """The control listener's status is the same truth: good, then revoked."""
    url = f"/_mock/cert-status/{write(held.serial)}"
    assert control("GET", url).json()["status"] == "good"
    revoke(ask, held, "keycompromise")
    found = control("GET", url).json()
    assert (found["status"], found["revoke_reason"], found["kid"]) == ("revoked", "keycompromise", held.object["kid"])


@pytest.mark.case("status-R-08")
def test_a_revocation_says_when_it_is_visible_where(ask, held, clock):
    """One moment per channel, all now: nothing is delayed."""
    told = dict(part.split("=") for part in revoke(ask, held).headers["x-mock-visible-at"].split(", "))
    assert set(told) == CHANNELS
    assert {moment[:19] for moment in told.values()} == {f"{clock.now():%Y-%m-%dT%H:%M:%S}"}


@pytest.mark.case("status-C-15")
@pytest.mark.slow
def test_fifty_thousand_entries(verifier, ask, application, make_csr, sandbox):
    """A list of 50,000 is served, and the next revoke is on it at once; bench/authority.py has the times."""
    first, last = issue(ask, application, make_csr), issue(ask, application, make_csr)
    many(sandbox, first, 50_000)
    assert len(verifier.crl()) == 50_000
    revoke(ask, last)
    listed = verifier.listed()
    assert len(listed) == 50_001
    assert listed[last.serial][1] is x509.ReasonFlags.superseded


def many(sandbox, held, count):
    """Copies of a certificate's row in the store, revoked, each with a serial of its own."""
    from dataclasses import replace

    with sandbox.store.write() as uow:
        (row,) = uow.certificates.find_by_serial(held.serial)
        for turn in range(count):
            copy = replace(row, certificate_id=f"copy-{turn}", kid=f"copy-{turn}", serial=turn + 1, csr_sha256=None)
            uow.certificates.add(copy)
            uow.certificates.revoke(copy.certificate_id, sandbox.clock.now(), "superseded")
