"""oauth-cases.md E: the request around an assertion; other methods of client authentication; clients and scopes."""

import base64
import json
from urllib.parse import quote, quote_plus

import pytest

from app.directory.drafts import ApplicationDraft
from tests.api.oauth.kit import ASSERTION_TYPE, Machine, code_of, part, refused, rsa_key
from tests.directories import SUPER_USER

FORM = "application/x-www-form-urlencoded"


def encoded(form):
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in form.items())


class TestShape:
    @pytest.mark.parametrize(
        "change",
        [
            pytest.param(lambda t: t.rpartition(".")[0], id="oauth-E-01-two"),
            pytest.param(lambda t: f"{t}.x", id="oauth-E-01-four"),
            pytest.param(lambda t: f"{t}.x.y", id="oauth-E-01-five"),
            pytest.param(lambda _: "..", id="oauth-E-01-dots"),
            pytest.param(lambda _: ".", id="oauth-E-01-dot"),
            pytest.param(lambda _: "x", id="oauth-E-01-letter"),
            pytest.param(lambda t: t.partition(".")[0] + "..", id="oauth-E-01-header-alone"),
            pytest.param(lambda t: t.rpartition(".")[0] + ".", id="oauth-E-01-no-signature"),
            pytest.param(lambda t: f" {t}", id="oauth-E-01-blank"),
            pytest.param(lambda t: f"{t}\r\n", id="oauth-E-01-newline"),
            pytest.param(
                lambda t: json.dumps(dict(zip(("protected", "payload", "signature"), t.split("."), strict=True))),
                id="oauth-E-01-json",
            ),
        ],
    )
    def test_what_is_no_jws(self, machine, change):
        """Three parts, dots between, compact form."""
        refused(machine.token(change(machine.assertion())), "assertion.malformed")

    @pytest.mark.case("oauth-E-01")
    def test_nothing(self, machine):
        """The type says that there is one, and there is none: a parameter without value is not there."""
        refused(machine.token(client_assertion=None), "assertion.malformed")
        refused(machine.token(client_assertion=""), "assertion.malformed")

    @pytest.mark.case("oauth-E-03")
    def test_a_payload_that_is_too_long(self, machine):
        """16 KiB in all; far more ends at the limit of the body."""
        refused(machine.token(machine.assertion(x="x" * 20_000)), "assertion.too_large")
        refused(machine.token(machine.assertion(x="x" * 2_000_000)), "assertion.too_large", 413, "invalid_request")
        assert machine.token(machine.assertion(x="x" * 11_000)).status_code == 200

    @pytest.mark.parametrize(
        "name", [pytest.param("client_assertion", id="oauth-E-04"), "grant_type", "scope", "client_id", "nonsense"]
    )
    def test_a_parameter_twice(self, machine, name):
        """Equal or not, known or not (RFC 6749, 3.2)."""
        form = machine.form(scope="directory:software", client_id=machine.client_id, nonsense="x")
        body = f"{encoded(form)}&{name}={quote(form[name])}"
        response = machine.ask("POST", "/token", content=body, headers={"content-type": FORM})
        refused(response, "request.duplicate_parameter", 400, "invalid_request")

    @pytest.mark.case("oauth-E-04")
    def test_an_empty_second_one(self, machine):
        """Without a value it stands there all the same."""
        body = f"{encoded(machine.form())}&client_assertion="
        response = machine.ask("POST", "/token", content=body, headers={"content-type": FORM})
        refused(response, "request.duplicate_parameter", 400, "invalid_request")

    @pytest.mark.parametrize(
        "value",
        [
            pytest.param(None, id="oauth-E-06-missing"),
            pytest.param("foo", id="oauth-E-06"),
            ASSERTION_TYPE.upper(),
            f"{ASSERTION_TYPE} ",
            ASSERTION_TYPE.replace("jwt", "saml2"),
        ],
    )
    def test_another_type_of_assertion(self, machine, value):
        """There is one, and it must be named."""
        refused(machine.token(client_assertion_type=value), "assertion.type", 400, "invalid_request")

    @pytest.mark.parametrize(
        "headers",
        [
            pytest.param({"content-type": "application/json"}, id="oauth-E-07-json"),
            pytest.param({"content-type": "multipart/form-data; boundary=x"}, id="oauth-E-07-multipart"),
            pytest.param({"content-type": "text/plain"}, id="oauth-E-07-text"),
            pytest.param({}, id="oauth-E-07-none"),
            pytest.param({"content-type": f"{FORM}; charset=utf-16"}, id="oauth-E-07-charset"),
            pytest.param({"content-type": f"{FORM}, {FORM}"}, id="oauth-E-07-two"),
        ],
    )
    def test_another_media_type(self, machine, headers):
        """The token endpoint reads forms."""
        content = json.dumps(machine.form()) if headers.get("content-type") == "application/json" else "x"
        response = machine.ask("POST", "/token", content=content, headers=headers)
        refused(response, "request.content_type", 400, "invalid_request")

    @pytest.mark.parametrize("kind", [f"{FORM};charset=UTF-8", f"{FORM.upper()}", f'{FORM}; charset="utf-8"'])
    def test_spellings_of_the_media_type(self, machine, kind):
        """Parameters and letter case do not matter."""
        response = machine.ask("POST", "/token", content=encoded(machine.form()), headers={"content-type": kind})
        assert response.status_code == 200

    @pytest.mark.parametrize("body", ["%ff%fe=1", "a=%ff", "&".join(f"p{n}=1" for n in range(200)), "\udcff"])
    def test_a_form_that_cannot_be_read(self, machine, body):
        """No text, or far too much of it."""
        content = body.encode("utf-8", "surrogateescape")
        response = machine.ask("POST", "/token", content=content, headers={"content-type": FORM})
        refused(response, "request.malformed", 400, "invalid_request")

    @pytest.mark.parametrize("body", ["", "&&&", "=", "a", "grant_type", "grant_type=", "scope=x"])
    def test_no_grant_type(self, machine, body):
        """Told as missing."""
        response = machine.ask("POST", "/token", content=body, headers={"content-type": FORM})
        refused(response, "request.missing_parameter", 400, "invalid_request")

    @pytest.mark.case("oauth-E-12")
    def test_parameters_in_the_query(self, machine):
        """They are not read; where they are wanted the refusal says so."""
        query = encoded(machine.form())
        response = machine.ask("POST", f"/token?{query}", content="", headers={"content-type": FORM})
        refused(response, "request.duplicate_parameter", 400, "invalid_request")
        response = machine.ask("POST", "/token?grant_type=password&client_id=evil", data=machine.form())
        assert response.status_code == 200

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
    def test_other_methods(self, machine, method):
        """405 in the words of OAuth, with Allow."""
        response = machine.ask(method, "/token")
        assert (response.status_code, response.json()["error"]) == (405, "invalid_request")
        assert "POST" in response.headers["allow"]

    def test_a_compressed_body(self, machine):
        """It is not unpacked."""
        headers = {"content-type": FORM, "content-encoding": "gzip"}
        assert machine.ask("POST", "/token", content=b"\x1f\x8b", headers=headers).status_code == 400


