"""oauth-cases.md I: what a token is worth, to whom that is told, and giving it back."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.errors import Unauthenticated
from app.oauth.tokens import TokenRequest
from tests.api.oauth.kit import Machine, code_of, refused, rsa_key
from tests.api.oauth.test_mtls_clients import revoke, suspend
from tests.directories import SUPER_USER

INACTIVE = {"active": False}


@pytest.mark.case("oauth-I-01")
def test_an_own_living_token(machine, sandbox, door):
    """All members of the real sample; numbers are numbers (errata O5, O6); nothing is null."""
    other = Machine(
        sandbox, door, organisation=machine.organisation, key=rsa_key("rsa-2048-b"), Description="Reads accounts",
        AdditionalSoftwareMetadata="x=1", roles=({"AuthorisationDomain": "OB", "Role": "PISP", "Status": "Active"},),
    )  # fmt: skip
    client, certificate = other.transport()
    token = other.token(ask=client).json()["access_token"]
    now = int(other.now())
    answer = other.introspect(token)
    assert answer.json() == {
        "active": True,
        "client_id": other.client_id,
        "exp": now + 600,
        "iat": now,
        "iss": other.issuer,
        "scope": "directory:software",
        "token_type": "Bearer",
        "cnf": {"x5t#S256": certificate.kid},
        "organisation_id": other.organisation,
        "organisation_name": "Acme",
        "organisation_number": "12345678",
        "software_roles": ["PISP"],
        "software_description": "Reads accounts",
        "additional_software_metadata": "x=1",
    }
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.case("oauth-I-01")
def test_as_json(machine):
    """The publication's own form (errata O4), with the client's authentication beside the token."""
    token = machine.token().json()["access_token"]
    form = machine.form(grant_type=None, token=token)
    assert machine.ask("POST", "/token/introspection", json=form).json()["active"]
    refused(machine.ask("POST", "/token/introspection", json={"token": token}), "client.auth_method")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"token": 1}', "request.malformed"),
        (b'{"token": "a", "token": "b"}', "request.duplicate_parameter"),
        (b"[]", "request.malformed"),
        (b"{", "request.malformed"),
        (b"", "request.malformed"),
        (b"{}", "request.missing_parameter"),
    ],
)
def test_json_that_says_nothing(machine, content, code):
    """An object of texts, each once."""
    headers = {"content-type": "application/json"}
    response = machine.ask("POST", "/token/introspection", content=content, headers=headers)
    refused(response, code, 400, "invalid_request")


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("x" * 43, id="oauth-I-02-unknown"),
        pytest.param("a.b.c", id="oauth-I-02-jwt"),
        pytest.param("\0\ud7ff\u202e'\"", id="oauth-I-02-garbage"),
        pytest.param("x" * 1_000_000, id="oauth-I-02-1mb"),
        pytest.param("x" * 1_048_576, id="oauth-I-02-1mib"),
    ],
)
def test_what_is_no_token(machine, token):
    """`{"active": false}` and nothing else."""
    answer = machine.introspect(token)
    assert (answer.status_code, answer.json()) == (200, INACTIVE)


class TestDeadTokens:
    @pytest.mark.case("oauth-I-02")
    def test_expired(self, machine, clock):
        """At the second."""
        token = machine.token().json()["access_token"]
        clock.advance(timedelta(seconds=600))
        assert machine.introspect(token).json() == INACTIVE

    @pytest.mark.case("oauth-I-02")
    def test_revoked(self, machine):
        """By its client."""
        token = machine.token().json()["access_token"]
        assert machine.revoke(token).status_code == 200
        assert machine.introspect(token).json() == INACTIVE

    @pytest.mark.case("oauth-I-05")
    def test_the_certificate_is_revoked(self, machine, sandbox):
        """The token is dead with what it is bound to."""
        client, certificate = machine.transport()
        token = machine.token(ask=client).json()["access_token"]
        assert machine.introspect(token).json()["active"]
        revoke(sandbox, certificate)
        assert machine.introspect(token).json() == INACTIVE

    @pytest.mark.case("oauth-I-05")
    def test_the_certificate_has_expired(self, machine, clock):
        """By the sandbox's clock, though the token would live on."""
        client, certificate = machine.transport()
        clock.set(certificate.not_after - timedelta(seconds=5))
        token = machine.token(ask=client).json()["access_token"]
        clock.advance(timedelta(seconds=4))
        assert machine.introspect(token).json()["active"]
        clock.advance(timedelta(seconds=2))
        machine.key = rsa_key("rsa-2048-b")
        machine.kid = machine.issue("rtssigning", machine.key).kid
        assert machine.introspect(token).json() == INACTIVE

    def test_the_holder_is_not_active(self, machine, sandbox, sibling):
        """Nobody may use it, so it is not active."""
        seer = Machine(
            sandbox, machine.door, organisation=machine.organisation, client_id="seer", key=rsa_key("rsa-2048-c")
        )
        token = machine.token().json()["access_token"]
        assert seer.introspect(token).json() == INACTIVE, "the right comes by a setting"
        suspend(sandbox, machine)
        refused(machine.introspect(token), "client.not_active")


