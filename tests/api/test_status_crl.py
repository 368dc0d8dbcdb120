"""CRLs at the public door: the cases C of status-cases.md."""

import base64
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtensionOID

from app.api.app import create_data_app
from app.ca.keys import KeyPool
from app.ra.revocation import Amendment, Reference
from app.runtime.addresses import Addresses
from app.runtime.clock import MovableClock
from app.runtime.entropy import SeededEntropy
from app.sandbox import Ground, open_sandbox
from app.sandboxes import Sandboxes
from app.settings import Settings
from tests.api.status_kit import STATUS, Verifier, issue, number, revoke
from tests.authorities import openssl
from tests.directories import ORGANISATION, PORTS, QUICK, SUPER_USER
from tests.directories import issue as issue_directly
from tests.doors import NOW, Client, open_for_tests
from tests.linting import crl_findings
from tests.participants import add_application, add_organisation, good_csr

DAY = timedelta(days=1)
LIFE = timedelta(days=395)
NAMES = ("issuer.crl", "root.crl")


@pytest.fixture
def verifier(nobody, sandbox):
    return Verifier(nobody, sandbox)


@pytest.fixture
def held(ask, application, make_csr):
    return issue(ask, application, make_csr)


@pytest.mark.case("status-C-01")
@pytest.mark.parametrize("name", NAMES)
def test_a_fresh_directory_has_empty_lists(verifier, name):
    """Both are valid and have no field for entries at all; pkilint has no finding."""
    crl = verifier.crl(name)
    assert len(crl) == 0
    der = verifier.nobody("GET", f"/crl/{name}").content
    assert b"\x30\x00" not in der
    assert crl_findings(der) == []


@pytest.mark.case("status-C-02")
def test_a_revocation_is_on_the_list_at_once(verifier, ask, held, clock):
    """The next fetch has it, though the list before was fresh and the clock stands still."""
    before = verifier.crl()
    assert verifier.crl() == before
    revoke(ask, held, "cessationofoperation")
    assert verifier.listed() == {held.serial: (clock.now(), x509.ReasonFlags.cessation_of_operation)}
    assert number(verifier.crl()) == number(before) + 1


@pytest.mark.case("status-C-03")
def test_numbers_rise_over_clock_moves_and_restart(tmp_path):
    """Forward, back, closed and opened again: a list that is another one has a higher number than any before."""
    seen, clock = [], MovableClock(NOW)
    for _round in range(3):
        sandbox = open_for_tests(tmp_path, {}, clock)
        for move in (0, 2, -30, 400):
            clock.advance(move * DAY)
            der = sandbox.status.crl("issuer.crl").der
            if not seen or seen[-1] != der:
                seen.append(der)
        sandbox.close()
    numbers = [number(x509.load_der_x509_crl(der)) for der in seen]
    assert len(numbers) == 10  # a restart alone makes no new one
    assert numbers == sorted(set(numbers))


@pytest.mark.case("status-C-04", "status-C-05", "status-C-06")
@pytest.mark.parametrize("name", NAMES)
def test_a_list_is_renewed_well_before_its_end(verifier, clock, name):
    """The same for half of its day, then another; and whoever comes after a pause of any length gets a fresh one."""
    first = verifier.crl(name)
    assert first.next_update_utc - first.last_update_utc == DAY
    clock.advance(timedelta(hours=11, minutes=59))
    assert verifier.crl(name) == first
    clock.advance(timedelta(minutes=1))
    second = verifier.crl(name)
    assert (second.last_update_utc, number(second)) == (clock.now(), number(first) + 1)
    for pause in (DAY, 10 * DAY, 3652 * DAY, -3000 * DAY):
        clock.advance(pause)
        assert verifier.crl(name).last_update_utc == clock.now()


@pytest.mark.case("status-C-07", "status-C-08")
def test_a_list_fits_its_certificates(verifier, held):
    """Issuer name, key id and address are those of the certificates that it is about; the address is http."""
    for name, certificate, ca in (
        ("issuer.crl", held.leaf, verifier.issuer),
        ("root.crl", verifier.issuer, verifier.root),
    ):
        crl = verifier.crl(name)
        assert crl.issuer.public_bytes() == certificate.issuer.public_bytes() == ca.subject.public_bytes()
        assert crl.is_signature_valid(ca.public_key())
        key_id = crl.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
        assert key_id == ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        point = crl.extensions.get_extension_for_oid(ExtensionOID.ISSUING_DISTRIBUTION_POINT)
        assert point.critical
        (named,) = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
        assert point.value.full_name == named.full_name
        assert named.full_name[0].value.startswith("http://")


