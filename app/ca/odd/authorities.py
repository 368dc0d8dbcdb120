"""CAs beside the hierarchy of the directory, for chains that are wrong on purpose and for the cross-sign drill.

Each has a CRL and an OCSP responder that work, so that nothing but the one thing is wrong (control-cases.md R4). None
is in the bundle, none is trusted by the listeners.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.ca import extensions, hierarchy, keys
from app.ca import issuer as signing
from app.ca.hierarchy import FoundedIssuer, HierarchyPlan
from app.ca.issuer import CertificateIssuer, CertificatePlan, Publication
from app.ca.keys import KeyPool
from app.runtime.clock import whole_second
from app.runtime.entropy import Entropy, new_serial

Ground = tuple[Entropy, KeyPool]
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Life:
    """From when to when a CA is valid."""

    not_before: datetime
    not_after: datetime


def lapsed(now: datetime) -> Life:
    """Over since yesterday."""
    return Life(whole_second(now) - 400 * DAY, whole_second(now) - DAY)


def standing(now: datetime) -> Life:
    """Like an issuing CA that is five years old."""
    start = whole_second(now) - 5 * 365 * DAY
    return Life(start, start + hierarchy.ISSUING_LIFE)


def intermediate(
    above: CertificateIssuer, plan: HierarchyPlan, what: tuple[hierarchy.Role, str], life: Life, ground: Ground
) -> FoundedIssuer:
    """An issuing CA under `above`; `what` is its role and what its name says."""
    key = ground[1].take(plan.issuing_key, ground[0])
    certificate = above.certify_authority(
        CertificatePlan(
            subject=hierarchy.ca_name(plan, what[1]),
            public_key=keys.spki(key),
            serial=new_serial(ground[0]),
            not_before=life.not_before,
            not_after=life.not_after,
            extensions=(extensions.certificate_authority(path_length=0), extensions.CERTIFICATE_SIGNING),
        ),
        plan.root_publication,
    )
    return hierarchy.founded(what[0], plan, (certificate, key), ground)


def root(plan: HierarchyPlan, what: tuple[hierarchy.Role, str], life: Life, ground: Ground) -> FoundedIssuer:
    """A further root, which nobody trusts from the beginning; the plan's publication is its own."""
    key = ground[1].take(plan.issuing_key, ground[0])
    certificate = signing.self_signed(
        key,
        CertificatePlan(
            subject=hierarchy.ca_name(plan, what[1]),
            public_key=keys.spki(key),
            serial=new_serial(ground[0]),
            not_before=life.not_before,
            not_after=life.not_after,
            extensions=(extensions.certificate_authority(), extensions.CERTIFICATE_SIGNING),
        ),
        plan.root_publication,
    )
    return hierarchy.founded(what[0], plan, (certificate, key), ground)


def cross_certificate(above: CertificateIssuer, below: CertificateIssuer, publication: Publication) -> bytes:
    """A second certificate for a CA, by another root, DER: same name, same key.

    It has the serial of the first: each of the two issuers has given it once, so each responder knows it.
    """
    plan = CertificatePlan(
        subject=below.name,
        public_key=below.spki,
        serial=below.certificate.serial_number,
        not_before=below.not_before,
        not_after=min(below.not_after, above.not_after),
        extensions=(extensions.certificate_authority(path_length=0), extensions.CERTIFICATE_SIGNING),
    )
    return above.certify_authority(plan, publication)
