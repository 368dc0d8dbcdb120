"""Certificates and keys: found in every way that the directory asks, each status from its one row."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.errors import Conflict, Invalid, NotFound
from app.store.certificates import CertificateFilter
from app.store.records import Certificate, Page
from app.store.store import Store
from tests.store.rows import (
    ALL,
    APPLICATION,
    ISSUER,
    NOW,
    ORGANISATION,
    application,
    bare_key,
    certificate,
    issuer,
    organisation,
)


def add(store: Store, *records: Certificate) -> None:
    with store.write() as uow:
        for record in records:
            uow.certificates.add(record)


def listed(store: Store, page: Page = ALL, **wanted: Any) -> list[str]:
    with store.read() as uow:
        return [c.certificate_id for c in uow.certificates.list(ORGANISATION, page, **wanted).items]


@pytest.mark.parametrize(
    "kept",
    [
        certificate(1, description="held by Zoë"),
        bare_key(1),
        bare_key(1, software_statement_id=None, not_before=NOW, not_after=NOW + timedelta(days=1)),
        certificate(1, issuer_id=None, csr_sha256=None, serial=2**200 + 1, type="qwac"),
        certificate(1, issuer_id=None, csr_sha256=None, serial=-5, type="qwac"),
        certificate(1, serial=1, revoked_at=NOW, revoke_reason="superseded"),
    ],
    ids=["certificate", "bare key", "bounded key", "long serial", "negative serial", "revoked"],
)
def test_a_row_comes_back_as_it_was_kept(directory: Store, kept: Certificate) -> None:
    """Every member survives, also those of others' certificates that RFC 5280 forbids."""
    add(directory, kept)
    with directory.read() as uow:
        assert uow.certificates.find_by_id("certificate-1") == kept
        assert uow.certificates.find_by_kid(ORGANISATION, kept.kid) == kept
        if kept.serial is not None:
            assert uow.certificates.find_by_serial(kept.serial) == (kept,)


def test_each_way_of_asking_finds_the_one(directory: Store) -> None:
    """By serial, digest, CSR and key; nothing where one octet differs."""
    kept = certificate(1)
    add(directory, kept, certificate(2))
    assert kept.serial is not None
    assert kept.sha256 is not None
    assert kept.csr_sha256 is not None
    with directory.read() as uow:
        found = uow.certificates
        assert found.find_by_serial(kept.serial) == (kept,)
        assert found.find_by_serial(kept.serial, ISSUER) == (kept,)
        assert found.find_by_sha256(kept.sha256) == kept
        assert found.find_by_csr(kept.csr_sha256, "rtstransport") == kept
        assert found.key_uses(kept.spki_sha256) == (kept,)
        assert found.find_by_serial(kept.serial + 1) == ()
        assert found.find_by_serial(kept.serial, "issuing-2") == ()
        assert found.find_by_serial(2**4000) == ()
        assert found.find_by_sha256(b"\x00" * 32) is None
        assert found.find_by_csr(kept.csr_sha256, "rtssigning") is None
        assert found.key_uses(b"\x00" * 32) == ()
        assert found.find_by_id("certificate-3") is None
        assert found.find_by_kid("org-2", kept.kid) is None


def test_a_path_finds_only_what_stands_under_it(directory: Store) -> None:
    """Organisation, application and type must be the row's own; no application means the organisation itself."""
    with directory.write() as uow:
        uow.applications.add(application("app-2"))
    own = certificate(2, software_statement_id=None, type="qseal", csr_sha256=None)
    add(directory, certificate(1), own)
    kid = certificate(1).kid
    with directory.read() as uow:
        find = uow.certificates.find
        assert find(ORGANISATION, kid, software_statement_id=APPLICATION) == certificate(1)
        assert find(ORGANISATION, kid, software_statement_id=APPLICATION, type="rtstransport") == certificate(1)
        assert find(ORGANISATION, kid, software_statement_id=APPLICATION, type="RTSTRANSPORT") is None
        assert find(ORGANISATION, kid, software_statement_id="app-2") is None
        assert find("org-2", kid, software_statement_id=APPLICATION) is None
        assert find(ORGANISATION, kid) is None
        assert find(ORGANISATION, own.kid) == own
        assert find(ORGANISATION, own.kid, type="qwac") is None