def test_a_list_names_every_address_that_certificates_carry(tmp_path, clock):
    """After a start with another CRL address both are in the list, so that old certificates still verify with it."""
    for address in ("http://one.example/crl", "http://two.example/crl"):
        sandbox = open_for_tests(tmp_path, {"address_crl": address}, clock)
        crl = x509.load_der_x509_crl(sandbox.status.crl("issuer.crl").der)
        sandbox.close()
    point = crl.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    assert [name.value for name in point.full_name] == [
        "http://one.example/crl/issuer.crl",
        "http://two.example/crl/issuer.crl",
    ]


@pytest.mark.case("status-C-09")
def test_reasons_and_their_codes(verifier, ask, application, make_csr):
    """The five reasons of the directory, `unspecified` left out; every other word, hold and removal too, is refused."""
    expected = {}
    for reason, flag in (
        ("unspecified", None),
        ("keycompromise", x509.ReasonFlags.key_compromise),
        ("superseded", x509.ReasonFlags.superseded),
        ("cessationofoperation", x509.ReasonFlags.cessation_of_operation),
        ("privilegewithdrawn", x509.ReasonFlags.privilege_withdrawn),
    ):
        held = issue(ask, application, make_csr)
        assert revoke(ask, held, reason).status_code == 200
        expected[held.serial] = flag
    good = issue(ask, application, make_csr)
    for word in ("certificatehold", "removefromcrl", "affiliationchanged", "cacompromise", "7", "11"):
        assert revoke(ask, good, word).status_code == 400
    assert {serial: reason for serial, (_, reason) in verifier.listed().items()} == expected


class TestRetention:
    @pytest.mark.case("status-C-10")
    def test_an_expired_certificate_stays_for_one_more_list(self, verifier, ask, held, clock):
        """It stands on the first list behind its end, and on none after that; OCSP knows it for ever."""
        revoke(ask, held)
        verifier.crl()
        clock.advance(LIFE + DAY)
        assert held.serial in verifier.listed()
        clock.advance(DAY)
        assert held.serial not in verifier.listed()
        assert verifier.status(held.serial).certificate_status is STATUS.REVOKED

    def test_it_comes_back_when_the_clock_goes_back(self, verifier, ask, held, clock):
        """While the certificate is in date at the clock, it is on the list, wherever the clock has been."""
        revoke(ask, held)
        clock.advance(LIFE + DAY)
        verifier.crl()
        clock.advance(DAY)
        assert held.serial not in verifier.listed()
        clock.set(NOW + DAY)
        assert held.serial in verifier.listed()


class TestLongerRetention:
    @pytest.fixture
    def options(self):
        return {"crl_keep_expired_seconds": 30 * 86_400}

    @pytest.mark.case("status-C-10")
    def test_a_setting_keeps_it_longer(self, verifier, ask, held, clock):
        """With thirty days more it is there after twenty-nine and not after thirty-two."""
        revoke(ask, held)
        clock.advance(LIFE + DAY)
        for _day in range(29):
            assert held.serial in verifier.listed()
            clock.advance(DAY)
        clock.advance(3 * DAY)
        verifier.crl()
        clock.advance(DAY)
        assert held.serial not in verifier.listed()


class OneSerial(SeededEntropy):
    """Gives the same serial to everybody from the moment it is told to."""

    fixed = False

    def octets(self, size):
        return b"\x42" * 20 if self.fixed and size == 20 else super().octets(size)


