"""Client certificates as presented in TLS: whose they are, how they stand at the clock (oauth-cases.md R9)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from app.errors import Unauthenticated
from app.pki.profiles import CertificateProfile
from app.runtime.clock import Clock
from app.store.records import Certificate
from app.store.store import Store, UnitOfWork

CLIENT_PURPOSES = {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}


@dataclass(frozen=True, slots=True)
class Peer:
    """A checked client certificate; `x5t_s256` is its thumbprint of RFC 8705, 3.1."""

    certificate: Certificate
    x5t_s256: str


class Peers:
    def __init__(self, store: Store, clock: Clock, profiles: Mapping[str, CertificateProfile]) -> None:
        self._store, self._clock, self._profiles = store, clock, profiles

    def check(self, der: bytes) -> Peer:
        """Who holds this certificate, if it may be used now.

        OpenSSL has proved chain and possession in the handshake; dates and revocation are ours, since the clock is.
        Raises Unauthenticated with `mtls.issuer`, `.usage`, `.not_yet_valid`, `.expired`, `.revoked`, `.defect` or
        `client.not_active`.
        """
        sha256, now = hashlib.sha256(der).digest(), self._clock.now()
        with self._store.read() as uow:
            found = uow.certificates.find_by_sha256(sha256)
            if found is None:
                raise _stranger(uow, der)
            found = uow.late.certificate("token_status", found, now) or found
        self._require_usage(found)
        if found.revoked_at is not None and found.revoked_at <= now:
            raise Unauthenticated(f"the client certificate was revoked ({found.revoke_reason})", code="mtls.revoked")
        if found.not_before is not None and now < found.not_before:
            raise Unauthenticated("the client certificate is not yet valid", code="mtls.not_yet_valid")
        if found.is_expired(now):
            raise Unauthenticated(f"the client certificate expired at {found.not_after}", code="mtls.expired")
        if found.is_wrong:
            raise Unauthenticated(f"the client certificate is wrong on purpose: {found.defect}", code="mtls.defect")
        if not found.owner_active:
            raise Unauthenticated("the holder of the client certificate is not active", code="client.not_active")
        return Peer(found, base64.urlsafe_b64encode(sha256).rstrip(b"=").decode())

    def find(self, der: bytes) -> Certificate | None:
        """Whose it is, whatever it is worth."""
        with self._store.read() as uow:
            return uow.certificates.find_by_sha256(hashlib.sha256(der).digest())

    def _require_usage(self, certificate: Certificate) -> None:
        """What a signature is checked by is no client of TLS, even where OpenSSL lets it pass (oauth-cases.md F-08).

        The purpose of its type decides, and the usages that it bears; a type that is not loaded any more is not judged.
        """
        profile = self._profiles.get(certificate.type)
        is_transport = profile is None or profile.purpose == "transport"
        if not is_transport or (certificate.der is not None and not _is_for_clients(certificate.der)):
            reason = f"a certificate of type {certificate.type} is not for clients in TLS"
            raise Unauthenticated(reason, code="mtls.usage")


@lru_cache(maxsize=1024)
def _is_for_clients(der: bytes) -> bool:
    """Whether its usages, where it names any, allow a client in TLS (RFC 5280, 4.2.1.3 and 4.2.1.12)."""
    try:
        extensions = x509.load_der_x509_certificate(der).extensions
    except ValueError:
        return False
    found = {extension.oid: extension.value for extension in extensions}
    purposes = found.get(ExtensionOID.EXTENDED_KEY_USAGE)
    if isinstance(purposes, x509.ExtendedKeyUsage) and not {*purposes} & CLIENT_PURPOSES:
        return False
    usage = found.get(ExtensionOID.KEY_USAGE)
    return not isinstance(usage, x509.KeyUsage) or usage.digital_signature or usage.key_agreement


def _stranger(uow: UnitOfWork, der: bytes) -> Unauthenticated:
    """Not a participant's: a CA or its OCSP responder, whose chain is as good, or one of nobody here."""
    own = {each for issuer in uow.issuers.all() for each in (issuer.certificate, issuer.ocsp_certificate)}
    if der in own:
        return Unauthenticated("a certificate of the CA itself is not for clients in TLS", code="mtls.usage")
    return Unauthenticated("the client certificate is not one of this directory", code="mtls.issuer")
