"""oauth-cases.md F, in process: which certificates may be a client's, and whose they are."""

import base64
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from app.oauth.distinguished_names import is_same_name
from app.pki import der
from tests.api.oauth.kit import Machine, code_of, refused, rsa_key
from tests.doors import Client


@pytest.fixture
def certified(sandbox, door):
    """An application that authenticates by certificate."""
    return Machine(sandbox, door, method="tls_client_auth")


def ask(client, machine, **more):
    """A token by certificate."""
    form = {"grant_type": "client_credentials", "client_id": machine.client_id} | more
    return client("POST", "/token", data={name: value for name, value in form.items() if value is not None})


def test_a_certificate_of_the_application(certified):
    """It gets a token that is bound to it (RFC 8705, 3.1)."""
    client, certificate = certified.transport()
    answer = ask(client, certified)
    assert answer.status_code == 200
    token = answer.json()["access_token"]
    told = client("POST", "/token/introspection", data={"token": token, "client_id": certified.client_id}).json()
    assert told["cnf"] == {"x5t#S256": certificate.kid}
    assert certified.api(token, ask=client).status_code == 200


def test_the_journal_names_the_certificate(certified, control):
    """By its thumbprint, whether it was taken or not (control-cases.md E-01)."""
    client, certificate = certified.transport()
    ask(client, certified)
    ask(client, certified, client_id="nobody")
    entries = control("GET", "/_mock/journal?path=/token").json()["entries"]
    assert [entry["detail"]["x5t#S256"] for entry in entries] == [certificate.kid] * 2


def test_any_of_its_certificates(certified):
    """A second one for the rotation, of another key."""
    first, second = certified.transport()[0], certified.transport()[0]
    assert ask(first, certified).status_code == ask(second, certified).status_code == 200


@pytest.mark.case("oauth-F-01")
def test_no_certificate(certified):
    """At the mtls listener 401 for any path of a client; elsewhere for one that is registered for it."""
    bare = Client(certified.door, None, {"listener": "mtls", "peer": "127.0.0.1"})
    refused(ask(bare, certified), "mtls.missing")
    refused(ask(certified.ask, certified), "mtls.missing")
    assert code_of(bare("GET", "/organisations")) == "mtls.missing"


def test_no_client_id(certified):
    """RFC 8705, 2: the certificate alone does not say which client."""
    client, _ = certified.transport()
    refused(ask(client, certified, client_id=None), "client.auth_method")


