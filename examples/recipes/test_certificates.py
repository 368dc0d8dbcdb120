"""Certificates of a client: renewed in time, rotated with an overlap, refused when revoked, suspended or wrong."""

import httpx
import pytest
from bank import Bank
from tpp import days_left, get_accounts


def test_renewal_before_expiry(directory, application, certificate):
    """A month before its end the client gets another; when the first has expired, it works on with the second."""
    directory.clock.advance(days=370)
    assert days_left(certificate, directory.clock.now()) < 30
    renewed = application.certificate("rtstransport")

    directory.clock.advance(days=30)
    assert [key["kid"] for key in application.key_set("transport.jwks")["keys"]] == [renewed.kid]
    with directory.httpx_client(renewed, token=application.token(renewed)) as client:
        assert client.get("/organisations").status_code == 200
    with directory.httpx_client(certificate, token=application.token(certificate)) as client:
        assert "[mtls.expired]" in client.get("/organisations").headers["x-mock-reason"]


def test_rotation_of_signing_keys_with_overlap(application):
    """Both keys are published for a while, so that what the old one signed still verifies; then the old one goes."""
    old = application.certificate("rtssigning")
    new = application.certificate("rtssigning")
    assert {key["kid"] for key in application.key_set()["keys"]} == {old.kid, new.kid}
    old.revoke("superseded")
    assert {key["kid"] for key in application.key_set()["keys"]} == {new.kid}
    assert {key["kid"] for key in application.key_set("inactive/application.jwks")["keys"]} == {old.kid}


def test_revoked_client_is_refused(directory, bank, certificate, application):
    """The bank lets it in, until it has read the new CRL; another certificate of the same client still works."""
    assert application.id in get_accounts(directory, bank, certificate)
    certificate.revoke("keycompromise")
    bank.refresh()
    with pytest.raises(httpx.TransportError, match=r"(?i)revoked"):
        get_accounts(directory, bank, certificate)
    assert application.id in get_accounts(directory, bank, application.certificate("rtstransport"))


def test_suspended_application_is_refused(directory, application, certificate):
    """Its keys leave the key set and its tokens work no more, until it is reactivated."""
    token = application.token(certificate)
    application.suspend()
    assert application.key_set("transport.jwks")["keys"] == []
    with directory.httpx_client(certificate, token=token) as client:
        assert client.get("/organisations").status_code == 401
    application.reactivate()
    assert [key["kid"] for key in application.key_set("transport.jwks")["keys"]] == [certificate.kid]


@pytest.mark.parametrize(
    ("defect", "said"),
    [
        ("expired", "expired"),
        ("not_yet_valid", "bad certificate"),
        ("revoked", "revoked"),
        ("self_signed", "unknown ca"),
        ("unknown_issuer", "unknown ca"),
        ("signature_flipped", "decrypt error"),
        ("wrong_eku", "unsupported certificate"),
    ],
)
def test_wrong_certificates_are_refused(directory, bank, application, defect, said):
    """Each is wrong in exactly one respect. Ask for more of them by `GET /_mock/certificate-defects`."""
    wrong = application.defective(defect)
    bank.refresh()
    with pytest.raises(httpx.TransportError) as refusal:
        get_accounts(directory, bank, wrong)
    assert said in str(refusal.value).replace("_", " ").lower()


def test_ca_rollover(directory, bank, application, certificate):
    """A bank that never reads the CAs again refuses who has a certificate of the new one; who reads them takes both."""
    directory.rollover()
    renewed = application.certificate("rtstransport")
    with pytest.raises(httpx.TransportError, match=r"(?i)unknown.ca"):
        get_accounts(directory, bank, renewed)
    bank.refresh()
    for each in (certificate, renewed):
        assert application.id in get_accounts(directory, bank, each)


def test_another_directory_is_not_trusted(connect_mock_server, directory, bank):
    """Test and production must not mix: a certificate of another directory is none."""
    with connect_mock_server.sandbox() as elsewhere:
        stranger = elsewhere.organisation("Acme").application("Account Reader").certificate("rtstransport")
    with pytest.raises(httpx.TransportError, match=r"(?i)unknown.ca"):
        get_accounts(directory, bank, stranger)


def test_server_certificate_of_a_bank_is_checked(directory, certificate):
    """A client must look at the name of the bank: a certificate for another host ends its connection."""
    wrong = Bank(directory, directory.organisation("Bank").certificate("rtstransport_rs", "api.bank.example"))
    try:
        with pytest.raises(httpx.ConnectError, match=r"(?i)hostname mismatch"):
            get_accounts(directory, wrong, certificate)
    finally:
        wrong.close()