@pytest.mark.case("status-C-11", "status-C-12")
def test_two_generations_with_one_serial(tmp_path, clock):
    """Each CA has its own list under its own name, also the old one behind a roll-over; OCSP keeps them apart too."""
    entropy, settings = OneSerial("serials"), Settings.read(None, data=tmp_path, seed="none", **QUICK)
    sandbox = open_sandbox(settings, Addresses.of(settings, PORTS), Ground(clock, entropy, KeyPool()))
    verifier = Verifier(Client(create_data_app(Sandboxes(sandbox))), sandbox)
    add_organisation(sandbox)
    software = add_application(sandbox)
    entropy.fixed = True
    first_issuer = verifier.issuer
    first = issue_directly(sandbox, ORGANISATION, software, "rtstransport", good_csr(software)).certificate
    entropy.fixed = False
    sandbox.issuers.roll_over()
    entropy.fixed = True
    second = issue_directly(sandbox, ORGANISATION, software, "rtstransport", good_csr(software)).certificate
    assert first.serial == second.serial
    reference = Reference(ORGANISATION, software, "rtstransport", first.kid)
    sandbox.revocations.amend(SUPER_USER, reference, Amendment(revoke_reason="superseded"))
    assert (set(verifier.listed("issuer.crl")), set(verifier.listed("issuer-g2.crl"))) == ({first.serial}, set())
    assert verifier.crl("issuer.crl").is_signature_valid(first_issuer.public_key())
    assert verifier.crl("issuer-g2.crl").is_signature_valid(verifier.issuer.public_key())
    assert verifier.status(first.serial, first_issuer).certificate_status is STATUS.REVOKED
    assert verifier.status(first.serial, verifier.issuer).certificate_status is STATUS.GOOD
    clock.advance(300 * DAY)
    assert set(verifier.listed("issuer.crl")) == {first.serial}
    sandbox.close()


@pytest.mark.case("status-C-13")
@pytest.mark.parametrize("name", [*NAMES, "issuer.crl.pem"])
def test_conditional_requests(nobody, clock, name):
    """GET, HEAD without a body, 304 by tag and by date; a list of the same second is not taken for its successor."""
    clock.advance(timedelta(seconds=1))
    got, head = nobody("GET", f"/crl/{name}"), nobody("HEAD", f"/crl/{name}")
    clock.advance(timedelta(seconds=5))
    got = nobody("GET", f"/crl/{name}")
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", got.headers["etag"])
    for condition in (
        {"if-none-match": got.headers["etag"]},
        {"if-none-match": f'"x", W/{got.headers["etag"]}'},
        {"if-modified-since": got.headers["last-modified"]},
    ):
        again = nobody("GET", f"/crl/{name}", headers=condition)
        assert (again.status_code, again.content) == (304, b""), condition
    assert nobody("GET", f"/crl/{name}", headers={"if-none-match": '"x"'}).status_code == 200


@pytest.mark.case("status-C-13")
def test_a_revocation_ends_every_304(verifier, ask, held, nobody):
    """Neither tag nor date of the list before is current any more, though all happens within one second."""
    before = nobody("GET", "/crl/issuer.crl")
    revoke(ask, held)
    for condition in (
        {"if-none-match": before.headers["etag"]},
        {"if-modified-since": before.headers["last-modified"]},
    ):
        assert nobody("GET", "/crl/issuer.crl", headers=condition).status_code == 200


@pytest.mark.case("status-C-14")
def test_der_and_pem(nobody):
    """DER under the name that certificates carry, PEM beside it, each with its content type."""
    der, pem = nobody("GET", "/crl/issuer.crl"), nobody("GET", "/crl/issuer.crl.pem")
    assert der.headers["content-type"] == "application/pkix-crl"
    assert pem.headers["content-type"] == "application/x-pem-file"
    assert x509.load_der_x509_crl(der.content) == x509.load_pem_x509_crl(pem.content)
    assert nobody("GET", "/crl/nobody.crl").status_code == 404


