"""Revocation that is stale, late or cannot be asked for."""

import httpx
import pytest
from tpp import CannotTell, get_accounts, is_revoked


def test_stale_crl_lets_nobody_in(directory, bank, certificate, application):
    """A CRL past its nextUpdate says nothing: the bank must refuse (or alarm) rather than let the revoked in."""
    with directory.faults.always(crl_stale=True):
        bank.refresh()
        with pytest.raises(httpx.TransportError):
            get_accounts(directory, bank, certificate)
    bank.refresh()
    assert application.id in get_accounts(directory, bank, certificate)


def test_crl_of_tomorrow_lets_nobody_in(directory, bank, certificate):
    """thisUpdate lies in the future: clocks differ, or somebody plays tricks."""
    with directory.faults.always(crl_future=True):
        bank.refresh()
    with pytest.raises(httpx.TransportError):
        get_accounts(directory, bank, certificate)


def test_crl_down(directory, bank, certificate, application):
    """The address of the CRL fails: a server keeps what it has, and is told."""
    with directory.faults.always(service="crl", status=503), pytest.raises(Exception, match="503"):
        bank.refresh()
    assert application.id in get_accounts(directory, bank, certificate)


def test_ocsp_says_revoked(certificate):
    """At once."""
    assert not is_revoked(certificate)
    certificate.revoke("keycompromise")
    assert is_revoked(certificate)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"ocsp_try_later": True}, "TRY_LATER"),
        ({"ocsp_unauthorized": True}, "UNAUTHORIZED"),
        ({"ocsp_internal_error": True}, "INTERNAL_ERROR"),
        ({"service": "ocsp", "status": 503}, "503"),
        ({"service": "ocsp", "drop": True}, "disconnected|reset"),
    ],
)
def test_ocsp_down(directory, certificate, rule, said):
    """No answer is not "good": a check that fails open passes this test only if it says so."""
    with directory.faults.next(1, **rule), pytest.raises(CannotTell, match=said):
        is_revoked(certificate)
    assert not is_revoked(certificate)