@pytest.mark.parametrize(
    "twin",
    [
        {"serial": certificate(1).serial},
        {"csr_sha256": certificate(1).csr_sha256},
        {"certificate_id": "certificate-1"},
    ],
    ids=["serial", "csr", "id"],
)
def test_what_must_be_unique_is_unique(directory: Store, twin: dict[str, Any]) -> None:
    """The same serial of one issuer, or the same CSR for one type, is refused by the database itself."""
    add(directory, certificate(1))
    with pytest.raises(Conflict):
        add(directory, certificate(2, **twin))
    assert listed(directory, software_statement_id=APPLICATION) == ["certificate-1"]


def test_what_may_repeat_repeats(directory: Store) -> None:
    """Another type for a CSR, another issuer for a serial, and any number of bare keys."""
    with directory.write() as uow:
        uow.issuers.add(issuer("issuing-2", generation=2))
    first = certificate(1)
    add(
        directory,
        first,
        certificate(2, csr_sha256=first.csr_sha256, type="rtssigning"),
        certificate(3, serial=first.serial, issuer_id="issuing-2"),
        bare_key(4, kid="same"),
        bare_key(5, kid="same"),
    )
    assert first.serial is not None
    with directory.read() as uow:
        found = uow.certificates.find_by_serial(first.serial)
    assert [c.certificate_id for c in found] == ["certificate-3", "certificate-1"]


def test_of_rows_with_one_kid_the_living_goes_first(directory: Store) -> None:
    """A key that was revoked and uploaded again is found by its newer row, whatever the clock said."""
    add(directory, bare_key(2, kid="same", revoked_at=NOW, revoke_reason="superseded"), bare_key(1, kid="same"))
    with directory.read() as uow:
        found = uow.certificates.find(ORGANISATION, "same", software_statement_id=APPLICATION)
    assert found is not None
    assert found.certificate_id == "certificate-1"


def test_key_uses_tell_all_owners_newest_first(directory: Store) -> None:
    """Every row on a public key, also another organisation's and revoked ones."""
    key = b"k" * 32
    with directory.write() as uow:
        uow.organisations.add(organisation("org-2"))
    add(
        directory,
        certificate(1, spki_sha256=key),
        certificate(3, spki_sha256=key, revoked_at=NOW, revoke_reason="keycompromise"),
        certificate(2, spki_sha256=key, organisation_id="org-2", software_statement_id=None),
    )
    with directory.read() as uow:
        uses = uow.certificates.key_uses(key)
    assert [(c.certificate_id, c.organisation_id) for c in uses] == [
        ("certificate-3", ORGANISATION),
        ("certificate-2", "org-2"),
        ("certificate-1", ORGANISATION),
    ]


def test_lists_are_by_level_newest_first(directory: Store) -> None:
    """An application's, the organisation's, both together; by type; of equal moments the one kept later first."""
    with directory.write() as uow:
        uow.applications.add(application("app-2"))
    own = {"software_statement_id": None, "csr_sha256": None}
    add(
        directory,
        certificate(1),
        certificate(2, type="rtssigning"),
        certificate(3, **own, type="qwac"),
        certificate(4, **own, type="qseal"),
        certificate(5, software_statement_id="app-2"),
        certificate(6, created_at=certificate(2).created_at),
    )
    assert listed(directory, software_statement_id=APPLICATION) == ["certificate-6", "certificate-2", "certificate-1"]
    assert listed(directory) == ["certificate-4", "certificate-3"]
    assert listed(directory, type="qwac") == ["certificate-3"]
    assert listed(directory, software_statement_id="app-2", include_organisation=True) == [
        "certificate-5",
        "certificate-4",
        "certificate-3",
    ]
    assert listed(directory, software_statement_id=APPLICATION, type="rtssigning") == ["certificate-2"]


@pytest.mark.parametrize("sort", [(), (("type", False),), (("type", True), ("kid", True))])
def test_pages_of_both_levels_are_parts_of_the_whole(directory: Store, sort: Any) -> None:
    """Merged from two ranges, in every order."""
    mine = [certificate(n, type="rtssigning" if n % 3 else "rtstransport") for n in range(7)]
    add(directory, *mine, *(certificate(n, software_statement_id=None, type="qwac") for n in range(7, 12)))

    def page(number: int, size: int | None) -> list[str]:
        with directory.read() as uow:
            found = uow.certificates.list(
                ORGANISATION, Page(number, size, sort), software_statement_id=APPLICATION, include_organisation=True
            )
        return [c.certificate_id for c in found.items]

    whole = page(0, None)
    assert len(set(whole)) == 12
    assert [one for number in range(4) for one in page(number, 4)] == whole
    assert [one for number in range(3) for one in page(number, 5)] == whole


