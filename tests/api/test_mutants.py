"""One rule of the RA is taken away at a time: what it alone refused would be issued (reliability-cases.md H-05).

So each rule here has a request of the catalogue that fails without it, and no second rule hides that it is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from app.errors import Forbidden, errors_among
from app.pki import der, extensions
from app.ra.authority import Order
from tests.api import csr_kit as kit
from tests.api.csr_door import CsrDoor
from tests.doors import ORGANISATION


def finds_nothing(*_: Any, **__: Any) -> Iterator[Any]:
    """In the place of a rule that yields findings."""
    return iter(())


def says_nothing(*_: Any, **__: Any) -> None:
    """In the place of a rule that returns a finding, or raises."""


@dataclass(frozen=True)
class Mutant:
    """`rule` is a function by its module, or the object identifier of an extension; `body` makes a request."""

    rule: str
    code: str
    body: Callable[[CsrDoor], bytes]
    instead: Callable[..., Any] = finds_nothing
    is_server: bool = False

    def drop(self, monkeypatch: pytest.MonkeyPatch) -> None:
        if self.rule[0].isdigit():
            monkeypatch.setitem(extensions._JUDGES, self.rule, self.instead)  # type: ignore[arg-type]
        else:
            monkeypatch.setattr(self.rule, self.instead)


def _signed_by_another(door: CsrDoor) -> bytes:
    octets = kit.info(door.name(), kit.ec_key())
    return kit.signed(octets, kit.ec_key(), signature=kit.sign(octets, kit.ec_key("another")))


def _weakly_signed(door: CsrDoor) -> bytes:
    from cryptography.hazmat.primitives import hashes

    octets = kit.info(door.name(), kit.rsa_key())
    signature = kit.sign(octets, kit.rsa_key(), hashes.SHA1())
    return kit.signed(octets, kit.rsa_key(), kit.RSA_SHA1, signature)


def _of_version_2(door: CsrDoor) -> bytes:
    return kit.signed(kit.info(door.name(), kit.ec_key(), version=b"\x01"), kit.ec_key())


def _without_attributes(door: CsrDoor) -> bytes:
    return kit.signed(kit.info(door.name(), kit.ec_key(), attributes=b""), kit.ec_key())


def _joined(door: CsrDoor) -> bytes:
    pairs = door.pairs()
    return door.csr(subject=kit.rdns(*([pair] for pair in pairs[:-2]), pairs[-2:]))


def _with(*parts: bytes) -> Callable[[CsrDoor], bytes]:
    return lambda door: door.csr(*parts)


def _subject(**changed: Any) -> Callable[[CsrDoor], bytes]:
    return lambda door: door.csr(subject=door.name(**changed))


TWO_PASSWORDS = [kit.attribute(kit.CHALLENGE_PASSWORD, der.tlv(der.UTF8_STRING, each)) for each in (b"x", b"y")]
MUTANTS = {
    "version": Mutant("app.pki.examination._structure", "csr.version", _of_version_2),
    "attributes-left-out": Mutant("app.pki.examination._structure", "csr.attributes.missing", _without_attributes),
    "attribute-twice": Mutant(
        "app.pki.extensions.attribute_findings", "csr.attr.duplicate", lambda door: door.csr(attributes=TWO_PASSWORDS)
    ),
    "signature": Mutant(
        "app.pki.examination.judge_signature", "csr.signature.invalid", _signed_by_another, says_nothing
    ),
    "weak-hash": Mutant(
        "app.pki.examination.judge_signature", "csr.signature.weak_hash", _weakly_signed, says_nothing
    ),
    "small-key": Mutant(
        "app.pki.examination.judge_key", "csr.key.rsa.too_small", lambda door: door.csr(key=kit.rsa_key("1024"))
    ),
    "joined-names": Mutant("app.pki.subject._layout", "csr.subject.multivalued_rdn", _joined),
    "missing-attribute": Mutant("app.pki.subject._count", "csr.subject.missing", _subject(OU=None)),
    "string-type": Mutant(
        "app.pki.subject._string_type", "csr.subject.string_type",
        lambda door: door.csr(subject=door.name(CN=(door.software_statement_id, der.IA5_STRING))),
    ),
    "wrong-organisation": Mutant(
        "app.pki.policy.against_directory", "csr.subject.org_mismatch", _subject(OU="somebody-else")
    ),
    "wrong-name": Mutant("app.pki.policy.against_directory", "csr.subject.org_name_mismatch", _subject(O="Evil Ltd")),
    "wrong-software": Mutant("app.pki.policy.against_directory", "csr.subject.software_mismatch", _subject(CN="x")),
    "extension-twice": Mutant(
        "app.pki.extensions._structure", "csr.ext.duplicate", _with(kit.key_usage(0x80, 7), kit.key_usage(0x80, 7))
    ),
    "ca": Mutant(
        kit.BASIC_CONSTRAINTS, "csr.ext.ca",
        _with(kit.extension(kit.BASIC_CONSTRAINTS, der.sequence(der.boolean(True)), critical=True)),
    ),
    "key-usage": Mutant(kit.KEY_USAGE, "csr.ext.key_usage", _with(kit.key_usage(0x04, 2))),
    "purpose": Mutant(kit.EKU, "csr.ext.eku", _with(kit.eku("1.3.6.1.5.5.7.3.3"))),
    "empty-name": Mutant(kit.SAN, "csr.ext.san", _with(kit.san(kit.dns("")))),
    "wildcard": Mutant(
        kit.SAN, "csr.ext.san.wildcard", _with(kit.san(kit.dns("*.com"))), is_server=True
    ),
    "unknown-extension": Mutant(
        "app.pki.extensions._judged", "csr.ext.unknown", _with(kit.extension("1.2.3.4", der.sequence()))
    ),
}  # fmt: skip


def verdict(door: CsrDoor, body: bytes) -> list[str]:
    """The codes that refuse it; none = it would be issued."""
    order = Order(door.organisation_id, door.software_statement_id, door.type, body)
    try:
        report = door.sandbox.ra.check(order)
    except Forbidden as refused:
        return [refused.code]
    codes = kit.codes(errors_among(report.findings))
    assert report.would_issue == (codes == [])
    return codes


@pytest.mark.case("reliability-H-05")
@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_a_rule_that_is_gone_is_missed(
    csr: CsrDoor, server_csr: CsrDoor, mutant: Mutant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With it the request is refused for that reason alone; without it the request would be granted."""
    door = server_csr if mutant.is_server else csr
    body = kit.pem(mutant.body(door))
    assert verdict(door, body) == [mutant.code]
    mutant.drop(monkeypatch)
    assert verdict(door, body) == []


