"""A CSR by form is judged as by the API: the same findings, beside what they are about (api-cases.md F-07)."""

import re
from html import unescape

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.pki import der
from app.portal.new_certificate import CONCERNS
from tests.api import csr_kit as kit
from tests.api.csr_door import CsrDoor
from tests.doors import unchanged
from tests.portal.conftest import OWN_PAGE, inputs

CHALLENGE = kit.attribute(kit.CHALLENGE_PASSWORD, der.tlv(der.UTF8_STRING, b"secret-of-mine"))


def flipped(csr):
    octets = kit.info(csr.name(), kit.ec_key())
    signature = bytearray(kit.sign(octets, kit.ec_key()))
    signature[-1] ^= 1
    return kit.pem(kit.signed(octets, kit.ec_key(), signature=bytes(signature)))


def made(*extensions, **more):
    """A CSR that is good but for these parts; `subject` holds changed values."""
    return lambda csr: kit.pem(csr.csr(*extensions, **more))


def subject(**changed):
    return lambda csr: kit.pem(csr.csr(subject=csr.name(**changed)))


REFUSED = {
    "A-empty": lambda csr: b"",
    "A-no-pem": lambda csr: b"Hello",
    "A-octets": lambda csr: b"\xff\xfe\x00",
    "A-der": lambda csr: csr.csr(),
    "A-cut-short": lambda csr: kit.pem(csr.csr()[:-9]),
    "A-trailing": lambda csr: kit.pem(csr.csr() + b"\x00"),
    "A-two": lambda csr: kit.pem(csr.csr()) * 2,
    "A-label": lambda csr: kit.pem(csr.csr(), "CERTIFICATE"),
    "A-version": lambda csr: kit.pem(kit.signed(kit.info(csr.name(), kit.ec_key(), version=b"\x01"), kit.ec_key())),
    "A-no-attributes": lambda csr: kit.pem(
        kit.signed(kit.info(csr.name(), kit.ec_key(), attributes=b""), kit.ec_key())
    ),
    "B-flipped": flipped,
    "B-algorithm": lambda csr: kit.pem(kit.signed(kit.info(csr.name(), kit.ec_key()), kit.ec_key(), kit.RSA_SHA256)),
    "C-rsa-1024": made(key=kit.rsa_key("1024")),
    "C-rsa-e3": made(key=kit.rsa_key("2048-e3")),
    "C-curve": made(key=kit.ec_key("form", ec.SECP521R1)),
    "C-edwards": made(key=ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))),
    "D-no-subject": made(subject=der.sequence()),
    "D-no-organisation": subject(O=None),
    "D-other-organisation": subject(O="Other Ltd"),
    "D-confusable": subject(O="Acme B\u0430nk Ltd"),
    "D-other-software": subject(CN="me"),
    "D-script": subject(CN="<script>alert(1)</script>"),
    "D-country": subject(C="FR"),
    "E-ca": made(kit.extension(kit.BASIC_CONSTRAINTS, der.sequence(b"\x01\x01\xff"), critical=True)),
    "E-unknown-critical": made(kit.extension("1.2.3.4", b"\x05\x00", critical=True)),
    "E-twice": made(kit.eku("1.3.6.1.5.5.7.3.2"), kit.eku("1.3.6.1.5.5.7.3.2")),
    "G-many": lambda csr: kit.pem(
        csr.csr(
            kit.extension(kit.BASIC_CONSTRAINTS, der.sequence(b"\x01\x01\xff"), critical=True),
            subject=csr.name(O="Other Ltd", CN="me"),
            key=kit.rsa_key("1024"),
        )
    ),
}
"""Of every group of the catalogue of CSRs: something that is refused."""


@pytest.fixture
def csr(sandbox, ask, application):
    return CsrDoor(sandbox, ask, *application)


@pytest.fixture
def new(page_of):
    return f"{page_of}/certificates/new"


