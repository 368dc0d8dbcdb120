"""oauth-cases.md C: what the claims must say, at the sandbox's clock."""

from datetime import timedelta

import pytest

from tests.api.oauth.kit import compact, refused

HOUR, YEAR = 3600, 365 * 86_400


class TestWho:
    @pytest.mark.parametrize(
        "claims",
        [
            pytest.param('{"iss":"evil","iss":"ME","sub":"ME","aud":"US","exp":EXP,"jti":"1"}', id="oauth-C-01"),
            pytest.param('{"iss":"ME","sub":"ME","aud":"US","exp":EXP,"jti":"1","exp":EXP}', id="oauth-C-01-exp"),
            pytest.param(
                '{"iss":"ME","sub":"ME","aud":"US","exp":EXP,"jti":"1","x":[{"a":1,"a":2}]}', id="oauth-C-01-in"
            ),
        ],
    )
    def test_members_that_stand_there_twice(self, machine, claims):
        """At any depth."""
        text = claims.replace("ME", machine.client_id).replace("US", machine.issuer)
        text = text.replace("EXP", str(int(machine.now()) + 60))
        refused(machine.token(machine.assertion(claims=text)), "assertion.duplicate_member")

    @pytest.mark.case("oauth-C-02")
    def test_another_subject(self, machine, sibling):
        """iss and sub are one and the same client."""
        refused(machine.token(machine.assertion(sub=sibling.client_id)), "assertion.sub")
        refused(machine.token(machine.assertion(iss=sibling.client_id)), "assertion.sub")

    @pytest.mark.case("oauth-C-03")
    def test_another_client_in_the_form(self, machine, sibling):
        """`client_id` may be absent beside an assertion; if it is there it agrees."""
        assert machine.token(client_id=machine.client_id).status_code == 200
        refused(machine.token(client_id=sibling.client_id), "assertion.iss")
        refused(machine.token(client_id=machine.client_id.upper()), "assertion.iss")

    @pytest.mark.case("oauth-C-04")
    def test_letter_case_makes_another_client(self, machine):
        """Ids are compared octet by octet."""
        other = machine.client_id.upper()
        refused(machine.token(machine.assertion(iss=other, sub=other)), "client.unknown")

    @pytest.mark.parametrize("other", ["nobody", " ", "x" * 5000, "a\0b", "\u202e", "x' OR 1=1 --", "%"], ids=repr)
    def test_clients_that_there_are_not(self, machine, other):
        """Whatever text it is."""
        refused(machine.token(machine.assertion(iss=other, sub=other)), "client.unknown")

    @pytest.mark.parametrize("value", [None, 7, ["x"], {"a": 1}, True, ""], ids=repr)
    @pytest.mark.case("oauth-C-05")
    def test_a_subject_that_is_none(self, machine, value):
        """Missing, number, list and so on."""
        claims = machine.claims() | {"sub": value}
        refused(machine.token(machine.assertion(claims=claims)), "assertion.sub")
        claims.pop("sub")
        refused(machine.token(machine.assertion(claims=claims)), "assertion.sub")

    @pytest.mark.parametrize("value", [None, 7, ["x"], {"a": 1}, True, ""], ids=repr)
    def test_an_issuer_that_is_none(self, machine, value):
        """The same of iss."""
        claims = machine.claims() | {"iss": value}
        refused(machine.token(machine.assertion(claims=claims)), "assertion.iss")

    def test_lists_are_not_compared(self, machine):
        """iss and sub as the same list are no client id."""
        claims = machine.claims() | {"iss": [machine.client_id], "sub": [machine.client_id]}
        refused(machine.token(machine.assertion(claims=claims)), "assertion.iss")


