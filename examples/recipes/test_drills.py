"""Drills: what a directory does to its participants now and then, step by step."""

import httpx
import pytest
from tpp import get_accounts, is_revoked


def drill(directory, step, **parameters):
    """`ca-rollover:start`, `ca-rollover:advance`: the answer says what should be visible where."""
    return directory.control("POST", f"/scenarios/{step}", parameters or None)


def test_ca_rollover_with_notice(directory, bank, application, certificate):
    """First everybody may trust the new CA, then certificates come from it: who reads CAs in between sees no break."""
    drill(directory, "ca-rollover:start")
    still_old = application.certificate("rtstransport")
    bank.refresh()
    drill(directory, "ca-rollover:advance")
    new = application.certificate("rtstransport")
    for each in (certificate, still_old, new):
        assert application.id in get_accounts(directory, bank, each)


def test_mass_revocation(directory, bank, application, certificate):
    """All that one participant has, under one incident id: who reads CRLs refuses it; the numbers are told."""
    held = [certificate, *(application.certificate("rtstransport") for _ in range(4))]
    done = drill(directory, "mass-revocation:start", software=application.id, reason="superseded", incident="INC-7")
    assert done["facts"]["revoked"] == len(held)
    assert done["facts"]["seconds_to"].keys() == {"ocsp", "crl", "jwks"}
    checked = drill(directory, "mass-revocation:advance")["facts"]
    assert (checked["on_ocsp"], checked["on_crl"], checked["out_of_jwks"]) == (len(held),) * 3

    bank.refresh()
    assert all(map(is_revoked, held))
    for each in held:
        with pytest.raises(httpx.TransportError, match=r"(?i)revoked"):
            get_accounts(directory, bank, each)
    assert application.id in get_accounts(directory, bank, application.certificate("rtstransport"))
