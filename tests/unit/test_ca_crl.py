"""Certificate revocation lists: what stands on them, held against a naive model, openssl and pkilint."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import CRLEntryExtensionOID, ExtensionOID
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ca.crl import CrlBook, CrlPlan, build_crl
from app.ca.reasons import CODES
from tests.authorities import BASE, NOW, found, openssl, pem, publication
from tests.linting import crl_findings

ADDRESSES = (f"{BASE}/crl/issuer.crl",)
YEAR = timedelta(days=365)
FLAGS = {
    1: x509.ReasonFlags.key_compromise,
    4: x509.ReasonFlags.superseded,
    5: x509.ReasonFlags.cessation_of_operation,
    6: x509.ReasonFlags.certificate_hold,
    9: x509.ReasonFlags.privilege_withdrawn,
}


@dataclass(frozen=True)
class Revoked:
    serial: int
    revoked_at: datetime = NOW
    reason: str = "superseded"
    not_after: datetime = NOW + YEAR
    sequence: int = 1
    is_planned: bool = False


def crl_plan(**changed):
    values = {"number": 1, "this_update": NOW, "next_update": NOW + timedelta(days=1), "addresses": ADDRESSES}
    return CrlPlan(**values | changed)


def built(authority, *revoked, keep_from=NOW, now=NOW, **changed):
    book = CrlBook()
    book.update(revoked)
    return build_crl(authority.issuing, crl_plan(**changed), book.entries(keep_from, now))


def read(der):
    return x509.load_der_x509_crl(der)


def entries(der):
    """serial -> (date, CRL reason code), from the library's reader."""
    found_entries = {}
    for entry in read(der):
        codes = [e.value.reason for e in entry.extensions if e.oid == CRLEntryExtensionOID.CRL_REASON]
        code = next(number for number, flag in FLAGS.items() if flag == codes[0]) if codes else 0
        found_entries[entry.serial_number] = (entry.revocation_date_utc, code)
    return found_entries


@pytest.mark.case("status-C-01")
def test_an_empty_crl_has_no_list_of_entries():
    """When nothing is revoked the field revokedCertificates is absent: an empty SEQUENCE broke verifiers."""
    der = built(found())
    assert len(read(der)) == 0
    assert b"\x30\x00" not in der


@pytest.mark.case("status-C-07", "status-C-08")
@pytest.mark.parametrize("kind", ["ec-p256", "rsa-2048"])
def test_what_a_crl_says_of_itself(kind):
    """Number, dates, the CA's name and key id as certificates have them, and a critical point with their addresses."""
    authority = found(issuing_key=kind)
    addresses = (*ADDRESSES, "http://127.0.0.1:8080/crl/issuer.crl")
    der = built(authority, Revoked(5), number=300, addresses=addresses)
    crl = read(der)
    assert crl.is_signature_valid(authority.issuing.certificate.public_key())
    assert isinstance(crl.signature_hash_algorithm, hashes.SHA256)
    assert (crl.last_update_utc, crl.next_update_utc) == (NOW, NOW + timedelta(days=1))
    assert crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 300
    leaf = x509.load_der_x509_certificate(authority.leaf())
    assert crl.issuer.public_bytes() == leaf.issuer.public_bytes()
    key_id = crl.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    ca = authority.issuing.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    assert key_id == ca.value.digest
    point = crl.extensions.get_extension_for_oid(ExtensionOID.ISSUING_DISTRIBUTION_POINT)
    assert point.critical
    assert [name.value for name in point.value.full_name] == list(addresses)
    assert not any((point.value.only_contains_ca_certs, point.value.only_contains_user_certs, point.value.indirect_crl))


@pytest.mark.case("status-C-09")
def test_every_reason_has_its_code():
    """The directory's reasons are 0 (left out), 1, 4, 5, 6 and 9."""
    der = built(found(), *(Revoked(100 + code, reason=reason) for reason, code in CODES.items()))
    assert {serial - 100: code for serial, (_, code) in entries(der).items()} == {c: c for c in (0, 1, 4, 5, 6, 9)}
    for entry in read(der):
        has_reason = any(e.oid == CRLEntryExtensionOID.CRL_REASON for e in entry.extensions)
        assert has_reason == (entry.serial_number != 100)


def test_a_changed_reason_takes_the_place_of_the_first():
    """A serial stands on the list once, with the reason that came last."""
    book = CrlBook()
    book.update([Revoked(1, sequence=1), Revoked(2, sequence=2)])
    before = b"".join(book.entries(NOW, NOW))
    book.update([Revoked(1, reason="keycompromise", sequence=7)])
    assert book.sequence == 7
    der = build_crl(found().issuing, crl_plan(), book.entries(NOW, NOW))
    assert entries(der) == {1: (NOW, 1), 2: (NOW, 4)}
    assert b"".join(book.entries(NOW, NOW)) != before


@pytest.mark.case("status-C-10")
@pytest.mark.parametrize(("seconds", "is_there"), [(-1, False), (0, True), (1, True)])
def test_what_has_expired_before_is_left_out(seconds, is_there):
    """A certificate stays on as long as it ends at the given moment or later; the choice is exact to the second."""
    held = Revoked(1, not_after=NOW + timedelta(seconds=seconds), revoked_at=NOW - YEAR)
    assert entries(built(found(), held, Revoked(2))).keys() == ({1, 2} if is_there else {2})


