"""A certificate request as the rules see it: octets of its parts, and what was found while it was read (RFC 2986, 4).

The records stand here and import no rule, so that every rule may import them. `examination.py` holds `examine`,
`bare_key.py` `examine_public_key`, `external.py` `examine_external`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Literal

from app.errors import Finding, errors_among
from app.pki.extension_request import CARRIERS, ExtensionRequest, read_extension_request
from app.pki.names import Name, parse_name


@dataclass(frozen=True, slots=True)
class Leniency:
    """How strict the RA is (`ra_mode`, connect.md 9), and the named switch for unknown extensions (csr E-18)."""

    mode: Literal["lenient", "default", "strict"] = "default"
    allow_unknown_extensions: bool = False


@dataclass(frozen=True, slots=True)
class RequestAttribute:
    """One attribute of the request: `values` are the elements (whole DER) of its SET, `raw` is the SET itself."""

    oid: str
    values: tuple[bytes, ...]
    raw: bytes


@dataclass(frozen=True)
class CertificateRequest:
    """A PKCS#10 request whose outer structure could be read. Nothing in it is trusted: the findings say what holds.

    `der` is the whole request, `subject_der` a Name, `spki_der` a SubjectPublicKeyInfo; all whole DER elements.
    """

    der: bytes
    subject_der: bytes
    spki_der: bytes
    attributes: tuple[RequestAttribute, ...] = ()

    @cached_property
    def sha256(self) -> bytes:
        """The fingerprint by which the very same request is known again (csr B-13)."""
        return sha256(self.der).digest()

    @cached_property
    def spki_sha256(self) -> bytes:
        """The fingerprint by which the same key is known again (csr B-14 to B-16)."""
        return sha256(self.spki_der).digest()

    @cached_property
    def subject(self) -> Name:
        """The subject, read tolerantly: what cannot be read is marked, never raised."""
        return parse_name(self.subject_der)

    @cached_property
    def requested(self) -> ExtensionRequest:
        """The extensions that are asked for, read tolerantly."""
        return read_extension_request(
            value for attribute in self.attributes if attribute.oid in CARRIERS for value in attribute.values
        )


@dataclass(frozen=True, slots=True)
class Examination:
    """All that was found without asking the directory; `request` is None when nothing usable could be read."""

    findings: tuple[Finding, ...]
    request: CertificateRequest | None

    @property
    def is_good(self) -> bool:
        return self.request is not None and not errors_among(self.findings)
