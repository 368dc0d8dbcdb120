"""What a client did about revocation and keys, proved by the directory instead of by the client's own logs."""

import pytest
from tpp import KeySet, is_revoked

from app.client import Refused


def evidence(directory, name, **question):
    """200 with the exchanges that prove it; Refused with the reason where nothing does."""
    return directory.control("POST", "/evidence", {"assert": name, **question})


def call(directory, application, certificate):
    """One call of the API, as the client makes it."""
    with directory.httpx_client(certificate, token=application.token(certificate)) as client:
        return client.get("/organisations")


def test_ocsp_was_asked_before_the_call(directory, application, certificate):
    """And the answer still held; an answer that came afterwards proves nothing."""
    question = {"client": application.client_id, "certificate": certificate.kid}
    call(directory, application, certificate)
    with pytest.raises(Refused) as unproved:
        evidence(directory, "ocsp_checked", **question)
    assert unproved.value.code == "evidence.missing"

    is_revoked(certificate)
    call(directory, application, certificate)
    assert evidence(directory, "ocsp_checked", **question)["holds"]


def test_old_ocsp_answer_proves_nothing(directory, application, certificate):
    """Asked, but two days before: the answer was over long ago."""
    is_revoked(certificate)
    directory.clock.advance(days=2)
    call(directory, application, certificate)
    with pytest.raises(Refused) as unproved:
        evidence(directory, "ocsp_checked", client=application.client_id, certificate=certificate.kid)
    assert unproved.value.code == "evidence.stale"


def test_crl_was_fetched_before_the_call(directory, bank, application, certificate):
    """Whoever goes by CRLs."""
    bank.refresh()
    call(directory, application, certificate)
    assert evidence(directory, "crl_fetched", client=application.client_id, path="issuer.crl")["count"] >= 1


def test_key_set_was_read_again_after_rotation(directory, application, certificate):
    """Once, or twice at most: neither never, nor for every token."""
    keys = KeySet(f"{directory.addresses.services['auth']}/jwks", directory.ssl_context())
    keys.refresh()
    call(directory, application, certificate)
    directory.control("POST", "/scenarios/jwks-rotate:start")
    question = {"client": application.client_id, "at_most": 2}
    with pytest.raises(Refused) as unproved:
        evidence(directory, "jwks_refetched", **question)
    assert unproved.value.code == "evidence.count"

    keys.refresh()
    assert evidence(directory, "jwks_refetched", **question)["count"] == 1
    for _ in range(2):
        keys.refresh()
    with pytest.raises(Refused):
        evidence(directory, "jwks_refetched", **question)
    keys.close()


def test_it_was_refused_within_a_minute(directory, application, certificate):
    """Of its revocation, by the clock of the directory."""
    token = application.token(certificate)
    certificate.revoke("keycompromise")
    with directory.httpx_client(certificate, token=token) as client:
        assert client.get("/organisations").status_code == 401
    assert evidence(directory, "denied_within", certificate=certificate.kid, seconds=60)["holds"]