@pytest.mark.parametrize(
    ("wanted", "total"),
    [
        ({"software_statement_id": APPLICATION}, 12),
        ({"software_statement_id": APPLICATION, "type": "rtstransport"}, 10),
        ({"software_statement_id": APPLICATION, "include_organisation": True}, 13),
        ({}, 1),
        ({"type": "rtstransport"}, 0),
    ],
    ids=["application", "type", "both", "organisation", "none"],
)
def test_a_page_tells_the_length_of_the_whole_list(directory: Store, wanted: dict[str, Any], total: int) -> None:
    """The total that is counted along with the rows is the number of rows."""
    transport = [certificate(n) for n in range(10)]
    add(directory, *transport, *(bare_key(n) for n in (10, 11)), bare_key(12, software_statement_id=None))
    with pytest.raises(Conflict):
        add(directory, certificate(20), certificate(1))
    whole = listed(directory, **wanted)
    assert len(whole) == total
    for number in (0, 1, 2, 9):
        with directory.read() as uow:
            page = uow.certificates.list(ORGANISATION, Page(number, 5), **wanted)
        assert page.total == total
        assert [c.certificate_id for c in page.items] == whole[number * 5 : number * 5 + 5]


def test_absent_values_sort_as_the_smallest(directory: Store) -> None:
    """The same order on both databases, in both directions; an unknown field is refused."""
    add(directory, certificate(1), bare_key(2), certificate(3, not_after=NOW))
    wanted = {"software_statement_id": APPLICATION}
    rising = listed(directory, Page(sort=(("not_after", False),)), **wanted)
    falling = listed(directory, Page(sort=(("not_after", True),)), **wanted)
    assert rising == ["certificate-2", "certificate-3", "certificate-1"]
    assert falling == rising[::-1]
    with pytest.raises(Invalid) as refused:
        listed(directory, Page(sort=(("der", False),)), **wanted)
    assert refused.value.code == "sort.field"


def test_a_certificate_knows_whether_its_owner_is_active(directory: Store) -> None:
    """Application and organisation both count at application level, the organisation alone above."""
    own = bare_key(2, software_statement_id=None)
    add(directory, certificate(1), own)

    def standing() -> tuple[bool, bool]:
        with directory.read() as uow:
            found = (uow.certificates.find_by_id("certificate-1"), uow.certificates.find_by_id("certificate-2"))
        assert found[0] is not None
        assert found[1] is not None
        return found[0].owner_active, found[1].owner_active

    assert standing() == (True, True)
    with directory.write() as uow:
        uow.applications.replace(application(status="Suspended", revision=1))
    assert standing() == (False, True)
    with directory.write() as uow:
        uow.applications.replace(application(status="Active", revision=2))
        uow.organisations.replace(organisation(status="Withdrawn", revision=1))
    assert standing() == (False, False)


def test_every_key_is_in_exactly_one_of_the_two_sets(directory: Store) -> None:
    """Active and inactive part at revocation, at the very moment after expiry, and at the owner's standing."""
    ends = NOW + timedelta(days=1)
    add(
        directory,
        certificate(1, not_after=ends),
        certificate(2, revoked_at=NOW, revoke_reason="superseded"),
        certificate(3),
        bare_key(4, jwks="transport"),
        bare_key(5),
    )

    def split(at: Any, application_: str | None = APPLICATION) -> tuple[list[int], list[int]]:
        with directory.read() as uow:
            sets = [
                uow.certificates.key_set(ORGANISATION, application_, "transport", at, active=active)
                for active in (True, False)
            ]
        active, inactive = ([int(c.certificate_id[-1]) for c in keys] for keys in sets)
        assert all(c.is_active(at) for c in sets[0])
        assert not any(c.is_active(at) for c in sets[1])
        return active, inactive

    assert split(ends) == ([4, 3, 1], [2])
    assert split(ends + timedelta(microseconds=1)) == ([4, 3], [2, 1])
    assert split(NOW, None) == ([], [])
    with directory.write() as uow:
        uow.applications.replace(application(status="Suspended", revision=1))
    assert split(NOW) == ([], [4, 3, 2, 1])


