"""Status by serial, and the dry run."""

import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.doors import unchanged

PEM = {"content-type": "application/x-pem-file"}


@pytest.fixture
def issued(ask, path, application, make_csr, rsa_key):
    """The API's object of a new certificate, and its serial."""
    made = ask("POST", f"{path}/certificates/rtstransport", content=make_csr(application, key=rsa_key), headers=PEM)
    assert made.status_code == 201, made.text
    leaf = x509.load_pem_x509_certificate(
        f"-----BEGIN CERTIFICATE-----\n{made.json()['x5c'][0]}\n-----END CERTIFICATE-----\n".encode()
    )
    return made.json(), leaf.serial_number


def colons(serial):
    text = f"{serial:040x}"
    return ":".join(text[i : i + 2] for i in range(0, 40, 2))


class TestStatus:
    @pytest.mark.parametrize(
        "spelt",
        [
            pytest.param(lambda n: f"{n:x}", id="status-R-07-hex"),
            pytest.param(lambda n: f"{n:X}", id="status-R-07-upper"),
            pytest.param(colons, id="status-R-07-colons"),
            pytest.param(lambda n: f"{n:060x}", id="status-R-07-zeros"),
            pytest.param(lambda n: f"0x{n:x}", id="status-R-07-0x"),
            pytest.param(lambda n: f"dec:{n}", id="status-R-07-dec"),
            pytest.param(str, id="status-R-07-decimal"),
        ],
    )
    def test_every_spelling_finds_it(self, control, issued, spelt):
        """Hex, HEX, colons, leading zeros, 0x, dec: and plain decimal where that cannot be hex of 20 octets."""
        found = control("GET", f"/_mock/cert-status/{spelt(issued[1])}")
        assert found.status_code == 200, found.text
        assert found.json()["kid"] == issued[0]["kid"]
        assert found.json()["status"] == "good"

    @pytest.mark.case("status-R-07")
    def test_what_fits_both_ways_is_refused(self, control):
        """400 with what to write instead."""
        refused = control("GET", "/_mock/cert-status/123456")
        assert (refused.status_code, refused.json()["code"]) == (400, "serial.ambiguous")
        assert "0x" in refused.json()["detail"]
        assert "dec:" in refused.json()["detail"]

    @pytest.mark.parametrize("text", ["xyz", "0x", "-1", "a" * 300, "%00", "dec:-1"])
    def test_what_is_no_serial_is_refused(self, control, text):
        """400 as well, never 500."""
        assert control("GET", f"/_mock/cert-status/{text}").status_code == 400

    def test_an_unknown_serial_is_404(self, control):
        """Nobody here has it."""
        refused = control("GET", "/_mock/cert-status/0xabcdef")
        assert (refused.status_code, refused.json()["code"]) == (404, "revoke.unknown")

    @pytest.mark.case("status-R-08")
    def test_a_revocation_is_seen_at_once(self, ask, control, path, issued, clock):
        """Status, moment and reason; the revocation itself has said from when each view shows it."""
        certificate, serial = issued
        answered = ask(
            "PUT", f"{path}/certificates/rtstransport/{certificate['kid']}", json={"RevokeReason": "superseded"}
        )
        assert answered.status_code == 200
        said = dict(part.split("=") for part in answered.headers["x-mock-visible-at"].split(", "))
        assert set(said) == {"ocsp", "crl", "jwks", "participants", "tokens"}
        found = control("GET", f"/_mock/cert-status/{serial:x}").json()
        assert (found["status"], found["revoke_reason"]) == ("revoked", "superseded")
        assert found["directory_status"] == "Inactive"
        assert found["revoked_at"] == said["ocsp"] == "2026-06-01T12:00:00.000Z"
        assert found["not_before"] == "2026-06-01T12:00:00.000Z"


@pytest.fixture
def check(control):
    """The dry run in both of its forms; they must agree. The report, or the refusal."""

    def ask(csr, type_="rtstransport", organisation="acme", software=None):
        owner = {"type": type_, "organisation_id": organisation}
        if software:
            owner["software_statement_id"] = software
        raw = control("POST", "/_mock/csr:check", content=csr, headers=PEM, params=owner)
        if not csr.isascii() or b"\x00" in csr:
            return raw
        member = control("POST", "/_mock/csr:check", json=owner | {"csr": csr.decode()})
        assert member.json() == raw.json()
        return raw

    return ask


