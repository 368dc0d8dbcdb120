"""Key and CSR for a certificate type, by what `/_mock/profiles` says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID, ObjectIdentifier

from app.client.errors import ClientError

Key: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
ATTRIBUTES: Mapping[str, ObjectIdentifier] = {
    "CN": NameOID.COMMON_NAME, "SN": NameOID.SURNAME, "GN": NameOID.GIVEN_NAME, "serialNumber": NameOID.SERIAL_NUMBER,
    "C": NameOID.COUNTRY_NAME, "L": NameOID.LOCALITY_NAME, "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "STREET": NameOID.STREET_ADDRESS, "O": NameOID.ORGANIZATION_NAME, "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "title": NameOID.TITLE, "businessCategory": NameOID.BUSINESS_CATEGORY, "postalCode": NameOID.POSTAL_CODE,
    "organizationIdentifier": NameOID.ORGANIZATION_IDENTIFIER, "UID": NameOID.USER_ID, "DC": NameOID.DOMAIN_COMPONENT,
    "emailAddress": NameOID.EMAIL_ADDRESS, "jurisdictionCountryName": NameOID.JURISDICTION_COUNTRY_NAME,
}  # fmt: skip
HOLE = re.compile(r"\{([a-z_.]+)\}")
ANY_HOST = "api.example.com"


def new_key(profile: Mapping[str, Any]) -> Key:
    """P-256 where the type takes it, since it is made at once; else RSA of 2048 bits."""
    kinds = profile.get("key") or {}
    if "P-256" in (kinds.get("ec") or ()):
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, 2048)


def key_pem(key: Key) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key: Key) -> bytes:
    """What the types that are bare keys take."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def facts_of(
    organisation: Mapping[str, Any], application: Mapping[str, Any] | None, country: str, host: str | None
) -> dict[str, str]:
    """What fills the holes of a profile. `country` is for organisations whose country is written out in words."""
    given = str(organisation.get("CountryOfRegistration") or "")
    named = {
        "organisation.id": organisation.get("OrganisationId"),
        "organisation.name": organisation.get("OrganisationName"),
        "organisation.legal_name": organisation.get("LegalEntityName"),
        "organisation.registration_number": organisation.get("RegistrationNumber"),
        "organisation.country": given if re.fullmatch("[A-Za-z]{2}", given) else country,
        "application.id": (application or {}).get("SoftwareStatementId"),
        "application.client_id": (application or {}).get("ClientId"),
        "application.client_name": (application or {}).get("ClientName"),
        "host": host or ANY_HOST,
    }
    return {name: str(value) for name, value in named.items() if value}


def make_csr(profile: Mapping[str, Any], facts: Mapping[str, str], hosts: Sequence[str], key: Key) -> bytes:
    """The request in PEM: subject and names as the profile wants them."""
    builder = x509.CertificateSigningRequestBuilder(x509.Name(list(_subject(profile, facts))))
    names: list[x509.GeneralName] = [x509.DNSName(host) for host in hosts]
    if not names and (profile.get("san") or {}).get("dns") == "required":
        names = [x509.DNSName(facts["host"])]
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _subject(profile: Mapping[str, Any], facts: Mapping[str, str]) -> Iterator[x509.NameAttribute[str]]:
    """Every attribute that must stand there, by the first template that can be filled."""
    chosen = {group[0] for group in profile.get("at_least_one") or ()}
    for rule in profile["subject"]:
        name = rule["attribute"]
        if not (rule["required"] or rule["example"] or name in chosen):
            continue
        values = [text for template in rule["equals"] if (text := _filled(template, facts))][:1]
        values = values or [text for template in rule["example"] if (text := _filled(template, facts))]
        for value in values:
            yield x509.NameAttribute(_attribute(name), value)


def _attribute(name: str) -> ObjectIdentifier:
    """Raises ClientError for one that nobody here knows."""
    if name in ATTRIBUTES:
        return ATTRIBUTES[name]
    raise ClientError(f"the client cannot write the attribute {name}: hand over a CSR of your own", "client.csr")


def _filled(template: str, facts: Mapping[str, str]) -> str | None:
    """None where a hole stays open."""
    if any(hole not in facts for hole in HOLE.findall(template)):
        return None
    return HOLE.sub(lambda found: facts[found[1]], template)
