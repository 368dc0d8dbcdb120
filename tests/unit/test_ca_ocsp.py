"""OCSP: questions read strictly, answers held against the library, openssl and pkilint."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp as library
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.ca import ocsp
from app.ca.ocsp import Dates, OcspFault, OcspStatus
from app.ca.reasons import CODES
from app.pki import der
from tests.authorities import NOW, found, openssl, pem
from tests.linting import ocsp_findings
from tests.questions import HASHES, NULL, SHA1, SHA256, certificate_id, nonce, request

AUTHORITY = found()
CA = AUTHORITY.issuing.certificate
DATES = Dates(NOW, NOW + timedelta(hours=1), NOW)
GOOD = request(certificate_id(CA, 5))
GOOD_STATUS = OcspStatus("good")


def fault_of(body):
    with pytest.raises(OcspFault) as refused:
        ocsp.parse_request(body)
    return refused.value.status, refused.value.code


def answered(body, status=GOOD_STATUS, dates=DATES, responder=AUTHORITY.responder):
    return ocsp.answer(responder, ocsp.parse_request(body), status, dates)


# questions that are read


@pytest.mark.case("status-O-01")
@pytest.mark.parametrize("hash_oid", HASHES, ids=HASHES.get)
@pytest.mark.parametrize("parameters", [NULL, b""], ids=["null", "absent"])
def test_a_question_is_read_with_any_of_four_hashes(hash_oid, parameters):
    """Serial and issuer are known, and the answer repeats the CertID as it was asked, with the same hash."""
    asked = certificate_id(CA, 2**158 + 7, hash_oid, parameters)
    query = ocsp.parse_request(request(asked))
    assert query.serial == 2**158 + 7
    assert query.names(CA)
    assert asked in answered(request(asked))


def test_a_question_of_the_library_is_read():
    """What cryptography's builder writes is understood, nonce included."""
    leaf = x509.load_der_x509_certificate(AUTHORITY.leaf())
    builder = library.OCSPRequestBuilder().add_certificate(leaf, CA, hashes.SHA256())
    built = builder.add_extension(x509.OCSPNonce(b"n" * 32), critical=False).build()
    query = ocsp.parse_request(built.public_bytes(Encoding.DER))
    assert (query.serial, query.nonce) == (leaf.serial_number, b"n" * 32)
    assert query.names(CA)


@pytest.mark.parametrize("serial", [0, -1])
def test_a_serial_that_none_should_have_is_read(serial):
    """Certificates that are wrong on purpose may have it; the status board refuses others (status-cases.md O-14)."""
    assert ocsp.parse_request(request(certificate_id(CA, serial))).serial == serial


@pytest.mark.case("status-O-12", "status-O-13")
def test_an_issuer_is_known_by_name_and_key():
    """Neither another CA, nor one of the same name with another key, nor one hash of two will do."""
    other = found("another").issuing.certificate
    assert other.subject == CA.subject
    query = ocsp.parse_request(GOOD)
    assert not query.names(other)
    assert not query.names(AUTHORITY.root.certificate)
    half = certificate_id(CA, 5).replace(query.name_hash, b"\x00" * 20)
    assert not ocsp.parse_request(request(half)).names(CA)


@pytest.mark.case("status-O-02")
def test_an_unknown_hash_names_no_issuer():
    """A hash that nobody knows is read, and fits no CA: the board answers `unauthorized`."""
    assert not ocsp.parse_request(request(certificate_id(CA, 5, "1.3.14.3.2.27"))).names(CA)


@pytest.mark.case("status-O-29")
def test_a_signed_question_is_read():
    """Requestor and signature are passed over; nothing is made of them."""
    signature = der.context(0, der.sequence(der.sequence(der.oid(SHA1)), der.bit_string(b"not a signature")))
    requestor = der.context(1, der.context(4, der.sequence()))
    assert ocsp.parse_request(request(certificate_id(CA, 5), before=requestor, after=signature)).serial == 5


def test_a_default_that_is_spelt_out_is_read():
    """Version 1 is the default, which DER leaves out; clients that write it are understood."""
    assert ocsp.parse_request(request(certificate_id(CA, 5), before=der.context(0, der.integer(0)))).serial == 5


@pytest.mark.parametrize("octets", [1, 16, 32, pytest.param(127, id="127"), pytest.param(128, id="128-status-O-15")])
@pytest.mark.parametrize("critical", [False, True])
def test_a_nonce_comes_back(octets, critical):
    """From 1 to 128 octets (RFC 9654), critical or not."""
    answer = library.load_der_ocsp_response(
        answered(request(certificate_id(CA, 5), extensions=(nonce(b"n" * octets, critical=critical),)))
    )
    assert answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"n" * octets


