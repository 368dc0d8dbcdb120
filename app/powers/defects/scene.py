"""What a defect may look at while it spoils a certificate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.ca.issuer import CertificateIssuer
from app.ca.odd.leaf_keys import LeafKey
from app.ca.signing import Signer
from app.pki import der
from app.pki.attributes import ATTRIBUTES
from app.pki.csr_plan import Pair, plan_csr
from app.pki.facts import Facts
from app.pki.names import encode_attribute, encode_name
from app.pki.profiles import CertificateProfile
from app.ra.issuers import LoadedIssuer
from app.runtime.entropy import Entropy
from app.store.records import IssuerRole


@dataclass(frozen=True, slots=True)
class Scene:
    """The order, the moment, and the hands that can be had. `beside` gives a CA beside the hierarchy, by its role."""

    profile: CertificateProfile
    facts: Facts
    host: str | None
    now: datetime
    key: LeafKey
    entropy: Entropy
    issuing: LoadedIssuer
    beside: Callable[[IssuerRole], LoadedIssuer]
    impostor: Callable[[], Signer]
    """A signer on another key than any CA has."""

    @property
    def issuing_signer(self) -> CertificateIssuer:
        return self.issuing.signer

    def subject(self, facts: Facts | None = None) -> bytes:
        """The Name that the type wants of this holder."""
        return encoded_subject(self.pairs(facts))

    def pairs(self, facts: Facts | None = None) -> tuple[Pair, ...]:
        return tuple(pair for pair in plan_csr(self.profile, facts or self.facts, self.host).subject if pair.text)


def encoded_subject(pairs: tuple[Pair, ...]) -> bytes:
    return (
        encode_name([encode_attribute(ATTRIBUTES[pair.kind], pair.text)] for pair in pairs) if pairs else der.sequence()
    )
