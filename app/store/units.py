"""One transaction's view of the directory: its repositories share it."""

from __future__ import annotations

from datetime import datetime

from app.store import census, heartbeat
from app.store.accounts import Accounts, BrowserSessions
from app.store.applications import Applications
from app.store.audit import Audit
from app.store.authorisations import AuthorisationCodes, ConsentGrants, PushedRequests, RefreshTokens
from app.store.census import Census
from app.store.certificates import Certificates
from app.store.copies import Copies
from app.store.defective import DefectiveCertificates
from app.store.device_requests import DeviceRequests
from app.store.fault_rows import Faults
from app.store.issuers import Issuers
from app.store.journal import JournalRows
from app.store.late_changes import LateChanges, Usual
from app.store.listings import Listings
from app.store.lists import Listing
from app.store.marks import Marks
from app.store.notices import Notices
from app.store.organisations import Organisations
from app.store.power_rows import Powers, Scenarios
from app.store.resources import Resources
from app.store.revocations import Revocations
from app.store.sandbox_rows import SandboxRows
from app.store.sign_in_failures import SignInFailures
from app.store.signing_keys import SigningKeys
from app.store.snapshots import Snapshots
from app.store.standing import StandingCertificates
from app.store.statements import Transaction
from app.store.tokens import Tokens
from app.store.used_assertions import UsedAssertions
from app.store.vault import Vault
from app.store.webhooks import Webhooks

__all__ = ["Listing", "UnitOfWork"]


class UnitOfWork:
    """Good as long as its transaction is open. Repositories never commit: the store does, once."""

    __slots__ = (
        "_transaction",
        "accounts",
        "applications",
        "audit",
        "browser_sessions",
        "certificates",
        "codes",
        "copies",
        "defective",
        "device_requests",
        "faults",
        "grants",
        "issuers",
        "journal",
        "late",
        "marks",
        "notices",
        "organisations",
        "powers",
        "pushed_requests",
        "refresh_tokens",
        "resources",
        "revocations",
        "sandboxes",
        "scenarios",
        "sign_in_failures",
        "signing_keys",
        "snapshots",
        "standing",
        "tokens",
        "used_assertions",
        "vault",
        "webhooks",
    )

    def __init__(self, transaction: Transaction, usual: Usual) -> None:
        self._transaction = transaction
        self.late = LateChanges(transaction, usual)
        listings = Listings(self.late)
        self.organisations = Organisations(transaction, listings)
        self.applications = Applications(transaction)
        self.resources = Resources(transaction, listings)
        self.certificates = Certificates(transaction)
        self.defective = DefectiveCertificates(transaction)
        self.revocations = Revocations(transaction)
        self.standing = StandingCertificates(transaction)
        self.issuers = Issuers(transaction)
        self.vault = Vault(transaction)
        self.tokens = Tokens(transaction)
        self.used_assertions = UsedAssertions(transaction)
        self.sign_in_failures = SignInFailures(transaction)
        self.signing_keys = SigningKeys(transaction)
        self.accounts = Accounts(transaction)
        self.browser_sessions = BrowserSessions(transaction)
        self.pushed_requests = PushedRequests(transaction)
        self.grants = ConsentGrants(transaction)
        self.codes = AuthorisationCodes(transaction)
        self.refresh_tokens = RefreshTokens(transaction)
        self.device_requests = DeviceRequests(transaction)
        self.audit = Audit(transaction)
        self.journal = JournalRows(transaction)
        self.powers = Powers(transaction)
        self.faults = Faults(transaction)
        self.marks = Marks(transaction)
        self.notices = Notices(transaction)
        self.webhooks = Webhooks(transaction)
        self.scenarios = Scenarios(transaction)
        self.snapshots = Snapshots(transaction)
        self.copies = Copies(transaction)
        self.sandboxes = SandboxRows(transaction)

    def census(self, now: datetime) -> Census:
        """How many objects there are."""
        return census.count(self._transaction, now)

    def beat(self) -> None:
        """Write a row that nothing reads: when the transaction commits, the store can be written."""
        heartbeat.beat(self._transaction)
