"""A state machine of a certificate's life: list, key sets, CRL and OCSP must always tell one story."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.errors import DirectoryError
from app.powers.snapshots import Reset
from app.ra.revocation import REASONS, Amendment, Reference
from app.runtime.clock import MovableClock
from app.store.records import Certificate, Page
from tests import invariants
from tests.directories import NOW, ORGANISATION, SUPER_USER, issue, open_directory
from tests.participants import add_application, add_organisation, good_csr


class Remembered(NamedTuple):
    """The model at the moment of a snapshot."""

    issued: dict[str, Certificate]
    revoked: dict[str, str]
    suspended: bool
    document: bytes


class CertificateLife(RuleBasedStateMachine):
    """Issue, revoke, suspend, reactivate, let time pass, go back to a snapshot; the model is a dict by kid."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = MovableClock(NOW)
        self.sandbox = open_directory(Path(self.folder.name), clock=self.clock)
        self.issued: dict[str, Certificate] = {}
        self.revoked: dict[str, str] = {}
        self.suspended = False
        self.crl_number = 0
        self.kept: Remembered | None = None

    @initialize()
    def participants(self) -> None:
        add_organisation(self.sandbox)
        self.software = add_application(self.sandbox)

    def teardown(self) -> None:
        invariants.check(self.sandbox, highest_crl=self.crl_number)
        self.sandbox.close()
        self.folder.cleanup()

    @precondition(lambda self: not self.suspended and len(self.issued) < 8)
    @rule(type_=st.sampled_from(["rtstransport", "rtssigning"]))
    def issue(self, type_: str) -> None:
        csr = good_csr(self.software)
        certificate = issue(self.sandbox, ORGANISATION, self.software, type_, csr).certificate
        self.issued[certificate.kid] = certificate

    @precondition(lambda self: self.issued)
    @rule(data=st.data(), reason=st.sampled_from(REASONS))
    def revoke(self, data: st.DataObject, reason: Any) -> None:
        certificate = self.issued[data.draw(st.sampled_from(sorted(self.issued)))]
        reference = Reference(ORGANISATION, self.software, certificate.type, certificate.kid)
        upgrade = reason == "keycompromise" and self.revoked.get(certificate.kid, reason) != "keycompromise"
        allowed = (certificate.kid not in self.revoked and not self.expired(certificate)) or upgrade
        try:
            self.sandbox.revocations.amend(SUPER_USER, reference, Amendment(revoke_reason=reason))
        except DirectoryError as error:
            assert not allowed, error
            assert error.code == "revoke.already"
        else:
            assert allowed
            self.revoked[certificate.kid] = reason

    @rule()
    def suspend_or_reactivate(self) -> None:
        self.suspended = not self.suspended
        with self.sandbox.store.write() as uow:
            application = uow.applications.get(ORGANISATION, self.software)
            status = "Suspended" if self.suspended else "Active"
            uow.applications.replace(replace(application, status=status, revision=application.revision + 1))

    @rule()
    def snapshot(self) -> None:
        self.sandbox.snapshots.take("kept")
        document = invariants.exported(self.sandbox)
        self.kept = Remembered(dict(self.issued), dict(self.revoked), self.suspended, document)

    @precondition(lambda self: self.kept)
    @rule()
    def go_back(self) -> None:
        """The octets of then, whatever was done since; the clock goes on."""
        assert self.kept is not None
        self.sandbox.snapshots.reset(Reset("kept", ("data",)))
        self.issued, self.revoked = dict(self.kept.issued), dict(self.kept.revoked)
        self.suspended = self.kept.suspended
        assert invariants.exported(self.sandbox) == self.kept.document

    @rule(days=st.sampled_from([0, 1, 30, 200, 400]))
    def pass_time(self, days: int) -> None:
        self.clock.advance(timedelta(days=days, seconds=1))

    def expired(self, certificate: Certificate) -> bool:
        assert certificate.not_after is not None
        return self.clock.now() > certificate.not_after

    def expected_active(self, kid: str) -> bool:
        return kid not in self.revoked and not self.expired(self.issued[kid]) and not self.suspended

    @invariant()
    def the_list_agrees(self) -> None:
        with self.sandbox.store.read() as uow:
            rows = uow.certificates.list(
                ORGANISATION, Page(), software_statement_id=getattr(self, "software", "-")
            ).items
        now = self.clock.now()
        assert {row.kid: row.is_active(now) for row in rows} == {kid: self.expected_active(kid) for kid in self.issued}

    @invariant()
    def the_key_sets_agree(self) -> None:
        if not self.issued:
            return
        active, inactive = set(), set()
        for file in ("application", "transport"):
            with self.sandbox.store.read() as uow:
                now = self.clock.now()
                active |= {c.kid for c in uow.certificates.key_set(ORGANISATION, self.software, file, now, active=True)}
                inactive |= {
                    c.kid for c in uow.certificates.key_set(ORGANISATION, self.software, file, now, active=False)
                }
        assert active == {kid for kid in self.issued if self.expected_active(kid)}
        assert inactive == set(self.issued) - active

    @invariant()
    def the_crl_agrees(self) -> None:
        served = self.sandbox.status.crl("issuer.crl")
        crl = x509.load_der_x509_crl(served.der)
        assert crl.last_update_utc <= self.clock.now() < crl.next_update_utc
        assert served.number >= self.crl_number
        self.crl_number = served.number
        on_it = {entry.serial_number for entry in crl}
        for kid, certificate in self.issued.items():
            if kid in self.revoked and not self.expired(certificate):
                assert certificate.serial in on_it
            if kid not in self.revoked:
                assert certificate.serial not in on_it

    @invariant()
    def ocsp_agrees(self) -> None:
        issuer = x509.load_pem_x509_certificate(self.sandbox.issuers.issuing_pem())
        for kid, certificate in self.issued.items():
            assert certificate.der is not None
            leaf = x509.load_der_x509_certificate(certificate.der)
            request = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, hashes.SHA256()).build()
            answer = ocsp.load_der_ocsp_response(self.sandbox.status.ocsp(request.public_bytes(Encoding.DER)).body)
            expected = ocsp.OCSPCertStatus.REVOKED if kid in self.revoked else ocsp.OCSPCertStatus.GOOD
            assert answer.certificate_status == expected
            assert answer.this_update_utc <= self.clock.now() < (answer.next_update_utc or NOW)


CertificateLife.TestCase.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
TestCertificateLife = pytest.mark.case("reliability-H-02")(CertificateLife.TestCase)