class TestWhoIsTold:
    @pytest.fixture
    def options(self):
        return {"introspection_clients": "seer"}

    @pytest.mark.case("oauth-I-03")
    def test_nobody_in_particular(self, machine, sandbox, door):
        """401 without authentication, and with a method that is not the registered one."""
        token = machine.token().json()["access_token"]
        refused(machine.ask("POST", "/token/introspection", data={"token": token}), "client.auth_method")
        form = {"token": token, "client_id": machine.client_id}
        refused(machine.ask("POST", "/token/introspection", data=form), "client.auth_method")
        refused(machine.introspect(token, client_assertion="x"), "assertion.malformed")
        other = Machine(
            sandbox, door, organisation=machine.organisation, method="tls_client_auth", key=rsa_key("rsa-2048-b")
        )
        refused(other.introspect(token), "client.auth_method")

    @pytest.mark.case("oauth-I-04")
    def test_another_client(self, sibling, machine):
        """To whom it is not shown it is not active."""
        token = machine.token().json()["access_token"]
        assert sibling.introspect(token).json() == INACTIVE

    @pytest.mark.case("oauth-I-04")
    def test_a_client_with_the_right(self, machine, sandbox, door):
        """`introspection_clients` see every living token."""
        seer = Machine(sandbox, door, organisation=machine.organisation, client_id="seer", key=rsa_key("rsa-2048-b"))
        token = machine.token().json()["access_token"]
        assert seer.introspect(token).json()["client_id"] == machine.client_id
        suspend(sandbox, machine)
        assert seer.introspect(token).json() == INACTIVE

    def test_a_token_of_the_control_listener(self, machine, sandbox, sibling):
        """One that was given for an application is that application's."""
        given = sandbox.tokens.issue(TokenRequest(software_statement_id=machine.software)).access_token
        assert machine.introspect(given).json()["client_id"] == machine.client_id
        assert sibling.introspect(given).json() == INACTIVE
        super_users = sandbox.tokens.issue(TokenRequest()).access_token
        assert machine.introspect(super_users).json() == INACTIVE