@pytest.mark.slow
@pytest.mark.case("status-C-16")
def test_revocations_in_parallel_are_all_on_the_list(tmp_path, clock):
    """300 revokes from eight threads while two others fetch: all on it, no number for two lists, none ever falls."""
    sandbox = open_for_tests(tmp_path, {}, clock)
    add_organisation(sandbox)
    software = add_application(sandbox)
    issued = [
        issue_directly(sandbox, ORGANISATION, software, "rtstransport", good_csr(software)).certificate
        for _ in range(300)
    ]
    lists, is_over = {}, threading.Event()

    def fetch():
        last = 0
        while not is_over.is_set():
            crl = sandbox.status.crl("issuer.crl")
            assert crl.number >= last
            assert lists.setdefault(crl.number, crl.der) == crl.der
            last = crl.number

    def take_back(certificate):
        reference = Reference(ORGANISATION, software, "rtstransport", certificate.kid)
        sandbox.revocations.amend(SUPER_USER, reference, Amendment(revoke_reason="superseded"))

    with ThreadPoolExecutor(10) as threads:
        fetchers = [threads.submit(fetch) for _ in range(2)]
        for done in [threads.submit(take_back, certificate) for certificate in issued]:
            done.result()
        is_over.set()
        for fetcher in fetchers:
            fetcher.result()
    on_it = {entry.serial_number for entry in x509.load_der_x509_crl(sandbox.status.crl("issuer.crl").der)}
    assert on_it == {certificate.serial for certificate in issued}
    sandbox.close()


@pytest.mark.case("status-C-18")
def test_what_cannot_be_revoked(ask, client, held, other, verifier):
    """Unknown: 404; another organisation's: 403 (rulings.md 10); a CA certificate, by its thumbprint: 403."""
    body = {"RevokeReason": "superseded"}
    unknown = held.url.rsplit("/", 1)[0] + "/" + "A" * 43
    assert ask("PUT", unknown, json=body).status_code == 404
    assert client(*other)("PUT", held.url, json=body).status_code == 403
    for ca in (verifier.issuer, verifier.root):
        kid = base64.urlsafe_b64encode(ca.fingerprint(hashes.SHA256())).rstrip(b"=").decode()
        refused = ask("PUT", f"/organisations/{other[0]}/certificates/kid/{kid}", json=body)
        assert refused.status_code == 403
        assert "revoke.forbidden" in refused.headers["x-mock-reason"]
    assert not verifier.listed()
    assert not verifier.listed("root.crl")


@pytest.mark.case("status-C-19")
def test_a_second_revocation_is_refused(ask, held, verifier, clock):
    """400 with the contract's text, and nothing changes (rulings.md 11)."""
    revoke(ask, held)
    before = verifier.listed()
    clock.advance(timedelta(minutes=1))
    again = revoke(ask, held)
    assert again.status_code == 400
    assert "Certificate is already inactive" in again.text
    assert verifier.listed() == before


@pytest.mark.case("status-C-21")
def test_openssl_and_pkilint_find_nothing(verifier, ask, held, tmp_path):
    """With an entry of each kind, `openssl crl` verifies the list and `verify -crl_check_all` judges by both lists."""
    good = held
    for file in ("bundle.pem", "issuer-ca.pem", "root-ca.pem"):
        (tmp_path / file).write_bytes(verifier.nobody("GET", f"/repository/{file}").content)
    leaf = tmp_path / "leaf.pem"
    leaf.write_bytes(verifier.nobody("GET", good.object["x5u"].split("8443", 1)[1]).content)
    for is_revoked in (False, True):
        if is_revoked:
            revoke(ask, held, "keycompromise")
        lists = [verifier.nobody("GET", f"/crl/{name}") for name in NAMES]
        assert [finding for answer in lists for finding in crl_findings(answer.content)] == []
        pems = [verifier.nobody("GET", f"/crl/{name}.pem").content for name in NAMES]
        (tmp_path / "crls.pem").write_bytes(b"".join(pems))
        (tmp_path / "issuer.crl").write_bytes(lists[0].content)
        ca = tmp_path / "issuer-ca.pem"
        said = openssl("crl", "-inform", "DER", "-in", tmp_path / "issuer.crl", "-CAfile", ca, "-noout", at=NOW)
        assert "verify OK" in said
        judge = ("verify", "-x509_strict", "-crl_check_all", "-CRLfile", tmp_path / "crls.pem",
                 "-CAfile", tmp_path / "root-ca.pem", "-untrusted", ca, leaf)  # fmt: skip
        if not is_revoked:
            openssl(*judge, at=NOW)
        else:
            with pytest.raises(AssertionError, match="error 23 at 0 depth lookup: certificate revoked"):
                openssl(*judge, at=NOW)
