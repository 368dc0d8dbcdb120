"""One directory, wired: the place where the rooms are joined. Nothing here is global."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from app.ca.keys import KeyPool
from app.directory.applications import Applications
from app.directory.assertion_key import AssertionKey
from app.directory.assertions import Assertions
from app.directory.key_sets import KeySets
from app.directory.organisations import Organisations
from app.directory.references import References
from app.directory.registers import Registers, open_registers
from app.directory.search import Search
from app.notices.book import NoticeBook
from app.notices.delivery import Delivery
from app.oauth import people
from app.oauth import server as oauth
from app.oauth.peers import Peers
from app.oauth.people import People
from app.oauth.role_scopes import RoleScopes
from app.oauth.server import AuthorisationServer
from app.oauth.standing import Standing
from app.oauth.tokens import Tokens
from app.pki import profiles
from app.pki.profiles import CertificateProfile, DomainRole, Ecosystem
from app.powers.board import PowerBoard
from app.powers.clock import ClockPower
from app.powers.evidence import Evidence
from app.powers.faults.book import FaultBook
from app.powers.imports import Imports
from app.powers.journal_book import JournalBook
from app.powers.on_demand import OnDemand
from app.powers.outside import Outside
from app.powers.propagation import Propagation, usual_delays
from app.powers.scenarios import joining
from app.powers.scenarios.book import ScenarioBook
from app.powers.scenarios.ca_drills import CaDrills
from app.powers.scenarios.key_drills import KeyDrills
from app.powers.scenarios.outage import Outage
from app.powers.scenarios.participant_drills import ParticipantDrills
from app.powers.scenarios.revocation_drill import RevocationDrill
from app.powers.scenarios.revocation_views import RevocationViews
from app.powers.snapshots import Snapshots, Surroundings
from app.ra.authority import RegistrationAuthority
from app.ra.issuers import Issuers
from app.ra.odd_status import OddStatus
from app.ra.revocation import Revocations
from app.ra.status import StatusBoard
from app.runtime.addresses import Addresses
from app.runtime.clock import Clock, StoredClock, SystemClock
from app.runtime.entropy import Entropy, SeededEntropy, SystemEntropy
from app.runtime.exchange import JournalEntry
from app.runtime.journal import Journal
from app.runtime.skew import SkewedClock
from app.settings import Settings
from app.store.late_changes import Usual
from app.store.store import Store, UnitOfWork
from app.webhooks import wiring as webhooks
from app.webhooks.book import WebhookBook

DEFAULT = "default"
"""Id of the sandbox that answers without a prefix."""
CHANCE = "chance"
"""Power that counts how often each seed was begun on a store."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A whole directory: its own store, CA, clock and addresses (architecture 4)."""

    sandbox_id: str
    settings: Settings
    clock: StoredClock
    entropy: Entropy
    addresses: Addresses
    ecosystems: tuple[Ecosystem, ...]
    profiles: Mapping[str, CertificateProfile]
    store: Store
    issuers: Issuers
    ra: RegistrationAuthority
    revocations: Revocations
    status: StatusBoard
    odd_status: OddStatus
    organisations: Organisations
    applications: Applications
    key_sets: KeySets
    assertions: Assertions
    registers: Registers
    search: Search
    tokens: Tokens
    peers: Peers
    oauth: AuthorisationServer
    people: People
    faults: FaultBook
    propagation: Propagation
    journal: Journal
    board: PowerBoard
    clock_power: ClockPower
    snapshots: Snapshots
    imports: Imports
    on_demand: OnDemand
    assertion_key: AssertionKey
    webhooks: WebhookBook
    kept: dict[object, Any] = field(default_factory=dict)
    """What doors keep as long as this object lives, such as signed answers."""

    @property
    def journal_book(self) -> JournalBook:
        """The journal as one: what is stored and what waits."""
        return JournalBook(self.store, self.journal, self.addresses)

    @property
    def outside(self) -> Outside:
        """What those answer who are not here."""
        return Outside(self.store)

    @property
    def evidence(self) -> Evidence:
        """Proof from the journal."""
        return Evidence(self.store, self.journal_book)

    @property
    def notices(self) -> NoticeBook:
        """The outbox of expiry notices; it is in the store."""
        return NoticeBook(self.store, self.clock, self.settings, self.sandbox_id)

    @property
    def delivery(self) -> Delivery:
        """The outbox's way out."""
        return Delivery(self.store, self.clock, self.settings)

    @property
    def scenarios(self) -> ScenarioBook:
        """Rotation drills; what they have come to is in the store."""
        keys = KeyDrills(self.store, self.clock, self.oauth.parts.signing_keys, self.assertion_key, self.revocations)
        return joining.join(
            self.store,
            self.clock,
            keys,
            CaDrills(self.store, self.issuers, self.on_demand.beside),
            RevocationDrill(self.store, self.clock, self.revocations, self._views),
            Outage(self.faults, self.propagation, self.settings),
            ParticipantDrills(self.store, self.organisations, self.applications, self.registers.participants),
        )

    @property
    def _views(self) -> RevocationViews:
        return RevocationViews(self.store, self.issuers, self.status, self.key_sets)

    def close(self) -> None:
        """Flush the journal and let go of the store."""
        self.journal.close()
        self.store.close()


