"""Certificates on demand: sound ones of any life, and such as are wrong in one respect (control-cases.md F).

Made at the moment of asking, by the sandbox's clock. The private key is made here and given away; nothing keeps it.
"""

from __future__ import annotations

import base64
import hashlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from app.ca.issuer import CertificatePlan
from app.ca.keys import KeyPool
from app.ca.odd import leaf_keys
from app.ca.odd.drafts import Draft, draft
from app.ca.odd.leaf_keys import LeafKey
from app.ca.signing import Signer
from app.errors import Conflict, NotFound
from app.pki import der, leaf
from app.pki.csr_plan import plan_csr
from app.pki.names import rfc4514
from app.pki.profiles import CertificateProfile
from app.pki.strict import inside
from app.powers.defects.names import alternative_names
from app.powers.defects.reading import kept_name
from app.powers.defects.registry import Defect
from app.powers.defects.scene import Scene
from app.powers.ordering import Order, Ordered, ordered, require_key_kind
from app.ra.beside import BesideTheHierarchy
from app.ra.issuers import Issuers, LoadedIssuer
from app.runtime.clock import Clock, whole_second
from app.runtime.entropy import Entropy, new_id, new_serial
from app.settings import Settings
from app.store.defective import CA_TYPE
from app.store.late_changes import revocation_of
from app.store.records import AuditEvent, Certificate
from app.store.store import Store, UnitOfWork

