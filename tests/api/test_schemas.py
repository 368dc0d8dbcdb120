import json
from pathlib import Path

import pytest

from app.errors import Invalid
from app.settings import Settings
from app.wire import applications as application_wire
from app.wire import organisations as organisation_wire
from app.wire.uris import faults_by_setting

ORGANISATION = {
    "OrganisationId": "acme",
    "OrganisationName": "Acme Bank",
    "LegalEntityName": "Acme Bank Ltd",
    "CountryOfRegistration": "GB",
    "CompanyRegister": "Companies House",
    "RegistrationNumber": "01234567",
    "AddressLine1": "1 Main Street",
    "City": "London",
    "Postcode": "E1 1AA",
    "Country": "GB",
}
APPLICATION = {
    "ClientName": "Acme App",
    "LogoUri": "https://acme.example/logo.png",
    "RedirectUri": ["https://acme.example/cb"],
}


def findings_of(schema, members, **options):
    with pytest.raises(Invalid) as refused:
        schema.read(members, **options)
    return [(f.code, f.pointer, f.detail) for f in refused.value.findings]


def test_a_full_body_is_read_as_it_is():
    """A body that keeps the rules comes back whole, without warnings."""
    reading = organisation_wire.CREATION.read(ORGANISATION)
    assert reading.values == ORGANISATION
    assert reading.warnings == ()


def test_all_failures_are_told_together_in_schema_order():
    """An empty body names every required field with the published text, in the order of the schema."""
    texts = [detail for _code, _pointer, detail in findings_of(organisation_wire.CREATION, {})]
    assert texts == [
        f"{name} must be provided"
        for name in (
            "OrganisationId", "OrganisationName", "LegalEntityName", "CountryOfRegistration", "CompanyRegister",
            "RegistrationNumber", "AddressLine1", "City", "Postcode", "Country",
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        pytest.param({"City": 7}, "field.type", "City must be a string", id="api-B-05-number"),
        pytest.param({"City": None}, "field.missing", "City must be provided", id="api-B-05-null"),
        pytest.param({"City": ["a"]}, "field.type", "City must be a string", id="api-B-05-list"),
        pytest.param(
            {"EnforceIdpUserManagement": 1},
            "field.type",
            "EnforceIdpUserManagement must be a boolean",
            id="api-B-05-bool",
        ),
        pytest.param({"City": "a<b"}, "field.pattern", "City must not contain < or >", id="api-B-11"),
        pytest.param({"OrganisationId": "x" * 41}, "field.too_long", "OrganisationId length must be between 1 and 40",
                     id="api-C-11-one-more"),
        pytest.param({"City": "L"}, "field.too_short", "City length must be between 2 and 255", id="too-short"),
        pytest.param({"OrganisationName": "Acme\u202eknaB"}, "field.pattern",
                     "OrganisationName must not contain invisible characters (U+202E)", id="api-B-15"),
        pytest.param({"LegalEntityName": "A\u200bcme"}, "field.pattern",
                     "LegalEntityName must not contain invisible characters (U+200B)", id="api-B-15-zero-width"),
        pytest.param({"Status": "Sleeping"}, "field.value", "Status must be one of Active, Pending, Withdrawn",
                     id="enum"),
        pytest.param({"LogoUri": "ftp://x/logo.png"}, "field.pattern", organisation_wire.LOGO_TEXT, id="logo"),
    ],
)  # fmt: skip
def test_a_broken_field_is_named(change, code, text):
    """One broken field gives one finding with its pointer and the contract's text."""
    (name,) = change
    assert findings_of(organisation_wire.CREATION, ORGANISATION | change) == [(code, f"/{name}", text)]


@pytest.mark.case("api-B-12", "api-C-11")
def test_lengths_are_counted_in_characters():
    """The limit itself passes, also in characters of four octets."""
    members = ORGANISATION | {"OrganisationId": "\U0001f3e6" * 40, "City": "ß" * 255}
    assert organisation_wire.CREATION.read(members).values["OrganisationId"] == "\U0001f3e6" * 40