class TestAudience:
    @pytest.mark.parametrize(
        "make",
        [
            pytest.param(lambda us: us.auth, id="issuer"),
            pytest.param(lambda us: [us.auth], id="oauth-C-08"),
            pytest.param(lambda us: [us.auth, f"{us.auth}/token"], id="oauth-C-08-both"),
            pytest.param(lambda us: f"{us.auth}/token", id="oauth-C-09"),
            pytest.param(lambda us: f"{us.matls_auth}/token", id="oauth-C-09-alias"),
            pytest.param(lambda us: [f"{us.matls_auth}/token", us.auth, us.auth], id="oauth-C-09-list"),
        ],
    )
    def test_our_own_addresses(self, machine, sandbox, make):
        """As a text or in a list of nothing else."""
        assert machine.token(machine.assertion(aud=make(sandbox.addresses))).status_code == 200

    @pytest.mark.parametrize(
        "make",
        [
            pytest.param(lambda _: "https://evil.example", id="oauth-C-06-wrong"),
            pytest.param(lambda _: None, id="oauth-C-06-missing"),
            pytest.param(lambda _: [], id="oauth-C-06-empty"),
            pytest.param(lambda us: {"iss": us.auth}, id="oauth-C-06-object"),
            pytest.param(lambda _: "", id="oauth-C-06-blank"),
            pytest.param(lambda _: 7, id="oauth-C-06-number"),
            pytest.param(lambda us: [[us.auth]], id="oauth-C-06-nested"),
            pytest.param(lambda us: [us.auth, 7], id="oauth-C-06-mixed"),
            pytest.param(lambda us: [us.auth, None], id="oauth-C-06-null"),
            pytest.param(lambda us: [us.auth, "https://evil.example"], id="oauth-C-07"),
            pytest.param(lambda us: ["https://evil.example", us.auth], id="oauth-C-07-first"),
            pytest.param(lambda us: [us.auth, f"{us.auth}/token", "https://evil.example/token"], id="oauth-C-07-third"),
            pytest.param(lambda us: f"{us.auth}/", id="oauth-C-10"),
            pytest.param(lambda us: us.auth.upper(), id="oauth-C-10-case"),
            pytest.param(lambda us: us.auth.replace("https", "http"), id="oauth-C-10-scheme"),
            pytest.param(lambda us: f" {us.auth}", id="oauth-C-10-blank"),
            pytest.param(lambda us: f"{us.auth} {us.auth}/token", id="oauth-C-10-two-in-one"),
            pytest.param(lambda us: f"{us.auth}:443", id="oauth-C-10-port"),
            pytest.param(lambda us: f"{us.auth}/sandboxes/other", id="oauth-C-11"),
            pytest.param(lambda us: f"{us.auth}/sandboxes/other/token", id="oauth-C-11-token"),
            pytest.param(lambda us: us.matls_auth, id="mtls-host-alone"),
            pytest.param(lambda us: f"{us.auth}/request", id="par-elsewhere"),
            pytest.param(lambda us: f"{us.auth}/token/introspection", id="introspection"),
            pytest.param(lambda us: us.matls_api, id="api"),
        ],
    )
    def test_other_audiences(self, machine, sandbox, make):
        """One that is not ours refuses the whole; the refusal names those that are."""
        claims = machine.claims() | {"aud": make(sandbox.addresses)}
        told = refused(machine.token(machine.assertion(claims=claims)), "assertion.aud")
        assert f"{sandbox.addresses.matls_auth}/token" in told
        claims.pop("aud")
        refused(machine.token(machine.assertion(claims=claims)), "assertion.aud")

    def test_introspection_and_revocation_have_the_same_ones(self, machine, sandbox):
        """The token endpoint's address is an audience at all of them."""
        token = machine.token().json()["access_token"]
        assertion = machine.assertion(aud=f"{sandbox.addresses.auth}/token")
        assert machine.token(assertion, path="/token/introspection", token=token).json()["active"]


class TestIssuerAlone:
    @pytest.fixture
    def options(self):
        return {"assertion_audience": "issuer"}

    @pytest.mark.parametrize(
        "make",
        [
            pytest.param(lambda us: [us.auth], id="oauth-C-08-fapi"),
            pytest.param(lambda us: f"{us.auth}/token", id="oauth-C-09-fapi"),
            pytest.param(lambda us: f"{us.matls_auth}/token", id="oauth-C-09-fapi-alias"),
        ],
    )
    def test_fapi_2_final(self, machine, sandbox, make):
        """The issuer as a text, and nothing else."""
        refused(machine.token(machine.assertion(aud=make(sandbox.addresses))), "assertion.aud")
        assert machine.token().status_code == 200