ACTOR = "control"
REVOKED_IN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Made:
    """What was made: the row that is kept, the key that is not, the CAs behind the leaf in PEM, root last.

    `twin` is another certificate of the same serial, with its key.
    """

    certificate: Certificate
    key_pem: str
    chain_pem: str
    defects: tuple[Defect, ...]
    twin: tuple[Certificate, str] | None = None

    @property
    def pem(self) -> str:
        return pem_of(self.certificate)


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A signed leaf on its way into the store."""

    octets: bytes
    drafted: Draft
    key: LeafKey
    issuer: LoadedIssuer | None


class OnDemand:
    def __init__(
        self,
        store: Store,
        issuers: Issuers,
        profiles: Mapping[str, CertificateProfile],
        settings: Settings,
        ground: tuple[Clock, Entropy, KeyPool],
    ) -> None:
        self._store, self._issuers, self._profiles, self._settings = store, issuers, profiles, settings
        self._clock, self._entropy, self._pool = ground
        self.beside = BesideTheHierarchy(store, issuers, self._clock, ground[1:])

    def make(self, order: Order) -> Made:
        """Make it, keep its row, so that OCSP and CRL know it. Raises NotFound, and Invalid with every finding."""
        with self._store.read() as uow:
            wanted = ordered(uow, order, self._profiles)
            issuing = self._issuers.current(uow)
        scene = self._scene(wanted, issuing)
        leaves = [self._leaf(scene, wanted)]
        if _has(order, "duplicate_serial"):
            other = replace(scene, key=self._key(wanted))
            leaves.append(self._leaf(other, wanted, serial=leaves[0].drafted.serial))
        chain = self._chain(order, leaves[0])
        with self._store.write() as uow:
            rows = [self._keep(uow, wanted, each) for each in leaves]
            if _has(order, "revoked_intermediate"):
                self._revoke_intermediate(uow, rows[0])
        twin = (rows[1], leaves[1].key.pem) if len(rows) > 1 else None
        return Made(rows[0], scene.key.pem, chain, order.defects, twin)

    def all(self, defect: str | None = None) -> tuple[Certificate, ...]:
        """Those with a defect, or with this one among theirs; newest first."""
        with self._store.read() as uow:
            found = uow.defective.all()
        return tuple(each for each in found if defect is None or defect in names_of(each))

    def get(self, kid: str) -> Certificate:
        """Raises NotFound for one that is not there or has no defect."""
        with self._store.read() as uow:
            return _found(uow, kid)

    def chain_of(self, certificate: Certificate) -> str:
        """The CAs behind it, PEM, root last."""
        with self._store.read() as uow:
            by_id = {each.record.issuer_id: each for each in self._issuers.everyone(uow)}
        names = names_of(certificate)
        return self._above(by_id.get(certificate.issuer_id or ""), names)

    def lift(self, kid: str) -> Certificate:
        """End a hold: OCSP says good again, the next CRL leaves it out. Raises NotFound; Conflict where none is on."""
        with self._store.write() as uow:
            found = _found(uow, kid)
            if found.revoke_reason != "certificatehold":
                raise Conflict(f"{kid[:80]} is not on hold")
            sequence = uow.certificates.lift(found.certificate_id)
            uow.late.note(revocation_of(found, whole_second(self._clock.now()), sequence))
            uow.audit.add(self._event("lift", found))
            return _found(uow, kid)

    def hold(self, kid: str) -> Certificate:
        """Put it on hold (again). Raises NotFound; Conflict where it is revoked already."""
        with self._store.write() as uow:
            found = _found(uow, kid)
            if found.revoked_at is not None or found.issuer_id is None:
                raise Conflict(f"{kid[:80]} cannot be put on hold: it is revoked, or of no CA of this directory")
            now = whole_second(self._clock.now())
            uow.late.note(
                revocation_of(found, now, uow.certificates.revoke(found.certificate_id, now, "certificatehold"))
            )
            uow.audit.add(self._event("hold", found))
            return _found(uow, kid)

    # making

    def _scene(self, wanted: Ordered, issuing: LoadedIssuer) -> Scene:
        return Scene(
            profile=wanted.profile,
            facts=wanted.facts,
            host=wanted.order.host,
            now=self._clock.now(),
            key=self._key(wanted),
            entropy=self._entropy,
            issuing=issuing,
            beside=self.beside.get,
            impostor=lambda: Signer(self._pool.take(self._settings.ca_issuing_key, self._entropy)),
        )

    def _key(self, wanted: Ordered) -> LeafKey:
        odd = next((defect.key for defect in wanted.order.defects if defect.key), None)
        if odd is not None:
            return leaf_keys.odd(odd, is_ec_welcome="P-256" in wanted.profile.key.ec)
        return leaf_keys.sound(require_key_kind(wanted), self._entropy, self._pool)

    def _leaf(self, scene: Scene, wanted: Ordered, serial: bytes | None = None) -> _Leaf:
        """Draft it sound, spoil it, sign it, spoil the octets."""
        drafted = self._sound(scene, wanted)
        for defect in wanted.order.defects:
            if defect.change is not None:
                drafted = defect.change(drafted, scene)
        if serial is not None:
            drafted = replace(drafted, serial=serial)
        wanted.require_change(scene.subject(), drafted.subject)
        octets = drafted.signed()
        for defect in wanted.order.defects:
            if defect.finish is not None:
                octets = defect.finish(octets)
        return _Leaf(octets, drafted, scene.key, self._issuer_of(drafted, wanted.order))

    def _sound(self, scene: Scene, wanted: Ordered) -> Draft:
        names = alternative_names(plan_csr(scene.profile, scene.facts, scene.host).names)
        start, end = wanted.life(scene.now, scene.issuing.signer.not_after)
        plan = CertificatePlan(
            subject=scene.subject(),
            public_key=scene.key.spki,
            serial=new_serial(self._entropy),
            not_before=start,
            not_after=end,
            extensions=(*leaf.fixed_extensions(scene.profile), *((names,) if names else ())),
        )
        return draft(scene.issuing.signer, plan, scene.issuing.publication)

    def _issuer_of(self, drafted: Draft, order: Order) -> LoadedIssuer | None:
        """The CA that tells its status; None where it is its own."""
        if _has(order, "self_signed"):
            return None
        with self._store.read() as uow:
            return next(each for each in self._issuers.everyone(uow) if each.signer.name == drafted.issuer)

    def _chain(self, order: Order, made: _Leaf) -> str:
        return self._above(made.issuer, {defect.name for defect in order.defects})

    def _above(self, issuer: LoadedIssuer | None, names: set[str]) -> str:
        if issuer is None:
            return ""
        root = self.beside.get("unknown_root") if issuer.record.role == "unknown" else self._issuers.root
        cas = (root,) if "missing_intermediate" in names else (issuer, root)
        return b"".join(ca.pem for ca in cas).decode()

    # keeping

    def _keep(self, uow: UnitOfWork, wanted: Ordered, made: _Leaf) -> Certificate:
        row = self._row(wanted, made)
        if made.issuer is not None:
            self._issuers.publish_address(uow, made.issuer)
        uow.certificates.add(row)
        self._set_standing(uow, wanted.order, row)
        uow.audit.add(self._event("create", row))
        found = uow.certificates.find_by_id(row.certificate_id)
        assert found is not None
        return found

    def _row(self, wanted: Ordered, made: _Leaf) -> Certificate:
        profile, drafted = wanted.profile, made.drafted
        sha256 = hashlib.sha256(made.octets).digest()
        return Certificate(
            certificate_id=new_id(self._entropy),
            organisation_id=wanted.owner.organisation.organisation_id,
            software_statement_id=wanted.owner.software_statement_id,
            type=profile.type,
            kid=base64.urlsafe_b64encode(sha256).rstrip(b"=").decode(),
            use=profile.use,
            jwks=profile.jwks,
            jwk=made.key.jwk,
            spki_sha256=hashlib.sha256(made.key.spki).digest(),
            created_at=self._clock.now(),
            der=made.octets,
            sha256=sha256,
            serial=int.from_bytes(inside(der.sequence(drafted.serial))[0].value, signed=True),
            issuer_id=made.issuer.record.issuer_id if made.issuer else None,
            subject_dn=rfc4514(drafted.subject),
            not_before=drafted.not_before,
            not_after=drafted.not_after,
            description=wanted.order.description,
            defect=kept_name(wanted.order.defects),
            published=wanted.order.publish if wanted.order.defects else None,
        )

    def _set_standing(self, uow: UnitOfWork, order: Order, row: Certificate) -> None:
        now = whole_second(self._clock.now())
        for defect in order.defects:
            if defect.standing == "revoked":
                uow.certificates.revoke(row.certificate_id, now, "keycompromise")
            elif defect.standing == "hold":
                uow.certificates.revoke(row.certificate_id, now, "certificatehold")
            elif defect.standing == "later":
                uow.certificates.revoke(row.certificate_id, now + (order.revoked_in or REVOKED_IN), "superseded")

    def _revoke_intermediate(self, uow: UnitOfWork, beneath: Certificate) -> None:
        """A row for the CA itself, as if the root had issued it to the holder of the leaf; once for each CA."""
        ca = self._issuers.beside(uow, "revoked")
        assert ca is not None
        octets, serial = ca.signer.der, ca.signer.certificate.serial_number
        root = self._issuers.held(uow)[0]
        if uow.certificates.find_by_serial(serial, root.record.issuer_id):
            return
        row = replace(
            beneath,
            certificate_id=new_id(self._entropy),
            type=CA_TYPE,
            kid=base64.urlsafe_b64encode(hashlib.sha256(octets).digest()).rstrip(b"=").decode(),
            spki_sha256=hashlib.sha256(ca.signer.spki).digest(),
            der=octets,
            sha256=hashlib.sha256(octets).digest(),
            serial=serial,
            issuer_id=root.record.issuer_id,
            subject_dn=rfc4514(ca.signer.name),
            not_before=ca.signer.not_before,
            not_after=ca.signer.not_after,
            description="the revoked issuing CA",
            published=False,
        )
        uow.certificates.add(row)
        uow.certificates.revoke(row.certificate_id, whole_second(self._clock.now()), "keycompromise")

    def _event(self, action: str, row: Certificate) -> AuditEvent:
        record = {"type": row.type, "kid": row.kid} | ({"defect": row.defect} if row.defect else {})
        return AuditEvent(
            at=self._clock.now(),
            actor=ACTOR,
            action=action,
            object_type="certificate",
            object_id=row.certificate_id,
            organisation_id=row.organisation_id,
            record=record,
        )


def pem_of(certificate: Certificate) -> str:
    """Whatever its octets are."""
    assert certificate.der is not None
    return ssl.DER_cert_to_PEM_cert(certificate.der)


def names_of(certificate: Certificate) -> set[str]:
    """The names of its defects."""
    return set((certificate.defect or "").split(",")) - {""}


def _has(order: Order, name: str) -> bool:
    return any(defect.name == name for defect in order.defects)


def _found(uow: UnitOfWork, kid: str) -> Certificate:
    for found in uow.certificates.all_named(kid):
        if found.defect is not None:
            return found
    raise NotFound(f"no certificate {kid[:80]} with a defect")
