"""Discovery and the key set: contract 17.1, by which standard libraries find everything else."""

import pytest

from tests.doors import Client

PATHS = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
STRANGE = {
    "host": "evil.example",
    "x-forwarded-host": "evil.example",
    "x-forwarded-proto": "ftp",
    "forwarded": "host=e",
}


def document(ask, path=PATHS[0], **headers):
    answer = ask("GET", path, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


@pytest.fixture
def over_mtls(machine):
    return machine.transport()[0]


def test_both_well_known_paths_say_the_same(machine):
    """OpenID Connect Discovery and RFC 8414."""
    first, second = (document(machine.ask, path) for path in PATHS)
    assert first == second


def test_what_it_says(machine, sandbox):
    """The values of the contract."""
    told, base = document(machine.ask), sandbox.addresses.auth
    assert told["issuer"] == base
    expected = {
        "authorization_endpoint": "/auth",
        "token_endpoint": "/token",
        "jwks_uri": "/jwks",
        "userinfo_endpoint": "/me",
        "pushed_authorization_request_endpoint": "/request",
        "introspection_endpoint": "/token/introspection",
        "revocation_endpoint": "/token/revocation",
        "device_authorization_endpoint": "/device/auth",
    }
    assert {name: told[name] for name in expected} == {name: base + path for name, path in expected.items()}
    assert {"client_credentials", "authorization_code", "refresh_token"} <= set(told["grant_types_supported"])
    assert told["tls_client_certificate_bound_access_tokens"] is True
    assert told["require_pushed_authorization_requests"] is True
    assert told["require_request_uri_registration"] is True
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert "code id_token" in told["response_types_supported"]
    assert set(told["response_modes_supported"]) == {
        "form_post", "fragment", "query", "jwt", "query.jwt", "fragment.jwt", "form_post.jwt",
    }  # fmt: skip
    for endpoint in ("token", "introspection", "revocation"):
        assert {"private_key_jwt", "tls_client_auth"} <= set(told[f"{endpoint}_endpoint_auth_methods_supported"])
        assert "PS256" in told[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
    assert "directory:software" in told["scopes_supported"]
    assert isinstance(told["request_object_signing_alg_values_supported"], list)
    assert None not in told.values()


def test_what_is_not_served_is_not_named(machine):
    """No endpoint that answers 501 or nothing."""
    told = document(machine.ask)
    for name, address in told.items():
        if name.endswith(("_endpoint", "_uri")):
            path = address.removeprefix(told["issuer"])
            answers = {machine.ask(method, path).status_code for method in ("GET", "POST")}
            assert not answers & {404, 501}, name


def test_the_aliases_are_at_the_mtls_listener(machine, sandbox):
    """RFC 8705, 5: what may be asked with a client certificate."""
    told = document(machine.ask)
    aliases = told["mtls_endpoint_aliases"]
    assert {"token_endpoint", "introspection_endpoint", "revocation_endpoint", "device_authorization_endpoint"} <= set(
        aliases
    )
    for name, address in aliases.items():
        assert address == told[name].replace(sandbox.addresses.auth, sandbox.addresses.matls_auth)


def test_fetched_at_the_mtls_listener(machine, sandbox, over_mtls):
    """It names the endpoints of that service, with the same issuer: some clients know no aliases."""
    there, here = document(over_mtls), document(machine.ask)
    assert there["issuer"] == here["issuer"] == sandbox.addresses.auth
    for name, address in there.items():
        if name.endswith(("_endpoint", "_uri")):
            assert address == here[name].replace(sandbox.addresses.auth, sandbox.addresses.matls_auth)
    assert there["mtls_endpoint_aliases"] == here["mtls_endpoint_aliases"]


@pytest.mark.parametrize(
    ("host", "service"),
    [
        ("auth.localhost", "auth"),
        ("matls-auth.localhost", "matls_auth"),
        ("localhost", "auth"),
        ("evil.example", "auth"),
    ],
)
def test_the_host_selects_the_service(machine, sandbox, host, service):
    """By its first label; the addresses are those of the settings."""
    assert document(machine.ask, host=host)["token_endpoint"] == f"{getattr(sandbox.addresses, service)}/token"


@pytest.mark.case("oauth-G-09")
def test_host_and_forwarding_headers_change_nothing(machine, sandbox):
    """Neither issuer nor links nor audiences (rulings.md 18)."""
    assert document(machine.ask, **STRANGE) == document(machine.ask)
    form = machine.form(machine.assertion(aud="https://evil.example/token"))
    answer = machine.ask("POST", "/token", data=form, headers=STRANGE)
    assert answer.status_code == 401
    answer = machine.ask("POST", "/token", data=machine.form(), headers=STRANGE)
    assert answer.status_code == 200


class TestAddresses:
    @pytest.fixture
    def options(self):
        return {"address_auth": "https://auth.uk.example", "address_matls_auth": "https://matls-auth.uk.example/op/"}

    def test_settings_decide(self, machine):
        """Inner and outer names of a container may differ (control-cases.md K-05)."""
        told = document(machine.ask)
        assert told["issuer"] == "https://auth.uk.example"
        assert told["mtls_endpoint_aliases"]["token_endpoint"] == "https://matls-auth.uk.example/op/token"
        assert machine.token(machine.assertion(aud="https://matls-auth.uk.example/op/token")).status_code == 200


class TestApiHost:
    def test_the_api_host_has_no_oauth(self, machine):
        """It is at auth and matls-auth (errata O18)."""
        for path in ("/token", PATHS[0], "/jwks"):
            assert machine.ask("GET", path, headers={"host": "matls-api.localhost"}).status_code == 404

    class TestBySetting:
        @pytest.fixture
        def options(self):
            return {"oauth_on_api_host": True}

        def test_unless_it_is_wanted(self, machine):
            """`oauth_on_api_host`, as the publication lists it."""
            answer = machine.ask("POST", "/token", data=machine.form(), headers={"host": "matls-api.localhost"})
            assert answer.status_code == 200


class TestKeySet:
    @pytest.fixture(params=[("rsa-2048", "RSA"), ("ec-p256", "EC")])
    def kind(self, request):
        return request.param

    @pytest.fixture
    def options(self, kind):
        return {"oauth_key": kind[0]}

    def test_one_key_that_signs(self, machine, kind):
        """Public members alone, the same at every call, with what caches need."""
        answer = machine.ask("GET", "/jwks")
        assert answer.headers["content-type"] == "application/jwk-set+json"
        (key,) = answer.json()["keys"]
        assert (key["kty"], key["use"]) == (kind[1], "sig")
        assert not set(key) & {"d", "p", "q", "dp", "dq", "qi", "k"}
        again = machine.ask("GET", "/jwks", headers={"if-none-match": answer.headers["etag"]})
        assert again.status_code == 304

    def test_discovery_names_its_algorithm(self, machine, kind):
        """PS256 of an RSA key, as the contract has it."""
        told = document(machine.ask)
        assert told["id_token_signing_alg_values_supported"] == ["PS256" if kind[1] == "RSA" else "ES256"]


def test_head_and_other_methods(machine):
    """HEAD as GET without a body; the rest is 405 in the words of OAuth."""
    for path in (*PATHS, "/jwks"):
        assert machine.ask("HEAD", path).status_code == 200
        refused = machine.ask("POST", path)
        assert (refused.status_code, refused.json()["error"]) == (405, "invalid_request")
        assert "GET" in refused.headers["allow"]


def test_pages_need_no_certificate_on_the_mtls_listener(machine):
    """Browsers have none; everything else does."""
    bare = Client(machine.door, None, {"listener": "mtls", "peer": "127.0.0.1"})
    assert bare("GET", "/auth").status_code != 401
    for path in (PATHS[0], "/jwks", "/me", "/device/auth"):
        assert bare("GET", path).status_code == 401