class TestRevocation:
    @pytest.mark.case("oauth-I-06")
    def test_an_own_token_twice(self, machine):
        """200 and nothing else both times; from then on it opens nothing."""
        token = machine.token().json()["access_token"]
        for _ in range(2):
            answer = machine.revoke(token)
            assert (answer.status_code, answer.content) == (200, b"")
        assert machine.introspect(token).json() == INACTIVE
        assert code_of(machine.api(token)) == "token.revoked"

    @pytest.mark.case("oauth-I-07")
    def test_anothers_token(self, machine, sibling, control):
        """200 without effect; the journal says whose it was not."""
        token = machine.token().json()["access_token"]
        assert sibling.revoke(token).status_code == 200
        assert machine.api(token).status_code == 200
        entry = control("GET", "/_mock/journal?path=/token/revocation").json()["entries"][0]
        assert (entry["code"], entry["detail"]["actor"]) == ("token.owner", sibling.client_id)

    @pytest.mark.parametrize("hint", ["refresh_token", "access_token", "nonsense"])
    @pytest.mark.case("oauth-I-08")
    def test_a_wrong_hint(self, machine, hint):
        """Nothing rests on it, here and at introspection."""
        token = machine.token().json()["access_token"]
        assert machine.introspect(token, token_type_hint=hint).json()["active"]
        assert machine.revoke(token, token_type_hint=hint).status_code == 200
        assert code_of(machine.api(token)) == "token.revoked"

    @pytest.mark.parametrize("token", ["x", "a.b.c", "x" * 900_000])
    def test_what_is_no_token(self, machine, token):
        """Successful (RFC 7009, 2.2)."""
        assert machine.revoke(token).status_code == 200

    def test_as_json(self, machine):
        """In that form too."""
        token = machine.token().json()["access_token"]
        form = machine.form(grant_type=None, token=token)
        assert machine.ask("POST", "/token/revocation", json=form).status_code == 200
        assert code_of(machine.api(token)) == "token.revoked"

    def test_without_a_token(self, machine):
        """400 before anybody is authenticated."""
        for path in ("/token/revocation", "/token/introspection"):
            response = machine.token(path=path, grant_type=None)
            refused(response, "request.missing_parameter", 400, "invalid_request")

    def test_by_nobody(self, machine):
        """401, and the token lives."""
        token = machine.token().json()["access_token"]
        refused(machine.ask("POST", "/token/revocation", data={"token": token}), "client.auth_method")
        assert machine.api(token).status_code == 200


class TestAsPublished:
    @pytest.fixture
    def options(self):
        return {"strict_published": True}

    def test_204(self, machine):
        """`strict_published` answers a revocation as the publication has it (errata O12), a discovery too (O1)."""
        answer = machine.revoke(machine.token().json()["access_token"])
        assert (answer.status_code, answer.content) == (204, b"")
        assert machine.ask("GET", "/.well-known/openid-configuration").status_code == 201


@pytest.mark.case("oauth-I-09")
def test_a_made_up_refresh_token(machine):
    """400 invalid_grant, never a token."""
    response = machine.token(grant_type="refresh_token", refresh_token="made-up")
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")


@pytest.mark.case("oauth-I-10")
def test_revoked_at_the_instant_of_a_use(machine, sandbox):
    """A hundred times: each use is wholly before or wholly after, and none after the answer."""
    for _ in range(100):
        token = machine.token().json()["access_token"]
        start = threading.Barrier(2)

        def use(text=token, start=start):
            start.wait(10)
            try:
                return sandbox.tokens.check(text, None, mtls=False).software_statement_id
            except Unauthenticated as refusal:
                return refusal.code

        def give_back(text=token, start=start):
            import hashlib

            start.wait(10)
            with sandbox.store.write() as uow:
                uow.tokens.revoke(hashlib.sha256(text.encode()).digest(), sandbox.clock.now())
            with pytest.raises(Unauthenticated):
                sandbox.tokens.check(text, None, mtls=False)

        with ThreadPoolExecutor(2) as threads:
            used, _ = threads.submit(use), threads.submit(give_back).result(10)
            assert used.result(10) in (machine.software, "token.revoked")


def test_a_withdrawn_organisation_ends_all_of_it(machine, sandbox):
    """Tokens, introspection and revocation of its clients."""
    token = machine.token().json()["access_token"]
    sandbox.organisations.withdraw(SUPER_USER, machine.organisation)
    assert code_of(machine.api(token)) == "token.standing"
    for call in (machine.introspect, machine.revoke):
        refused(call(token), "client.not_active")