class TestDryRun:
    def test_a_good_csr_would_be_issued_and_nothing_is_stored(self, check, application, sandbox, make_csr, rsa_key):
        """No findings, no certificate, no audit."""
        with unchanged(sandbox):
            report = check(make_csr(application, key=rsa_key), software=application[1])
        assert report.json() == {"would_issue": True, "findings": []}

    def test_it_finds_what_the_real_request_finds(self, check, ask, path, application, make_csr, rsa_key):
        """The same texts in the same order."""
        csr = make_csr(application, key=rsa_key, C="ZZ", O="Wrong", OU="wrong", CN="wrong")
        report = check(csr, software=application[1]).json()
        assert report["would_issue"] is False
        errors = [f for f in report["findings"] if f["severity"] == "error"]
        assert len(errors) >= 4
        refused = ask("POST", f"{path}/certificates/rtstransport", content=csr, headers=PEM)
        said = [text.removeprefix("Certificate Request Validation Error - ") for text in refused.json()["errors"]]
        assert [f["text"] for f in errors] == said
        assert all({"code", "severity", "detail", "text"} <= set(f) for f in report["findings"])

    def test_a_warning_does_not_refuse(self, check, ask, path, application, make_csr, rsa_key):
        """A key that is certified again is told and issued."""
        csr = make_csr(application, key=rsa_key)
        assert ask("POST", f"{path}/certificates/rtstransport", content=csr, headers=PEM).status_code == 201
        report = check(make_csr(application, key=rsa_key, C=None) or csr, "rtssigning", software=application[1])
        severities = {f["code"]: f["severity"] for f in report.json()["findings"]}
        assert severities.get("csr.key.reused") == "warning"

    def test_refusals_without_findings_become_findings(self, check, ask, organisation, application, make_csr, rsa_key):
        """What would be 403 is told as any other reason."""
        csr = make_csr(application, key=rsa_key)
        assert ask("DELETE", f"/organisations/{organisation}").status_code == 204
        report = check(csr, software=application[1]).json()
        assert report["would_issue"] is False
        assert [f["code"] for f in report["findings"]] == ["org.not_active"]

    def test_an_unknown_type_is_a_finding_with_those_that_there_are(self, check, application):
        """As the real request has it."""
        report = check(b"x", "nonsense", software=application[1]).json()
        (finding,) = [f for f in report["findings"] if f["code"] == "csr.type.unknown"]
        assert "rtstransport" in finding["expected"]

    def test_an_unknown_owner_is_404(self, check):
        """There is nobody to check it against."""
        assert check(b"x", organisation="nobody").status_code == 404

    def test_a_bare_key_twice_is_told(self, check, ask, path, application):
        """409 at the API, a finding here."""
        key = ec.generate_private_key(ec.SECP256R1()).public_key()
        pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        first = check(pem, "sigkey", software=application[1]).json()
        assert first["would_issue"] is True, first
        assert ask("POST", f"{path}/certificates/sigkey", content=pem, headers=PEM).status_code == 201
        assert ask("POST", f"{path}/certificates/sigkey", content=pem, headers=PEM).status_code == 409
        again = check(pem, "sigkey", software=application[1]).json()
        assert again["would_issue"] is False
        assert [f["code"] for f in again["findings"]] == ["unique.conflict"]

    @pytest.mark.parametrize("junk", [b"", b"\xff\xfe", b"\x00" * 50, b"-----BEGIN CERTIFICATE REQUEST-----\n!!!!\n"])
    def test_junk_is_a_finding(self, check, application, junk):
        """Whatever the octets are, the report says what they are not."""
        report = check(junk, software=application[1])
        assert report.status_code == 200
        assert report.json()["would_issue"] is False

    def test_a_private_key_is_never_repeated(self, check, control, application, rsa_key):
        """Neither in the report nor in the journal."""
        pem = rsa_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        report = check(pem, software=application[1])
        assert "csr.contains_private_key" in [f["code"] for f in report.json()["findings"]]
        for text in (report.text, control("GET", "/_mock/journal").text):
            assert pem.decode().splitlines()[3] not in text

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({}, "field.missing"),
            ({"type": "rtstransport", "organisation_id": "acme"}, "field.missing"),
            ({"type": 1, "organisation_id": "acme", "csr": "x"}, "field.type"),
            ({"type": "rtstransport", "organisation_id": "acme", "csr": "x", "KeyMaterial": "x"}, "field.unknown"),
        ],
        ids=str,
    )
    def test_a_body_that_is_not_understood_is_422(self, control, organisation, body, code):
        """Nothing that is accepted is ignored."""
        refused = control("POST", "/_mock/csr:check", json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, code)

    def test_the_limits_of_the_real_request_hold(self, control, organisation):
        """413 over the size, 415 for another media type."""
        owner = {"type": "rtstransport", "organisation_id": "acme"}
        long = "x" * 70_000
        assert control("POST", "/_mock/csr:check", params=owner, content=long, headers=PEM).status_code == 413
        assert control("POST", "/_mock/csr:check", json=owner | {"csr": long}).status_code == 413
        headers = {"content-type": "application/pkcs10"}
        assert control("POST", "/_mock/csr:check", params=owner, content="x", headers=headers).status_code == 415

    def test_the_query_of_the_raw_form_is_strict(self, control, organisation):
        """A misspelt parameter is not left out in silence."""
        asked = "/_mock/csr:check?type=rtstransport&organisation=acme"
        refused = control("POST", asked, content=b"x", headers=PEM)
        assert refused.status_code == 422
        assert json.loads(refused.text)["findings"][0]["pointer"] == "/query/organisation"