class TestExpiry:
    @pytest.mark.parametrize(
        "seconds",
        [pytest.param(-HOUR, id="oauth-C-12-hour"), pytest.param(-300, id="oauth-C-12-five"),
         pytest.param(-11, id="oauth-C-12-11"), pytest.param(-10, id="oauth-C-12-10"), -YEAR, -10**12],
    )  # fmt: skip
    def test_it_is_over(self, machine, seconds):
        """Leeway is 10 seconds and no more."""
        refused(machine.token(machine.assertion(exp=int(machine.now()) + seconds)), "assertion.exp")

    @pytest.mark.parametrize("seconds", [pytest.param(-9, id="oauth-C-13"), 0, 1, 300, 310])
    def test_it_is_good_still(self, machine, seconds):
        """Within the leeway, on both sides."""
        assert machine.token(machine.assertion(exp=int(machine.now()) + seconds)).status_code == 200

    @pytest.mark.parametrize(
        "value",
        [
            pytest.param("null", id="oauth-C-14-null"),
            pytest.param("[1999999999]", id="oauth-C-14-list"),
            pytest.param("NaN", id="oauth-C-14-nan"),
            pytest.param("Infinity", id="oauth-C-14-infinity"),
            pytest.param("-Infinity", id="oauth-C-14-minus-infinity"),
            pytest.param("1e400", id="oauth-C-14-1e400"),
            pytest.param("-1e400", id="oauth-C-14-minus-1e400"),
            pytest.param("true", id="oauth-C-14-true"),
            pytest.param("{}", id="oauth-C-14-object"),
            pytest.param('"1999999999"', id="oauth-C-15"),
            pytest.param('"SOON"', id="oauth-C-15-soon"),
            pytest.param('""', id="oauth-C-15-empty"),
            pytest.param("0", id="zero"),
            pytest.param("-1", id="minus-one"),
            pytest.param("-" + "9" * 390, id="hugely-past"),
        ],
    )
    def test_what_is_no_date(self, machine, value):
        """Only a finite JSON number is one (RFC 7519, 2)."""
        soon = str(int(machine.now()) + 60)
        text = '{"iss":"ME","sub":"ME","aud":"US","jti":"1","exp":VALUE}'.replace("VALUE", value.replace("SOON", soon))
        text = text.replace("ME", machine.client_id).replace("US", machine.issuer)
        refused(machine.token(machine.assertion(claims=text)), "assertion.exp")

    @pytest.mark.case("oauth-C-14")
    def test_no_expiry(self, machine):
        """It is required."""
        refused(machine.token(machine.assertion(exp=None)), "assertion.exp")

    @pytest.mark.case("oauth-C-16")
    def test_fractions(self, machine):
        """A NumericDate may have them."""
        assert machine.token(machine.assertion(exp=machine.now() + 59.5, iat=machine.now() - 0.25)).status_code == 200

    @pytest.mark.parametrize(
        "seconds",
        [pytest.param(10 * YEAR, id="oauth-C-17"), 311, 312, HOUR, 10**300, int("9" * 390)],
        ids=lambda value: str(value)[:12],
    )
    def test_it_lives_too_long(self, machine, seconds):
        """Five minutes at most, however honest."""
        refused(machine.token(machine.assertion(exp=int(machine.now()) + seconds)), "assertion.lifetime")

    @pytest.mark.case("oauth-C-24")
    def test_the_clock_is_the_sandboxs(self, machine, clock):
        """Ten minutes on: an assertion of before is over, one of that time is good."""
        before = machine.assertion()
        clock.advance(timedelta(minutes=10))
        refused(machine.token(before), "assertion.exp")
        assert machine.token().status_code == 200
        clock.advance(timedelta(minutes=-30))
        assert machine.token().status_code == 200


class TestLongLife:
    @pytest.fixture
    def options(self):
        return {"assertion_max_lifetime": HOUR}

    def test_by_its_setting(self, machine):
        """`assertion_max_lifetime` is for libraries that cannot be told (rulings.md 17); age follows it."""
        now = int(machine.now())
        assert machine.token(machine.assertion(exp=now + HOUR, iat=now)).status_code == 200
        assert machine.token(machine.assertion(iat=now - HOUR)).status_code == 200
        refused(machine.token(machine.assertion(exp=now + HOUR + 11)), "assertion.lifetime")
        refused(machine.token(machine.assertion(iat=now - HOUR - 11)), "assertion.iat")


