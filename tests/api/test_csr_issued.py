"""The certificate that comes out, looked at from outside (csr-cases.md H)."""

import base64
import hashlib
import shlex
import ssl
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from app.pki.commands import openssl_command, openssl_config
from app.pki.facts import Facts
from app.pki.profiles import shipped
from tests.doors import APPLICATION, ORGANISATION
from tests.linting import certificate_findings, crl_findings, ocsp_findings
from tests.tools import need

PEM = {"content-type": "application/x-pem-file"}
COUNTRIES = {"brasil": "BR", "uae": "AE"}
ISSUED_TYPES = ("rtstransport", "rtssigning", "rtsencryption")


@pytest.fixture
def issue(ask, path, make_csr, application):
    """Upload a CSR; the API's object and the certificate: `issue(type)`."""

    def make(type_="rtstransport", csr=None):
        answer = ask("POST", f"{path}/certificates/{type_}", content=csr or make_csr(application), headers=PEM)
        assert answer.status_code == 201, answer.text
        return answer.json(), leaf_of(answer.json())

    return make


def leaf_of(certificate):
    return x509.load_der_x509_certificate(base64.b64decode(certificate["x5c"][0]))


@pytest.fixture
def public(nobody):
    """A published file, by its address or path."""

    def get(address):
        answer = nobody("GET", "/" + address.partition("//")[2].partition("/")[2] if "//" in address else address)
        assert answer.status_code == 200, address
        return answer.content

    return get


@pytest.mark.case("csr-H-01")
def test_version_and_serial(issue):
    """v3; each serial positive, at most 20 octets, of its own, and long enough for 64 bits of chance."""
    leaves = [issue()[1] for _ in range(5)]
    assert {leaf.version for leaf in leaves} == {x509.Version.v3}
    serials = [leaf.serial_number for leaf in leaves]
    assert len(set(serials)) == 5
    assert all(0 < serial < 1 << 159 for serial in serials)
    assert all(serial.bit_length() > 120 for serial in serials)


@pytest.mark.parametrize("type_", ISSUED_TYPES)
@pytest.mark.case("csr-H-02")
def test_it_holds_what_the_profile_says_and_nothing_else(issue, sandbox, type_):
    """Subject as the CSR had it, key usages of the profile, and a closed list of extensions."""
    profile, (_, leaf) = sandbox.profiles[type_], issue(type_)
    names = [attribute.oid for attribute in leaf.subject]
    assert sorted(oid.dotted_string for oid in names) == sorted(
        oid.dotted_string
        for oid in (
            NameOID.COUNTRY_NAME, NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.COMMON_NAME
        )
    )  # fmt: skip
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert held(usage.value) == {snake(name) for name in profile.key_usage}
    allowed = {
        ExtensionOID.KEY_USAGE, ExtensionOID.SUBJECT_KEY_IDENTIFIER, ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.AUTHORITY_INFORMATION_ACCESS, ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.CERTIFICATE_POLICIES, ExtensionOID.EXTENDED_KEY_USAGE, ExtensionOID.BASIC_CONSTRAINTS,
    }  # fmt: skip
    assert {extension.oid for extension in leaf.extensions} <= allowed
    constraints = [e.value for e in leaf.extensions if isinstance(e.value, x509.BasicConstraints)]
    assert all(not constraint.ca for constraint in constraints)
    asked = {"clientAuth": ExtendedKeyUsageOID.CLIENT_AUTH, "serverAuth": ExtendedKeyUsageOID.SERVER_AUTH}
    purposes = [e.value for e in leaf.extensions if isinstance(e.value, x509.ExtendedKeyUsage)]
    assert {oid for value in purposes for oid in value} == {asked[name] for name in profile.extended_key_usage}


def snake(name):
    name = {"nonRepudiation": "contentCommitment", "cRLSign": "crlSign"}.get(name, name)
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def held(usage):
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign",
    )  # fmt: skip
    return {name for name in names if getattr(usage, name)}


@pytest.mark.case("csr-H-02")
def test_names_of_a_server_are_those_that_were_asked_for(ask, organisation, make_csr):
    """SAN of a server type: the host of the CSR, once."""
    csr = make_csr((organisation,), san="api.acme.example")
    answer = ask("POST", f"/organisations/{organisation}/certificates/rtstransport_rs", content=csr, headers=PEM)
    assert answer.status_code == 201, answer.text
    names = leaf_of(answer.json()).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert list(names) == [x509.DNSName("api.acme.example")]