def test_the_active_ones_of_a_type_are_counted(directory: Store) -> None:
    """Revoked and expired ones do not count, nor other types and owners."""
    add(
        directory,
        certificate(1),
        certificate(2, not_after=NOW),
        certificate(3, revoked_at=NOW, revoke_reason="unspecified"),
        certificate(4, type="rtssigning"),
        certificate(5, software_statement_id=None),
    )
    with directory.read() as uow:
        count = uow.certificates.count_active
        assert count(ORGANISATION, APPLICATION, "rtstransport", NOW) == 2
        assert count(ORGANISATION, APPLICATION, "rtstransport", NOW + timedelta(seconds=1)) == 1
        assert count(ORGANISATION, None, "rtstransport", NOW) == 1


def test_a_description_changes_alone(directory: Store) -> None:
    """Amending touches nothing else; an unknown certificate is NotFound."""
    add(directory, certificate(1))
    with directory.write() as uow:
        uow.certificates.amend("certificate-1", "held by HSM 2")
        assert uow.certificates.find_by_id("certificate-1") == certificate(1, description="held by HSM 2")
    with pytest.raises(NotFound), directory.write() as uow:
        uow.certificates.amend("certificate-2", "x")


def test_a_revocation_is_on_the_row_at_once(directory: Store) -> None:
    """Within the very transaction and after it; an unknown certificate is NotFound and bumps no counter."""
    add(directory, certificate(1))
    with directory.write() as uow:
        uow.certificates.revoke("certificate-1", NOW, "keycompromise")
        inside = uow.certificates.find_by_id("certificate-1")
    with directory.read() as uow:
        assert inside == replace(certificate(1), revoked_at=NOW, revoke_reason="keycompromise")
        assert uow.certificates.find_by_id("certificate-1") == inside
    with pytest.raises(NotFound), directory.write() as uow:
        uow.certificates.revoke("certificate-2", NOW, "superseded")
    with directory.read() as uow:
        assert uow.revocations.sequence(ISSUER) == 1


@pytest.mark.parametrize("more", [{}, {"software_statement_id": APPLICATION}, {"include_organisation": True}])
def test_a_narrowed_list_leaves_out_the_dead_and_the_others(directory: Store, more: dict[str, Any]) -> None:
    """What is revoked or expired is left out, and what does not tell of the text; the total counts what is left."""
    own: dict[str, Any] = {} if more.get("software_statement_id") else {"software_statement_id": None}
    own |= {"software_statement_id": APPLICATION} if more.get("include_organisation") else {}
    wanted = more | ({"software_statement_id": APPLICATION} if "include_organisation" in more else {})
    add(
        directory,
        *(certificate(n, **own, description="Held by 100% Zo\u00eb_1") for n in range(3)),
        certificate(3, **own, not_after=NOW - timedelta(days=1)),
        certificate(4, **own, revoked_at=NOW, revoke_reason="superseded"),
        certificate(5, **own),
    )
    with directory.read() as uow:
        find = uow.certificates.list
        alive = find(ORGANISATION, Page(0, 2), wanted=CertificateFilter(NOW), **wanted)
        named = find(ORGANISATION, Page(0, 2), wanted=CertificateFilter(about="100% zo"), **wanted)
        both = find(ORGANISATION, ALL, wanted=CertificateFilter(NOW, "_1"), **wanted)
    assert (len(alive.items), alive.total) == (2, 4)
    assert (len(named.items), named.total) == (2, 3)
    assert {c.certificate_id for c in both.items} == {"certificate-0", "certificate-1", "certificate-2"}


def test_search_finds_certificates_of_everybody(directory: Store) -> None:
    """The whole kid or serial number, a part of subject or description in any case; newest first."""
    add(
        directory,
        certificate(1, kid="one", serial=0xABC, subject_dn="CN=Harbour,O=Acme"),
        certificate(2, kid="two", serial=0xDEF, description="Key of the Harbour 100%"),
    )

    def found(needle: str, serial: int | None = None, size: int = 10) -> list[str]:
        with directory.read() as uow:
            return [each.kid for each in uow.certificates.search(needle, serial, size)]

    assert found("one") == ["one"]
    assert found("?", 0xABC) == ["one"]
    assert sorted(found("HARBOUR")) == ["one", "two"]
    assert found("100%") == ["two"]
    assert found("on") == found("%zz%") == []
    assert len(found("harbour", size=1)) == 1