@pytest.mark.case("oauth-F-02")
def test_certificates_of_others(certified, sandbox):
    """Of an unknown CA, and of one that has the name of ours and another key."""
    real = x509.load_pem_x509_certificate(sandbox.issuers.issuing_pem())
    for issuer in (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Evil CA")]), real.subject):
        made = self_made(certified, issuer)
        refused(ask(certified.over_tls(made), certified), "mtls.issuer")


def self_made(machine, issuer):
    """A certificate with the client's subject, by a key of nobody."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.load_der_x509_certificate(machine.transport()[1].der).subject
    now = machine.sandbox.clock.now()
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


class TestDates:
    @pytest.mark.case("oauth-F-03")
    def test_expired_on_the_sandbox_clock(self, certified, clock):
        """At the last moment good, eleven seconds later not, whatever the machine's clock says."""
        client, certificate = certified.transport()
        clock.set(certificate.not_after)
        assert ask(client, certified).status_code == 200
        clock.advance(timedelta(seconds=11))
        refused(ask(client, certified), "mtls.expired")

    @pytest.mark.case("oauth-F-03")
    def test_not_yet_valid_on_the_sandbox_clock(self, certified, clock):
        """And good again when its time comes."""
        client, certificate = certified.transport()
        clock.set(certificate.not_before - timedelta(seconds=11))
        refused(ask(client, certified), "mtls.not_yet_valid")
        clock.set(certificate.not_before)
        assert ask(client, certified).status_code == 200


class TestRevocation:
    @pytest.mark.parametrize(
        "reason", ["superseded", "keycompromise", pytest.param("certificatehold", id="oauth-F-04-hold")]
    )
    @pytest.mark.case("oauth-F-04", "oauth-F-06")
    def test_revoked(self, certified, sandbox, reason):
        """The next request is refused, whatever connection it comes over."""
        client, certificate = certified.transport()
        assert ask(client, certified).status_code == 200
        revoke(sandbox, certificate, reason=reason)
        refused(ask(client, certified), "mtls.revoked")
        assert code_of(client("GET", "/organisations")) == "mtls.revoked"

    @pytest.mark.case("oauth-F-05")
    def test_revoked_ahead_of_time(self, certified, sandbox, clock):
        """Accepted until then; a token that it is bound to dies with it."""
        client, certificate = certified.transport()
        revoke(sandbox, certificate, at=clock.now() + timedelta(minutes=5))
        token = ask(client, certified).json()["access_token"]
        assert certified.api(token, ask=client).status_code == 200
        clock.advance(timedelta(minutes=5))
        refused(ask(client, certified), "mtls.revoked")
        assert code_of(certified.api(token, ask=client)) == "mtls.revoked"

    def test_the_holder_is_not_active(self, certified, sandbox):
        """A suspended application has no client certificate."""
        client, _ = certified.transport()
        suspend(sandbox, certified)
        refused(ask(client, certified), "client.not_active")


def revoke(sandbox, certificate, at=None, reason="superseded"):
    with sandbox.store.write() as uow:
        uow.certificates.revoke(certificate.certificate_id, at or sandbox.clock.now(), reason)


def suspend(sandbox, machine):
    with sandbox.store.write() as uow:
        stored = uow.applications.find_any(machine.software)
        uow.applications.replace(replace(stored, status="Suspended", revision=stored.revision + 1))


SERVERS = """
name = "servers"
title = "Servers"

[[profile]]
like = "generic:rtstransport"
type = "server_only"
label = "Server"
meaning = "A server and no client"
extended_key_usage = ["serverAuth"]
when = []
"""


class TestUsage:
    @pytest.fixture
    def options(self, tmp_path):
        file = tmp_path / "servers.toml"
        file.write_text(SERVERS)
        return {"oauth_key": "ec-p256", "profile_files": (file,)}

    @pytest.mark.parametrize("kind", [pytest.param("rtssigning", id="oauth-F-08"), "rtsencryption"])
    def test_certificates_of_another_purpose(self, certified, kind):
        """What signs or encrypts is no client of TLS."""
        made = certified.issue(kind, rsa_key("rsa-2048-b"))
        refused(ask(certified.over_tls(made.der), certified), "mtls.usage")

    @pytest.mark.case("oauth-F-07")
    def test_a_certificate_for_servers_alone(self, certified):
        """serverAuth and no clientAuth, although its type is a transport type."""
        refused(ask(certified.transport("server_only")[0], certified), "mtls.usage")

    @pytest.mark.parametrize("which", ["root", "issuing", "responder"])
    @pytest.mark.case("oauth-F-14")
    def test_a_certificate_of_the_ca(self, certified, sandbox, which):
        """Its chain is as good as can be, and it is nobody's client."""
        root, issuing = (issuer.record for issuer in sandbox.issuers.all()[:2])
        made = {"root": root.certificate, "issuing": issuing.certificate, "responder": issuing.ocsp_certificate}
        refused(ask(certified.over_tls(made[which]), certified), "mtls.usage")


def hashes_of(octets):
    import hashlib

    return hashlib.sha256(octets).digest()


class TestSubject:
    @pytest.mark.case("oauth-F-09")
    def test_another_client_of_the_organisation(self, certified, sandbox, door):
        """401 with both subjects in the answer."""
        rival = Machine(
            sandbox, door, organisation=certified.organisation, method="tls_client_auth", key=rsa_key("rsa-2048-b")
        )
        own, certificate = certified.transport()
        client, others = rival.transport()
        told = refused(ask(client, certified), "mtls.subject")
        assert certificate.subject_dn in told
        assert others.subject_dn in told
        assert ask(client, rival).status_code == ask(own, certified).status_code == 200

    @pytest.mark.case("oauth-F-09")
    def test_a_certificate_of_the_organisation(self, certified):
        """It is not the application's."""
        certified.transport()
        made = certified.issue("rtstransport_rs", ec.generate_private_key(ec.SECP256R1()), of_organisation=True)
        refused(ask(certified.over_tls(made.der), certified), "mtls.subject")

    def test_an_application_without_certificates(self, certified, sandbox, door):
        """There is no registered subject, so none is right."""
        rival = Machine(sandbox, door, organisation=certified.organisation, key=rsa_key("rsa-2048-b"))
        assert "it has none" in refused(ask(rival.transport()[0], certified), "mtls.subject")

    def test_a_client_that_is_registered_for_assertions(self, machine):
        """Its certificate binds tokens and proves nothing."""
        client, certificate = machine.transport()
        refused(ask(client, machine), "client.auth_method")
        token = machine.token(ask=client).json()["access_token"]
        assert machine.introspect(token).json()["cnf"] == {"x5t#S256": certificate.kid}

    def test_an_unknown_client(self, certified):
        """The same code as for any method."""
        client, _ = certified.transport()
        refused(ask(client, certified, client_id="nobody"), "client.unknown")
        refused(ask(client, certified, client_id=certified.client_id.upper()), "client.unknown")

    @pytest.mark.case("oauth-F-12", "oauth-F-13")
    def test_a_leaf_without_alternative_names_and_alone(self, certified):
        """Neither is needed: the issuer is known."""
        client, certificate = certified.transport()
        with pytest.raises(x509.ExtensionNotFound):
            x509.load_der_x509_certificate(certificate.der).extensions.get_extension_for_class(
                x509.SubjectAlternativeName
            )
        assert ask(client, certified).status_code == 200


COUNTRY, ORGANISATION, UNIT, COMMON_NAME, ORGANISATION_ID = "2.5.4.6", "2.5.4.10", "2.5.4.11", "2.5.4.3", "2.5.4.97"
BMP = 30
CODECS = {der.UTF8_STRING: "utf-8", der.PRINTABLE_STRING: "ascii", der.TELETEX_STRING: "latin-1", BMP: "utf-16-be"}


def attribute(oid, text, tag=der.UTF8_STRING):
    return der.sequence(der.oid(oid), der.tlv(tag, text.encode(CODECS[tag])))


def name(*rdns):
    """Each RDN one attribute, or a list of them."""
    return der.sequence(*(der.set_of(rdn if isinstance(rdn, list) else [rdn]) for rdn in rdns))


def subject(country="GB", organisation="Acme Größe Ltd", identifier="PSDGB-1", common_name="app one", tags=(12,) * 4):
    """A name of four attributes in this order."""
    oids = (COUNTRY, ORGANISATION, ORGANISATION_ID, COMMON_NAME)
    values = (country, organisation, identifier, common_name)
    return name(*map(attribute, oids, values, tags))


REGISTERED = subject()


@pytest.mark.parametrize(
    "presented",
    [
        pytest.param(REGISTERED, id="oauth-F-10-octets"),
        pytest.param(subject(tags=(19, 20, 19, BMP)), id="oauth-F-10-string-types"),
        pytest.param(subject("gb", "ACME GRÖSSE LTD", "psdgb-1", "App One"), id="oauth-F-10-letter-case"),
        pytest.param(subject("GB", " Acme  Größe   Ltd ", "PSDGB-1", "app \t one"), id="oauth-F-10-blanks"),
        pytest.param(subject(organisation="Acme Gro\u0308ße Ltd"), id="oauth-F-10-composition"),
    ],
)
def test_spellings_of_one_subject(presented):
    """distinguishedNameMatch: the same answer for all encodings of one name."""
    assert is_same_name(REGISTERED, presented)
    assert is_same_name(presented, REGISTERED)


@pytest.mark.case("oauth-F-10")
def test_order_inside_one_rdn():
    """A set has no order; RDNs have one (rulings.md 21)."""
    one, two = attribute(UNIT, "a"), attribute(COMMON_NAME, "b")
    forwards = der.sequence(der.tlv(der.SET, one + two))
    backwards = der.sequence(der.tlv(der.SET, two + one))
    assert is_same_name(forwards, backwards)
    assert not is_same_name(name(one, two), name(two, one))
    assert not is_same_name(forwards, name(one, two))


FOUR = (
    attribute(COUNTRY, "GB"),
    attribute(ORGANISATION, "Acme Größe Ltd"),
    attribute(ORGANISATION_ID, "PSDGB-1"),
    attribute(COMMON_NAME, "app one"),
)


@pytest.mark.parametrize(
    "presented",
    [
        pytest.param(name(*FOUR[:3]), id="oauth-F-11-shorter"),
        pytest.param(name(*FOUR, attribute(COMMON_NAME, "evil")), id="oauth-F-11-longer"),
        pytest.param(subject(common_name="app one 2"), id="oauth-F-11-value"),
        pytest.param(subject(common_name="app"), id="oauth-F-11-shorter-value"),
        pytest.param(name(*FOUR[:2], attribute(UNIT, "PSDGB-1"), FOUR[3]), id="other-type"),
        pytest.param(subject(common_name="appone"), id="no-blank"),
        pytest.param(name(FOUR[0], attribute(ORGANISATION, "Acme Größe Ltd,2.5.4.97=PSDGB-1"), FOUR[3]), id="comma"),
        pytest.param(name(FOUR[0], list(FOUR[1:3]), FOUR[3]), id="other-rdns"),
        pytest.param(name(), id="empty"),
        pytest.param(REGISTERED[:-2], id="cut-short"),
        pytest.param(REGISTERED + b"\0", id="trailing"),
    ],
)
def test_other_subjects(presented):
    """The whole name, every attribute of it."""
    assert not is_same_name(REGISTERED, presented)
    assert not is_same_name(presented, REGISTERED)


def test_what_cannot_be_read_is_only_like_itself():
    """Two broken names with one reading are two."""
    broken = der.sequence(der.tlv(der.SET, b""), der.set_of([attribute(COMMON_NAME, "x")]))
    assert is_same_name(broken, broken)
    assert not is_same_name(broken, name(attribute(COMMON_NAME, "x")))


def test_the_thumbprint_of_the_kit(certified):
    """The kid of a certificate is its x5t#S256 (connect.md 5.4)."""
    certificate = certified.transport()[1]
    assert certificate.kid == base64.urlsafe_b64encode(hashes_of(certificate.der)).rstrip(b"=").decode()