class TestDates:
    @pytest.mark.case("csr-H-03")
    def test_they_are_of_the_sandbox(self, issue, clock, sandbox):
        """From now, thirteen months."""
        certificate, leaf = issue()
        assert leaf.not_valid_before_utc == clock.now()
        days = sandbox.profiles["rtstransport"].validity_days
        assert leaf.not_valid_after_utc - leaf.not_valid_before_utc == timedelta(days=days)
        assert 390 <= days <= 400
        assert certificate["ValidFromDateTime"] == "2026-06-01T12:00:00.000Z"

    @pytest.mark.case("csr-H-03")
    def test_the_form_changes_with_the_year_2050(self, ask, path, make_csr, application, clock, client):
        """UTCTime up to 2049, GeneralizedTime from 2050 on (RFC 5280, 4.1.2.5), both in one certificate."""
        clock.set(datetime(2049, 12, 31, 23, 59, 50, tzinfo=UTC))
        asker = client(*application)
        made = asker("POST", f"{path}/certificates/rtstransport", content=make_csr(application), headers=PEM)
        der = base64.b64decode(made.json()["x5c"][0])
        assert b"\x17\x0d491231235950Z\x18\x0f2051" in der


@pytest.mark.case("csr-H-04")
def test_kid_thumbprint_and_x5c(issue, nobody, application):
    """kid = x5t#S256 = base64url(SHA-256(DER)); x5c is the leaf alone, in plain base64."""
    certificate, leaf = issue()
    der = leaf.public_bytes(Encoding.DER)
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
    assert certificate["kid"] == certificate["x5thashS256"] == thumbprint
    assert certificate["x5c"] == [base64.b64encode(der).decode()]
    (key,) = nobody("GET", "/keystore/{}/{}/transport.jwks".format(*application)).json()["keys"]
    assert (key["kid"], key["x5t#S256"], key["x5c"]) == (thumbprint, thumbprint, certificate["x5c"])


@pytest.mark.case("csr-H-05")
def test_it_is_tied_to_its_issuer(issue, public):
    """AKI = the issuer's SKI, issuer name octet by octet, and the addresses in it answer."""
    _, leaf = issue()
    ca = x509.load_pem_x509_certificate(public("/repository/issuer-ca.pem"))
    authority = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    assert authority.key_identifier == ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert leaf.issuer.public_bytes() == ca.subject.public_bytes()
    leaf.verify_directly_issued_by(ca)
    (point,) = leaf.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    crl = x509.load_der_x509_crl(public(point.full_name[0].value))
    assert crl.is_signature_valid(ca.public_key())
    access = leaf.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    assert [each.access_method.dotted_string for each in access] == ["1.3.6.1.5.5.7.48.1"]
    policies = leaf.extensions.get_extension_for_class(x509.CertificatePolicies).value
    (cps,) = [q for policy in policies for q in policy.policy_qualifiers or () if isinstance(q, str)]
    assert b"MOCK" in public(cps)


@pytest.mark.case("csr-H-06")
def test_every_view_has_it_at_once(issue, ask, path, nobody, application, public):
    """List, key set, OCSP and PEM file, before any clock has moved."""
    certificate, leaf = issue()
    kid = certificate["kid"]
    assert [each["kid"] for each in ask("GET", f"{path}/certificates").json()] == [kid]
    jwks = nobody("GET", "/keystore/{}/{}/transport.jwks".format(*application)).json()
    assert [key["kid"] for key in jwks["keys"]] == [kid]
    assert x509.load_pem_x509_certificate(public(certificate["x5u"])) == leaf
    assert ocsp_answer(nobody, public, leaf).certificate_status == ocsp.OCSPCertStatus.GOOD


def ocsp_answer(nobody, public, leaf):
    ca = x509.load_pem_x509_certificate(public("/repository/issuer-ca.pem"))
    question = ocsp.OCSPRequestBuilder().add_certificate(leaf, ca, hashes.SHA1()).build()
    headers = {"content-type": "application/ocsp-request"}
    answered = nobody("POST", "/ocsp", content=question.public_bytes(Encoding.DER), headers=headers)
    assert ocsp_findings(answered.content) == []
    return ocsp.load_der_ocsp_response(answered.content)


