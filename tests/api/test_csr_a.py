"""Container and encoding of requests (csr-cases.md, group A), through the door."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from app.pki import der
from tests.api import csr_kit as kit
from tests.api.csr_door import PEM, CsrDoor, leaf

JSON = "application/json"
NOISE = b"".join(hashlib.sha256(bytes((i,))).digest() for i in range(32))
PRIVATE = kit.pem(der.sequence(*[der.integer(i) for i in range(9)]), "RSA PRIVATE KEY")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(b"", "csr.empty", id="csr-A-01"),
        pytest.param(b" \r\n\t\n", "csr.empty", id="csr-A-01-white-space"),
        pytest.param(b"\xef\xbb\xbf", "csr.empty", id="csr-A-01-bom"),
        pytest.param(b"\0" * 100, "csr.not_asn1", id="csr-A-02"),
        pytest.param(NOISE, "csr.not_asn1", id="csr-A-02-noise"),
        pytest.param(kit.pem(NOISE), "csr.not_asn1", id="csr-A-02-in-armour"),
        pytest.param(kit.pem(der.sequence()), "csr.not_asn1", id="csr-A-02-empty-sequence"),
        pytest.param(PRIVATE, "csr.contains_private_key", id="csr-A-15"),
        pytest.param(kit.pem(b"0\0", "PKCS7"), "csr.pem.label", id="csr-A-32"),
        pytest.param(kit.pem(b"0\0", "X509 CRL"), "csr.pem.label", id="csr-A-32-crl"),
        pytest.param(b"hello", "csr.pem.missing", id="text"),
        pytest.param(b'{"KeyMaterial": "x"}', "csr.pem.missing", id="csr-A-25"),
    ],
)
def test_a_body_without_a_request_is_named(csr: CsrDoor, body: bytes, code: str) -> None:
    """Whatever it is, it is 400 with its one cause."""
    csr.refused(body, code)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param(lambda d: d[:-20], "csr.der.truncated", id="csr-A-03"),
        pytest.param(lambda d: d[:1], "csr.der.truncated", id="csr-A-03-one-octet"),
        pytest.param(lambda d: d + b"\x00\x01", "csr.der.trailing", id="csr-A-04"),
        pytest.param(lambda d: b"\x30\x84" + (len(d) - 4).to_bytes(4) + d[4:], "csr.der.non_minimal", id="csr-A-05"),
        pytest.param(lambda d: b"\x30\x80" + d[4:] + b"\0\0", "csr.der.indefinite", id="csr-A-06"),
    ],
)
def test_octets_that_are_not_der_are_refused(csr: CsrDoor, change: Any, code: str) -> None:
    """The outer SEQUENCE of a good request, spoilt."""
    octets = csr.csr()
    assert octets[1] == 0x82
    csr.refused(kit.pem(change(octets)), code)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param(lambda t: t + b"hello", "csr.pem.trailing", id="csr-A-07"),
        pytest.param(lambda t: t.replace(b"\n", b"\\n"), "csr.pem.escaped", id="csr-A-19"),
        pytest.param(lambda t: quote(t).encode(), "csr.pem.escaped", id="csr-A-20"),
        pytest.param(lambda t: t.replace(b" ", b"+").replace(b"\n", b"%0A"), "csr.pem.escaped", id="csr-A-20-form"),
        pytest.param(kit.der_of, "csr.pem.missing", id="csr-A-23"),
        pytest.param(lambda t: t[:80] + b"*" + t[81:], "csr.pem.base64", id="csr-A-31"),
        pytest.param(lambda t: t[:80] + t[81:], "csr.pem.base64", id="csr-A-31-missing"),
        pytest.param(lambda t: b"> " + t.replace(b"\n", b"\n> "), "csr.pem.missing", id="csr-A-33"),
        pytest.param(lambda t: t.replace(b"END C", b"END NEW C"), "csr.pem.label", id="labels-differ"),
        pytest.param(lambda t: t.replace(b"-----END", b"----END"), "csr.pem.missing", id="no-end"),
        pytest.param(lambda t: t.replace(b"\n", b" "), "csr.pem.missing", id="one-line-for-all"),
        pytest.param(lambda t: t.decode().encode("utf-16"), "csr.pem.encoding", id="utf-16"),
        pytest.param(lambda t: b"\xff\xfe\n" + t, "csr.pem.encoding", id="not-utf-8"),
        pytest.param(lambda t: b"Z\xfcrich\n" + t, "csr.pem.encoding", id="latin-1"),
    ],
)
def test_spoilt_armour_is_named(csr: CsrDoor, change: Any, code: str) -> None:
    """Each way a file gets spoilt has its own text."""
    csr.refused(change(kit.pem(csr.csr())), code)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda t: b"Certificate Request:\n    Data:\n        Version: 1 (0x0)\n" + t, id="csr-A-08"),
        pytest.param(lambda t: t.replace(b" CERT", b" NEW CERT"), id="csr-A-10"),
        pytest.param(lambda t: b"\xef\xbb\xbf" + t, id="csr-A-16"),
        pytest.param(lambda t: t.replace(b"\n", b"\r\n"), id="csr-A-17"),
        pytest.param(
            lambda t: kit.pem(b"x").replace(b"eA==\n", base64.b64encode(kit.der_of(t)) + b"\n"), id="csr-A-18"
        ),
        pytest.param(lambda t: t + b"\n\r\n \t", id="white-space-after"),
        pytest.param(lambda t: "Zürich\n".encode() + t, id="utf-8-before"),
        pytest.param(lambda t: t.rstrip(b"\n"), id="no-last-line-end"),
    ],
)
def test_harmless_forms_pass(csr: CsrDoor, change: Any) -> None:
    """Free text before, white space after, every kind of line."""
    assert csr.issued(change(kit.pem(csr.csr())))


@pytest.mark.case("csr-A-09")
def test_two_requests_in_one_file_are_refused(csr: CsrDoor) -> None:
    """Neither is taken, not even when they are equal."""
    first, second = kit.pem(csr.csr()), kit.pem(csr.csr(subject=csr.name(CN="evil")))
    csr.refused(first + second, "csr.pem.multiple")
    csr.refused(first + first, "csr.pem.multiple")


@pytest.mark.case("csr-A-11", "csr-A-12")
def test_other_objects_are_named(csr: CsrDoor) -> None:
    """A certificate, a public key, and each of them under the label of a request."""
    issued = csr.post(kit.pem(csr.csr()))
    certificate = base64.b64decode(issued.json()["x5c"][0])
    key = kit.spki(kit.ec_key())
    csr.refused(kit.pem(certificate, "CERTIFICATE"), "csr.pem.is_certificate")
    csr.refused(kit.pem(key, "PUBLIC KEY"), "csr.pem.is_public_key")
    csr.refused(kit.pem(certificate), "csr.pem.is_certificate")
    csr.refused(kit.pem(key), "csr.pem.is_public_key")


@pytest.mark.case("csr-A-13")
@pytest.mark.parametrize("type_", ["sigkey", "enckey"])
def test_a_bare_key_is_taken_where_the_type_wants_one(csr: CsrDoor, type_: str) -> None:
    """The answer has no certificate."""
    answer = replace(csr, type=type_).post(kit.pem(kit.spki(kit.ec_key()), "PUBLIC KEY"))
    assert answer.status_code == 201
    assert answer.json()["kty"] == "EC"
    assert "x5c" not in answer.json()


@pytest.mark.case("csr-A-14", "csr-A-15")
@pytest.mark.parametrize(
    "private",
    [
        pytest.param(PRIVATE, id="rsa"),
        pytest.param(PRIVATE.replace(b"RSA ", b"EC "), id="ec"),
        pytest.param(PRIVATE.replace(b"RSA ", b"ENCRYPTED "), id="encrypted"),
        pytest.param(PRIVATE.replace(b"RSA ", b""), id="pkcs8"),
        pytest.param(PRIVATE.replace(b"RSA PRIVATE KEY", b"OPENSSH PRIVATE KEY"), id="openssh"),
        pytest.param(b'{"kty": "EC", "d": "c2VjcmV0"}\n', id="jwk"),
    ],
)
def test_a_private_key_is_told_and_never_kept(csr: CsrDoor, private: bytes, caplog: Any) -> None:
    """Before or behind the request, in every form; its octets are neither answered, logged nor journalled."""
    request = kit.pem(csr.csr())
    answers = [csr.post(private + request), csr.post(request + private)]
    secret = re.sub(rb"\s", b"", private.splitlines()[1] if b"PRIVATE" in private else b"c2VjcmV0").decode()
    for answer in answers:
        assert answer.status_code == 400
        assert "csr.contains_private_key" in kit.codes_of(answer)
        assert secret not in answer.text
    assert "burnt" in answers[0].text
    assert secret not in caplog.text
    assert not in_journal(csr, secret)


def in_journal(csr: CsrDoor, text: str) -> bool:
    csr.sandbox.journal.flush()
    with csr.sandbox.store.read() as uow:
        return any(text in repr(entry) for entry in uow.journal.recent(1000))


@pytest.mark.case("csr-A-21")
@pytest.mark.parametrize("encode", [quote, lambda text: quote(text, safe=""), lambda text: text])
def test_the_json_form_is_percent_decoded_once(csr: CsrDoor, encode: Any) -> None:
    """connect.md 5.2: encoded and plain; a plus stays a plus."""
    text = kit.pem(csr.csr()).decode()
    answer = csr.post(json.dumps({"KeyMaterial": encode(text), "Description": "x" * 255}).encode(), JSON)
    assert answer.status_code == 201, answer.text
    assert answer.json()["Description"] == "x" * 255
    assert leaf(answer).public_key()


@pytest.mark.case("csr-A-21")
def test_the_json_form_is_not_decoded_twice(csr: CsrDoor) -> None:
    """The cause is named."""
    text = quote(quote(kit.pem(csr.csr()).decode()))
    answer = csr.post(json.dumps({"KeyMaterial": text}).encode(), JSON)
    assert answer.status_code == 400
    assert kit.codes_of(answer) == ["csr.pem.escaped"]


@pytest.mark.case("csr-A-22")
@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({}, "request.field.missing"),
        ({"Description": "x"}, "request.field.missing"),
        ({"KeyMaterial": None}, "request.field.missing"),
        ({"KeyMaterial": 1}, "request.field.type"),
        ({"KeyMaterial": ["x"]}, "request.field.type"),
        ({"KeyMaterial": {}}, "request.field.type"),
        ({"KeyMaterial": True}, "request.field.type"),
        ({"KeyMaterial": "x", "Description": "x" * 256}, "request.field.too_long"),
    ],
)
def test_members_of_the_json_form_are_checked(csr: CsrDoor, members: Any, code: str) -> None:
    """Missing, null, of another type, too long."""
    answer = csr.post(json.dumps(members).encode(), JSON)
    assert answer.status_code == 400
    assert code in answer.headers["x-mock-reason"]


@pytest.mark.case("csr-A-24")
@pytest.mark.parametrize(
    ("media_type", "status"),
    [
        ("application/x-pem-file", 201),
        ("application/x-pem-file; charset=utf-8", 201),
        ("Application/X-PEM-File", 201),
        ("text/plain", 201),
        ("application/octet-stream", 201),
        (None, 201),
        ("application/pkcs10", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("text/html", 415),
    ],
)
def test_media_types_that_are_read(csr: CsrDoor, media_type: str | None, status: int) -> None:
    """Documented in docs/fidelity.md."""
    answer = csr.post(kit.pem(csr.csr()), media_type)
    assert answer.status_code == status
    if status == 415:
        assert "csr.content_type" in answer.headers["x-mock-reason"]


class TestStrictMediaTypes:
    @pytest.fixture
    def options(self) -> dict[str, Any]:
        return {"strict_media_types": True}

    @pytest.mark.case("csr-A-24")
    @pytest.mark.parametrize("media_type", ["text/plain", "application/octet-stream", None])
    def test_only_the_published_types_are_read(self, csr: CsrDoor, media_type: str | None) -> None:
        """`strict_media_types`."""
        assert csr.post(kit.pem(csr.csr()), media_type).status_code == 415
        assert csr.post(kit.pem(csr.csr())).status_code == 201


@pytest.mark.case("csr-A-25")
def test_a_pem_body_called_json_is_refused(csr: CsrDoor) -> None:
    """The reverse of JSON called PEM."""
    answer = csr.post(kit.pem(csr.csr()), JSON)
    assert answer.status_code == 400
    assert "json.encoding" in answer.headers["x-mock-reason"]


@pytest.mark.case("csr-A-26")
@pytest.mark.parametrize("chunked", [False, True])
def test_a_huge_body_is_refused_before_it_is_read(csr: CsrDoor, *, chunked: bool) -> None:
    """With and without Content-Length: the limit counts octets."""

    async def chunks() -> Any:
        for _ in range(160):
            yield b"x" * 65_536

    before = time.process_time()
    answer = csr.post(chunks() if chunked else b"x" * 10_485_760)  # type: ignore[arg-type]
    assert answer.status_code == 413
    assert "request.too_large" in answer.headers["x-mock-reason"]
    assert time.process_time() - before < 1


def test_a_block_over_its_limit_is_refused_by_its_size(csr: CsrDoor) -> None:
    """connect.md 9: 16 KiB; below the limit of bodies."""
    big = kit.attribute("1.2.3.4", der.octet_string(b"x" * 20_000))
    csr.refused(kit.pem(csr.csr(attributes=[big])), "request.too_large")


@pytest.mark.case("csr-A-27")
@pytest.mark.parametrize("version", [b"\x01", b"\x02", b"\x00\x80", b"\xff"])
def test_only_version_1_is_read(csr: CsrDoor, version: bytes) -> None:
    """Written as 0."""
    octets = kit.signed(kit.info(csr.name(), kit.ec_key(), version=version), kit.ec_key())
    csr.refused(kit.pem(octets), "csr.version")


@pytest.mark.case("csr-A-28")
def test_attributes_must_stand_there(csr: CsrDoor) -> None:
    """Even when there are none."""
    octets = kit.signed(kit.info(csr.name(), kit.ec_key(), attributes=b""), kit.ec_key())
    answer = csr.refused(kit.pem(octets), "csr.attributes.missing")
    assert "A0 00" in answer.text


@pytest.mark.case("csr-A-29")
def test_no_attributes_are_none(csr: CsrDoor) -> None:
    """`A0 00`."""
    octets = kit.signed(kit.info(csr.name(), kit.ec_key(), attributes=b"\xa0\x00"), kit.ec_key())
    assert csr.issued(kit.pem(octets))


@pytest.mark.case("csr-A-30")
def test_nesting_is_bounded(csr: CsrDoor) -> None:
    """2,000 SEQUENCEs in an unknown attribute."""
    value = b""
    for _ in range(2000):
        value = der.sequence(value)
    before = time.process_time()
    body = kit.pem(csr.csr(attributes=[kit.attribute("1.2.3.4", value)]))
    csr.refused(body, "csr.attribute.too_deep")
    assert time.process_time() - before < 1


@pytest.mark.case("csr-A-34")
@pytest.mark.parametrize("type_", ["nonsense", "RTSTRANSPORT", "rtstransport_rs", "rtstransport%20", "x" * 61])
def test_an_unknown_type_is_refused(csr: CsrDoor, type_: str) -> None:
    """By name, by case, by level; the known ones are named."""
    answer = replace(csr, type=type_).post(kit.pem(csr.csr()))
    assert answer.status_code == 400
    assert kit.codes_of(answer) == ["csr.type.unknown"]
    assert "rtstransport" in answer.text


@pytest.mark.parametrize(
    ("attributes", "codes"),
    [
        pytest.param(b"\xa0\x05\x30\x03\x02\x01\x01", ["csr.attr.malformed"], id="no-set"),
        pytest.param(b"\xa0\x02\x05\x00", ["csr.attr.malformed"], id="null"),
        pytest.param(b"\xa1\x00", ["csr.der.trailing", "csr.attributes.missing"], id="other-tag"),
        pytest.param(b"\xa0\x00\x05\x00", ["csr.der.trailing"], id="one-more"),
    ],
)
def test_malformed_attributes_are_refused(csr: CsrDoor, attributes: bytes, codes: list[str]) -> None:
    """Outer structure of RFC 2986, rightly signed."""
    octets = kit.signed(kit.info(csr.name(), kit.ec_key(), attributes=attributes), kit.ec_key())
    csr.refused(kit.pem(octets), *codes)


def test_attributes_out_of_order_are_not_der(csr: CsrDoor) -> None:
    """A SET OF is sorted by its octets."""
    first, second = (kit.attribute(oid, der.integer(1)) for oid in ("1.2.3.4", "1.2.3.5"))
    field = der.context(0, second + first)
    octets = kit.signed(kit.info(csr.name(), kit.ec_key(), attributes=field), kit.ec_key())
    csr.refused(kit.pem(octets), "csr.der.non_canonical")


@pytest.mark.parametrize("accept", ["application/problem+json"])
def test_machines_get_codes_pointers_and_advice(csr: CsrDoor, accept: str) -> None:
    """RFC 9457 on request."""
    answer = csr.post(kit.pem(csr.csr(subject=csr.name(OU="other"))), PEM, headers={"accept": accept})
    (finding,) = answer.json()["findings"]
    assert finding["code"] == "csr.subject.org_mismatch"
    assert finding["pointer"] == "/subject/OU"
    assert {"expected", "got", "fix", "detail"} <= set(finding)
