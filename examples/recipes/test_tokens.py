"""Access tokens: got with a proof, over at their time, bound to a certificate."""

from datetime import timedelta

import pytest
from tpp import ask_for_token


@pytest.fixture
def signing(application):
    return application.certificate("rtssigning")


def test_token_by_private_key_jwt(directory, application, certificate, signing):
    """The whole way: assertion, token, call."""
    answer = ask_for_token(directory, application, certificate, signing, now=directory.clock.now())
    assert answer.status_code == 200, answer.text
    with directory.httpx_client(certificate) as client:
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        assert client.get("/organisations", headers=headers).status_code == 200


def test_token_expiry(directory, application, certificate):
    """After its life a token is 401; the client gets another and goes on."""
    token = application.token(certificate)
    with directory.httpx_client(certificate, token=token) as client:
        assert client.get("/organisations").status_code == 200
        directory.clock.advance(seconds=token.expires_in + 1)
        assert client.get("/organisations").status_code == 401
    with directory.httpx_client(certificate, token=application.token(certificate)) as client:
        assert client.get("/organisations").status_code == 200


def test_wrong_certificate_with_the_token(directory, application, certificate):
    """A stolen token is worth nothing with another certificate, of the same application too."""
    token = application.token(certificate)
    with directory.httpx_client(application.certificate("rtstransport"), token=token) as client:
        answer = client.get("/organisations")
    assert answer.status_code == 401
    assert "[mtls.binding]" in answer.headers["x-mock-reason"]


@pytest.mark.parametrize("minutes", [-10, 10])
def test_clock_skew_of_a_client(directory, application, certificate, signing, minutes):
    """A machine whose clock is ten minutes off is refused, and the refusal says why; a few seconds do no harm."""
    now = directory.clock.freeze()
    refused = ask_for_token(directory, application, certificate, signing, now=now + timedelta(minutes=minutes))
    assert refused.status_code == 401
    assert "assertion." in refused.json()["error_description"] + refused.headers.get("x-mock-reason", "")
    near = ask_for_token(directory, application, certificate, signing, now=now + timedelta(seconds=minutes / 2))
    assert near.status_code == 200, near.text


def test_revoked_signing_key_gets_no_token(directory, application, certificate, signing):
    """The key of the assertion is gone: `invalid_client`."""
    signing.revoke("keycompromise")
    answer = ask_for_token(directory, application, certificate, signing, now=directory.clock.now())
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_tokens_are_in_no_journal(directory, application, certificate, signing):
    """Nor is any assertion: what is shown to the team holds no secret."""
    token = ask_for_token(directory, application, certificate, signing, now=directory.clock.now()).json()[
        "access_token"
    ]
    assert directory.journal.find(path="/token")
    assert token not in str(directory.journal.find(limit=1000))
