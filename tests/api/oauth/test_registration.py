"""Clients register themselves for applications, and look after it (RFC 7591, RFC 7592; errata O19 to O23)."""

from __future__ import annotations

import base64

import pytest

from app.store.records import Page
from tests.api.oauth.relying_party import CALLBACK, RelyingParty, answer_in
from tests.doors import Client
from tests.participants import add_organisation

SOME_ID = "0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"


class Registrar:
    """Whoever registers clients of one application."""

    def __init__(self, ask, acme, sandbox):
        self.ask, self.acme, self.sandbox = ask, acme, sandbox
        self.nobody = acme.ask

    @property
    def metadata(self):
        return {"organisation_id": self.acme.organisation, "software_id": self.acme.client_id}

    def register(self, ask=None, **changed):
        return (ask or self.ask)("POST", "/reg", json=self.metadata | changed)

    def made(self, **changed):
        answer = self.register(**changed)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def manage(self, method, told, **options):
        client = Client(self.nobody.app, told["registration_access_token"])
        return client(method, f"/reg/{told['client_id']}", **options)

    def as_client(self, told):
        """The application, asking under the id that it was given."""
        acme = self.acme
        acting = RelyingParty.__new__(RelyingParty)
        acting.__dict__ |= acme.__dict__ | {"client_id": told["client_id"]}
        return acting

    def statement(self):
        path = f"/organisations/{self.acme.organisation}/softwarestatements/{self.acme.client_id}/assertion"
        return self.ask("GET", path, headers={"accept": "application/jwt"}).text


@pytest.fixture
def options():
    return {"oauth_key": "ec-p256"}


@pytest.fixture
def registrar(ask, acme, sandbox):
    return Registrar(ask, acme, sandbox)


def refused(answer, error, code, status=400):
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
    assert f"[{code}]" in answer.headers["x-mock-reason"]
    assert answer.headers["cache-control"] == "no-store"


class TestRegistering:
    def test_the_answer(self, registrar, acme, sandbox):
        """201 with everything that the directory knows, an id, and token and address to look after it."""
        told = registrar.made()
        address = f"{sandbox.addresses.auth}/reg/{told['client_id']}"
        assert told["registration_client_uri"] == address
        assert len(told["registration_access_token"]) == 43
        assert told["client_id"] != acme.client_id
        expected = {
            "software_id": acme.client_id,
            "organisation_id": acme.organisation,
            "redirect_uris": [CALLBACK],
            "token_endpoint_auth_method": "private_key_jwt",
            "client_id_issued_at": acme.now(),
            "tls_client_certificate_bound_access_token": True,
            "tls_client_certificate_bound_access_tokens": True,
        }
        assert {name: told[name] for name in expected} == expected
        assert "client_secret" not in told

    def test_null_is_nothing(self, registrar):
        """As if it had not been sent (RFC 7591, 2)."""
        told = registrar.made(jwks_uri=None, redirect_uris=None, scope=None, software_statement=None)
        assert told["redirect_uris"] == [CALLBACK]

    def test_discovery_names_it(self, registrar, sandbox):
        """With its alias for mutual TLS (connect.md 17.1)."""
        told = registrar.nobody("GET", "/.well-known/openid-configuration").json()
        assert told["registration_endpoint"] == f"{sandbox.addresses.auth}/reg"
        assert told["mtls_endpoint_aliases"]["registration_endpoint"] == f"{sandbox.addresses.matls_auth}/reg"

    def test_a_software_statement_vouches_too(self, registrar, acme):
        """Without any token: the application is the one that the directory has stated."""
        answer = registrar.nobody("POST", "/reg", json={"software_statement": registrar.statement()})
        assert answer.status_code == 201, answer.text
        assert answer.json()["software_id"] == acme.client_id

    def test_a_statement_of_another_hand_does_not(self, registrar, acme):
        """A signature by a key of the application, a changed one, and no JWT."""
        own = acme.sign({"software_id": acme.client_id, "org_id": acme.organisation})
        for statement in (own, registrar.statement()[:-8] + "AAAAAAAA"):
            refused(
                registrar.nobody("POST", "/reg", json={"software_statement": statement}),
                "unapproved_software_statement",
                "registration.statement",
            )
        for statement in ("none", 7, "a.b.c"):
            refused(
                registrar.nobody("POST", "/reg", json={"software_statement": statement}),
                "invalid_software_statement",
                "registration.statement",
            )

    def test_somebody_must_vouch(self, registrar, token, door, rival):
        """Nobody, a made-up token, another application of the organisation, one of another organisation."""
        refused(registrar.register(registrar.nobody), "invalid_token", "token.missing", 401)
        refused(registrar.register(Client(door, "x" * 43)), "invalid_token", "token.unknown", 401)
        add_organisation(registrar.sandbox, "elsewhere")
        for ids in ((rival.organisation, rival.client_id), ("elsewhere", None)):
            caller = Client(door, token(*ids))
            assert registrar.register(caller).status_code in (401, 403)

    def test_an_application_registers_its_own(self, registrar, acme, door, token):
        """With a token of scope software, which names the application already."""
        own = Client(door, token(acme.organisation, acme.client_id))
        answer = own("POST", "/reg", json={})
        assert (answer.status_code, answer.json()["software_id"]) == (201, acme.client_id)

    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            ({"redirect_uris": ["https://evil.example/cb"]}, "invalid_redirect_uri"),
            ({"redirect_uris": "https://app.acme.example/callback"}, "invalid_client_metadata"),
            ({"redirect_uris": [], "grant_types": ["authorization_code"]}, "invalid_client_metadata"),
            ({"grant_types": ["implicit"]}, "invalid_client_metadata"),
            ({"response_types": ["token"]}, "invalid_client_metadata"),
            ({"scope": "directory:admin"}, "invalid_client_metadata"),
            ({"scope": ["openid"]}, "invalid_client_metadata"),
            ({"token_endpoint_auth_method": "none"}, "invalid_client_metadata"),
            ({"jwks_uri": "https://evil.example/jwks"}, "invalid_client_metadata"),
            ({"jwks": {"keys": []}}, "invalid_client_metadata"),
            ({"id_token_signed_response_alg": "none"}, "invalid_client_metadata"),
            ({"require_signed_request_object": "yes"}, "invalid_client_metadata"),
            ({"organisation_name": "Somebody Else"}, "invalid_client_metadata"),
            ({"software_roles": ["PAGTO"]}, "invalid_client_metadata"),
            ({"software_id": SOME_ID}, "invalid_client_metadata"),
            ({"software_id": 7}, "invalid_client_metadata"),
        ],
        ids=str,
    )
    def test_what_the_application_may_not(self, registrar, changed, error):
        """400 in the words of RFC 7591, and nothing is registered."""
        answer = registrar.register(**changed)
        assert (answer.status_code, answer.json()["error"]) == (400, error), answer.text
        with registrar.sandbox.store.read() as uow:
            assert uow.resources.of_kind("registered_client") == ()

    def test_a_body_that_is_no_object(self, registrar):
        """400 and 415 in the words of OAuth, never 500."""
        for options in ({"json": []}, {"content": b"{", "headers": {"content-type": "application/json"}}):
            assert registrar.ask("POST", "/reg", **options).json()["error"] == "invalid_request"
        assert registrar.ask("POST", "/reg", content=b"a=b").status_code in (400, 415)


