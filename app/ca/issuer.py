"""The signing hand: a decided plan becomes a certificate. It knows keys and certificates, and nothing of organisations.

A certificate is put together from DER that is mostly encoded already; only serial, dates, subject, key and signature
are new each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509

from app.ca import extensions
from app.ca.keys import PrivateKey
from app.ca.signing import Signer
from app.pki import der
from app.pki.strict import inside

VERSION_3 = der.context(0, der.integer(2))


@dataclass(frozen=True, slots=True)
class CertificatePlan:
    """Everything that is decided before a key is touched. `extensions` are whole DER Extension values, in order."""

    subject: bytes
    """Name, DER."""
    public_key: bytes
    """SubjectPublicKeyInfo, DER."""
    serial: int
    not_before: datetime
    not_after: datetime
    extensions: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Publication:
    """Where the status of an issuer's certificates is told, and which policy they name."""

    crl: tuple[str, ...]
    ocsp: str
    cps: str
    imitate_policy_oid: bool = False


class CertificateIssuer:
    """One CA that can sign. Its own certificate is read once."""

    def __init__(self, certificate: bytes, key: PrivateKey) -> None:
        self.der, self.certificate = certificate, x509.load_der_x509_certificate(certificate)
        self.not_before, self.not_after = self.certificate.not_valid_before_utc, self.certificate.not_valid_after_utc
        _version, _serial, _algorithm, _issuer, _validity, subject, spki, *_ = inside(inside(certificate)[0].raw)
        self.name, self.spki = subject.raw, spki.raw
        """Subject and SubjectPublicKeyInfo, DER, octet by octet as the certificate has them."""
        self.authority_key_id = extensions.authority_key_id(extensions.key_id(spki.raw))
        self.signer, self._ca_signer = Signer(key), Signer(key, "sha512")
        self.outdated_signer = Signer(key, is_outdated=True)
        """With SHA-1: for certificates that are wrong on purpose."""

    def issue(self, plan: CertificatePlan, publication: Publication) -> bytes:
        """A leaf, DER: SHA-256, and all that connect.md 6.1 asks for beside what the plan says."""
        return self._certificate(self.signer, plan, leaf_publication(publication))

    def certify_authority(self, plan: CertificatePlan, publication: Publication) -> bytes:
        """A CA under this one, DER: SHA-512 where keys are RSA (connect.md 7), any policy."""
        return self._certificate(self._ca_signer, plan, _published(publication, extensions.ANY_POLICY))

    def certify_responder(self, plan: CertificatePlan) -> bytes:
        """An OCSP responder of this CA, DER; nobody asks for its status, so it names no place for it."""
        return self._certificate(self.signer, plan, b"")

    def _certificate(self, signer: Signer, plan: CertificatePlan, published: bytes) -> bytes:
        return certificate(signer, self.name, plan, self.authority_key_id + published)


def self_signed(key: PrivateKey, plan: CertificatePlan, publication: Publication) -> bytes:
    """A root, DER. Its subject is its issuer; no authority key id, since there is nobody above it.

    It names its own CRL: OpenSSL with `-crl_check_all`, and so nginx, looks the root up too, and takes a list with an
    issuing distribution point for another certificate's where that one names no point.
    """
    return certificate(Signer(key, "sha512"), plan.subject, plan, extensions.crl_distribution_points(publication.crl))


def certificate(signer: Signer, issuer: bytes, plan: CertificatePlan, more: bytes) -> bytes:
    """Certificate of RFC 5280, 4.1; `more` are extensions behind those of the plan and the subject key id."""
    subject_key_id = extensions.subject_key_id(extensions.key_id(plan.public_key))
    to_be_signed = der.sequence(
        VERSION_3,
        der.integer(plan.serial),
        signer.algorithm,
        issuer,
        der.sequence(der.time(plan.not_before), der.time(plan.not_after)),
        plan.subject,
        plan.public_key,
        der.context(3, der.sequence(*plan.extensions, subject_key_id, more)),
    )
    return signer.signed(to_be_signed)


def leaf_publication(publication: Publication) -> bytes:
    """The extensions of a leaf that say where its status and its policy are told."""
    return _published(publication, extensions.PUBLISHED_POLICY if publication.imitate_policy_oid else "")


@lru_cache(maxsize=64)
def _published(publication: Publication, policy: str) -> bytes:
    return b"".join(
        (
            extensions.crl_distribution_points(publication.crl),
            extensions.ocsp_access(publication.ocsp),
            extensions.policies(policy or extensions.OWN_POLICY, publication.cps),
        )
    )