class TestAlias:
    def test_assertion_is_taken_for_client_assertion(self, machine):
        """As the publication spells it, with a warning (errata O9)."""
        form = machine.form(client_assertion=None) | {"assertion": machine.assertion()}
        response = machine.ask("POST", "/token", data=form)
        assert response.status_code == 200
        assert "assertion.alias" in response.headers["x-mock-warnings"]

    def test_both_are_two(self, machine):
        """The one of the standard counts, and the other is none of ours."""
        response = machine.ask("POST", "/token", data=machine.form() | {"assertion": "x"})
        assert response.status_code == 200
        assert "x-mock-warnings" not in response.headers


class TestMethods:
    @pytest.mark.parametrize(
        ("more", "headers"),
        [
            pytest.param({}, {"authorization": "Basic eDp5"}, id="oauth-E-05"),
            pytest.param({"client_secret": "x"}, {}, id="oauth-E-05-post"),
            pytest.param({"client_secret": "x"}, {"authorization": "Basic eDp5"}, id="oauth-E-05-three"),
            pytest.param({}, {"authorization": "Bearer x"}, id="oauth-E-05-bearer"),
        ],
    )
    def test_two_at_once(self, machine, more, headers):
        """A request authenticates its client in one way (RFC 6749, 2.3)."""
        response = machine.ask("POST", "/token", data=machine.form(**more), headers=headers)
        refused(response, "client.auth_method", 400, "invalid_request")

    def test_none(self, machine):
        """Neither assertion nor certificate nor header, and no client_id."""
        refused(machine.ask("POST", "/token", data={"grant_type": "client_credentials"}), "client.auth_method")

    @pytest.mark.parametrize("secret", [None, "x"])
    def test_a_bare_client_id(self, machine, secret):
        """No proof at all, or a secret in the body, which is nobody's method."""
        form = {"grant_type": "client_credentials", "client_id": machine.client_id} | (
            {"client_secret": secret} if secret else {}
        )
        told = refused(machine.ask("POST", "/token", data=form), "client.auth_method")
        assert "private_key_jwt" in told

    @pytest.mark.parametrize("method", ["tls_client_auth", "client_secret_basic"])
    @pytest.mark.case("oauth-E-11")
    def test_a_good_assertion_of_another_method(self, sandbox, door, method):
        """The registered method and no other."""
        machine = Machine(sandbox, door, method=method)
        told = refused(machine.token(), "client.auth_method")
        assert method in told

    def test_a_change_of_the_method_counts_at_once(self, machine, sandbox):
        """The application's own setting decides at each request."""
        assert machine.token().status_code == 200
        _update(sandbox, machine, TokenEndpointAuthMethod="tls_client_auth")
        refused(machine.token(), "client.auth_method")