@pytest.mark.case("reliability-H-05")
def test_hosts_of_others(csr: CsrDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name below a domain that is registered to another organisation."""
    other = ORGANISATION | {"OrganisationId": "victim", "LegalEntityName": "Victim Ltd"}
    assert csr.ask("POST", "/organisations", json=other).status_code == 201
    with csr.sandbox.store.write() as uow:
        held = uow.organisations.get("victim")
        details = {**held.details, "Domains": ["victim.example"]}
        uow.organisations.replace(replace(held, details=details, revision=held.revision + 1))
    body = kit.pem(csr.csr(kit.san(kit.dns("api.victim.example"))))
    assert verdict(csr, body) == ["csr.ext.san"]
    monkeypatch.setattr("app.pki.policy.foreign_hosts", finds_nothing)
    assert verdict(csr, body) == []


class TestStanding:
    """Rules that ask who it is for, and what was certified before."""

    @pytest.fixture
    def options(self) -> dict[str, Any]:
        return {"certificate_limit_per_type": 1}

    @pytest.mark.case("reliability-H-05")
    def test_the_quota(self, csr: CsrDoor, monkeypatch: pytest.MonkeyPatch) -> None:
        """One certificate of a type, and no second one."""
        csr.issued(kit.pem(csr.csr(key=kit.ec_key("first"))))
        body = kit.pem(csr.csr(key=kit.ec_key("second")))
        assert verdict(csr, body) == ["cert.quota"]
        monkeypatch.setattr("app.ra.standing.quota", finds_nothing)
        assert verdict(csr, body) == []

    @pytest.mark.case("reliability-H-05")
    def test_an_answered_request(self, csr: CsrDoor, monkeypatch: pytest.MonkeyPatch) -> None:
        """The very same octets are answered once, also where there is room for more."""
        monkeypatch.setattr("app.ra.standing.quota", finds_nothing)
        body = kit.pem(csr.csr(key=kit.ec_key("again")))
        csr.issued(body)
        assert verdict(csr, body) == ["csr.duplicate"]
        monkeypatch.setattr("app.ra.standing.already_answered", finds_nothing)
        assert verdict(csr, body) == []

    @pytest.mark.case("reliability-H-05")
    def test_a_compromised_key(self, csr: CsrDoor, ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """Never certified again, by a new request neither."""
        key = kit.ec_key("lost")
        made = csr.post(kit.pem(csr.csr(key=key))).json()
        revoke = ask("PUT", f"{csr.path}/{made['kid']}", json={"RevokeReason": "keycompromise"})
        assert revoke.status_code == 200, revoke.text
        body = kit.pem(csr.csr(key=key))
        assert verdict(csr, body) == ["csr.key.compromised"]
        monkeypatch.setattr("app.ra.standing.key_history", finds_nothing)
        assert verdict(csr, body) == []

    @pytest.mark.case("reliability-H-05")
    def test_a_suspended_application(self, csr: CsrDoor, ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """Refused, though every octet is right."""
        self._set(ask, csr, "Suspended")
        body = kit.pem(csr.csr())
        assert verdict(csr, body) == ["software.not_active"]
        monkeypatch.setattr("app.ra.standing.application_standing", finds_nothing)
        assert verdict(csr, body) == []

    @pytest.mark.case("reliability-H-05")
    def test_a_pending_organisation(self, csr: CsrDoor, ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """403 for all that is its."""
        path, body = f"/organisations/{csr.organisation_id}", ORGANISATION | {"Status": "Pending"}
        assert ask("PUT", path, json=body).status_code == 200
        request = kit.pem(csr.csr())
        assert verdict(csr, request) == ["org.not_active"]
        monkeypatch.setattr("app.ra.standing.require_active_organisation", says_nothing)
        assert verdict(csr, request) == []

    @staticmethod
    def _set(ask: Any, door: CsrDoor, status: str) -> None:
        path = door.path.rpartition("/certificates")[0]
        stored = ask("GET", path).json()
        body = {name: stored[name] for name in ("ClientName", "LogoUri", "RedirectUri")} | {"Status": status}
        assert ask("PUT", path, json=body).status_code == 200