class TestOtherDates:
    @pytest.mark.parametrize("name", ["nbf", "iat"])
    @pytest.mark.parametrize("seconds", [pytest.param(8, id="oauth-C-18"), 10, 0, -1, -300, -310])
    def test_clocks_differ(self, machine, name, seconds):
        """Eight seconds ahead are a clock, not a lie."""
        assert machine.token(machine.assertion(**{name: int(machine.now()) + seconds})).status_code == 200

    @pytest.mark.parametrize("name", ["nbf", "iat"])
    @pytest.mark.parametrize("seconds", [pytest.param(61, id="oauth-C-19"), 11, YEAR])
    def test_the_future(self, machine, name, seconds):
        """Each is told by its own name."""
        refused(machine.token(machine.assertion(**{name: int(machine.now()) + seconds})), f"assertion.{name}")

    @pytest.mark.parametrize("seconds", [pytest.param(-YEAR, id="oauth-C-20"), -311, -HOUR])
    def test_it_was_made_long_ago(self, machine, seconds):
        """However far ahead exp is."""
        refused(machine.token(machine.assertion(iat=int(machine.now()) + seconds)), "assertion.iat")

    def test_an_old_nbf_is_fine(self, machine):
        """It says from when on, not when it was made."""
        assert machine.token(machine.assertion(nbf=int(machine.now()) - YEAR)).status_code == 200

    @pytest.mark.parametrize("name", ["nbf", "iat"])
    @pytest.mark.parametrize("value", ["1", True, [1], {}, float("nan"), float("inf"), None], ids=repr)
    def test_what_is_no_date(self, machine, name, value):
        """If it is there it is a number."""
        claims = machine.claims() | {name: value}
        refused(machine.token(machine.assertion(claims=claims)), f"assertion.{name}")


class TestJti:
    @pytest.mark.parametrize(
        "value",
        [
            pytest.param(7, id="oauth-C-21-number"),
            pytest.param({"a": 1}, id="oauth-C-21-object"),
            pytest.param(None, id="oauth-C-21-null"),
            pytest.param(["x"], id="oauth-C-21-list"),
            pytest.param("", id="oauth-C-22"),
        ],
    )
    def test_what_is_no_id(self, machine, value):
        """A text with something in it."""
        claims = machine.claims() | {"jti": value}
        refused(machine.token(machine.assertion(claims=claims)), "assertion.jti")

    @pytest.mark.case("oauth-C-21")
    def test_none(self, machine):
        """It is required."""
        refused(machine.token(machine.assertion(jti=None)), "assertion.jti")

    @pytest.mark.parametrize("value", ["x" * 255, " ", "a\0b", "\U0001f600", "' OR 1=1 --"], ids=lambda v: repr(v)[:9])
    def test_any_text_is_one(self, machine, value):
        """Up to 255 characters; it is kept as its SHA-256."""
        assert machine.token(machine.assertion(jti=value)).status_code == 200
        refused(machine.token(machine.assertion(jti=value)), "assertion.replay")

    @pytest.mark.parametrize("size", [pytest.param(256, id="oauth-C-23-256"), pytest.param(700_000, id="oauth-C-23")])
    def test_one_that_is_too_long(self, machine, size):
        """At most 255 characters."""
        refused(machine.token(machine.assertion(jti="j" * size)), "assertion.too_large")

    def test_half_a_surrogate_pair(self, machine):
        """No character, so no text (RFC 8259, 8.2)."""
        text = '{"iss":"ME","sub":"ME","aud":"US","exp":EXP,"jti":"\\ud800"}'.replace("ME", machine.client_id)
        text = text.replace("US", machine.issuer).replace("EXP", str(int(machine.now()) + 60))
        refused(machine.token(machine.assertion(claims=text)), "assertion.malformed")


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"not json", id="oauth-E-02"),
        pytest.param(b"[]", id="oauth-E-02-array"),
        pytest.param(b"7", id="oauth-E-02-number"),
        pytest.param(b'"text"', id="oauth-E-02-text"),
        pytest.param(b"null", id="oauth-E-02-null"),
        pytest.param(b'{"iss":"\xff"}', id="oauth-E-02-utf8"),
        pytest.param(b'\xef\xbb\xbf{"iss":"x"}', id="oauth-E-02-bom"),
        pytest.param('{"iss":"x"}'.encode("utf-16"), id="oauth-E-02-utf16"),
        pytest.param(b"", id="oauth-E-02-empty"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="oauth-E-02-deep"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="oauth-E-02-deep-objects"),
        pytest.param(b"{}{}", id="two"),
    ],
)
def test_a_payload_that_is_no_object(machine, payload):
    """Well within a second, whatever it is."""
    refused(machine.token(compact(machine.header(), payload, machine.key)), "assertion.malformed")
