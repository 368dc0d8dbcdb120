"""oauth-cases.md B: what of a header counts, and that nothing in it is ever fetched or opened."""

import socket
import threading
import time

import pytest

from tests.api.oauth.kit import Machine, compact, es256, part, public_pem, refused, rsa_key
from tests.doors import Client


class TestKid:
    @pytest.mark.parametrize(
        "kid",
        [
            pytest.param("unknown", id="oauth-B-01"),
            pytest.param("", id="empty"),
            pytest.param("../../../../dev/null", id="oauth-B-03-path"),
            pytest.param("file:///etc/passwd", id="oauth-B-03-file"),
            pytest.param("https://localhost:1/jwks", id="oauth-B-03-address"),
            pytest.param("x' OR '1'='1", id="oauth-B-04-sql"),
            pytest.param("x'; DROP TABLE certificate; --", id="oauth-B-04-drop"),
            pytest.param("%", id="oauth-B-04-pattern"),
            pytest.param("a\0b", id="oauth-B-04-nul"),
            pytest.param("\u202e\U0001f600", id="oauth-B-04-script"),
            pytest.param("k" * 255, id="longest"),
        ],
    )
    def test_an_unknown_kid(self, machine, kid):
        """The refusal names the kid and those that there are; the directory goes on."""
        told = refused(machine.token(machine.assertion(header=machine.header(kid=kid))), "assertion.kid.unknown")
        assert machine.kid in told
        assert machine.token().status_code == 200

    @pytest.mark.case("oauth-B-01")
    def test_kids_are_compared_octet_by_octet(self, machine):
        """Letter case, a blank, a shortening: all of them other kids."""
        for kid in (machine.kid.swapcase(), machine.kid + " ", machine.kid[:-1], machine.kid + "="):
            refused(machine.token(machine.assertion(header=machine.header(kid=kid))), "assertion.kid.unknown")

    @pytest.mark.case("oauth-B-02")
    def test_no_kid(self, machine):
        """With one key and with two: it must say which."""
        header = machine.header(kid=None)
        refused(machine.token(machine.assertion(header=header)), "assertion.kid.missing")
        machine.issue("rtssigning", rsa_key("rsa-2048-b"))
        refused(machine.token(machine.assertion(header=header)), "assertion.kid.missing")

    @pytest.mark.parametrize("size", [pytest.param(256, id="oauth-B-05-256"), pytest.param(700_000, id="oauth-B-05")])
    def test_a_kid_that_is_too_long(self, machine, size):
        """At most 255 characters."""
        header = machine.header(kid="k" * size)
        refused(machine.token(machine.assertion(header=header)), "assertion.too_large")

    @pytest.mark.case("oauth-B-05")
    def test_a_kid_of_more_than_a_body(self, machine):
        """It ends at the limit of the body."""
        response = machine.token(machine.assertion(header=machine.header(kid="k" * 1_000_000)))
        refused(response, "assertion.too_large", 413, "invalid_request")

    @pytest.mark.parametrize("kid", [7, ["a"], {"a": 1}, True, 1.5, None], ids=repr)
    @pytest.mark.case("oauth-B-06")
    def test_a_kid_that_is_no_text(self, machine, kid):
        """Not compared with anything."""
        header = {"alg": "PS256", "kid": kid}
        refused(machine.token(machine.assertion(header=header)), "assertion.malformed")

    @pytest.mark.case("oauth-B-07")
    def test_one_kid_names_one_key(self, sandbox, machine):
        """Two rows of one kid and two keys: neither is guessed. Two rows of one key are one."""
        from dataclasses import replace

        row = replace(machine.certificate, certificate_id="twin", csr_sha256=None, serial=1, sha256=b"t" * 32)
        with sandbox.store.write() as uow:
            uow.certificates.add(row)
        assert machine.token().status_code == 200
        with sandbox.store.write() as uow:
            uow.certificates.add(replace(row, certificate_id="third", serial=2, spki_sha256=b"o" * 32))
        refused(machine.token(), "assertion.kid.ambiguous")

    def test_a_bare_key_that_came_again(self, machine):
        """Revoked and uploaded anew it has the same kid, and lives."""
        key = rsa_key("rsa-2048-b")
        for _ in range(2):
            bare = machine.issue("sigkey", key)
            header = machine.header(kid=bare.kid)
            assert machine.token(machine.assertion(header=header, key=key)).status_code == 200
            with machine.sandbox.store.write() as uow:
                uow.certificates.revoke(bare.certificate_id, machine.sandbox.clock.now(), "superseded")
            refused(machine.token(machine.assertion(header=header, key=key)), "assertion.key.inactive")


