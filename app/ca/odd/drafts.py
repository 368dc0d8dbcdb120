"""A certificate as a heap of DER parts, so that one of them can be spoilt before it is signed (control-cases.md R4).

What nobody touches is what the issuing hand would have written (`app.ca.issuer`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from app.ca import extensions
from app.ca.issuer import VERSION_3, CertificateIssuer, CertificatePlan, Publication, leaf_publication
from app.ca.signing import Signer
from app.pki import der
from app.pki.strict import elements, inside


@dataclass(frozen=True, slots=True)
class Draft:
    """The parts of a certificate, whole DER elements, and who signs them. `extensions` stand in their order."""

    serial: bytes
    issuer: bytes
    not_before: datetime
    not_after: datetime
    subject: bytes
    public_key: bytes
    extensions: tuple[bytes, ...]
    signer: Signer
    version: bytes = VERSION_3

    def extension(self, oid: str) -> bytes | None:
        """The first extension of this OID."""
        return next((each for each in self.extensions if _is(each, oid)), None)

    def without(self, *oids: str) -> Draft:
        return replace(self, extensions=tuple(e for e in self.extensions if not any(_is(e, oid) for oid in oids)))

    def putting(self, extension: bytes) -> Draft:
        """With this extension in the place of the one with its OID, or behind all others."""
        oid = inside(extension)[0].raw
        places = [place for place, each in enumerate(self.extensions) if inside(each)[0].raw == oid]
        if not places:
            return self.adding(extension)
        kept = list(self.extensions)
        kept[places[0]] = extension
        return replace(self, extensions=tuple(kept))

    def adding(self, extension: bytes) -> Draft:
        """With this extension behind all others, whether there is one like it or not."""
        return replace(self, extensions=(*self.extensions, extension))

    def signed(self) -> bytes:
        """The certificate, DER."""
        return self.signer.signed(
            der.sequence(
                self.version,
                self.serial,
                self.signer.algorithm,
                self.issuer,
                der.sequence(der.time(self.not_before), der.time(self.not_after)),
                self.subject,
                self.public_key,
                der.context(3, der.sequence(*self.extensions)),
            )
        )


def draft(ca: CertificateIssuer, plan: CertificatePlan, publication: Publication) -> Draft:
    """The sound leaf that this CA would issue by the plan."""
    return Draft(
        serial=der.integer(plan.serial),
        issuer=ca.name,
        not_before=plan.not_before,
        not_after=plan.not_after,
        subject=plan.subject,
        public_key=plan.public_key,
        extensions=(
            *plan.extensions,
            subject_key(plan.public_key),
            ca.authority_key_id,
            *(part.raw for part in elements(leaf_publication(publication))),
        ),
        signer=ca.signer,
    )


def subject_key(public_key: bytes) -> bytes:
    """The subject key identifier of this key."""
    return extensions.subject_key_id(extensions.key_id(public_key))


def oids(extension_values: Iterable[bytes]) -> list[bytes]:
    return [inside(each)[0].raw for each in extension_values]


def _is(extension: bytes, oid: str) -> bool:
    return inside(extension)[0].raw == der.oid(oid)
