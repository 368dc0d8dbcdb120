"""OCSP at the public door: the cases O of status-cases.md, asked as a relying party asks."""

import base64
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.x509 import ocsp as library

from app.pki import der
from tests.api.status_kit import STATUS, Verifier, issue, revoke
from tests.authorities import openssl
from tests.linting import ocsp_findings
from tests.questions import HASHES, NULL, SHA1, SHA256, certificate_id, nonce, request

RESPONSE = library.OCSPResponseStatus
YEAR = timedelta(days=365)


@pytest.fixture
def verifier(nobody, sandbox):
    return Verifier(nobody, sandbox)


@pytest.fixture
def held(ask, application, make_csr):
    """One good certificate."""
    return issue(ask, application, make_csr)


@pytest.fixture
def question(verifier, held):
    """A plain question about it."""
    return request(certificate_id(verifier.issuer, held.serial))


@pytest.mark.case("status-O-01")
@pytest.mark.parametrize("hash_oid", HASHES, ids=HASHES.get)
def test_a_good_certificate_is_good(verifier, held, hash_oid):
    """POST with a CertID of each hash: good, and the answer has the CertID as it was asked."""
    asked = certificate_id(verifier.issuer, held.serial, hash_oid)
    answer = verifier.ask(request(asked))
    assert answer.certificate_status is STATUS.GOOD
    assert answer.hash_algorithm.name == HASHES[hash_oid]
    assert asked in verifier.post(request(asked)).content


@pytest.mark.case("status-O-02")
def test_an_unknown_hash_is_answered(verifier, held):
    """`unauthorized`, HTTP 200."""
    asked = request(certificate_id(verifier.issuer, held.serial, "1.3.14.3.2.27"))
    assert verifier.ask(asked).response_status is RESPONSE.UNAUTHORIZED


def question_with(verifier, held, wanted):
    """A question whose base64 holds what is wanted; a harmless extension of every size brings it about."""
    for size in range(60):
        odd = der.octet_string(b"\xff" * 6 + b"\xfb\xef\xbe" * 3 + b"." * size)
        body = request(certificate_id(verifier.issuer, held.serial), extensions=(der.extension("1.2.3.4", odd),))
        if wanted(base64.b64encode(body).decode()):
            return body
    raise AssertionError("no such question")


@pytest.mark.case("status-O-03")
@pytest.mark.parametrize("how", ["raw", "percent", "only-slashes", "lower-case"])
@pytest.mark.parametrize("host", ["localhost", "ocsp.localhost"])
def test_get_says_what_post_says(verifier, held, nobody, how, host):
    """Base64 with `/`, `+` and `=` in the path, raw or percent-encoded, behind `/ocsp/` or at the responder's host."""
    body = question_with(verifier, held, lambda text: "+" in text and "/" in text and text.endswith("="))
    text = base64.b64encode(body).decode()
    path = {
        "raw": text,
        "percent": quote(text, safe=""),
        "only-slashes": text.replace("/", "%2F"),
        "lower-case": quote(text, safe="").replace("%2F", "%2f").replace("%2B", "%2b").replace("%3D", "%3d"),
    }[how]
    prefix = "/ocsp/" if host == "localhost" else "/"
    answer = nobody("GET", prefix + path, headers={"host": host})
    assert answer.status_code == 200
    assert answer.content == verifier.post(body).content


@pytest.mark.case("status-O-04")
def test_a_collapsed_slash_is_answered(verifier, held, nobody):
    """Where a proxy made one slash of two the question is broken, and gets an OCSP answer all the same."""
    body = question_with(verifier, held, lambda text: "//" in text)
    answer = nobody("GET", "/ocsp/" + base64.b64encode(body).decode().replace("//", "/"))
    assert answer.status_code == 200
    assert library.load_der_ocsp_response(answer.content).response_status is RESPONSE.MALFORMED_REQUEST


@pytest.mark.case("status-O-05")
def test_a_long_get_is_answered(verifier, held, nobody):
    """More than the 255 octets of RFC 5019 are taken."""
    body = request(certificate_id(verifier.issuer, held.serial), extensions=(nonce(b"n" * 128),))
    text = base64.b64encode(body).decode()
    assert len(text) > 255
    answer = library.load_der_ocsp_response(nobody("GET", f"/ocsp/{quote(text, safe='')}").content)
    assert answer.certificate_status is STATUS.GOOD


