"""oauth-cases.md H: what a token is, what it is bound to, and when it ends."""

import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.api.oauth.kit import Machine, code_of, refused, rsa_key
from tests.api.oauth.test_mtls_clients import revoke, suspend
from tests.api.oauth.test_token_requests import _update
from tests.api.raw import exchange
from tests.directories import SUPER_USER


@pytest.mark.case("oauth-H-01")
def test_the_answer_to_a_token_call(machine):
    """RFC 6749, 5.1 with the members of connect.md 17.3 and no others; nothing may be cached."""
    answer = machine.token()
    body = answer.json()
    assert list(body) == ["access_token", "expires_in", "token_type", "scope"]
    assert (body["expires_in"], body["token_type"], body["scope"]) == (600, "Bearer", "directory:software")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.case("oauth-H-02")
def test_an_opaque_token(machine, sandbox):
    """43 characters, 256 bits, another each time; the store knows its digest alone."""
    tokens = {machine.token().json()["access_token"] for _ in range(5)}
    assert len(tokens) == 5
    assert {len(token) for token in tokens} == {43}
    text = (
        sandbox.store._database.path.read_bytes()
        + (sandbox.store._database.path.parent / "connect-mock.db-wal").read_bytes()
    )
    assert not any(token.encode() in text for token in tokens)


class TestLifetimes:
    @pytest.fixture
    def options(self):
        return {"token_lifetime_seconds": 300, "token_lifetime_by_client": "a-client=30, b-client=3600"}

    def test_by_setting_and_by_client(self, machine, sandbox, door):
        """One for all, and those that are named."""
        assert machine.token().json()["expires_in"] == 300
        for client_id, seconds in (("a-client", 30), ("b-client", 3600)):
            other = Machine(
                sandbox, door, organisation=machine.organisation, client_id=client_id, key=rsa_key("rsa-2048-b")
            )
            assert other.token().json()["expires_in"] == seconds


@pytest.mark.case("oauth-H-07")
def test_a_token_ends_by_the_sandboxs_clock(machine, clock):
    """Not a second before; then 401 with the challenge of RFC 6750."""
    token = machine.token().json()["access_token"]
    clock.advance(timedelta(seconds=599))
    assert machine.api(token).status_code == 200
    clock.advance(timedelta(seconds=1))
    response = machine.api(token)
    assert (response.status_code, code_of(response)) == (401, "token.expired")
    assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'


class TestBinding:
    @pytest.mark.case("oauth-H-04")
    def test_with_another_certificate(self, machine, sibling):
        """Of another client, and another one of the same application: the token is bound to one certificate."""
        client, _ = machine.transport()
        token = machine.token(ask=client).json()["access_token"]
        assert machine.api(token, ask=client).status_code == 200
        for other in (sibling.transport()[0], machine.transport()[0]):
            response = machine.api(token, ask=other)
            assert (response.status_code, code_of(response)) == (401, "mtls.binding")

    @pytest.mark.case("oauth-H-04")
    def test_without_any(self, machine):
        """A bound token works on the mtls listener alone."""
        token = machine.token(ask=machine.transport()[0]).json()["access_token"]
        response = machine.api(token)
        assert (response.status_code, code_of(response)) == (401, "mtls.binding")

    @pytest.mark.case("oauth-H-05")
    def test_a_token_that_is_bound_to_nothing(self, machine):
        """It was given without TLS and works there too (rulings.md 9)."""
        token = machine.token().json()["access_token"]
        assert machine.api(token).status_code == 200
        assert machine.api(token, ask=machine.transport()[0]).status_code == 200

    @pytest.mark.case("oauth-H-06")
    def test_a_second_certificate_of_the_same_key(self, machine):
        """`cnf` is over the certificate: a new token works, the old one does not."""
        key = ec.generate_private_key(ec.SECP256R1())
        first, second = machine.transport(key=key), machine.transport(key=key)
        assert first[1].spki_sha256 == second[1].spki_sha256
        token = machine.token(ask=first[0]).json()["access_token"]
        assert code_of(machine.api(token, ask=second[0])) == "mtls.binding"
        fresh = machine.token(ask=second[0]).json()["access_token"]
        assert machine.api(fresh, ask=second[0]).status_code == 200


class TestUnboundForbidden:
    @pytest.fixture
    def options(self):
        return {"forbid_unbound_tokens": True}

    @pytest.mark.case("oauth-H-05")
    def test_by_its_switch(self, machine):
        """`forbid_unbound_tokens`: 401 wherever it is used."""
        token = machine.token().json()["access_token"]
        client, _ = machine.transport()
        for ask in (machine.ask, client):
            assert code_of(machine.api(token, ask=ask)) == "mtls.binding"
        assert machine.api(machine.token(ask=client).json()["access_token"], ask=client).status_code == 200


class TestStanding:
    @pytest.mark.parametrize("what", ["application", "organisation"])
    @pytest.mark.case("oauth-H-08")
    def test_what_changed_after_it_was_given(self, machine, sandbox, what):
        """The next call is refused."""
        token = machine.token().json()["access_token"]
        if what == "application":
            suspend(sandbox, machine)
        else:
            sandbox.organisations.withdraw(SUPER_USER, machine.organisation)
        response = machine.api(token)
        assert (response.status_code, code_of(response)) == (401, "token.standing")

    @pytest.mark.case("oauth-H-08")
    def test_a_suspended_application_comes_back(self, machine, sandbox):
        """With its token, while that lives."""
        token = machine.token().json()["access_token"]
        _update(sandbox, machine, "Suspended")
        assert code_of(machine.api(token)) == "token.standing"
        _update(sandbox, machine, "Active")
        assert machine.api(token).status_code == 200