def test_what_was_left_out_comes_back_when_the_clock_does():
    """Nothing is forgotten: a list for an earlier moment has the entry again."""
    book = CrlBook()
    book.update([Revoked(1, not_after=NOW)])
    assert b"".join(book.entries(NOW + YEAR, NOW + YEAR)) == b""
    assert b"".join(book.entries(NOW, NOW)) != b""


@pytest.mark.case("status-O-25")
def test_no_entry_is_dated_after_now():
    """When the clock went back behind a revocation, the list gives the present moment for it."""
    earlier = NOW - timedelta(days=3)
    der = built(found(), Revoked(1), Revoked(2, revoked_at=NOW - YEAR), keep_from=earlier, now=earlier)
    assert entries(der) == {1: (earlier, 4), 2: (NOW - YEAR, 4)}


def test_dates_cross_2050_with_the_right_types():
    """Dates of the list and of its entries change from UTCTime to GeneralizedTime (RFC 5280, 5.1.2.4 to 5.1.2.6)."""
    end = datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)
    start = end + timedelta(seconds=1)
    der = built(found(), Revoked(1, revoked_at=end, not_after=start), Revoked(2, revoked_at=start, not_after=start),
                keep_from=start, now=start, this_update=end, next_update=start)  # fmt: skip
    assert der.count(b"\x17\x0d491231235959Z") == 2
    assert der.count(b"\x18\x0f20500101000000Z") == 2
    assert entries(der) == {1: (end, 4), 2: (start, 4)}


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 100, 1500])
def test_lists_of_every_length_are_der(tmp_path, count):
    """Lengths of one to three octets: the library and openssl read the list, and its signature holds."""
    authority = found()
    der = built(authority, *(Revoked(2**150 + n, sequence=n) for n in range(count)))
    assert len(entries(der)) == count
    (tmp_path / "ca.pem").write_bytes(pem(authority.founded["issuing"].certificate))
    (tmp_path / "a.crl").write_bytes(der)
    said = openssl("crl", "-inform", "DER", "-in", tmp_path / "a.crl", "-CAfile", tmp_path / "ca.pem", "-noout")
    assert "verify OK" in said


@pytest.mark.case("status-C-21")
@pytest.mark.parametrize("kind", ["ec-p256", "rsa-2048"])
@pytest.mark.parametrize("revoked", [(), (Revoked(5), Revoked(6, reason="unspecified"))], ids=["empty", "two"])
def test_pkilint_finds_nothing(kind, revoked):
    """Empty or not, a CRL passes pkilint."""
    assert crl_findings(built(found(issuing_key=kind), *revoked)) == []


@pytest.mark.case("status-C-21")
@pytest.mark.parametrize("kinds", [{}, {"root_key": "rsa-4096", "issuing_key": "rsa-2048"}], ids=["ec", "rsa"])
def test_openssl_checks_the_whole_chain_with_both_lists(tmp_path, kinds):
    """`verify -crl_check_all` passes a good leaf, and refuses one that stands on the list (error 23)."""
    authority = found(**kinds)
    good, bad = authority.leaf(serial=77), authority.leaf(serial=78)
    issuer_crl = built(authority, Revoked(78))
    root_crl = build_crl(authority.root, crl_plan(addresses=publication("root.crl").crl), [])
    for file, content in {
        "root.pem": pem(authority.founded["root"].certificate),
        "issuing.pem": pem(authority.founded["issuing"].certificate),
        "good.pem": pem(good),
        "bad.pem": pem(bad),
        "crls.pem": crl_pem(issuer_crl) + crl_pem(root_crl),
    }.items():
        (tmp_path / file).write_bytes(content)
    check = ("verify", "-x509_strict", "-crl_check_all", "-CRLfile", tmp_path / "crls.pem", "-CAfile",
             tmp_path / "root.pem", "-untrusted", tmp_path / "issuing.pem")  # fmt: skip
    openssl(*check, tmp_path / "good.pem")
    with pytest.raises(AssertionError, match="error 23 at 0 depth lookup: certificate revoked"):
        openssl(*check, tmp_path / "bad.pem")


def crl_pem(der):
    from cryptography.hazmat.primitives.serialization import Encoding

    return read(der).public_bytes(Encoding.PEM)


# against a naive model

AUTHORITY = found()
ENDS = {serial: NOW + timedelta(hours=9 * serial - 54) for serial in range(1, 13)}
"""A certificate's end never changes; some share a day."""
moments = st.integers(-3 * 86400, 3 * 86400).map(lambda seconds: NOW + timedelta(seconds=seconds))
batches_of_revocations = st.lists(
    st.lists(st.tuples(st.sampled_from(sorted(ENDS)), moments, st.sampled_from(sorted(CODES))), max_size=6), max_size=5
)


@settings(max_examples=200, deadline=None)
@given(batches=batches_of_revocations, asked=st.lists(st.tuples(moments, moments), max_size=4))
def test_the_book_agrees_with_a_naive_model(batches, asked):
    """Whatever comes in whatever order, and however often it was asked before, a list has what a plain dict says."""
    book, model, sequence = CrlBook(), {}, 0
    for batch in batches:
        numbered = [Revoked(*r, ENDS[r[0]], sequence + turn) for turn, r in enumerate(batch, start=1)]
        sequence += len(batch)
        book.update(numbered)
        model |= {r.serial: r for r in numbered}
        assert book.sequence == sequence
        for keep_from, now in asked:
            expected = {
                r.serial: (min(r.revoked_at, now), CODES[r.reason]) for r in model.values() if r.not_after >= keep_from
            }
            assert entries(build_crl(AUTHORITY.issuing, crl_plan(), book.entries(keep_from, now))) == expected
