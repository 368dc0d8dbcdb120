"""Root, issuing CA and OCSP responders: founded once, loaded from what was kept (connect.md 7, rulings.md 2 and 3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.ca import extensions, issuer, keys
from app.ca.issuer import CertificateIssuer, CertificatePlan, Publication
from app.ca.keys import KeyPool
from app.ca.names import COMMON_NAME, COUNTRY, LONGEST, ORGANISATION, UNIT, WARNING, name, relative_name
from app.ca.ocsp import Responder
from app.errors import Unavailable
from app.pki import der
from app.pki.strict import inside
from app.runtime.clock import whole_second
from app.runtime.entropy import Entropy, new_id, new_serial
from app.settings import KeyKind

ROOT_LIFE = timedelta(days=18_262)
"""50 years, issuing CAs 40: cases of the clock run to 2049 (rulings.md 3)."""
ISSUING_LIFE = timedelta(days=14_610)
RESPONDER_LIFE = timedelta(days=90)
"""Short, since nobody can revoke a responder (RFC 6960, 4.2.2.2.1); renewed when half of it is over."""

Role = Literal["root", "issuing", "expired", "revoked", "unknown_root", "unknown", "cross"]
"""What a CA is for. Beside root and issuing CAs there are those that are wrong on purpose, and one that cross-signs."""

_OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"
_OCSP = " OCSP"


@dataclass(frozen=True, slots=True)
class HierarchyPlan:
    """What the CAs of a directory are to be; `root_publication` is where the root tells the status of issuing CAs."""

    country: str
    organisation: str
    title: str
    generation: int
    root_key: KeyKind
    issuing_key: KeyKind
    ocsp_key: KeyKind
    passphrase: bytes | None
    now: datetime
    root_publication: Publication
    backdated: timedelta = timedelta()
    """How long before `now` the CA began, so that a clock which goes back still finds it."""


@dataclass(frozen=True, slots=True)
class FoundedIssuer:
    """A new CA with its OCSP responder: certificates in DER, keys in PEM as they are kept."""

    issuer_id: str
    role: Role
    generation: int
    certificate: bytes
    key_pem: bytes
    ocsp_certificate: bytes
    ocsp_key_pem: bytes


def found_root(plan: HierarchyPlan, entropy: Entropy, pool: KeyPool) -> FoundedIssuer:
    """A self-signed root; always of generation 1."""
    key = pool.take(plan.root_key, entropy)
    start = whole_second(plan.now - plan.backdated)
    certificate = issuer.self_signed(
        key,
        CertificatePlan(
            subject=ca_name(plan, "Root CA - G1"),
            public_key=keys.spki(key),
            serial=new_serial(entropy),
            not_before=start,
            not_after=_later(start, ROOT_LIFE),
            extensions=(extensions.certificate_authority(), extensions.CERTIFICATE_SIGNING),
        ),
        plan.root_publication,
    )
    return founded("root", plan, (certificate, key), (entropy, pool))


def found_issuing(root: CertificateIssuer, plan: HierarchyPlan, entropy: Entropy, pool: KeyPool) -> FoundedIssuer:
    """An issuing CA under the root, of the plan's generation; its name tells generations apart."""
    key = pool.take(plan.issuing_key, entropy)
    start = whole_second(plan.now - plan.backdated)
    certificate = root.certify_authority(
        CertificatePlan(
            subject=ca_name(plan, f"Issuing CA - G{plan.generation}"),
            public_key=keys.spki(key),
            serial=new_serial(entropy),
            not_before=start,
            not_after=min(_later(start, ISSUING_LIFE), root.not_after),
            extensions=(extensions.certificate_authority(path_length=0), extensions.CERTIFICATE_SIGNING),
        ),
        plan.root_publication,
    )
    return founded("issuing", plan, (certificate, key), (entropy, pool))


def load_issuer(certificate: bytes, key_pem: bytes, passphrase: bytes | None) -> CertificateIssuer:
    """A CA from what was kept. Raises Unavailable: `ca.passphrase`, `ca.key` when key and certificate are no pair."""
    key = keys.from_pem(key_pem, passphrase)
    loaded = CertificateIssuer(certificate, key)
    if keys.spki(key) != loaded.spki:
        raise Unavailable("a private key of the CA does not belong to its certificate", code="ca.key")
    return loaded


