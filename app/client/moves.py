"""What the handles do, in calls: written once for the sync and the async client."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from urllib.parse import urlencode

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from app.client.csr import facts_of, key_pem, make_csr, new_key, public_pem
from app.client.errors import NotAsExpected, Refused
from app.client.records import CertificateRecord, FaultRecord, Token
from app.client.session import Session
from app.client.steps import Steps, segment

PAGE = 1000
TIMEOUT = 30.0
CONFLICT = 409
READ_ONLY = frozenset({"CreatedOn", "ClientSecret", "OperationWarnings", "Flags"})
"""Members of answers that are not written back."""
Fields: TypeAlias = Mapping[str, Any]
Owner: TypeAlias = tuple[Fields, Fields | None]
"""An organisation, and the application of it where it is one's."""


# participants


def organisation(session: Session, name: str, fields: Fields) -> Steps[dict[str, Any]]:
    """The one of this id or name; made where there is none."""
    found = yield from _find(session, "/organisations", name, ("OrganisationId", "OrganisationName"))
    if found is not None:
        return found
    draft = {
        "OrganisationId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:connect-mock:organisation:{name}")),
        "Status": "Active",
        "OrganisationName": name,
        "LegalEntityName": f"{name} Ltd",
        "CountryOfRegistration": "GB",
        "CompanyRegister": "Companies House",
        "RegistrationNumber": "12345678",
        "AddressLine1": "1 High Street",
        "City": "London",
        "Postcode": "N1 1AA",
        "Country": "GB",
    }
    try:
        made: dict[str, Any] = yield from session.api("POST", "/organisations", {**draft, **fields})
    except Refused as error:
        if error.status != CONFLICT:
            raise
        made = yield from session.api("GET", f"/organisations/{segment({**draft, **fields}['OrganisationId'])}")
    return made


def application(session: Session, organisation_id: str, name: str, fields: Fields) -> Steps[dict[str, Any]]:
    """The one of this id or name; made where there is none."""
    path = f"/organisations/{segment(organisation_id)}/softwarestatements"
    found = yield from _find(session, path, name, ("SoftwareStatementId", "ClientId", "ClientName"))
    if found is not None:
        return found
    draft = {
        "ClientName": name,
        "LogoUri": "https://app.example/logo.svg",
        "RedirectUri": ["https://app.example/callback"],
    }
    made: dict[str, Any] = yield from session.api("POST", path, {**draft, **fields})
    return made


def _find(session: Session, path: str, name: str, members: Sequence[str]) -> Steps[dict[str, Any] | None]:
    """By id before by name; pages may be objects or arrays (connect.md 2.4)."""
    items: list[dict[str, Any]] = []
    page = 0
    while len(items) == page * PAGE:
        body = yield from session.api("GET", f"{path}?page={page}&size={PAGE}")
        items += body["content"] if isinstance(body, dict) else body
        page += 1
    return next((item for member in members for item in items if item.get(member) == name), None)


def set_status(session: Session, owner: Owner, status: str) -> Steps[dict[str, Any]]:
    """The same object with another status."""
    path = _path_of(owner)
    current = yield from session.api("GET", path)
    kept = {name: value for name, value in current.items() if value is not None and name not in READ_ONLY}
    changed: dict[str, Any] = yield from session.api("PUT", path, {**kept, "Status": status})
    return changed


def withdraw(session: Session, owner: Owner) -> Steps[None]:
    """For good."""
    yield from session.api("DELETE", _path_of(owner))


def _path_of(owner: Owner) -> str:
    return owner_path(owner[0]["OrganisationId"], owner[1]["SoftwareStatementId"] if owner[1] else None)


def owner_path(organisation_id: str, application_id: str | None) -> str:
    base = f"/organisations/{segment(organisation_id)}"
    return base if application_id is None else f"{base}/softwarestatements/{segment(application_id)}"


# certificates


