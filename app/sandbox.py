"""One directory, wired: the place where the rooms are joined. Nothing here is global."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from app.ca import keys
from app.ca.jws import JwsSigner
from app.ca.keys import KeyPool
from app.directory.applications import Applications
from app.directory.assertions import Assertions
from app.directory.key_sets import KeySets
from app.directory.organisations import Organisations
from app.directory.search import Search
from app.oauth import people
from app.oauth import server as oauth
from app.oauth.peers import Peers
from app.oauth.people import People
from app.oauth.role_scopes import RoleScopes
from app.oauth.server import AuthorisationServer
from app.oauth.standing import Standing
from app.oauth.tokens import Tokens
from app.pki import profiles
from app.pki.profiles import CertificateProfile, Ecosystem
from app.powers.faults.book import FaultBook
from app.ra.authority import RegistrationAuthority
from app.ra.issuers import Issuers
from app.ra.revocation import Revocations
from app.ra.status import StatusBoard
from app.runtime.addresses import Addresses
from app.runtime.clock import Clock, MovableClock, SystemClock
from app.runtime.entropy import Entropy, SeededEntropy, SystemEntropy
from app.runtime.exchange import JournalEntry
from app.runtime.journal import Journal
from app.settings import Settings
from app.store.store import Store

SSA_KEY = "ssa"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A whole directory: its own store, CA, clock and addresses (architecture 4)."""

    sandbox_id: str
    settings: Settings
    clock: Clock
    entropy: Entropy
    addresses: Addresses
    ecosystems: tuple[Ecosystem, ...]
    profiles: Mapping[str, CertificateProfile]
    store: Store
    issuers: Issuers
    ra: RegistrationAuthority
    revocations: Revocations
    status: StatusBoard
    organisations: Organisations
    applications: Applications
    key_sets: KeySets
    assertions: Assertions
    search: Search
    tokens: Tokens
    peers: Peers
    oauth: AuthorisationServer
    people: People
    faults: FaultBook
    journal: Journal

    def close(self) -> None:
        """Flush the journal and let go of the store."""
        self.journal.close()
        self.store.close()


@dataclass(frozen=True, slots=True)
class Ground:
    """What a sandbox stands on; tests bring their own clock and entropy."""

    clock: Clock
    entropy: Entropy
    pool: KeyPool

    @classmethod
    def of(cls, settings: Settings, pool: KeyPool | None = None) -> Ground:
        return cls(
            MovableClock(settings.clock) if settings.clock else SystemClock(),
            SeededEntropy(settings.entropy_seed) if settings.entropy_seed else SystemEntropy(),
            pool or KeyPool(),
        )


def open_sandbox(
    settings: Settings, addresses: Addresses, ground: Ground | None = None, *, sandbox_id: str = "default"
) -> Sandbox:
    """Open and upgrade the store, found or load the CA, wire the use cases."""
    ground = ground or Ground.of(settings)
    ecosystems = profiles.load(settings.ecosystems, settings.profile_files)
    store = Store.open(settings.database_url, synchronous=settings.sqlite_synchronous)
    store.upgrade()
    return _wire(sandbox_id, settings, addresses, ground, ecosystems, store)


def _wire(
    sandbox_id: str,
    settings: Settings,
    addresses: Addresses,
    ground: Ground,
    ecosystems: tuple[Ecosystem, ...],
    store: Store,
) -> Sandbox:
    clock, entropy = ground.clock, ground.entropy
    types = profiles.merged(ecosystems, [name for name in profiles.SWITCHES if getattr(settings, name)])
    issuers = Issuers(store, (clock, entropy, ground.pool), settings, addresses, ecosystems[0])
    issuers.establish()
    signer = JwsSigner(_ssa_key(store, settings, ground))
    common = (store, clock, entropy, addresses, settings)
    role_scopes = RoleScopes(profiles.roles(ecosystems))
    grants = partial(people.grants, (store, clock, entropy), addresses, settings)
    server = oauth.wire((store, clock, entropy, ground.pool), addresses, settings, role_scopes, grants)
    return Sandbox(
        sandbox_id=sandbox_id,
        settings=settings,
        clock=clock,
        entropy=entropy,
        addresses=addresses,
        ecosystems=ecosystems,
        profiles=types,
        store=store,
        issuers=issuers,
        ra=RegistrationAuthority(store, issuers, types, settings, (clock, entropy)),
        revocations=Revocations(store, clock),
        status=StatusBoard(store, issuers, clock, settings),
        organisations=Organisations(*common),
        applications=Applications(*common),
        key_sets=KeySets(store, clock, settings, addresses, signer),
        assertions=Assertions(*common, signer),
        search=Search(store),
        tokens=Tokens(store, (clock, entropy), settings, Standing(role_scopes)),
        peers=Peers(store, clock, types),
        oauth=server,
        people=people.wire((store, clock, entropy), addresses, settings, server.parts),
        faults=FaultBook(store, clock),
        journal=Journal(_sink(store, settings), settings.journal_entries),
    )


def _ssa_key(store: Store, settings: Settings, ground: Ground) -> keys.PrivateKey:
    """The key that signs software statement assertions: made once, kept in the vault."""
    with store.read() as uow:
        pem = uow.vault.get(SSA_KEY)
    if pem is None:
        made = keys.to_pem(ground.pool.take(settings.ssa_key, ground.entropy), settings.passphrase)
        with store.write() as uow:
            pem = uow.vault.get(SSA_KEY)
            if pem is None:
                pem = made
                uow.vault.put(SSA_KEY, made)
    return keys.from_pem(pem, settings.passphrase)


def _sink(store: Store, settings: Settings) -> Callable[[Sequence[JournalEntry]], None]:
    """Where the journal goes: rows of this sandbox's store, the newest `journal_entries` of them."""

    def keep(entries: Sequence[JournalEntry]) -> None:
        with store.write() as uow:
            uow.journal.add_all(entries)
            uow.journal.trim(settings.journal_entries)

    return keep