class TestAsAClient:
    def test_it_gets_tokens_by_the_keys_of_the_application(self, registrar):
        """Its own id in the assertion; the token acts for the application."""
        told = registrar.made()
        answer = registrar.as_client(told).token(grant_type="client_credentials")
        assert answer.status_code == 200, answer.text
        path = f"/organisations/{registrar.acme.organisation}/softwarestatements/{registrar.acme.client_id}"
        assert Client(registrar.nobody.app, answer.json()["access_token"])("GET", path).status_code == 200

    def test_people_sign_in_to_it(self, registrar, browser, person):
        """From the pushed request to userinfo, under its own id and beside the application."""
        ana = person()
        acting = registrar.as_client(registrar.made())
        browser.open(acting.address(acting.request_uri()))
        browser.sign_in(ana.email)
        browser.send("/sign_in/consent", decision="allow")
        token = acting.redeem(answer_in(browser.location)["code"]).json()["access_token"]
        assert Client(registrar.nobody.app, token)("GET", "/me").json()["sub"] == ana.email

    def test_it_may_what_it_has_registered_for(self, registrar):
        """Neither another grant nor another scope of the application."""
        told = registrar.made(grant_types=["authorization_code"], scope="openid")
        acting = registrar.as_client(told)
        refused(acting.token(grant_type="client_credentials"), "unauthorized_client", "grant.not_allowed")
        told = registrar.made(grant_types=["client_credentials"], scope="openid", redirect_uris=[], response_types=[])
        answer = registrar.as_client(told).token(grant_type="client_credentials", scope="directory:software")
        refused(answer, "invalid_scope", "scope.invalid")

    def test_its_secret_is_its_own(self, registrar):
        """`client_secret_basic`: told once; a software statement does not give one."""
        told = registrar.made(token_endpoint_auth_method="client_secret_basic")
        assert told["client_secret_expires_at"] == 0
        basic = base64.b64encode(f"{told['client_id']}:{told['client_secret']}".encode()).decode()
        form = {"grant_type": "client_credentials"}
        answer = registrar.nobody("POST", "/token", data=form, headers={"authorization": f"Basic {basic}"})
        assert answer.status_code == 200, answer.text
        assert "client_secret" not in registrar.manage("GET", told).json()
        body = {"software_statement": registrar.statement(), "token_endpoint_auth_method": "client_secret_basic"}
        refused(registrar.nobody("POST", "/reg", json=body), "invalid_client_metadata", "registration.metadata")

    def test_it_goes_with_its_application(self, registrar, ask):
        """A suspended application's clients authenticate no more."""
        told = registrar.made()
        path = f"/organisations/{registrar.acme.organisation}/softwarestatements/{registrar.acme.client_id}"
        body = {"ClientName": "Acme App", "LogoUri": "https://a.example/l.svg", "RedirectUri": [CALLBACK]}
        assert ask("PUT", path, json=body | {"Status": "Suspended"}).status_code == 200
        answer = registrar.as_client(told).token(grant_type="client_credentials")
        refused(answer, "invalid_client", "client.not_active", 401)