class TestEveryShippedType:
    """Each type with the request that its own printed command makes, by a real openssl."""

    @pytest.fixture(params=sorted(shipped()))
    def ecosystem(self, request):
        return request.param

    @pytest.fixture
    def options(self, ecosystem):
        return {"ecosystems": [ecosystem]}

    @pytest.mark.case("csr-H-07", "csr-H-08")
    def test_lint_openssl_and_dry_run_have_nothing_to_say(self, ask, sandbox, control, public, ecosystem, tmp_path):
        """pkilint: nothing unexplained. openssl verify with chain and CRL: OK. The dry run: no findings."""
        holder = holder_in(ask, COUNTRIES.get(ecosystem, "GB"))
        made = {}
        for profile in sandbox.profiles.values():
            if profile.input != "csr":
                continue
            csr = requested(profile, holder, tmp_path)
            owner = {"organisation_id": holder.organisation_id, "type": profile.type}
            if profile.level == "application":
                owner["software_statement_id"] = holder.application_id
            report = control("POST", "/_mock/csr:check", content=csr, headers=PEM, params=owner).json()
            assert report == {"would_issue": True, "findings": []}, profile.type
            answer = ask("POST", f"{certificates_of(profile, holder)}/{profile.type}", content=csr, headers=PEM)
            assert answer.status_code == 201, (profile.type, answer.text)
            made[profile.type] = base64.b64decode(answer.json()["x5c"][0])
        assert len(made) >= 3
        assert {type_: found for type_, der in made.items() if (found := certificate_findings(der))} == {}
        assert verdict(made, public, tmp_path) == dict.fromkeys(made, "OK")


def holder_in(ask, country):
    """An organisation and its application, as the subject templates see them."""
    body = ORGANISATION | {"OrganisationId": "74e929d9-33b6-4d85-8ba7-c146c867a817", "CountryOfRegistration": country}
    made = ask("POST", "/organisations", json=body)
    assert made.status_code == 201, made.text
    organisation_id = body["OrganisationId"]
    application = ask("POST", f"/organisations/{organisation_id}/softwarestatements", json=APPLICATION).json()
    return Facts(
        organisation_id=organisation_id,
        organisation_name=body["OrganisationName"],
        legal_name=body["LegalEntityName"],
        country=country,
        registration_number=body["RegistrationNumber"],
        application_id=application["SoftwareStatementId"],
        client_id=application["ClientId"],
        client_name=application["ClientName"],
    )


def certificates_of(profile, holder):
    base = f"/organisations/{holder.organisation_id}"
    if profile.level == "application":
        base += f"/softwarestatements/{holder.application_id}"
    return f"{base}/certificates"


def requested(profile, holder, folder):
    """What the printed command writes."""
    need("openssl")
    facts = holder if profile.level == "application" else facts_of_organisation(holder)
    words = shlex.split(openssl_command(profile, facts, host="api.acme.example"))
    name = words[words.index("-out") + 1].removesuffix(".csr")
    (folder / f"{name}.cnf").write_text(openssl_config(profile, facts, "api.acme.example"))
    subprocess.run(words, cwd=folder, capture_output=True, check=True)
    return (folder / f"{name}.csr").read_bytes()


def facts_of_organisation(holder):
    return replace(holder, application_id=None, client_id=None, client_name=None)


def verdict(made, public, folder):
    """openssl's word on each, at the sandbox's clock."""
    (folder / "bundle.pem").write_bytes(public("/repository/bundle.pem"))
    crls = [public(f"/crl/{name}") for name in ("issuer.crl", "root.crl")]
    assert [crl_findings(crl) for crl in crls] == [[], []]
    pem = b"".join(public(f"/crl/{name}.pem") for name in ("issuer.crl", "root.crl"))
    (folder / "crls.pem").write_bytes(pem)
    said = {}
    for type_, der in made.items():
        (folder / "leaf.pem").write_text(ssl.DER_cert_to_PEM_cert(der))
        at = str(int(datetime(2026, 6, 1, 12, 0, 1, tzinfo=UTC).timestamp()))
        options = ["-attime", at, "-crl_check_all", "-CAfile", "bundle.pem", "-CRLfile", "crls.pem"]
        command = ["openssl", "verify", *options, "leaf.pem"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        said[type_] = (done.stdout + done.stderr).strip().removeprefix("leaf.pem: ")
    return said


@pytest.mark.case("csr-H-08")
def test_the_dry_run_of_what_was_issued_had_nothing_to_say(control, issue, make_csr, application):
    """First the question, then the certificate."""
    csr = make_csr(application, key=None)
    owner = dict(zip(("organisation_id", "software_statement_id"), application, strict=True))
    report = control("POST", "/_mock/csr:check", content=csr, headers=PEM, params=owner | {"type": "rtssigning"})
    assert report.json() == {"would_issue": True, "findings": []}
    issue("rtssigning", csr)
