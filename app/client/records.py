"""What the client hands out, as far as it is data."""

from __future__ import annotations

import base64
import hashlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class CertificateRecord:
    """A certificate, or a bare key, with its private key. Texts are PEM; `chain` is the leaf and what issued it."""

    kid: str
    type: str
    key: str = field(repr=False)
    pem: str = field(repr=False, default="")
    chain: str = field(repr=False, default="")
    answer: Mapping[str, Any] = field(repr=False, default_factory=dict)
    expected_reason: str | None = None
    """Why a verifier should refuse one that was made with a defect."""

    @property
    def der(self) -> bytes:
        return ssl.PEM_cert_to_DER_cert(self.pem)

    @property
    def fingerprint(self) -> str:
        """SHA-256 in hexadecimal, as faults and the journal name it."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def thumbprint(self) -> str:
        """`x5t#S256` (RFC 8705, 3.1)."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.der).digest()).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Token:
    """An access token; `str(token)` is its text."""

    text: str = field(repr=False)
    scope: str
    expires_in: int

    def __str__(self) -> str:
        return self.text

    @property
    def header(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.text}"}


@dataclass(frozen=True, slots=True)
class FaultRecord:
    """A fault as it was answered; `body` has everything."""

    id: str
    hits: int
    seen: int
    state: str
    body: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> FaultRecord:
        return cls(str(body["id"]), int(body["hits"]), int(body["seen"]), str(body["state"]), body)
