"""The directory shows a change late on one channel and at once on another."""

import httpx
import pytest
from tpp import get_accounts, is_revoked


def test_crl_is_hours_late(directory, bank, certificate, application):
    """OCSP says revoked at once; a bank that reads the CRL alone lets the client in until it is published."""
    directory.propagation(ocsp="0s", crl="PT4H")
    certificate.revoke("keycompromise")
    assert is_revoked(certificate)
    bank.refresh()
    assert application.id in get_accounts(directory, bank, certificate)

    directory.clock.advance(hours=4, minutes=1)
    bank.refresh(check_dates=False)
    with pytest.raises(httpx.TransportError, match=r"(?i)revoked"):
        get_accounts(directory, bank, certificate)


def test_the_wait_is_ended(directory, certificate, application):
    """By hand, where a test need not wait: all channels agree."""
    directory.propagation(jwks="PT1H")
    certificate.revoke("superseded")
    assert [key["kid"] for key in application.key_set("transport.jwks")["keys"]] == [certificate.kid]
    directory.control("POST", "/propagation:flush")
    assert application.key_set("transport.jwks")["keys"] == []
