"""Client certificates as presented in TLS: whose they are, how they stand at the clock (oauth-cases.md R9)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from app.errors import Unauthenticated
from app.pki.profiles import CertificateProfile
from app.runtime.clock import Clock
from app.store.records import Certificate
from app.store.store import Store


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
        Raises Unauthenticated with `mtls.issuer`, `.usage`, `.not_yet_valid`, `.expired`, `.revoked` or
        `client.not_active`.
        """
        sha256 = hashlib.sha256(der).digest()
        with self._store.read() as uow:
            found = uow.certificates.find_by_sha256(sha256)
        if found is None:
            raise Unauthenticated("the client certificate is not one of this directory", code="mtls.issuer")
        self._require_usage(found)
        now = self._clock.now()
        if found.revoked_at is not None:
            raise Unauthenticated(f"the client certificate was revoked ({found.revoke_reason})", code="mtls.revoked")
        if found.not_before is not None and now < found.not_before:
            raise Unauthenticated("the client certificate is not yet valid", code="mtls.not_yet_valid")
        if found.is_expired(now):
            raise Unauthenticated(f"the client certificate expired at {found.not_after}", code="mtls.expired")
        if not found.owner_active:
            raise Unauthenticated("the holder of the client certificate is not active", code="client.not_active")
        return Peer(found, base64.urlsafe_b64encode(sha256).rstrip(b"=").decode())

    def _require_usage(self, certificate: Certificate) -> None:
        """What a signature is checked by is no client of TLS, even where OpenSSL lets it pass (oauth-cases.md F-08).

        A type that is not loaded any more is not judged.
        """
        profile = self._profiles.get(certificate.type)
        if profile is None:
            return
        usages = profile.extended_key_usage
        if profile.purpose != "transport" or (usages and "clientAuth" not in usages):
            reason = f"a certificate of type {certificate.type} is not for clients in TLS"
            raise Unauthenticated(reason, code="mtls.usage")