@pytest.mark.case("api-B-16")
def test_names_of_any_script_pass():
    """Arabic, Hebrew and emoji are names."""
    members = ORGANISATION | {"OrganisationName": "بنك אבג 🏦"}
    assert organisation_wire.CREATION.read(members).values["OrganisationName"] == "بنك אבג 🏦"


@pytest.mark.case("api-B-04", "api-B-01")
def test_strangers_are_ignored_and_reported_or_refused():
    """A member outside the schema is never taken; the server's own fields have a code of their own."""
    members = ORGANISATION | {"CreatedOn": "2020-01-01", "Colour": "red"}
    reading = organisation_wire.CREATION.read(members)
    assert "CreatedOn" not in reading.values
    assert [w.code for w in reading.warnings] == ["field.read_only", "field.unknown"]
    refused = findings_of(organisation_wire.CREATION, members, refuse_unknown=True)
    assert [code for code, *_rest in refused] == ["field.read_only", "field.unknown"]


@pytest.mark.parametrize(
    "uri",
    [
        pytest.param("https://acme.example/cb#x", id="api-C-07-fragment"),
        pytest.param("https://*.acme.example/cb", id="api-C-07-wildcard"),
        pytest.param("javascript:alert(1)", id="api-C-07-script"),
        pytest.param("https://user@acme.example/cb", id="api-C-07-user"),
        pytest.param("https://", id="no-host"),
        pytest.param("https://[::1/cb", id="no-address"),
        pytest.param("https://acme.example/a b", id="blank"),
        pytest.param("data:text/html,x", id="api-C-05-data"),
    ],
)
def test_a_dangerous_redirect_uri_is_refused(uri):
    """Redirect URIs are absolute http(s) addresses without fragment, wildcard or user part."""
    found = findings_of(application_wire.CREATION, APPLICATION | {"RedirectUri": ["https://ok.example/", uri]})
    assert {(code, pointer) for code, pointer, _text in found} == {("redirect_uri.invalid", "/RedirectUri/1")}


def by_setting(change, **chosen):
    settings = Settings.model_construct(**{"ra_mode": "default"} | SWITCHES_OFF | chosen)
    return [(f.code, f.pointer) for f in faults_by_setting(APPLICATION | change, settings)]


SWITCHES_OFF = {"allow_localhost_origins": False, "allow_private_webhooks": False}


@pytest.mark.case("api-C-07")
def test_plain_http_redirects_are_for_this_machine_in_strict_mode():
    """http to another machine is refused in strict mode only."""
    change = {"RedirectUri": ["http://localhost:9000/cb", "http://acme.example/cb", 7]}
    assert by_setting(change) == []
    assert by_setting(change, ra_mode="strict") == [("redirect_uri.invalid", "/RedirectUri/1")]


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("127.0.0.1", id="api-C-01-loopback"),
        pytest.param("localhost", id="api-C-01-localhost"),
        pytest.param("LocalHost.", id="api-C-01-localhost-dot"),
        pytest.param("x.localhost", id="api-C-01-below-localhost"),
        pytest.param("169.254.169.254", id="api-C-01-metadata"),
        pytest.param("[::1]", id="api-C-01-loopback-6"),
        pytest.param("10.0.0.1:8080", id="private"),
        pytest.param("user@192.168.1.1", id="private-behind-a-user"),
        pytest.param("0.0.0.0", id="unspecified"),
        pytest.param("[fd00::1]", id="unique-local"),
        pytest.param("[fe80::1%25eth0]", id="link-local"),
        pytest.param("[::ffff:127.0.0.1]", id="api-C-02-mapped"),
        pytest.param("[64:ff9b::7f00:1]", id="api-C-02-nat64"),
        pytest.param("[2002:7f00:1::]", id="api-C-02-6to4"),
        pytest.param("2130706433", id="api-C-02-number"),
        pytest.param("0x7f.1", id="api-C-02-hex"),
        pytest.param("127.1", id="api-C-02-short"),
        pytest.param("[::1", id="unreadable"),
    ],
)
def test_a_webhook_to_a_private_place_is_for_those_who_say_so(host):
    """Whatever its spelling, an address of this machine or of a private network needs the named switch."""
    change = {"NotificationWebhook": f"http://{host}/hook"}
    assert by_setting(change) == [("url.blocked", "/NotificationWebhook")]
    assert by_setting(change, allow_private_webhooks=True) == []