@pytest.mark.case("status-O-06")
@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/ocsp-request", 200),
        ("application/ocsp-request; charset=utf-8", 200),
        ("Application/OCSP-Request", 200),
        ("", 200),
        ("application/octet-stream", 415),
        ("text/plain", 415),
    ],
)
def test_content_types(verifier, question, content_type, status):
    """Its own type in any case and with parameters, or none; others are 415."""
    answer = verifier.post(question, **{"content-type": content_type})
    assert answer.status_code == status
    if status == 200:
        assert library.load_der_ocsp_response(answer.content).certificate_status is STATUS.GOOD
    else:
        assert "media.unsupported" in answer.headers["x-mock-reason"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda _: b"", id="status-O-07-empty"),
        pytest.param(lambda _: b"\xff", id="status-O-07-ff"),
        pytest.param(lambda body: body[:-1], id="status-O-07-truncated"),
        pytest.param(lambda body: body + b"\x00", id="status-O-07-trailing"),
    ],
)
def test_what_is_no_question_is_malformed(verifier, question, change):
    """`malformedRequest`, HTTP 200."""
    assert verifier.ask(change(question)).response_status is RESPONSE.MALFORMED_REQUEST


@pytest.mark.case("status-O-08")
def test_a_megabyte_is_too_large(verifier):
    """413 before anything is read."""
    assert verifier.post(b"\x30" * 1_000_000).status_code == 413


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda ca, serial: request(certificate_id(ca, serial), certificate_id(ca, 9)), id="status-O-09"),
        pytest.param(lambda _ca, _serial: request(), id="status-O-10"),
        pytest.param(lambda ca, _serial: request(certificate_id(ca, -1)), id="status-O-14-minus-one"),
        pytest.param(lambda ca, _serial: request(certificate_id(ca, 0)), id="status-O-14-zero"),
        pytest.param(
            lambda ca, serial: request(certificate_id(ca, serial), extensions=(nonce(b""),)), id="status-O-17-0"
        ),
        pytest.param(
            lambda ca, serial: request(certificate_id(ca, serial), extensions=(nonce(b"n" * 129),)),
            id="status-O-17-129",
        ),
        pytest.param(
            lambda ca, serial: request(certificate_id(ca, serial), extensions=(nonce(b"n" * 10_000),)),
            id="status-O-17-10000",
        ),
        pytest.param(
            lambda ca, serial: request(certificate_id(ca, serial), extensions=(nonce(b"a"), nonce(b"b"))),
            id="status-O-18",
        ),
        pytest.param(
            lambda ca, serial: request(
                certificate_id(ca, serial), extensions=(der.extension("1.2.3.4", NULL, critical=True),)
            ),
            id="status-O-19",
        ),
    ],
)
def test_questions_that_a_parser_trips_over(verifier, held, make):
    """Two certificates, none, serials below 1, nonces out of bounds or twice, unknown critical extensions."""
    assert verifier.ask(make(verifier.issuer, held.serial)).response_status is RESPONSE.MALFORMED_REQUEST


@pytest.mark.case("status-O-11")
@pytest.mark.parametrize("serial", [1, 2**159 - 1, 2**200])
def test_a_serial_that_was_never_issued_is_unknown(verifier, held, serial):
    """Unknown, also when it is longer than any that the CA gives."""
    assert verifier.status(serial).certificate_status is STATUS.UNKNOWN


class TestExtendedRevoked:
    @pytest.fixture
    def options(self):
        return {"ocsp_unknown_serial": "revoked"}

    @pytest.mark.case("status-O-11")
    def test_a_serial_that_was_never_issued_is_revoked_by_switch(self, verifier, held):
        """The extended revoked of RFC 6960, 2.2; what was issued stays good."""
        answer = verifier.status(4711)
        assert (answer.certificate_status, answer.revocation_time_utc) == (
            STATUS.REVOKED,
            datetime(1970, 1, 1, tzinfo=UTC),
        )
        assert answer.revocation_reason is x509.ReasonFlags.certificate_hold
        assert verifier.status(held.serial).certificate_status is STATUS.GOOD


@pytest.mark.case("status-O-12")
def test_another_ca_of_ours_does_not_know_the_serial(verifier, held, sandbox):
    """Neither the root nor the next generation has issued it; the generation that did still says good."""
    first = verifier.issuer
    sandbox.issuers.roll_over()
    second = verifier.issuer
    assert first != second
    assert verifier.status(held.serial, first).certificate_status is STATUS.GOOD
    for other in (verifier.root, second):
        assert verifier.status(held.serial, other).certificate_status is STATUS.UNKNOWN