@dataclass(frozen=True, slots=True)
class Ground:
    """What a sandbox stands on; tests bring their own clock and entropy.

    `clock` is the machine's: that of the sandbox goes by it until somebody moves it. Keys and tokens come from
    `secrets` where that is given, all else from `entropy`.
    """

    clock: Clock
    entropy: Entropy
    pool: KeyPool
    secrets: Entropy | None = None

    @classmethod
    def of(cls, settings: Settings, pool: KeyPool | None = None) -> Ground:
        return cls(
            SystemClock(),
            SeededEntropy(settings.entropy_seed) if settings.entropy_seed else SystemEntropy(),
            pool or KeyPool(),
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sandbox is: its id, and on PostgreSQL its schema (None = the first of the URL's search path)."""

    sandbox_id: str = DEFAULT
    schema: str | None = None
    connections: int = 4


def open_sandbox(
    settings: Settings, addresses: Addresses, ground: Ground | None = None, place: Place | None = None
) -> Sandbox:
    """Open and upgrade the store, found or load the CA, wire the use cases."""
    ground, place = ground or Ground.of(settings), place or Place()
    ecosystems = profiles.load(settings.ecosystems, settings.profile_files)
    synchronous = settings.sqlite_synchronous
    store = Store.open(
        settings.database_url, synchronous=synchronous, schema=place.schema, connections=place.connections
    )
    try:
        store.upgrade()
        for entropy in (ground.entropy, ground.secrets):
            _begin(store, entropy)
        return _wire(place.sandbox_id, settings, addresses, ground, ecosystems, store)
    except BaseException:
        store.close()
        raise


def _begin(store: Store, entropy: Entropy | None) -> None:
    """Let seeded chance go on where it ended: who opens a store again must not make the same ids and serials again."""
    if not isinstance(entropy, SeededEntropy) or entropy.is_begun:
        return
    with store.write() as uow:
        power = uow.powers.find(CHANCE)
        known = {} if power is None else dict(power.value)
        entropy.begin(int(known.get(name := entropy.name, 0)))
        uow.powers.put(CHANCE, known | {name: int(known.get(name, 0)) + 1})


def _wire(
    sandbox_id: str,
    settings: Settings,
    addresses: Addresses,
    ground: Ground,
    ecosystems: tuple[Ecosystem, ...],
    store: Store,
) -> Sandbox:
    clock, entropy = StoredClock(ground.clock, settings.clock), ground.entropy
    secrets = ground.secrets or entropy
    board, clock_power = _powers(store, clock, settings)
    types = profiles.merged(ecosystems, [name for name in profiles.SWITCHES if getattr(settings, name)])
    issuers = Issuers(store, (clock, secrets, ground.pool), settings, addresses, _named(ecosystems[0], sandbox_id))
    issuers.establish()
    registers = open_registers(store, clock, entropy, settings, _all_roles(ecosystems))
    signer = AssertionKey(store, settings, (secrets, ground.pool))
    common = (store, clock, entropy, addresses, settings)
    role_scopes, skewed = RoleScopes(profiles.roles(ecosystems)), SkewedClock(clock)
    grants = partial(people.grants, (store, skewed, secrets), addresses, settings)
    status, propagation = StatusBoard(store, issuers, clock, settings), Propagation(store, clock, settings)
    server = oauth.wire((store, skewed, secrets, ground.pool), addresses, settings, role_scopes, grants)
    journal = Journal(_sink(store, settings), settings.journal_entries)
    new_keys = partial(_new_keys, issuers, signer, server, registers.references)
    hooks = webhooks.wire((store, clock, entropy, secrets, ground.pool), settings, addresses, sandbox_id)
    surroundings = Surroundings(new_keys, journal.flush, partial(_follow, board, issuers, hooks))
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
        status=status,
        odd_status=OddStatus(status, store, issuers, clock, settings),
        organisations=Organisations(*common),
        applications=Applications(*common),
        key_sets=KeySets(store, clock, settings, addresses, signer, propagation.rescanned),
        assertions=Assertions(*common, signer),
        registers=registers,
        search=Search(store),
        tokens=Tokens(store, (clock, secrets), settings, Standing(role_scopes, clock)),
        peers=Peers(store, clock, types),
        oauth=server,
        people=people.wire((store, skewed, secrets), addresses, settings, server, signer),
        faults=FaultBook(store, clock, board, registers.participants, has_listeners=sandbox_id == DEFAULT),
        propagation=propagation,
        journal=journal,
        board=board,
        clock_power=clock_power,
        snapshots=Snapshots(store, clock, surroundings),
        imports=Imports(store, clock, settings, surroundings.follow),
        assertion_key=signer,
        webhooks=hooks,
        on_demand=OnDemand(store, issuers, types, settings, (clock, secrets, ground.pool)),
    )


def _powers(store: Store, clock: StoredClock, settings: Settings) -> tuple[PowerBoard, ClockPower]:
    """The clock goes by what is stored from here on, and late views by the clock."""
    store.usual = Usual(usual_delays(settings), clock.now)
    board = PowerBoard(store)
    clock_power = ClockPower(store, clock, board)
    board.refresh()
    return board, clock_power


def _all_roles(ecosystems: Sequence[Ecosystem]) -> Mapping[tuple[str, str], DomainRole]:
    """Those of every shipped ecosystem too: seeds name roles of several."""
    return profiles.roles((*profiles.load(profiles.shipped()), *ecosystems))


def _named(ecosystem: Ecosystem, sandbox_id: str) -> Ecosystem:
    """The CAs of each sandbox have names of their own: verifiers find an issuer by its name (control-cases.md D-06)."""
    return ecosystem if sandbox_id == DEFAULT else ecosystem.model_copy(update={"title": f"Sandbox {sandbox_id}"})


def _new_keys(
    issuers: Issuers, assertion_key: AssertionKey, server: AuthorisationServer, references: References
) -> Callable[[UnitOfWork], None]:
    """Every key of a new directory; what comes back records them in the place of those that were taken away."""
    record_cas, record_assertion_key = issuers.new_hierarchy(), assertion_key.new_key()

    def record(uow: UnitOfWork) -> None:
        record_cas(uow)
        record_assertion_key(uow)
        server.parts.signing_keys.signer(uow)
        references.record(uow)

    return record


def _follow(board: PowerBoard, issuers: Issuers, hooks: WebhookBook) -> None:
    """Learn at once of what a reset or an import has put in place; other processes do with their next exchange."""
    board.refresh()
    issuers.refresh()
    hooks.reconcile()


def _sink(store: Store, settings: Settings) -> Callable[[Sequence[JournalEntry]], None]:
    """Where the journal goes: rows of this sandbox's store, the newest `journal_entries` of them."""

    def keep(entries: Sequence[JournalEntry]) -> None:
        with store.write() as uow:
            uow.journal.add_all(entries)
            uow.journal.trim(settings.journal_entries)

    return keep
