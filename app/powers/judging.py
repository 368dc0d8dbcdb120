"""Our verifier, asked about a certificate of this directory: it expects what the directory would have issued."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping

from app.ca import extensions
from app.errors import Finding
from app.pki import leaf
from app.pki.csr_plan import plan_csr
from app.pki.profiles import CertificateProfile
from app.pki.strict import dotted, inside
from app.pki.verdict import Reference, Status, judge
from app.powers.defects.names import alternative_names
from app.powers.defects.scene import encoded_subject
from app.ra.issuers import Issuers
from app.ra.standing import Owner
from app.runtime.clock import Clock
from app.store.records import Certificate
from app.store.store import Store, UnitOfWork

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class Verifier:
    def __init__(
        self, store: Store, issuers: Issuers, profiles: Mapping[str, CertificateProfile], clock: Clock
    ) -> None:
        self._store, self._issuers, self._profiles, self._clock = store, issuers, profiles, clock

    def findings(self, certificate: Certificate, chain_pem: str, host: str | None = None) -> tuple[Finding, ...]:
        """Everything that is wrong with it now, with the CAs that come with it. `host` is what it was ordered for."""
        chain = [ssl.PEM_cert_to_DER_cert(block) for block in _BLOCK.findall(chain_pem)]
        assert certificate.der is not None
        with self._store.read() as uow:
            return judge(certificate.der, chain, self._reference(uow, certificate, host))

    def _reference(self, uow: UnitOfWork, certificate: Certificate, host: str | None) -> Reference:
        profile, everyone = self._profiles[certificate.type], self._issuers.everyone(uow)
        facts = _owner(uow, certificate).facts({})
        plan = plan_csr(profile, facts, host)
        names = alternative_names(plan.names)
        parts = [*leaf.fixed_extensions(profile), *((names,) if names else ())]
        by_name = {each.signer.name: each for each in everyone}

        def status(issuer: bytes, serial: int) -> Status:
            ca = by_name.get(issuer)
            found = uow.certificates.find_by_serial(serial, ca.record.issuer_id) if ca else ()
            return "revoked" if any(each.is_revoked(self._clock.now()) for each in found) else "good"

        twins = uow.certificates.find_by_serial(certificate.serial or 0, certificate.issuer_id)
        return Reference(
            now=self._clock.now(),
            anchors=(everyone[0].signer.der,),
            subject=encoded_subject(tuple(pair for pair in plan.subject if pair.text)),
            extensions={dotted(inside(each)[0].value): each for each in parts},
            key=profile.key,
            published={
                each.signer.name: (
                    extensions.crl_distribution_points(each.publication.crl),
                    extensions.ocsp_access(each.publication.ocsp),
                )
                for each in everyone
            },
            status=status,
            is_alone=certificate.issuer_id is None or len(twins) <= 1,
        )


def _owner(uow: UnitOfWork, certificate: Certificate) -> Owner:
    if certificate.software_statement_id is None:
        return Owner(uow.organisations.get(certificate.organisation_id), None)
    found = uow.applications.with_organisation(certificate.organisation_id, certificate.software_statement_id)
    assert found is not None
    return Owner(*found)
