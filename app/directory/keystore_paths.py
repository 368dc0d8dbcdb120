"""Where keys are published: the addresses of connect.md 11, for a certificate's owner. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from app.store.records import Certificate


@dataclass(frozen=True, slots=True)
class KeySetAddresses:
    """The four key sets of one owner."""

    application: str
    application_inactive: str
    transport: str
    transport_inactive: str


def owner_address(keystore: str, organisation_id: str, software_statement_id: str | None) -> str:
    """The folder of an owner; organisation ids are free text and so escaped."""
    folder = f"{keystore}/{quote(organisation_id, safe='')}"
    return f"{folder}/{software_statement_id}" if software_statement_id else folder


def key_set_addresses(keystore: str, organisation_id: str, software_statement_id: str | None) -> KeySetAddresses:
    folder = owner_address(keystore, organisation_id, software_statement_id)
    return KeySetAddresses(
        application=f"{folder}/application.jwks",
        application_inactive=f"{folder}/inactive/application.jwks",
        transport=f"{folder}/transport.jwks",
        transport_inactive=f"{folder}/inactive/transport.jwks",
    )


def pem_address(keystore: str, certificate: Certificate) -> str:
    """`x5u`: the certificate in PEM."""
    folder = owner_address(keystore, certificate.organisation_id, certificate.software_statement_id)
    return f"{folder}/{certificate.kid}.pem"