def load_responder(
    signer: CertificateIssuer, certificate: bytes, key_pem: bytes, passphrase: bytes | None
) -> Responder:
    """The OCSP responder of a CA from what was kept. Raises Unavailable as `load_issuer` does."""
    key = keys.from_pem(key_pem, passphrase)
    loaded = Responder(certificate, key, last_moment=signer.not_after)
    if loaded.not_after > signer.not_after:
        loaded.last_moment = _END
    if keys.spki(key) != loaded.spki:
        raise Unavailable("a private key of an OCSP responder does not belong to its certificate", code="ca.key")
    return loaded


def renew_responder(signer: CertificateIssuer, responder: Responder, now: datetime, entropy: Entropy) -> bytes:
    """A further certificate, DER, on the key of this responder, valid from now."""
    return _responder(signer, responder.spki, now, entropy)


def responder_needs_renewal(responder: Responder, now: datetime) -> bool:
    """Whether half of its time is over, or the clock stands before it (status-cases.md O-24).

    One that lives as long as its CA cannot be followed by another.
    """
    if now < responder.not_before:
        return True
    half = responder.not_before + (responder.not_after - responder.not_before) / 2
    return now >= half and responder.not_after < responder.last_moment


def founded(
    role: Role,
    plan: HierarchyPlan,
    made: tuple[bytes, keys.PrivateKey],
    ground: tuple[Entropy, KeyPool],
) -> FoundedIssuer:
    """A CA that has been certified, with an OCSP responder of its own."""
    (certificate, key), (entropy, pool) = made, ground
    ocsp_key = pool.take(plan.ocsp_key, entropy)
    signer = CertificateIssuer(certificate, key)
    return FoundedIssuer(
        issuer_id=new_id(entropy),
        role=role,
        generation=1 if role == "root" else plan.generation,
        certificate=certificate,
        key_pem=keys.to_pem(key, plan.passphrase),
        ocsp_certificate=_responder(signer, keys.spki(ocsp_key), plan.now, entropy),
        ocsp_key_pem=keys.to_pem(ocsp_key, plan.passphrase),
    )


def _responder(signer: CertificateIssuer, spki: bytes, now: datetime, entropy: Entropy) -> bytes:
    """Delegated by OCSPSigning and ocsp-nocheck (RFC 6960, 4.2.2.2). That of a CA which is over lives nevertheless."""
    start = whole_second(now)
    end = _later(start, RESPONDER_LIFE)
    return signer.certify_responder(
        CertificatePlan(
            subject=_responder_name(signer),
            public_key=spki,
            serial=new_serial(entropy),
            not_before=start,
            not_after=end if signer.not_after < start else min(end, signer.not_after),
            extensions=(
                extensions.NOT_A_CA,
                extensions.DIGITAL_SIGNATURE,
                extensions.extended_key_usage(_OCSP_SIGNING),
                extensions.OCSP_NO_CHECK,
            ),
        )
    )


# names


def ca_name(plan: HierarchyPlan, what: str) -> bytes:
    """C, O, OU, CN. Both O and CN say that it is a mock, whatever the ecosystem calls its CA."""
    warned = plan.organisation if WARNING in plan.organisation else f"{plan.organisation} ({WARNING})"
    room = LONGEST - len(f"MOCK  {what}{_OCSP}")
    return name(
        (COUNTRY, plan.country),
        (ORGANISATION, warned if len(warned) <= LONGEST else WARNING),
        (UNIT, plan.title[:LONGEST]),
        (COMMON_NAME, f"MOCK {plan.title[:room]} {what}"),
    )


def _responder_name(signer: CertificateIssuer) -> bytes:
    """The name of the CA with "OCSP" behind its CN."""
    *above, last = inside(signer.name)
    common_name = inside(inside(last.raw, der.SET)[0].raw)[1].value.decode()
    return der.sequence(*(rdn.raw for rdn in above), relative_name(COMMON_NAME, f"{common_name}{_OCSP}"))


def _later(start: datetime, life: timedelta) -> datetime:
    """The end of a life; the calendar's end for clocks that stand near it."""
    return min(start, _END - life) + life


_END = datetime.fromisoformat("9999-12-31T23:59:59+00:00")
