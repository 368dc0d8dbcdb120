"""Addresses of what the directory publishes: as published, and as the browser that asks can reach them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from app.directory.keystore_paths import key_set_addresses, pem_address
from app.portal.visits import Visit
from app.store.records import Certificate


def key_set(certificate: Certificate, keystore: str) -> str:
    """The key set in which a key stands while it is active."""
    sets = key_set_addresses(keystore, certificate.organisation_id, certificate.software_statement_id)
    return sets.transport if certificate.jwks == "transport" else sets.application


def inactive_key_set(certificate: Certificate, keystore: str) -> str:
    """The key set in which it stands afterwards."""
    sets = key_set_addresses(keystore, certificate.organisation_id, certificate.software_statement_id)
    return sets.transport_inactive if certificate.jwks == "transport" else sets.application_inactive


def reachable(visit: Visit, address: str) -> str:
    """At the very listener that the browser speaks to, where the paths of all services are; else as published."""
    state = visit.request.scope["state"]
    is_ours = any(address.startswith(f"{base}/") for base in _usual(visit, state.get("sandbox_prefix", "")))
    return urlsplit(address).path if is_ours and not state.get("service_prefix") else address


def _usual(visit: Visit, prefix: str) -> Iterator[str]:
    """Published addresses whose paths are those of our own listeners."""
    addresses = visit.sandbox.addresses
    for base in (addresses.keystore, addresses.repository, addresses.crl):
        if urlsplit(base).path in {f"{prefix}{path}" for path in ("/keystore", "/repository", "/crl")}:
            yield base


def keystore_address(visit: Visit, certificate: Certificate, *, active: bool) -> str:
    """The key set that holds it now, to be opened in this browser."""
    address = (key_set if active else inactive_key_set)(certificate, visit.sandbox.addresses.keystore)
    return reachable(visit, address)


def pem(visit: Visit, certificate: Certificate) -> str:
    """`x5u` as published."""
    return pem_address(visit.sandbox.addresses.keystore, certificate)