def _update(sandbox, machine, status=None, **details):
    draft = ApplicationDraft(
        client_name="Acme App", status=status, details={"RedirectUri": ["https://a.example/cb"]} | details
    )
    return sandbox.applications.update(SUPER_USER, (machine.organisation, machine.software), draft)


class TestSecrets:
    @pytest.fixture
    def secretive(self, sandbox, door, machine):
        """An application with a secret, and that."""
        other = Machine(sandbox, door, organisation=machine.organisation, key=rsa_key("rsa-2048-b"))
        return other, _update(sandbox, other, TokenEndpointAuthMethod="client_secret_basic").client_secret

    def ask(self, machine, header, **more):
        headers = {"authorization": header} if header else {}
        return machine.ask("POST", "/token", data={"grant_type": "client_credentials"} | more, headers=headers)

    def basic(self, name, secret):
        return "Basic " + base64.b64encode(f"{quote(name, safe='')}:{quote(secret, safe='')}".encode()).decode()

    def test_id_and_secret(self, secretive, sandbox):
        """In a Basic header, each form-encoded; by UUID and by URL, which needs it."""
        machine, secret = secretive
        assert self.ask(machine, self.basic(machine.client_id, secret)).status_code == 200
        assert self.ask(machine, self.basic(machine.client_id, secret).replace("Basic", "bAsIc")).status_code == 200
        assert self.ask(machine, self.basic(machine.client_id, secret), client_id=machine.client_id).status_code == 200
        url = f"{sandbox.addresses.rp}/openid_relying_party/{machine.software}"
        assert self.ask(machine, self.basic(url, secret)).status_code == 200

    @pytest.mark.parametrize("wrong", ["", "x", "S"], ids=repr)
    def test_a_wrong_secret(self, secretive, wrong):
        """401 with the challenge of RFC 6749, 5.2; the secret is not told."""
        machine, secret = secretive
        given = secret.swapcase() if wrong == "S" else wrong
        response = self.ask(machine, self.basic(machine.client_id, given))
        told = refused(response, "client.secret")
        assert response.headers["www-authenticate"].startswith("Basic")
        assert secret not in told

    def test_a_secret_in_the_body(self, secretive):
        """client_secret_post is not client_secret_basic."""
        machine, secret = secretive
        refused(self.ask(machine, None, client_id=machine.client_id, client_secret=secret), "client.auth_method")

    def test_an_application_without_secret(self, machine):
        """Its method is another, whatever the header says."""
        refused(self.ask(machine, self.basic(machine.client_id, "")), "client.auth_method")

    @pytest.mark.parametrize("given", ["", "!", "eA==", "Og==", "/w==", pytest.param("eDp5" * 2000, id="long")])
    def test_headers_that_cannot_be_read(self, machine, given):
        """Not base64, no colon, no id, no text, far too long."""
        refused(self.ask(machine, f"Basic {given}"), "client.secret")

    @pytest.mark.parametrize("header", ["Bearer x", "Digest x", "", "x"])
    def test_other_schemes(self, machine, header):
        """Nothing but Basic authenticates a client there."""
        response = machine.ask(
            "POST", "/token", data={"grant_type": "client_credentials"}, headers={"authorization": header}
        )
        assert (response.status_code, code_of(response)) == (401, "client.auth_method")

    def test_another_client_in_the_form(self, secretive, machine):
        """The two ids must be one."""
        other, secret = secretive
        refused(self.ask(other, self.basic(other.client_id, secret), client_id=machine.client_id), "client.secret")

    def test_an_unknown_client(self, machine):
        """The same word for it as at other methods."""
        refused(self.ask(machine, self.basic("nobody", "x")), "client.unknown")


