"""A whole directory for tests: real store, real CA (EC, so that it is made at once), a clock that tests move."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.access import Caller
from app.ca.keys import KeyPool
from app.ra.authority import Issued, Order
from app.runtime.addresses import Addresses
from app.runtime.clock import MovableClock
from app.runtime.entropy import SeededEntropy, SystemEntropy
from app.sandbox import Ground, Sandbox, open_sandbox
from app.settings import Settings
from tests.founded import found

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SUPER_USER = Caller(frozenset({"directory:website"}), user="test")
ORGANISATION = "11111111-1111-4111-8111-111111111111"
PORTS = {"http": 8080, "https": 8443, "mtls": 8444, "control": 8090}
QUICK = {"ca_root_key": "ec-p256", "ca_issuing_key": "ec-p256", "ssa_key": "ec-p256", "sqlite_synchronous": "NORMAL"}


def open_directory(
    folder: Path, *, clock: MovableClock | None = None, seed: str | None = None, **chosen: Any
) -> Sandbox:
    """A sandbox of its own in `folder`, without seed data, its clock standing at NOW."""
    settings = Settings.read(None, data=folder, **(QUICK | {"seed": "none"} | chosen))
    entropy = SeededEntropy(seed) if seed else SystemEntropy()
    ground, addresses = Ground(clock or MovableClock(NOW), entropy, KeyPool()), Addresses.of(settings, PORTS)
    if seed is None:
        found(settings, addresses, ground.clock.now())
    return open_sandbox(settings, addresses, ground)


def organisation_body(organisation_id: str = ORGANISATION, **changed: Any) -> dict[str, Any]:
    return {
        "OrganisationId": organisation_id,
        "Status": "Active",
        "OrganisationName": "Acme",
        "LegalEntityName": "Acme Ltd",
        "CountryOfRegistration": "GB",
        "CompanyRegister": "Companies House",
        "RegistrationNumber": "12345678",
        "AddressLine1": "1 High Street",
        "City": "London",
        "Postcode": "N1 1AA",
        "Country": "GB",
    } | changed


def application_body(**changed: Any) -> dict[str, Any]:
    return {
        "ClientName": "Acme App",
        "LogoUri": "https://acme.example/logo.svg",
        "RedirectUri": ["https://acme.example/callback"],
    } | changed


def issue(sandbox: Sandbox, organisation: str, software: str | None, type_: str, material: bytes) -> Issued:
    return sandbox.ra.request_certificate(Order(organisation, software, type_, material), SUPER_USER)