@pytest.mark.case("status-O-16")
def test_without_a_nonce_there_is_none_in_the_answer():
    """An answer that can be cached for all has no extensions."""
    assert not list(library.load_der_ocsp_response(answered(GOOD)).extensions)


@pytest.mark.parametrize(
    "extension",
    [
        der.extension("1.2.3.4", NULL),
        der.extension("1.3.6.1.5.5.7.48.1.4", der.sequence(der.oid("1.3.6.1.5.5.7.48.1.1")), critical=True),
        der.extension("1.3.6.1.5.5.7.48.1.7", NULL),
    ],
    ids=["unknown", "acceptable-responses", "service-locator"],
)
def test_other_extensions_do_not_matter(extension):
    """Unknown ones that are not critical, and the wish for a basic answer."""
    assert ocsp.parse_request(request(certificate_id(CA, 5), extensions=(extension,))).nonce is None


# questions that are refused

SINGLE = der.sequence(certificate_id(CA, 5))
MALFORMED = {
    "status-O-07-empty": b"",
    "status-O-07-ff": b"\xff",
    "status-O-07-truncated": GOOD[:-1],
    "status-O-07-trailing": GOOD + b"\x00",
    "status-O-07-null": NULL,
    "status-O-07-text": b"GET / HTTP/1.1",
    "status-O-09-two": request(certificate_id(CA, 5), certificate_id(CA, 6)),
    "status-O-09-same-twice": request(certificate_id(CA, 5), certificate_id(CA, 5)),
    "status-O-10-none": request(),
    "status-O-10-empty-request": der.sequence(),
    "status-O-10-empty-part": der.sequence(der.sequence()),
    "status-O-18-other-twice": request(certificate_id(CA, 5), extensions=(der.extension("1.2.3", NULL),) * 2),
    "version-2": request(certificate_id(CA, 5), before=der.context(0, der.integer(1))),
    "indefinite-length": b"\x30\x80" + GOOD[2:] + b"\x00\x00",
    "long-length": b"\x30\x82\x00" + GOOD[1:],
    "no-extensions-in-field": der.sequence(der.sequence(der.sequence(SINGLE), der.context(2, der.sequence()))),
    "foreign-field": der.sequence(der.sequence(der.sequence(SINGLE), der.context(3, NULL))),
    "foreign-behind-request": request(certificate_id(CA, 5), after=NULL),
    "hash-parameters": request(certificate_id(CA, 5, SHA256, der.integer(1))),
    "name-hash-no-octets": request(certificate_id(CA, 5).replace(b"\x04\x14", b"\x0c\x14", 1)),
    "serial-non-minimal": request(
        der.sequence(der.sequence(der.oid(SHA1)), der.octet_string(b""), der.octet_string(b""), b"\x02\x02\x00\x05")
    ),
    "serial-empty": request(
        der.sequence(der.sequence(der.oid(SHA1)), der.octet_string(b""), der.octet_string(b""), b"\x02\x00")
    ),
    "certificate-id-short": request(der.sequence(der.sequence(der.oid(SHA1)))),
    "hash-is-no-oid": request(certificate_id(CA, 5).replace(b"\x06\x05", b"\x04\x05", 1)),
    "critical-is-no-boolean": request(
        certificate_id(CA, 5), extensions=(der.sequence(der.oid("1.2.3"), der.integer(1), der.octet_string(b"")),)
    ),
    "extension-too-short": request(certificate_id(CA, 5), extensions=(der.sequence(der.oid("1.2.3")),)),
    "single-extension-broken": der.sequence(
        der.sequence(der.sequence(der.sequence(certificate_id(CA, 5), der.context(0, NULL))))
    ),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_question_is_malformed(body):
    """Whatever is not exactly one well-formed question about one certificate gets `malformedRequest`."""
    assert fault_of(body) == ("malformed_request", "ocsp.malformed")


@pytest.mark.case("status-O-08")
def test_a_megabyte_is_refused_quickly():
    """A question of a megabyte ends in `malformedRequest`; the test's own limit would tell of a slow one."""
    assert fault_of(der.sequence(*[NULL] * 500_000)) == ("malformed_request", "ocsp.malformed")


@pytest.mark.parametrize(
    "extensions",
    [
        pytest.param((nonce(b""),), id="status-O-17-empty"),
        pytest.param((nonce(b"n" * 129),), id="status-O-17-129"),
        pytest.param((nonce(b"n" * 10_000),), id="status-O-17-10000"),
        pytest.param((nonce(b"a" * 16), nonce(b"b" * 16)), id="status-O-18-two"),
        pytest.param((nonce(b"a" * 16), nonce(b"a" * 16)), id="status-O-18-same"),
        pytest.param((der.extension("1.3.6.1.5.5.7.48.1.2", b"raw octets"),), id="not-wrapped"),
        pytest.param((der.extension("1.3.6.1.5.5.7.48.1.2", der.integer(7)),), id="a-number"),
        pytest.param((der.extension("1.3.6.1.5.5.7.48.1.2", b""),), id="nothing"),
    ],
)
def test_a_nonce_out_of_bounds_is_refused(extensions):
    """Not 1 to 128 octets, not wrapped, or there twice: `malformedRequest`, with a code of its own."""
    assert fault_of(request(certificate_id(CA, 5), extensions=extensions)) == ("malformed_request", "ocsp.nonce")


@pytest.mark.case("status-O-19")
@pytest.mark.parametrize(
    "extension",
    [
        der.extension("1.2.3.4", NULL, critical=True),
        der.extension("1.3.6.1.5.5.7.48.1.4", der.sequence(der.oid("1.2.3")), critical=True),
    ],
    ids=["unknown", "answers-of-another-type"],
)
def test_what_is_critical_must_be_understood(extension):
    """Of the whole request, or of the one question in it."""
    of_request = request(certificate_id(CA, 5), extensions=(extension,))
    single = der.sequence(certificate_id(CA, 5), der.context(0, der.sequence(extension)))
    of_single = der.sequence(der.sequence(der.sequence(single)))
    for body in (of_request, of_single):
        assert fault_of(body) == ("malformed_request", "ocsp.critical_extension")


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=200))
@example(b"\x30\x00")
def test_any_octets_are_read_or_refused(body):
    """No octets bring anything but a query or an OcspFault."""
    read_or_refused(body)


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_a_damaged_question_is_read_or_refused(data):
    """A good question with octets changed, left out or doubled, the same; and what is read can be answered."""
    body = bytearray(request(certificate_id(CA, 5, SHA256), extensions=(nonce(b"n" * 16),)))
    for _ in range(data.draw(st.integers(1, 3))):
        at, octet = data.draw(st.integers(0, len(body) - 1)), data.draw(st.integers(0, 255))
        change = data.draw(st.sampled_from(["set", "drop", "insert"]))
        if change == "set":
            body[at] = octet
        elif change == "drop":
            del body[at]
        else:
            body.insert(at, octet)
    read_or_refused(bytes(body))