class TestScopes:
    def test_none_asked_for(self, machine):
        """`directory:software`, which every application has."""
        assert machine.token().json()["scope"] == "directory:software"
        assert machine.token(scope="").json()["scope"] == "directory:software"
        assert machine.token(scope="directory:software directory:software").json()["scope"] == "directory:software"

    @pytest.mark.parametrize(
        "scope",
        [
            pytest.param("directory:nonsense", id="oauth-E-08"),
            pytest.param("directory:website", id="oauth-E-08-role"),
            pytest.param("directory:admin", id="oauth-E-08-admin"),
            pytest.param("directory:software directory:website", id="oauth-E-08-one-of-two"),
            pytest.param(" ".join(f"scope{n}" for n in range(10_000)), id="oauth-E-08-many"),
            pytest.param("DIRECTORY:SOFTWARE", id="letter-case"),
            pytest.param("directory:software,directory:website", id="comma"),
            pytest.param("openid", id="openid"),
            pytest.param("offline_access", id="offline"),
            pytest.param("'\"\\\0", id="characters"),
        ],
    )
    def test_what_the_application_does_not_have(self, machine, scope):
        """400 invalid_scope, naming what it has; one that is refused refuses all."""
        told = refused(machine.token(scope=scope), "scope.invalid", 400, "invalid_scope")
        assert "directory:software" in told


class TestGrants:
    @pytest.mark.parametrize(
        "grant_type",
        [
            pytest.param("password", id="oauth-E-09"),
            "implicit",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "CLIENT_CREDENTIALS",
            "client_credentials ",
            "x" * 5000,
        ],
    )
    def test_grants_that_there_are_not(self, machine, grant_type):
        """Told with those that there are."""
        told = refused(machine.token(grant_type=grant_type), "grant.unsupported", 400, "unsupported_grant_type")
        assert "client_credentials" in told

    @pytest.mark.parametrize("grant_type", ["private_key_jwt", "tls_client_auth"])
    @pytest.mark.case("oauth-E-09")
    def test_methods_that_the_publication_lists_as_grants(self, machine, grant_type):
        """With a hint (errata O8)."""
        told = refused(machine.token(grant_type=grant_type), "grant.unsupported", 400, "unsupported_grant_type")
        assert "client authentication" in told

    def test_a_grant_that_there_is_not_uses_nothing_up(self, machine):
        """It is refused before anybody is authenticated."""
        assertion = machine.assertion()
        assert machine.token(assertion, grant_type="password").status_code == 400
        assert machine.token(assertion).status_code == 200


class TestStanding:
    @pytest.mark.case("oauth-E-10")
    def test_an_application_that_is_not_active(self, machine, sandbox):
        """Suspended and back; deleted for good."""
        _update(sandbox, machine, "Suspended")
        assert "Suspended" in refused(machine.token(), "client.not_active")
        _update(sandbox, machine, "Active")
        assert machine.token().status_code == 200
        sandbox.applications.delete(SUPER_USER, (machine.organisation, machine.software))
        refused(machine.token(), "client.not_active")

    @pytest.mark.case("oauth-E-10")
    def test_an_organisation_that_is_withdrawn(self, machine, sandbox):
        """All its applications with it."""
        sandbox.organisations.withdraw(SUPER_USER, machine.organisation)
        refused(machine.token(), "client.not_active")

    def test_what_is_changed_between_reading_and_writing(self, machine, sandbox, monkeypatch):
        """A key that is revoked in that very instant gives no token."""
        proof = sandbox.oauth.parts.authentication._assertions
        real = proof.prove

        def revoked_meanwhile(uow, client, *rest):
            found = real(uow, client, *rest)
            with sandbox.store.write() as other:
                other.certificates.revoke(machine.certificate.certificate_id, sandbox.clock.now(), "superseded")
            return found

        monkeypatch.setattr(proof, "prove", revoked_meanwhile)
        refused(machine.token(), "assertion.key.inactive")