def by_file(browser, new, body):
    """Upload it as the form does."""
    files = {"File": ("request.csr", body, "application/octet-stream")}
    return browser.ask("POST", new, data={"type": "rtstransport"}, files=files, headers=OWN_PAGE)


def by_text(browser, new, body):
    return browser.post(new, {"type": "rtstransport", "KeyMaterial": body.decode()})


def told(page):
    """What stands in each section of the page: code and text of every finding."""
    found = {}
    for concern, section in re.findall(r'aria-labelledby="concern-(\w+)">(.*?)</section>', page.text, re.DOTALL):
        texts = re.findall(r'<p class="fault">.*?</span>(.*?)</p>', section, re.DOTALL)
        codes = re.findall(r"<dd><code>([a-z0-9_.]+)</code></dd>\s*</dl>", section)
        found[concern] = list(zip(codes, map(unescape, texts), strict=True))
    return found


def expected(answer):
    """The same of the API's own findings, by what they are about."""
    found = {}
    for finding in answer.json()["findings"]:
        concern = CONCERNS.get(finding.get("pointer", "")[1:].partition("/")[0], "whole")
        found.setdefault(concern, []).append((finding["code"], finding["detail"]))
    return found


@pytest.mark.case("api-F-07")
@pytest.mark.parametrize("kind", REFUSED)
def test_same_findings_beside_what_they_are_about(browser, new, csr, sandbox, kind):
    """Code and text of each, in order; nothing is issued, and what was sent is drawn as text."""
    body = REFUSED[kind](csr)
    refused = csr.post(body, headers={"accept": "application/problem+json"})
    assert refused.status_code == 400, refused.text
    with unchanged(sandbox):
        page = by_file(browser, new, body)
    assert page.status_code == 400
    assert told(page) == expected(refused)
    assert "<script>alert" not in page.text
    if body.isascii() and body:
        assert told(by_text(browser, new, body)) == expected(refused)


@pytest.mark.case("api-F-07")
def test_good_one_is_issued(browser, new, csr):
    """The same request by file and by text leads on to its certificate."""
    for number, send in enumerate((by_file, by_text)):
        issued = send(browser, new, kit.pem(csr.csr(key=kit.ec_key(f"form {number}"))))
        assert issued.status_code == 303, issued.text
        assert issued.headers["location"].endswith("/issued")


@pytest.mark.case("api-F-07")
class TestUnknownAllowed:
    @pytest.fixture
    def options(self):
        return {"allow_unknown_extensions": True}

    def test_warnings_are_those_of_the_api(self, browser, new, csr):
        """What the API only warns of is told first, by the same codes; the challenge password is not."""
        key, extension = kit.ec_key("form warned"), kit.extension("1.2.3.4", b"\x05\x00")
        body = kit.pem(csr.csr(extension, attributes=[CHALLENGE], key=key))
        page = by_file(browser, new, body)
        warned = csr.post(body)
        assert page.status_code == 200
        codes = [code for found in told(page).values() for code, _text in found]
        assert "csr.ext.unknown" in codes
        assert all(code in warned.headers["x-mock-warnings"] for code in codes)
        assert "secret-of-mine" not in page.text


@pytest.mark.case("api-F-07")
@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_private_key_is_never_shown_again(browser, new, csr, sandbox, form):
    """Sent by mistake, alone or before the CSR: refused, not in the page, not in the journal."""
    key = kit.ec_key("by mistake").private_bytes(Encoding.PEM, form, NoEncryption())
    secret = key.splitlines()[1].decode()
    for body in (key, key + kit.pem(csr.csr())):
        for send in (by_file, by_text):
            page = send(browser, new, body)
            assert page.status_code == 400
            assert secret not in page.text
            assert inputs(page)["KeyMaterial"] == [""]
    sandbox.journal.flush()
    story = browser.get("/portal/activity?all=yes")
    assert secret not in story.text