def test_the_root_knows_the_cas(verifier, sandbox):
    """Good for both generations of the issuing CA, at the address that their certificates name (rulings.md 2)."""
    serials = [verifier.issuer.serial_number]
    sandbox.issuers.roll_over()
    serials.append(verifier.issuer.serial_number)
    for serial in serials:
        assert verifier.status(serial, verifier.root).certificate_status is STATUS.GOOD


@pytest.mark.case("status-O-13")
@pytest.mark.parametrize("part", ["both", "name", "key"])
def test_an_unknown_issuer_is_unauthorized(verifier, held, part):
    """Name hash and key hash must both be of one CA."""
    name_hash, key_hash = (fields.raw for fields in _hash_fields(certificate_id(verifier.issuer, held.serial)))
    asked = certificate_id(verifier.issuer, held.serial)
    for known in {"both": (name_hash, key_hash), "name": (name_hash,), "key": (key_hash,)}[part]:
        asked = asked.replace(known, der.octet_string(b"\x00" * 20))
    assert verifier.ask(request(asked)).response_status is RESPONSE.UNAUTHORIZED


def _hash_fields(asked):
    from app.pki.strict import inside

    return inside(asked)[1:3]


@pytest.mark.case("status-O-15")
@pytest.mark.parametrize("octets", [1, 32, 128])
def test_a_nonce_comes_back_in_an_answer_of_its_own(verifier, held, octets):
    """The nonce is echoed, and such an answer is for nobody else's cache (status-cases.md O-26)."""
    answers = []
    for letter in (b"a", b"b"):
        body = request(certificate_id(verifier.issuer, held.serial), extensions=(nonce(letter * octets),))
        answers.append(verifier.post(body))
        loaded = library.load_der_ocsp_response(answers[-1].content)
        assert loaded.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == letter * octets
    for answer in answers:
        assert "etag" not in answer.headers
        assert "max-age" not in answer.headers.get("cache-control", "")