class TestManaging:
    def test_it_is_read_by_its_token(self, registrar):
        """The same object again, and nobody else's token opens it (RFC 7592, 2.1)."""
        told, other = registrar.made(), registrar.made()
        answer = registrar.manage("GET", told)
        assert (answer.status_code, answer.json()) == (200, told)
        for method in ("GET", "PUT", "DELETE"):
            stolen = told | {"registration_access_token": other["registration_access_token"]}
            refused(registrar.manage(method, stolen, json={}), "invalid_token", "registration.token", 401)
            refused(
                registrar.nobody(method, f"/reg/{told['client_id']}", json={}), "invalid_token", "token.missing", 401
            )
            assert registrar.manage(method, told | {"client_id": SOME_ID}, json={}).status_code == 404

    def test_an_update_takes_the_place_of_all(self, registrar):
        """200 with the same id and token; what is left out is as at the beginning."""
        told = registrar.made(grant_types=["client_credentials"], scope="directory:software")
        changed = registrar.manage("PUT", told, json={"client_id": told["client_id"], "scope": "openid"})
        assert changed.status_code == 200, changed.text
        assert changed.json() | {"scope": "", "grant_types": []} == told | {
            "scope": "", "grant_types": [], "response_types": changed.json()["response_types"],
        }  # fmt: skip
        assert "authorization_code" in changed.json()["grant_types"]
        assert changed.json()["scope"] == "openid"

    def test_an_update_is_judged_like_a_registration(self, registrar):
        """By the application, and it must name the client; a secret must be the one that it has (errata O21)."""
        told = registrar.made(token_endpoint_auth_method="client_secret_basic")
        good = {"client_id": told["client_id"], "client_secret": told["client_secret"]}
        basic = {"token_endpoint_auth_method": "client_secret_basic"}
        for body, error in (
            (good | basic | {"redirect_uris": ["https://evil.example/"]}, "invalid_redirect_uri"),
            (good | basic | {"client_id": SOME_ID}, "invalid_client_metadata"),
            (good | basic | {"client_secret": "wrong"}, "invalid_client_metadata"),
            ({"client_id": told["client_id"]} | basic, "invalid_client_metadata"),
        ):
            answer = registrar.manage("PUT", told, json=body)
            assert (answer.status_code, answer.json()["error"]) == (400, error)
        assert registrar.manage("PUT", told, json=good | basic).status_code == 200

    def test_removing_ends_everything(self, registrar, person):
        """204; its tokens, grants and itself are gone, those of the application stay (RFC 7592, 2.3)."""
        ana, told = person(), registrar.made()
        acting = registrar.as_client(told)
        by_itself = acting.token(grant_type="client_credentials").json()["access_token"]
        by_ana = acting.redeem(acting.scripted(ana.email)["code"]).json()["access_token"]
        of_acme = registrar.acme.token(grant_type="client_credentials").json()["access_token"]
        assert registrar.manage("DELETE", told).status_code == 204
        clients = {text: Client(registrar.nobody.app, text) for text in (by_itself, by_ana, of_acme)}
        assert clients[by_itself]("GET", "/organisations").status_code == 401
        assert clients[by_ana]("GET", "/me").status_code == 401
        assert clients[of_acme]("GET", "/organisations").status_code == 200
        refused(acting.token(grant_type="client_credentials"), "invalid_client", "client.unknown", 401)
        assert registrar.manage("GET", told).status_code == 404

    def test_the_audit_tells_it_without_secrets(self, registrar):
        """Creation, change and removal, under the client's id."""
        told = registrar.made(token_endpoint_auth_method="client_secret_basic")
        body = {"client_id": told["client_id"], "client_secret": told["client_secret"], "scope": "openid"}
        body["token_endpoint_auth_method"] = "client_secret_basic"
        assert registrar.manage("PUT", told, json=body).status_code == 200
        assert registrar.manage("DELETE", told).status_code == 204
        with registrar.sandbox.store.read() as uow:
            events = [e for e in uow.audit.list(Page()).items if e.object_id == told["client_id"]]
        assert [event.action for event in events] == ["delete", "update", "create"]
        assert "sha256" not in str([event.record for event in events])