class TestClientIds:
    def by(self, machine, client_id):
        return machine.token(machine.assertion(iss=client_id, sub=client_id))

    def url(self, machine):
        return f"{machine.sandbox.addresses.rp}/openid_relying_party/{machine.software}"

    @pytest.mark.case("oauth-E-13")
    def test_uuid_and_url_are_both_known(self, machine):
        """Whichever of them the application was given (rulings.md 13)."""
        assert self.by(machine, machine.software).status_code == 200
        assert self.by(machine, self.url(machine)).status_code == 200

    def test_a_short_one(self, sandbox, door, machine):
        """The id that the application was given, its UUID and its URL."""
        other = Machine(
            sandbox,
            door,
            organisation=machine.organisation,
            client_id="_jjLAgCC8qucQOyo9wIcX",
            key=rsa_key("rsa-2048-b"),
        )
        for name in ("_jjLAgCC8qucQOyo9wIcX", other.software, self.url(other)):
            assert self.by(other, name).status_code == 200, name

    @pytest.mark.parametrize(
        "change",
        [
            lambda u: u + "/",
            lambda u: u.upper(),
            lambda u: u.replace("https", "http"),
            lambda u: u.replace("openid_", ""),
            lambda u: u + "?x=1",
            lambda u: u.rpartition("/")[0],
        ],
    )
    def test_what_only_looks_like_it(self, machine, change):
        """Octet by octet."""
        refused(self.by(machine, change(self.url(machine))), "client.unknown")

    def test_tokens_are_of_one_client_whatever_form_was_used(self, machine):
        """A token got by URL is introspected by UUID, under the id that the application was given."""
        token = self.by(machine, self.url(machine)).json()["access_token"]
        told = machine.introspect(token).json()
        assert (told["active"], told["client_id"]) == (True, machine.client_id)


class TestStrictClientIds:
    @pytest.fixture
    def options(self):
        return {"strict_client_id": True}

    @pytest.mark.case("oauth-E-13")
    def test_the_other_form_is_refused_by_name(self, machine, sandbox, door, control):
        """401, and both answer and journal name the right one."""
        url = f"{sandbox.addresses.rp}/openid_relying_party/"
        response = machine.token(machine.assertion(iss=url + machine.software, sub=url + machine.software))
        assert machine.client_id in refused(response, "client.unknown")
        federal = Machine(
            sandbox, door, organisation=machine.organisation, client_id=f"{url}federal", key=rsa_key("rsa-2048-b")
        )
        told = refused(federal.token(federal.assertion(iss=federal.software, sub=federal.software)), "client.unknown")
        assert federal.client_id in told
        entry = control("GET", "/_mock/journal?path=/token&limit=1").json()["entries"][0]
        assert federal.client_id in json.dumps(entry["findings"])
        assert machine.token().status_code == 200


def test_the_journal_has_the_story_without_the_secrets(machine, control):
    """Who, which code, kid looked for and known ones; no assertion, no token."""
    assertion = machine.assertion(header=machine.header(kid="old-kid"))
    machine.token(assertion)
    token = machine.token(scope="directory:software").json()["access_token"]
    shown = control("GET", "/_mock/journal?path=/token")
    good, bad = shown.json()["entries"][:2]
    assert (bad["status"], bad["code"]) == (401, "assertion.kid.unknown")
    assert bad["findings"][0]["got"] == "old-kid"
    assert machine.kid in bad["findings"][0]["expected"]
    assert bad["detail"]["known_kids"] == [machine.kid]
    assert (good["detail"]["actor"], good["detail"]["scope"]) == (machine.client_id, "directory:software")
    assert assertion.split(".")[2] not in shown.text
    assert token not in shown.text


def test_descriptions_hold_what_rfc_6749_allows(machine):
    """No quotes, no backslashes, ASCII on one line, whatever was sent."""
    told = refused(machine.token(machine.assertion(header=machine.header(alg='"\\\u202e\n'))), "assertion.alg")
    assert all(" " <= c <= "~" and c not in '"\\' for c in told)


@pytest.mark.parametrize("path", ["/token/", "/token/introspection/", "/token/revocation/"])
def test_a_slash_at_the_end(machine, path):
    """It is answered, not redirected (connect.md 2.1)."""
    form = machine.form(token="x", grant_type="client_credentials")
    assert machine.ask("POST", path, data=form).status_code == 200


def test_the_parts_of_the_kit(machine):
    """The form of the kit is good as it is."""
    assert part("{}") == "e30"
    assert machine.token().status_code == 200