def certificate(
    session: Session, owner: Owner, type_: str, hosts: Sequence[str], country: str
) -> Steps[CertificateRecord]:
    """A new key and its CSR, handed in at the door where everybody hands in his."""
    profile = yield from session.type(type_)
    key = new_key(profile)
    if profile["input"] == "public_key":
        material = public_pem(key)
    else:
        facts = facts_of(*owner, country, hosts[0] if hosts else None)
        material = make_csr(profile, facts, hosts, key)
    answer = yield from upload(session, owner, type_, material)
    if not answer.get("x5c"):
        return CertificateRecord(answer["kid"], type_, key_pem(key), answer=answer)
    leaf = _pem(answer["x5c"][0])
    issuer = issuer_of(leaf, (yield from session.authorities()))
    return CertificateRecord(answer["kid"], type_, key_pem(key), leaf, leaf + issuer, answer)


def upload(session: Session, owner: Owner, type_: str, pem: bytes) -> Steps[dict[str, Any]]:
    """A CSR, or a public key, of one's own making: the answer of the Connect API. Raises Refused with every finding."""
    answer: dict[str, Any] = yield from session.api("POST", f"{certificates_path(owner)}/{segment(type_)}", pem=pem)
    return answer


def certificates_path(owner: Owner) -> str:
    return f"{_path_of(owner)}/certificates"


def key_set(session: Session, owner: Owner, file: str) -> Steps[dict[str, Any]]:
    """As a stranger reads it."""
    held = segment(owner[1]["SoftwareStatementId"]) + "/" if owner[1] else ""
    url = f"{session.addresses.http}/keystore/{segment(owner[0]['OrganisationId'])}/{held}{file}"
    told: dict[str, Any] = json.loads((yield from session.public(url)))
    return told


def crls(session: Session) -> Steps[list[bytes]]:
    """Those of every CA of the directory, DER."""
    octets: list[bytes] = []
    for ca in (yield from session.control("GET", "/state"))["cas"]:
        octets += [(yield from session.public(ca["crl"]["addresses"][0]))]
    return octets


def check(session: Session, owner: Owner, type_: str, csr: bytes) -> Steps[dict[str, Any]]:
    """What the real request would come to; nothing is stored."""
    wanted = {"type": type_, "organisation_id": owner[0]["OrganisationId"], "csr": csr.decode()}
    if owner[1]:
        wanted["software_statement_id"] = owner[1]["SoftwareStatementId"]
    answer: dict[str, Any] = yield from session.control("POST", "/csr:check", wanted)
    return answer


def revoke(session: Session, owner: Owner, held: CertificateRecord, reason: str) -> Steps[None]:
    at = segment(held.type) if owner[1] else "kid"
    yield from session.api("PUT", f"{certificates_path(owner)}/{at}/{held.kid}", {"RevokeReason": reason})


def defective(session: Session, owner: Owner, wanted: Fields) -> Steps[CertificateRecord]:
    """A certificate on demand, wrong in one respect (docs/control.md, POST /_mock/certificates)."""
    whose = {"software": owner[1]["SoftwareStatementId"]} if owner[1] else {"organisation": owner[0]["OrganisationId"]}
    made = yield from session.control("POST", "/certificates", {**whose, **wanted})
    key, leaf, above = (str(made.get(name) or "") for name in ("key", "certificate", "chain"))
    return CertificateRecord(made["kid"], made["type"], key, leaf, leaf + above, made, made.get("expected_reason"))


def issuer_of(leaf: str, bundle: bytes) -> str:
    """The certificate of a PEM bundle that issued the leaf; "" where none did."""
    issued = x509.load_pem_x509_certificate(leaf.encode())
    for candidate in x509.load_pem_x509_certificates(bundle):
        if candidate.subject == issued.issuer:
            try:
                issued.verify_directly_issued_by(candidate)
            except (InvalidSignature, ValueError, TypeError):
                continue
            return _pem_of(candidate)
    return ""