@pytest.mark.parametrize("host", ["8.8.8.8", "[2606:4700::1111]", "acme.example", "localhost.example", "fd00.example"])
def test_a_webhook_to_the_internet_passes(host):
    """Names are not resolved here."""
    assert by_setting({"NotificationWebhook": f"https://{host}/hook"}) == []


def test_origins_on_this_machine_need_their_switch():
    """errata A16: localhost has no dot, so the published pattern refuses it."""
    change = {"OriginUri": ["https://localhost", "http://localhost:3000", "https://localhost.example"]}
    assert by_setting(change) == [("field.pattern", "/OriginUri/0"), ("field.pattern", "/OriginUri/1")]
    assert by_setting(change, allow_localhost_origins=True) == []
    assert findings_of(application_wire.CREATION, APPLICATION | {"OriginUri": ["https://local"]})[0][0] == (
        "field.pattern"
    )


@pytest.mark.case("api-C-08")
def test_ten_thousand_redirect_uris_are_too_many():
    """A list has an upper bound."""
    found = findings_of(application_wire.CREATION, APPLICATION | {"RedirectUri": ["https://a.example/"] * 10_000})
    assert [code for code, *_rest in found] == ["redirect_uri.invalid"]


@pytest.mark.parametrize("uri", ["file:///etc/passwd", "gopher://x", "data:,x"])
@pytest.mark.case("api-C-05")
def test_a_webhook_address_is_http(uri):
    """Addresses that something may fetch one day are http or https."""
    found = findings_of(application_wire.CREATION, APPLICATION | {"NotificationWebhook": uri})
    assert [code for code, *_rest in found] == ["url.blocked"]


def test_the_origin_pattern_is_linear():
    """A text that made the published pattern take exponential time is judged at once."""
    origin = "ios:bundle-id:a." + "a" * 200 + "!"
    assert findings_of(application_wire.CREATION, APPLICATION | {"OriginUri": [origin]})[0][0] == "field.pattern"
    fine = ["ios:bundle-id:com.acme.App", "android:apk-key-hash:abc-123", "https://acme.example:8443"]
    assert application_wire.CREATION.read(APPLICATION | {"OriginUri": fine}).values["OriginUri"] == fine


PUBLISHED = Path(__file__).parents[3] / "shared" / "contract" / "connect-openapi-1.39.0.yaml"


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the published specification is not at hand")
@pytest.mark.parametrize(
    ("name", "schema"),
    [("OrganisationRequest", organisation_wire.CREATION), ("SoftwareStatementRequest", application_wire.CREATION)],
)
def test_the_tables_say_what_is_published(name, schema):
    """Names, required fields, lengths, choices and texts are those of OpenAPI 1.39."""
    published = _schema(name)
    by_name = {field.name: field for field in schema.fields}
    assert set(by_name) == set(published["properties"])
    assert {f.name for f in schema.fields if f.required} == set(published["required"])
    for member, rule in published["properties"].items():
        field = by_name[member]
        assert list(field.choices) == rule.get("enum", []), member
        if not field.choices and rule["type"] == "string" and "x-pattern-message" not in rule:
            assert field.most == rule.get("maxLength") or member == "RelatedAuthorisationServer", member
        if member != "ClientUri":
            text = rule.get("items", rule).get("x-pattern-message", field.pattern_text)
            assert field.pattern_text == text, member


def _schema(name):
    yaml = pytest.importorskip("yaml")
    document = yaml.load(PUBLISHED.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    schemas = document["components"]["schemas"]

    def resolved(rule):
        while "$ref" in rule:
            rule = schemas[rule["$ref"].split("/")[-1]]
        return rule | ({"items": resolved(rule["items"])} if "items" in rule else {})

    found = json.loads(json.dumps(schemas[name], default=str))
    found["properties"] = {member: resolved(rule) for member, rule in found["properties"].items()}
    return found