class TestRate:
    @pytest.fixture
    def options(self):
        return {"failed_authentications_per_second": 5}

    @pytest.mark.case("oauth-B-08")
    def test_made_up_kids_end_in_429(self, machine, sibling):
        """After so many failures in a second nothing more is looked up, for this client and this address alone."""
        told = []
        for number in range(60):
            response = machine.token(machine.assertion(header=machine.header(kid=f"kid-{number}")))
            told.append((response.status_code, response.headers.get("retry-after")))
        assert told[:5] == [(401, None)] * 5
        assert (429, "1") in told
        assert sibling.token().status_code == 200
        elsewhere = Client(machine.door, None, {"listener": "http", "peer": "192.0.2.7"})
        assert machine.token(ask=elsewhere).status_code == 200
        time.sleep(1.05)
        assert machine.token().status_code == 200

    @pytest.mark.case("oauth-B-08")
    def test_what_is_refused_then(self, machine):
        """The code, and a word that libraries take for a pause."""
        last = None
        for number in range(60):
            last = machine.token(machine.assertion(header=machine.header(kid=f"kid-{number}")))
            if last.status_code == 429:
                break
        refused(last, "rate.limited", 429, "temporarily_unavailable")


@pytest.fixture
def trap():
    """A listener that nobody may call: its address, and who did."""
    calls = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.2)
    done = threading.Event()

    def listen():
        while not done.is_set():
            try:
                connection, peer = server.accept()
            except TimeoutError:
                continue
            calls.append(peer)
            connection.close()

    thread = threading.Thread(target=listen)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/jwks", calls
    done.set()
    thread.join()
    server.close()


class TestKeysInTheHeader:
    @pytest.mark.case("oauth-B-09")
    def test_an_embedded_key(self, machine):
        """The attacker's own key in `jwk`, and a signature that fits it."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        from app.pki.keys import public_jwk

        other = rsa_key("rsa-2048-c")
        spki = other.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        for kid in (machine.kid, None):
            header = machine.header(jwk=public_jwk(spki), kid=kid)
            response = machine.token(machine.assertion(header=header, key=other))
            refused(response, "assertion.header")

    @pytest.mark.parametrize("member", [pytest.param("jku", id="oauth-B-10"), "x5u"])
    def test_an_address_of_keys(self, machine, trap, member):
        """Refused, and nobody is called."""
        address, calls = trap
        response = machine.token(machine.assertion(header=machine.header(**{member: address})))
        refused(response, "assertion.header")
        time.sleep(0.3)
        assert calls == []

    @pytest.mark.parametrize("member", ["x5c", "x5t", "x5t#S256", "cty", "nonsense", "url"])
    @pytest.mark.case("oauth-B-11")
    def test_members_without_effect(self, machine, sibling, member):
        """Another client's certificate beside the right key changes nothing; nor does what nobody knows."""
        import base64

        der = base64.b64encode(sibling.certificate.der).decode()
        value = {"x5c": [der], "x5t#S256": sibling.kid}.get(member, "x")
        assert machine.token(machine.assertion(header=machine.header(**{member: value}))).status_code == 200

    @pytest.mark.parametrize(
        "member",
        [
            pytest.param({"crit": ["foo"]}, id="oauth-B-12"),
            pytest.param({"crit": ["foo"], "foo": 1}, id="oauth-B-12-present"),
            pytest.param({"crit": ["exp"], "exp": 1}, id="oauth-B-12-exp"),
            pytest.param({"crit": []}, id="oauth-B-13"),
            pytest.param({"crit": None}, id="oauth-B-13-null"),
            pytest.param({"b64": False}, id="oauth-B-14"),
            pytest.param({"b64": False, "crit": ["b64"]}, id="oauth-B-14-critical"),
            pytest.param({"b64": True}, id="oauth-B-14-true"),
            pytest.param({"zip": "DEF"}, id="oauth-B-15"),
        ],
    )
    def test_members_that_would_change_the_meaning(self, machine, member):
        """Whatever their value is."""
        header = machine.header() | member
        refused(machine.token(machine.assertion(header=header)), "assertion.header")