def read_or_refused(body):
    try:
        query = ocsp.parse_request(body)
    except OcspFault as fault:
        assert fault.status == "malformed_request"
        return
    query.names(CA)
    answer = library.load_der_ocsp_response(ocsp.answer(AUTHORITY.responder, query, OcspStatus("unknown"), DATES))
    assert answer.serial_number == query.serial


# answers


@pytest.mark.parametrize("kinds", [{}, {"ocsp_key": "rsa-2048"}, {"ocsp_key": "ec-p384"}], ids=str)
def test_an_answer_is_signed_by_the_delegated_responder(kinds):
    """The responder is named by its key, its certificate comes along, and the signature is its own."""
    authority = found(**kinds)
    answer = library.load_der_ocsp_response(
        answered(request(certificate_id(authority.issuing.certificate, 5)), responder=authority.responder)
    )
    (responder,) = answer.certificates
    assert responder == authority.responder.certificate
    key_id = responder.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert (answer.responder_key_hash, answer.responder_name) == (key_id, None)
    hash_ = {"ec-p384": hashes.SHA384}.get(kinds.get("ocsp_key"), hashes.SHA256)
    assert isinstance(answer.signature_hash_algorithm, hash_)


@pytest.mark.case("status-O-01")
def test_good():
    """Good, with the dates given, for the serial that was asked."""
    answer = library.load_der_ocsp_response(answered(GOOD))
    assert answer.response_status is library.OCSPResponseStatus.SUCCESSFUL
    assert answer.certificate_status is library.OCSPCertStatus.GOOD
    assert answer.serial_number == 5
    assert (answer.this_update_utc, answer.next_update_utc, answer.produced_at_utc) == (
        NOW,
        NOW + timedelta(hours=1),
        NOW,
    )


