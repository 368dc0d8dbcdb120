"""The CAs of one directory: founded once, loaded from the store, rolled over on demand.

Two processes on one store have one hierarchy: the first that records it wins, the other loads what was recorded. What a
process holds follows the store, also when a reset or an import has put other CAs in their place.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.serialization import Encoding

from app.ca import hierarchy
from app.ca.crl import CrlBook
from app.ca.hierarchy import FoundedIssuer, HierarchyPlan
from app.ca.issuer import CertificateIssuer, Publication
from app.ca.keys import KeyPool
from app.ca.ocsp import Responder
from app.errors import Finding
from app.pki.profiles import Ecosystem
from app.runtime.addresses import Addresses
from app.runtime.clock import Clock
from app.runtime.entropy import Entropy
from app.settings import Settings
from app.store.records import Issuer, IssuerRole
from app.store.store import Store, UnitOfWork


@dataclass(slots=True)
class LoadedIssuer:
    """One CA, ready to sign: its record, its signer, its delegated OCSP responder, its CRL entries."""

    record: Issuer
    signer: CertificateIssuer
    responder: Responder
    publication: Publication
    book: CrlBook

    @property
    def crl_name(self) -> str:
        return crl_name(self.record)

    @property
    def title(self) -> str:
        """What people call it: `root CA`, `issuing CA G2`."""
        if self.is_beside:
            return f"{self.record.role.replace('_', ' ')} CA"
        return "root CA" if self.record.role == "root" else f"issuing CA G{self.record.generation}"

    @property
    def is_beside(self) -> bool:
        """Whether it stands beside the hierarchy, wrong on purpose or to cross-sign; nobody is told to trust it."""
        return self.record.role not in ORDINARY

    @property
    def pem(self) -> bytes:
        return self.signer.certificate.public_bytes(Encoding.PEM)


SIGNING = "signing-ca"
"""The power that names the CA which signs, where it is not the newest."""
ORDINARY = ("root", "issuing")
"""Roles of the hierarchy itself."""
FOUNDED_AGO = timedelta(days=5 * 365)
"""How old the first CAs are from the beginning: the clock may go back as far, and certificates are issued still."""
Watcher = Callable[[LoadedIssuer], None]
"""Who wants to know of a further CA, such as a listener that trusts its leaves."""


@dataclass(frozen=True, slots=True)
class _Held:
    """The hierarchy as of one state of the store; `key` is epoch and number of CAs."""

    key: tuple[int, int] = (-1, 0)
    by_id: Mapping[str, LoadedIssuer] = field(default_factory=dict)

    def sorted(self) -> tuple[LoadedIssuer, ...]:
        """The hierarchy: root first, then the issuing CAs by generation."""
        own = (issuer for issuer in self.by_id.values() if not issuer.is_beside)
        return tuple(sorted(own, key=lambda i: (i.record.role != "root", i.record.generation)))

    def beside(self) -> tuple[LoadedIssuer, ...]:
        """The others, those of one role by generation."""
        others = (issuer for issuer in self.by_id.values() if issuer.is_beside)
        return tuple(sorted(others, key=lambda i: (i.record.role, i.record.generation)))


def crl_name(record: Issuer) -> str:
    """File name of the CRL of an issuer: `root.crl`, `issuer.crl`, and `issuer-g2.crl` for the second generation."""
    if record.role == "root":
        return "root.crl"
    name = "issuer" if record.role == "issuing" else record.role.replace("_", "-")
    return f"{name}.crl" if record.generation == 1 else f"{name}-g{record.generation}.crl"


class Issuers:
    """The hierarchy as this process holds it."""

    def __init__(
        self,
        store: Store,
        ground: tuple[Clock, Entropy, KeyPool],
        settings: Settings,
        addresses: Addresses,
        ecosystem: Ecosystem,
    ) -> None:
        self._store, self._settings, self._addresses, self._ecosystem = store, settings, addresses, ecosystem
        self._clock, self._entropy, self._pool = ground
        self._held = _Held()
        self._token: Hashable = None
        self._watchers: list[Watcher] = []
        self._mourners: list[Watcher] = []
        self._lock = threading.RLock()

    # founding and loading

    def establish(self) -> None:
        """Found root and issuing CA where the store has none; load all."""
        with self._store.read() as uow:
            known = uow.issuers.all()
        if not known:
            self._found()
        self.refresh()

    def roll_over(self) -> LoadedIssuer:
        """A further generation of the issuing CA: new leaves come from it, the old one keeps signing its status.

        Raises Conflict when another process does the same at this moment.
        """
        self.refresh()
        generation = max(i.record.generation for i in self.all() if i.record.role == "issuing") + 1
        founded = hierarchy.found_issuing(self.root.signer, self.plan(generation), self._entropy, self._pool)
        with self._store.write() as uow:
            self.record(uow, founded)
            self.publish_address(uow, self.root)
        self.refresh()
        return self._held.by_id[founded.issuer_id]

    def watch(self, watcher: Watcher) -> None:
        """Call it with each CA that this process learns of from now on, whichever process founded it."""
        self._watchers.append(watcher)

    def watch_losses(self, watcher: Watcher) -> None:
        """Call it with each CA that a reset or an import has taken away."""
        self._mourners.append(watcher)

    def new_hierarchy(self) -> Callable[[UnitOfWork], None]:
        """Make a root and an issuing CA; what comes back records them, where no other CAs are left."""
        founded = self._hierarchy()

        def record(uow: UnitOfWork) -> None:
            for each in founded:
                self.record(uow, each)

        return record

    def _found(self) -> None:
        founded = self._hierarchy()
        with self._store.write() as uow:
            if not uow.issuers.all():
                for each in founded:
                    self.record(uow, each)

    def _hierarchy(self) -> tuple[FoundedIssuer, FoundedIssuer]:
        root = hierarchy.found_root(self.plan(1), self._entropy, self._pool)
        signer = hierarchy.load_issuer(root.certificate, root.key_pem, self._settings.passphrase)
        return root, hierarchy.found_issuing(signer, self.plan(1), self._entropy, self._pool)

    def record(self, uow: UnitOfWork, founded: FoundedIssuer) -> None:
        """Keep a CA and its keys. Raises Conflict where its role has the generation already."""
        record = Issuer(
            issuer_id=founded.issuer_id,
            role=founded.role,
            generation=founded.generation,
            certificate=founded.certificate,
            ocsp_certificate=founded.ocsp_certificate,
            crl_addresses=(),
            created_at=self._clock.now(),
        )
        record = replace(record, crl_addresses=(self._crl_address(record),))
        uow.issuers.add(record)
        uow.vault.put(_key_name(record.issuer_id), founded.key_pem)
        uow.vault.put(_responder_key_name(record.issuer_id), founded.ocsp_key_pem)

    def held(self, uow: UnitOfWork) -> tuple[LoadedIssuer, ...]:
        """The CAs as this transaction sees them: root first, then the issuing CAs by generation."""
        return self._seen(uow).sorted()

    def everyone(self, uow: UnitOfWork) -> tuple[LoadedIssuer, ...]:
        """The hierarchy, and behind it the CAs beside it: all that answer for the status of certificates."""
        seen = self._seen(uow)
        return (*seen.sorted(), *seen.beside())

    def beside(self, uow: UnitOfWork, role: IssuerRole) -> LoadedIssuer | None:
        """The newest CA of that role beside the hierarchy."""
        found = [issuer for issuer in self._seen(uow).beside() if issuer.record.role == role]
        return found[-1] if found else None

    def _seen(self, uow: UnitOfWork) -> _Held:
        key = (uow.copies.epoch(), uow.issuers.total())
        held = self._held
        if held.key == key:
            return held
        with self._lock:
            return self._follow(uow, key)

    def _follow(self, uow: UnitOfWork, key: tuple[int, int]) -> _Held:
        """Load what is new; after a reset everything, since entries of the CRL may be gone too.

        A transaction that began before the last reset gets what it sees, and nobody else does.
        """
        before = self._held
        same = before.by_id if before.key[0] == key[0] else {}
        loaded = {r.issuer_id: same.get(r.issuer_id) or self._load(uow, r) for r in uow.issuers.all()}
        held = _Held(key, loaded)
        if key < before.key:
            return held
        self._held = held
        for issuer in held.sorted():
            if issuer.record.issuer_id not in before.by_id:
                _tell(self._watchers, issuer)
        for issuer in before.sorted():
            if issuer.record.issuer_id not in loaded:
                _tell(self._mourners, issuer)
        return held

    def _load(self, uow: UnitOfWork, record: Issuer) -> LoadedIssuer:
        key, responder_key = (
            uow.vault.get(_key_name(record.issuer_id)),
            uow.vault.get(_responder_key_name(record.issuer_id)),
        )
        assert key is not None
        assert responder_key is not None
        passphrase = self._settings.passphrase
        signer = hierarchy.load_issuer(record.certificate, key, passphrase)
        responder = hierarchy.load_responder(signer, record.ocsp_certificate, responder_key, passphrase)
        return LoadedIssuer(record, signer, responder, self.publication(record), CrlBook())

    def publish_address(self, uow: UnitOfWork, issuer: LoadedIssuer) -> None:
        """Keep the CRL address that a new certificate of this CA bears, where the store does not have it yet."""
        address = self._crl_address(issuer.record)
        if address not in issuer.record.crl_addresses:
            uow.issuers.add_crl_address(issuer.record.issuer_id, address)

    def crl_addresses(self, issuer: LoadedIssuer, uow: UnitOfWork | None = None) -> tuple[str, ...]:
        """Every address that its certificates bear, and this process's own.

        A CRL names them all, or verifiers call its scope another. In a transaction the store is asked again.
        """
        record = issuer.record if uow is None else uow.issuers.get(issuer.record.issuer_id)
        return tuple(dict.fromkeys((*record.crl_addresses, self._crl_address(record))))

    # asking

    def all(self) -> tuple[LoadedIssuer, ...]:
        """Root first, then the issuing CAs by generation, as the store has them now."""
        token = self._store.change_token()
        if token == self._token:
            return self._held.sorted()
        with self._store.read() as uow:
            found = self.held(uow)
        self._token = token
        return found

    @property
    def root(self) -> LoadedIssuer:
        return self.all()[0]

    def current(self, uow: UnitOfWork) -> LoadedIssuer:
        """The issuing CA that signs now, as the store says in this transaction: the newest, unless one is held back."""
        held, power = self.held(uow), uow.powers.find(SIGNING)
        chosen = None if power is None else power.value.get("issuer_id")
        return next((issuer for issuer in held if issuer.record.issuer_id == chosen), held[-1])

    def hold_back(self, uow: UnitOfWork) -> None:
        """Let the CA that signs now go on signing, though a newer one is founded, until `use_newest`."""
        uow.powers.put(SIGNING, {"issuer_id": self.current(uow).record.issuer_id})

    def use_newest(self, uow: UnitOfWork) -> None:
        """New leaves come from the newest issuing CA."""
        uow.powers.drop(SIGNING)

    def refresh(self) -> None:
        """Follow the store, whatever the change token says."""
        with self._store.read() as uow:
            self.held(uow)

    def missing_keys(self, uow: UnitOfWork) -> tuple[str, ...]:
        """Names of private keys that a restart would look for in vain."""
        names = (name(loaded.record.issuer_id) for loaded in self.all() for name in (_key_name, _responder_key_name))
        return tuple(name for name in names if uow.vault.get(name) is None)

    def standing(self, uow: UnitOfWork, now: datetime) -> Iterator[Finding]:
        """`ca.not_valid` when the clock stands outside the issuing CA's own dates (csr-cases.md F-09)."""
        signer = self.current(uow).signer
        if not signer.not_before <= now < signer.not_after:
            yield Finding(
                "ca.not_valid",
                "The issuing CA is not valid at the sandbox's clock",
                expected=f"a moment from {signer.not_before:%Y-%m-%d} to {signer.not_after:%Y-%m-%d}",
                got=f"{now:%Y-%m-%d %H:%M:%S}Z",
                fix="Move the clock, or start with a fresh data folder",
            )

    def renew_responder(self, loaded: LoadedIssuer) -> None:
        """A new OCSP responder certificate on the old key, dated by the clock (status-cases.md O-24)."""
        certificate = hierarchy.renew_responder(loaded.signer, loaded.responder, self._clock.now(), self._entropy)
        with self._store.write() as uow:
            uow.issuers.replace_responder(loaded.record.issuer_id, certificate)
            key = uow.vault.get(_responder_key_name(loaded.record.issuer_id))
        assert key is not None
        loaded.record = replace(loaded.record, ocsp_certificate=certificate)
        loaded.responder = hierarchy.load_responder(loaded.signer, certificate, key, self._settings.passphrase)

    # publication

    def root_pem(self) -> bytes:
        return self.root.pem

    def issuing_pem(self) -> bytes:
        """The issuing CA that signs now."""
        with self._store.read() as uow:
            return self.current(uow).pem

    def chain_pem(self) -> bytes:
        """The issuing CA that signs now, then the root: what a server sends behind its leaf."""
        return self.issuing_pem() + self.root.pem

    def bundle_pem(self) -> bytes:
        """Every CA of the directory, root first: what a relying party trusts."""
        return b"".join(loaded.pem for loaded in self.all())

    def plan(self, generation: int) -> HierarchyPlan:
        """What a CA of this generation is to be."""
        settings = self._settings
        root = Issuer("", "root", 1, b"", b"", (), self._clock.now())
        return HierarchyPlan(
            country=self._ecosystem.country,
            organisation=self._ecosystem.ca_organisation,
            title=self._ecosystem.title,
            generation=generation,
            root_key=settings.ca_root_key,
            issuing_key=settings.ca_issuing_key,
            ocsp_key=settings.ca_ocsp_key,
            passphrase=settings.passphrase,
            now=self._clock.now(),
            root_publication=self.publication(root),
            backdated=FOUNDED_AGO if generation == 1 else timedelta(),
        )

    def publication(self, record: Issuer) -> Publication:
        """Where the status of its certificates is told."""
        return Publication(
            crl=(self._crl_address(record),),
            ocsp=self._addresses.ocsp,
            cps=f"{self._addresses.repository}/policies",
            imitate_policy_oid=self._settings.imitate_policy_oid,
        )

    def _crl_address(self, record: Issuer) -> str:
        return f"{self._addresses.crl}/{crl_name(record)}"


def _tell(watchers: Iterable[Watcher], issuer: LoadedIssuer) -> None:
    for watcher in watchers:
        watcher(issuer)


def _key_name(issuer_id: str) -> str:
    return f"issuer/{issuer_id}"


def _responder_key_name(issuer_id: str) -> str:
    return f"ocsp/{issuer_id}"