class TestPresentation:
    @pytest.mark.case("oauth-H-09")
    def test_in_the_query(self, machine):
        """A token there is none (RFC 6750, 2.3 is not served)."""
        token = machine.token().json()["access_token"]
        response = machine.ask("GET", f"/organisations?access_token={token}")
        assert (response.status_code, code_of(response)) == (401, "token.missing")

    @pytest.mark.case("oauth-H-09")
    def test_twice(self, machine):
        """Two headers, and two tokens in one."""
        header = f"Bearer {machine.token().json()['access_token']}"
        for values in ([header, header], [f"{header} x"]):
            headers = [(b"authorization", value.encode()) for value in values]
            status, told, _ = exchange(machine.door, "GET", "/organisations", headers=headers)
            assert (status, "token.malformed" in told["x-mock-reason"]) == (401, True)

    @pytest.mark.case("oauth-H-10")
    def test_it_writes_to_its_own_application_alone(self, machine, sibling):
        """403 for the other one of its organisation, and nothing is changed."""
        headers = {"authorization": f"Bearer {machine.token().json()['access_token']}"}
        path = f"/organisations/{machine.organisation}/softwarestatements/{sibling.software}"
        assert machine.ask("DELETE", path, headers=headers).status_code == 403
        assert sibling.token().status_code == 200
        assert machine.ask("GET", path, headers=headers).status_code == 200


class TestJwt:
    @pytest.fixture(params=["ec-p256", "rsa-2048"])
    def options(self, request):
        return {"access_token_format": "jwt", "oauth_key": request.param}

    def keys(self, machine):
        return KeySet.import_key_set(machine.ask("GET", "/jwks").json())

    @pytest.mark.case("oauth-H-03")
    def test_rfc_9068(self, machine, sandbox):
        """Type, claims and binding; verified by the published keys."""
        client, certificate = machine.transport()
        text = machine.token(ask=client).json()["access_token"]
        token = jwt.decode(text, self.keys(machine), algorithms=["PS256", "ES256"])
        assert token.header["typ"] == "at+jwt"
        now = int(machine.now())
        jti = token.claims.pop("jti")
        assert token.claims == {
            "iss": machine.issuer,
            "aud": sandbox.addresses.matls_api,
            "sub": machine.client_id,
            "client_id": machine.client_id,
            "iat": now,
            "exp": now + 600,
            "scope": "directory:software",
            "cnf": {"x5t#S256": certificate.kid},
        }
        assert len(jti) == 36
        assert machine.api(text, ask=client).status_code == 200

    @pytest.mark.case("oauth-H-03")
    def test_it_can_be_revoked_and_spoilt(self, machine, clock):
        """The directory knows each of them: revocation, expiry and every changed letter count at once."""
        text = machine.token().json()["access_token"]
        assert "cnf" not in jwt.decode(text, self.keys(machine), algorithms=["PS256", "ES256"]).claims
        assert machine.introspect(text).json()["active"]
        assert machine.api(text).status_code == 200
        assert code_of(machine.api(text[:-4] + "AAAA")) == "token.unknown"
        assert code_of(machine.api(text.rpartition(".")[0] + ".")) == "token.unknown"
        machine.revoke(text)
        assert code_of(machine.api(text)) == "token.revoked"
        other = machine.token().json()["access_token"]
        clock.advance(timedelta(seconds=600))
        assert code_of(machine.api(other)) == "token.expired"

    def test_a_rotated_key_stays_until_its_tokens_are_over(self, machine, control, clock):
        """The new one signs, both are published; an hour later the old one is gone."""
        first = machine.token().json()["access_token"]
        told = control("POST", "/_mock/oauth/rotate-key")
        assert told.status_code == 201
        second = machine.token().json()["access_token"]
        kids = [key["kid"] for key in machine.ask("GET", "/jwks").json()["keys"]]
        assert [kid_of(second), kid_of(first)] == kids == [key["kid"] for key in told.json()["keys"]]
        for text in (first, second):
            jwt.decode(text, self.keys(machine), algorithms=["PS256", "ES256"])
            assert machine.api(text).status_code == 200
        clock.advance(timedelta(hours=1, seconds=1))
        assert [key["kid"] for key in machine.ask("GET", "/jwks").json()["keys"]] == [kid_of(second)]

    def test_an_emergency(self, machine, control):
        """The old key leaves the key set at once; what is not understood is refused."""
        first = machine.token().json()["access_token"]
        told = control("POST", "/_mock/oauth/rotate-key", json={"emergency": True}).json()
        assert [key["kid"] for key in told["keys"]] == [told["kid"]]
        assert kid_of(first) not in machine.ask("GET", "/jwks").text
        assert control("POST", "/_mock/oauth/rotate-key", json={"now": True}).status_code == 422
        assert control("POST", "/_mock/oauth/rotate-key", json={"emergency": "x"}).status_code == 422


def kid_of(text):
    import base64

    part = text.partition(".")[0]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["kid"]


def test_a_token_dies_with_the_certificate_that_it_is_bound_to(machine, sandbox):
    """Revoked between two calls: the second is refused."""
    client, certificate = machine.transport()
    token = machine.token(ask=client).json()["access_token"]
    assert machine.api(token, ask=client).status_code == 200
    revoke(sandbox, certificate)
    response = machine.api(token, ask=client)
    assert (response.status_code, code_of(response)) == (401, "mtls.revoked")
    refused(machine.token(ask=client), "mtls.revoked")