class TestType:
    @pytest.mark.parametrize(
        "typ",
        ["JWT", "jwt", "application/jwt", "client-authentication+jwt", "Application/Client-Authentication+JWT"],
    )
    def test_types_of_an_assertion(self, machine, typ):
        """Compared as media types; none at all is fine."""
        assert machine.token(machine.assertion(header=machine.header(typ=typ))).status_code == 200

    @pytest.mark.parametrize(
        "typ",
        [
            pytest.param("at+jwt", id="oauth-B-16"),
            pytest.param("application/at+jwt", id="oauth-B-16-long"),
            "logout+jwt", "dpop+jwt", "oauth-authz-req+jwt", "secevent+jwt", "JOSE", "JWT ", "text/jwt",
            "application/application/jwt", "", 7, None, ["JWT"],
        ],
    )  # fmt: skip
    def test_other_types(self, machine, typ):
        """A token of another kind is no assertion, whoever signed it."""
        header = {"alg": "PS256", "kid": machine.kid, "typ": typ}
        refused(machine.token(machine.assertion(header=header)), "assertion.typ")


class TestOurOwnTokens:
    @pytest.fixture
    def options(self):
        return {"access_token_format": "jwt", "oauth_key": "ec-p256"}

    @pytest.mark.case("oauth-B-17")
    def test_an_access_token(self, machine):
        """Ours is of another type, and of no client's key."""
        token = machine.token().json()["access_token"]
        refused(machine.token(token), "assertion.typ")

    @pytest.mark.case("oauth-B-17")
    def test_a_software_statement_assertion(self, machine, client):
        """Signed by the directory: not by the client that it is about."""
        path = f"/organisations/{machine.organisation}/softwarestatements/{machine.software}/assertion"
        statement = client(machine.organisation, machine.software)("GET", path).text
        response = machine.token(statement)
        assert response.status_code == 401
        assert response.json()["error"] == "invalid_client"


@pytest.mark.parametrize(
    "header",
    [
        pytest.param('{"alg":"PS256","kid":"KID","alg":"PS256"}', id="oauth-B-18"),
        pytest.param('{"alg":"none","kid":"KID","alg":"PS256"}', id="oauth-B-18-none-first"),
        pytest.param('{"alg":"PS256","kid":"KID","x":{"a":1,"a":2}}', id="oauth-B-18-inner"),
        pytest.param('{"alg":"PS256","kid":"x","kid":"KID"}', id="oauth-B-18-kid"),
        pytest.param('{"alg":"PS256","kid":"KID","\\u0061lg":"PS256"}', id="oauth-B-18-escaped"),
    ],
)
def test_members_that_stand_there_twice(machine, header):
    """Which of them counts is nobody's guess."""
    text = machine.assertion(header=header.replace("KID", machine.kid))
    refused(machine.token(text), "assertion.duplicate_member")


@pytest.mark.parametrize(
    "header",
    [b"\xff\xfe", b"", b"{", b"[]", b"7", b'"PS256"', b"null", b"{} {}", b'\xef\xbb\xbf{"alg":"PS256"}', b'{"alg":}'],
    ids=repr,
)
def test_a_header_that_is_no_object(machine, header):
    """Whatever it is instead."""
    refused(machine.token(compact(header, machine.claims(), machine.key)), "assertion.malformed")


def test_work_for_nobody_is_the_work_of_a_wrong_key(sandbox, door, machine):
    """Unknown clients and unknown kids cost a verification as a wrong signature does (oauth-cases.md R10)."""
    from cryptography.hazmat.primitives.asymmetric import ec

    stranger = Machine(sandbox, door, organisation=machine.organisation, key=ec.generate_private_key(ec.SECP256R1()))

    def seconds(make):
        assertions = [make() for _ in range(40)]
        spent = []
        for text in assertions:
            began = time.perf_counter()
            assert sandbox_refuses(sandbox, stranger, text)
            spent.append(time.perf_counter() - began)
        return sorted(spent)[len(spent) // 2]

    wrong_key = ec.generate_private_key(ec.SECP256R1())
    known = seconds(lambda: stranger.assertion(key=wrong_key, sign=es256))
    unknown = seconds(lambda: stranger.assertion(key=wrong_key, sign=es256, iss="nobody", sub="nobody"))
    no_kid = seconds(lambda: stranger.assertion(header=stranger.header(kid="x"), key=wrong_key, sign=es256))
    assert 0.4 < unknown / known < 2.5
    assert 0.4 < no_kid / known < 2.5


def sandbox_refuses(sandbox, machine, text):
    """Straight at the use case, without HTTP around it."""
    from app.oauth.client_authentication import ClientCall
    from app.oauth.refusals import InvalidClient

    try:
        sandbox.oauth.token_endpoint.answer(ClientCall("/token", machine.form(text)))
    except InvalidClient:
        return True
    return False


def test_the_kit_itself(machine):
    """A part is spelt as the standard has it, so that the tests above refuse for one reason alone."""
    assert part({"a": 1}) == "eyJhIjogMX0"
    assert public_pem(machine.key).startswith(b"-----BEGIN PUBLIC KEY-----")
