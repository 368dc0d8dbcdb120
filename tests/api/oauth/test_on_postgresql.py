"""The authorisation server on PostgreSQL: the same answers, whatever texts are sent."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.oauth.client_authentication import ClientCall
from app.oauth.refusals import OAuthRefusal
from tests.api.oauth.kit import code_of, refused


@pytest.fixture
def options(postgres_url):
    return {"database": postgres_url, "oauth_key": "ec-p256"}


def test_from_assertion_to_revocation(machine):
    """A bound token, used, introspected, given back; the assertion counts once."""
    client, certificate = machine.transport()
    assertion = machine.assertion()
    token = machine.token(assertion, ask=client).json()["access_token"]
    refused(machine.token(assertion, ask=client), "assertion.replay")
    assert machine.api(token, ask=client).status_code == 200
    assert machine.introspect(token).json()["cnf"] == {"x5t#S256": certificate.kid}
    assert machine.revoke(token).status_code == 200
    assert code_of(machine.api(token, ask=client)) == "token.revoked"
    refused(machine.token(scope="directory:nonsense"), "scope.invalid", 400, "invalid_scope")


@pytest.mark.case("oauth-B-04")
def test_texts_that_a_database_does_not_take(machine, control):
    """NUL and SQL in every place of a request are refused by their names, and the journal takes them."""
    for text in ("a\0b", "x' OR '1'='1", "\U0001f600"):
        refused(machine.token(machine.assertion(header=machine.header(kid=text))), "assertion.kid.unknown")
        refused(machine.token(machine.assertion(iss=text, sub=text)), "client.unknown")
        refused(machine.token(machine.assertion(aud=text)), "assertion.aud")
        refused(machine.token(client_id=text), "assertion.iss")
        assert machine.token(machine.assertion(jti=text)).status_code == 200
        refused(machine.token(grant_type=text), "grant.unsupported", 400, "unsupported_grant_type")
        refused(machine.token(scope=text), "scope.invalid", 400, "invalid_scope")
        assert machine.introspect(text).json() == {"active": False}
        assert machine.revoke(text).status_code == 200
    assert control("GET", "/_mock/journal?path=/token&limit=100").json()["dropped"] == 0
    assert len(control("GET", "/_mock/journal?path=/token&limit=100").json()["entries"]) == 27


@pytest.mark.case("oauth-D-02")
def test_twenty_at_once(sandbox, machine):
    """Of twenty threads with one assertion exactly one gets a token."""
    form = machine.form()

    def ask(_):
        try:
            return sandbox.oauth.token_endpoint.answer(ClientCall("/token", form)).value.scope
        except OAuthRefusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(20) as threads:
        told = list(threads.map(ask, range(20)))
    assert sorted(told) == ["assertion.replay"] * 19 + ["directory:software"]