@pytest.mark.case("status-O-20")
@pytest.mark.parametrize("reason", CODES)
def test_revoked_with_time_and_reason(reason):
    """The moment and the reason; `unspecified` is told by none."""
    moment = NOW - timedelta(days=2)
    answer = library.load_der_ocsp_response(answered(GOOD, OcspStatus("revoked", moment, reason)))
    assert answer.certificate_status is library.OCSPCertStatus.REVOKED
    assert answer.revocation_time_utc == moment
    expected = None if reason == "unspecified" else {
        "keycompromise": x509.ReasonFlags.key_compromise,
        "superseded": x509.ReasonFlags.superseded,
        "cessationofoperation": x509.ReasonFlags.cessation_of_operation,
        "certificatehold": x509.ReasonFlags.certificate_hold,
        "privilegewithdrawn": x509.ReasonFlags.privilege_withdrawn,
    }[reason]  # fmt: skip
    assert answer.revocation_reason == expected


@pytest.mark.case("status-O-25")
def test_no_revocation_is_dated_after_the_answer():
    """When the clock went back behind a revocation, the answer gives its own moment for it."""
    answer = library.load_der_ocsp_response(
        answered(GOOD, OcspStatus("revoked", NOW + timedelta(days=2), "superseded"))
    )
    assert answer.revocation_time_utc == answer.produced_at_utc == NOW


@pytest.mark.case("status-O-11")
def test_a_serial_that_was_never_issued():
    """Unknown; or, by a switch, the extended revoked of RFC 6960, 2.2: on hold since 1970, and marked as such."""
    unknown = library.load_der_ocsp_response(answered(GOOD, OcspStatus("unknown")))
    assert unknown.certificate_status is library.OCSPCertStatus.UNKNOWN
    body = answered(request(certificate_id(CA, 5), extensions=(nonce(b"n" * 16),)), OcspStatus("never_issued"))
    revoked = library.load_der_ocsp_response(body)
    assert revoked.certificate_status is library.OCSPCertStatus.REVOKED
    assert revoked.revocation_time_utc.year == 1970
    assert revoked.revocation_reason is x509.ReasonFlags.certificate_hold
    assert der.extension("1.3.6.1.5.5.7.48.1.9", NULL) in body
    assert revoked.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"n" * 16


@pytest.mark.parametrize(
    ("status", "name"),
    [
        ("malformed_request", "MALFORMED_REQUEST"),
        ("internal_error", "INTERNAL_ERROR"),
        ("try_later", "TRY_LATER"),
        ("sig_required", "SIG_REQUIRED"),
        ("unauthorized", "UNAUTHORIZED"),
    ],
)
def test_faults_have_their_numbers(status, name):
    """Each fault is an OCSPResponse of five octets that the library names alike."""
    body = ocsp.fault_answer(status)
    assert len(body) == 5
    assert library.load_der_ocsp_response(body).response_status.name == name


def test_the_same_question_gives_the_same_octets():
    """Signed without chance: one clock, one question, one answer."""
    assert answered(GOOD) == answered(GOOD)


STATUSES = [
    OcspStatus("good"),
    OcspStatus("unknown"),
    OcspStatus("revoked", NOW, "keycompromise"),
    OcspStatus("revoked", NOW, "unspecified"),
    OcspStatus("never_issued"),
]


@pytest.mark.case("status-O-28")
@pytest.mark.parametrize("status", STATUSES, ids=str)
@pytest.mark.parametrize("kinds", [{}, {"issuing_key": "rsa-2048", "ocsp_key": "rsa-2048"}], ids=["ec", "rsa"])
def test_openssl_and_pkilint_find_nothing(tmp_path, status, kinds):
    """Every kind of answer passes pkilint, and `openssl ocsp` verifies it down to the root."""
    authority = found(**kinds)
    question = request(certificate_id(authority.issuing.certificate, 5), extensions=(nonce(b"n" * 32),))
    answer = answered(question, status, responder=authority.responder)
    assert ocsp_findings(answer) == []
    root, issuing = (pem(authority.founded[role].certificate) for role in ("root", "issuing"))
    for file, content in {"q": question, "a": answer, "ca": root + issuing, "issuer": issuing}.items():
        (tmp_path / file).write_bytes(content)
    said = openssl("ocsp", "-respin", tmp_path / "a", "-reqin", tmp_path / "q", "-issuer", tmp_path / "issuer",
                   "-CAfile", tmp_path / "ca")  # fmt: skip
    assert "Response verify OK" in said
    assert "WARNING" not in said