@pytest.mark.case("status-O-16", "status-O-26")
def test_without_a_nonce_an_answer_can_be_cached(verifier, question, nobody, sandbox, clock):
    """No nonce in the answer; max-age within nextUpdate, ETag, Last-Modified and Expires; 304 for who has it."""
    answer = verifier.post(question)
    loaded = library.load_der_ocsp_response(answer.content)
    assert not list(loaded.extensions)
    assert verifier.post(question).content == answer.content
    max_age = int(answer.headers["cache-control"].split("max-age=")[1].split(",")[0])
    assert 0 < max_age <= (loaded.next_update_utc - clock.now()).total_seconds()
    assert parsedate_to_datetime(answer.headers["last-modified"]) == loaded.this_update_utc
    assert parsedate_to_datetime(answer.headers["expires"]) == loaded.next_update_utc
    url = f"/ocsp/{quote(base64.b64encode(question).decode(), safe='')}"
    again = nobody("GET", url, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = nobody("HEAD", url)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", answer.headers["etag"])


@pytest.mark.case("status-O-20")
@pytest.mark.parametrize("reason", ["unspecified", "keycompromise", "superseded", "cessationofoperation"])
def test_a_revocation_shows_in_the_same_second(verifier, ask, held, question, clock, reason):
    """The clock stands still: good before, revoked behind the answer of the API, with its time and reason."""
    assert verifier.ask(question).certificate_status is STATUS.GOOD
    assert revoke(ask, held, reason).status_code == 200
    answer = verifier.status(held.serial)
    assert answer.certificate_status is STATUS.REVOKED
    assert answer.revocation_time_utc == clock.now()
    expected = None if reason == "unspecified" else reason
    assert (answer.revocation_reason and answer.revocation_reason.value.lower()) == expected


@pytest.mark.case("status-O-21")
def test_only_key_compromise_replaces_a_reason(verifier, ask, held, clock):
    """unspecified, then keycompromise: the reason changes once, the time does not; back is refused."""
    revoke(ask, held, "unspecified")
    first = verifier.status(held.serial)
    clock.advance(timedelta(minutes=5))
    assert revoke(ask, held, "superseded").status_code == 400
    assert revoke(ask, held, "keycompromise").status_code == 200
    second = verifier.status(held.serial)
    assert (first.revocation_reason, second.revocation_reason) == (None, x509.ReasonFlags.key_compromise)
    assert first.revocation_time_utc == second.revocation_time_utc
    assert verifier.listed()[held.serial] == (first.revocation_time_utc, x509.ReasonFlags.key_compromise)
    for reason in ("keycompromise", "unspecified"):
        assert revoke(ask, held, reason).status_code == 400
    assert verifier.status(held.serial).revocation_reason is x509.ReasonFlags.key_compromise


@pytest.mark.case("status-O-23")
@pytest.mark.parametrize("is_revoked", [False, True])
def test_an_expired_certificate_is_still_answered(verifier, ask, held, clock, is_revoked):
    """Years after its end the status is what it was."""
    if is_revoked:
        revoke(ask, held)
    clock.advance(3 * YEAR)
    assert verifier.status(held.serial).certificate_status is (STATUS.REVOKED if is_revoked else STATUS.GOOD)


@pytest.mark.case("status-O-24", "status-O-25")
def test_dates_hold_wherever_the_clock_goes(verifier, ask, held, clock):
    """Forward by hours and decades, and back: no date of the future, never past nextUpdate, the responder in date.

    `Verifier.status` and `.crl` check that; every answer here has been asked before at another time.
    """
    revoke(ask, held)
    start = clock.now()
    for move in (0, 1, 1800, 3599, 3600, 3601, 86_400, 44 * 86_400, 91 * 86_400, 3 * 31_536_000, 39 * 31_536_000):
        for moment in (start + timedelta(seconds=move), start, start - timedelta(seconds=move % 86_400)):
            clock.set(moment)
            answer = verifier.status(held.serial)
            assert answer.certificate_status is STATUS.REVOKED
            assert answer.revocation_time_utc == min(start, moment)
            verifier.crl()
            verifier.crl("root.crl")


@pytest.mark.case("status-O-24")
def test_a_renewed_responder_is_used_at_once(verifier, held, clock):
    """From half of its life on another certificate answers, on the same key, and stays until its own half."""
    first = verifier.status(held.serial).certificates[0]
    clock.advance(timedelta(days=46))
    second = verifier.status(held.serial).certificates[0]
    assert first.serial_number != second.serial_number
    assert first.public_key() == second.public_key()
    clock.advance(timedelta(days=44))
    assert verifier.status(held.serial).certificates[0] == second


@pytest.mark.case("status-O-27")
def test_a_responder_that_cannot_sign_says_try_later(verifier, question, sandbox, clock, control):
    """Its key in the store is damaged when the certificate has to be renewed: tryLater, 200, told in the journal."""
    issuer_id = sandbox.issuers.all()[1].record.issuer_id
    with sandbox.store.write() as uow:
        uow.vault.put(f"ocsp/{issuer_id}", b"damaged")
    clock.advance(timedelta(days=80))
    assert verifier.ask(question).response_status is RESPONSE.TRY_LATER
    codes = [entry.get("code") for entry in control("GET", "/_mock/journal").json()["entries"]]
    assert "ocsp.signer_down" in codes


@pytest.mark.case("status-O-28")
def test_openssl_and_pkilint_find_nothing(verifier, ask, held, question, tmp_path):
    """Good and revoked, `openssl ocsp` verifies the answer with the published bundle, and pkilint has no finding."""
    for file in ("bundle.pem", "issuer-ca.pem"):
        (tmp_path / file).write_bytes(verifier.nobody("GET", f"/repository/{file}").content)
    (tmp_path / "question").write_bytes(question)
    for revoked in (False, True):
        if revoked:
            revoke(ask, held, "keycompromise")
        answer = verifier.post(question).content
        (tmp_path / "answer").write_bytes(answer)
        assert ocsp_findings(answer) == []
        trust = ("-issuer", tmp_path / "issuer-ca.pem", "-CAfile", tmp_path / "bundle.pem")
        files = ("-respin", tmp_path / "answer", "-reqin", tmp_path / "question")
        said = openssl("ocsp", *files, *trust, at=verifier.sandbox.clock.now())
        assert "Response verify OK" in said


@pytest.mark.case("status-O-29")
def test_a_signed_question_is_answered(verifier, held):
    """A signature that nobody could verify changes nothing."""
    signature = der.context(0, der.sequence(der.sequence(der.oid(SHA256)), der.bit_string(b"nothing")))
    requestor = der.context(1, der.context(4, der.sequence()))
    body = request(certificate_id(verifier.issuer, held.serial, SHA1), before=requestor, after=signature)
    assert verifier.ask(body).certificate_status is STATUS.GOOD