def _pem(base64_der: str) -> str:
    lines = "\n".join(base64_der[at : at + 64] for at in range(0, len(base64_der), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"


def _pem_of(certificate_: x509.Certificate) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - beside its one use

    return certificate_.public_bytes(Encoding.PEM).decode()


# the mock's own powers


@dataclass(frozen=True, slots=True)
class MadeSandbox:
    id: str
    admin_token: str | None
    prefix: str


def sandbox(session: Session, wanted: Fields) -> Steps[MadeSandbox]:
    asked = {name: value for name, value in wanted.items() if value is not None}
    made = yield from session.control("POST", "/sandboxes", asked)
    return MadeSandbox(str(made["id"]), made.get("admin_token"), str(made["prefix"]))


def token(session: Session, wanted: Fields) -> Steps[Token]:
    given = yield from session.control("POST", "/tokens", {name: value for name, value in wanted.items() if value})
    return Token(given["access_token"], given["scope"], given["expires_in"])


def duration(length: timedelta) -> str:
    """ISO 8601, as the clock takes it."""
    size = abs(length)
    seconds = f"{(size - timedelta(days=size.days)).total_seconds():.6f}".rstrip("0").rstrip(".")
    return f"{'-' if length < timedelta(0) else ''}P{size.days}DT{seconds}S"


def move(session: Session, wanted: Fields) -> Steps[datetime]:
    return moment((yield from session.control("PUT", "/clock", wanted))["now"])


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def fault(session: Session, trigger: Fields, match: Fields, effect: Fields) -> Steps[FaultRecord]:
    given = {name: value for name, value in match.items() if value is not None}
    rule = {"match": given, "trigger": dict(trigger), "effect": dict(effect)}
    return FaultRecord.of((yield from session.control("POST", "/faults", {k: v for k, v in rule.items() if v})))


def found(session: Session, filters: Fields) -> Steps[list[dict[str, Any]]]:
    given = {name: value for name, value in filters.items() if value is not None}
    entries: list[dict[str, Any]] = (yield from session.control("GET", f"/journal?{urlencode(given)}"))["entries"]
    return entries


def contact(session: Session, organisation_id: str, email: str, fields: Fields) -> Steps[dict[str, Any]]:
    """A contact of an organisation; of the kind Technical unless the fields say otherwise."""
    draft = {"ContactType": "Technical", "EmailAddress": email, "PhoneNumber": "+44 20 7946 0000"}
    path = f"/organisations/{segment(organisation_id)}/contacts"
    made: dict[str, Any] = yield from session.api("POST", path, {**draft, **fields})
    return made


def notices(session: Session, filters: Fields) -> Steps[list[dict[str, Any]]]:
    given = urlencode({name: value for name, value in filters.items() if value is not None})
    told: list[dict[str, Any]] = (yield from session.control("GET", f"/notices?{given}"))["notices"]
    return told


def webhooks(session: Session, filters: Fields) -> Steps[list[dict[str, Any]]]:
    given = urlencode({name: value for name, value in filters.items() if value is not None})
    told: list[dict[str, Any]] = (yield from session.control("GET", f"/webhooks/deliveries?{given}"))["deliveries"]
    return told


def verify(session: Session, path: str, wanted: Fields) -> Steps[dict[str, Any]]:
    """The answer when it is as wanted. Raises NotAsExpected with the near misses."""
    try:
        answer: dict[str, Any] = yield from session.control("POST", path, dict(wanted))
    except Refused as error:
        if error.status != CONFLICT:
            raise
        raise NotAsExpected(f"{error.reason} [{error.code}]", error.body) from error
    return answer


def client_options(session: Session, given: Token | None, chosen: Fields) -> dict[str, Any]:
    """What a client of the Connect API over mutual TLS has, beside its context."""
    usual = {"base_url": session.addresses.services["matls_api"], "trust_env": False, "timeout": TIMEOUT}
    headers = {**(given.header if given else {}), **dict(chosen.get("headers") or {})}
    return {**usual, **chosen, "headers": headers}
