"""Whether what somebody brings is a directory of a mock: its CAs and keys, its certificates, its powers.

`store/copy_checks.py` has looked at members, types and references before (control-cases.md G-06 and G-08).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cryptography import x509

from app.ca import arrivals
from app.ca.names import COMMON_NAME, ORGANISATION, UNIT, WARNING
from app.errors import DirectoryError, Finding
from app.pki.names import Name, parse_name
from app.pki.real_authorities import real_name
from app.pki.strict import inside

Row = Mapping[str, Any]
Sections = Mapping[str, Sequence[Row]]
REAL, UNMARKED, KEYS, CERTIFICATE = "import.real_ca", "import.not_a_mock", "import.keys", "import.certificate"
MARK = "MOCK "
"""How the CN of every CA of a mock begins; its O says the rest."""
ASSERTIONS = "ssa"
HIERARCHY = ("root", "issuing")
"""Roles of CAs under the root; others stand beside it, wrong on purpose."""


def authorities(sections: Sections, passphrase: bytes | None) -> Iterator[Finding]:
    """The CAs: one root and its issuing CAs, each of a mock, each with keys that fit."""
    pems = {row["name"]: octets(row["pem"]) for row in sections["vault"]}
    roots = [row for row in sections["issuer"] if row["role"] == "root"]
    generations = sorted(row["generation"] for row in sections["issuer"] if row["role"] == "issuing")
    if len(roots) != 1 or not generations or generations != list(range(1, len(generations) + 1)):
        text = "a directory has one root CA, and issuing CAs of generations 1, 2 and so on"
        told = f"{len(roots)} roots, generations {generations}"
        yield Finding(CERTIFICATE, text, "/issuer", "one root, one issuing CA or more", told[:120])
        return
    try:
        root = x509.load_der_x509_certificate(octets(roots[0]["certificate"]))
    except ValueError:
        root = None
    for position, row in enumerate(sections["issuer"]):
        pointer, certificate = f"/issuer/{position}/certificate", octets(row["certificate"])
        refusal = [*_named_as_a_mock(certificate, pointer)]
        yield from refusal
        if not refusal:
            yield from _fitting(row, pems, passphrase, pointer)
        if root is not None and row["role"] in HIERARCHY and not arrivals.is_issued_by(certificate, root):
            yield Finding(CERTIFICATE, "this CA is not issued by the root of the document", pointer)


def keys(sections: Sections, passphrase: bytes | None) -> Iterator[Finding]:
    """Every private key has its place, and nothing else is in the vault."""
    wanted = {f"{kind}/{row['issuer_id']}": "" for row in sections["issuer"] for kind in ("issuer", "ocsp")}
    wanted |= {f"oauth/{row['kid']}": row["kid"] for row in sections["signing_key"]} | {ASSERTIONS: ""}
    for position, row in enumerate(sections["vault"]):
        pointer, name = f"/vault/{position}", row["name"]
        if name not in wanted:
            yield Finding(KEYS, "nothing in this document uses this key", f"{pointer}/name", "", name[:60])
            continue
        try:
            kid = arrivals.kid(octets(row["pem"]), passphrase)
        except DirectoryError as refusal:
            yield Finding(
                KEYS, refusal.reason, f"{pointer}/pem", fix="Set ca_passphrase to that of the exporting server"
            )
            continue
        if wanted[name] not in ("", kid):
            yield Finding(KEYS, "the key is another than its kid says", f"{pointer}/pem", wanted[name], kid)
    missing = wanted.keys() - {row["name"] for row in sections["vault"]}
    for name in sorted(missing):
        yield Finding(KEYS, f"the private key {name} is missing", "/vault", name)


def certificates(sections: Sections) -> Iterator[Finding]:
    """Each says what its row says, and is signed by the CA that the row names; those with a defect may be anything."""
    cas = {row["issuer_id"]: octets(row["certificate"]) for row in sections["issuer"]}
    signers = {issuer_id: x509.load_der_x509_certificate(der) for issuer_id, der in cas.items()}
    owners = {row["software_statement_id"]: row["organisation_id"] for row in sections["application"]}
    for position, row in enumerate(sections["certificate"]):
        pointer, software = f"/certificate/{position}", row.get("software_statement_id")
        if software is not None and owners[software] != row["organisation_id"]:
            text = "the application is of another organisation"
            yield Finding("import.reference", text, f"{pointer}/software_statement_id", owners[software])
        if (row.get("revoked_at") is None) != (row.get("revoke_reason") is None):
            yield Finding("field.missing", "a revocation has a date and a reason", f"{pointer}/revoke_reason")
        if row.get("der") is not None:
            yield from _certificate(row, signers, f"{pointer}/der")
        elif row.get("issuer_id") is not None:
            yield Finding(CERTIFICATE, "a certificate of this CA has its octets", f"{pointer}/der")


def octets(text: str) -> bytes:
    """Base64 that was found to be good."""
    return base64.b64decode(text)


def _named_as_a_mock(certificate: bytes, pointer: str) -> Iterator[Finding]:
    """Both O and CN of every CA here say what it is (app/ca/hierarchy.py)."""
    for name in _names(certificate):
        texts = {oid: [a.text or "" for a in name.by_oid.get(oid, ())] for oid in (ORGANISATION, UNIT, COMMON_NAME)}
        says_so = any(WARNING in text for text in texts[ORGANISATION])
        says_so = says_so and any(text.startswith(MARK) for text in texts[COMMON_NAME])
        shown = ", ".join(text for some in texts.values() for text in some)[:120]
        if real := real_name((text for some in texts.values() for text in some), is_marked=says_so):
            text = f"this is the name of a real CA ({real}): keys of real CAs have no place in a mock"
            yield Finding(REAL, text, pointer, f"a CA whose O says {WARNING}", shown)
        elif not says_so:
            text = "this CA does not say that it is a mock"
            yield Finding(UNMARKED, text, pointer, f"{WARNING} in O, and a CN that begins with {MARK.strip()}", shown)


def _names(certificate: bytes) -> tuple[Name, ...]:
    """Issuer and subject; of what cannot be read, an empty one."""
    try:
        parts = inside(inside(certificate)[0].raw)
        return parse_name(parts[3].raw), parse_name(parts[5].raw)
    except (ValueError, IndexError):
        return (Name(b""),)


def _fitting(row: Row, pems: Mapping[str, bytes], passphrase: bytes | None, pointer: str) -> Iterator[Finding]:
    own, responder = pems.get(f"issuer/{row['issuer_id']}"), pems.get(f"ocsp/{row['issuer_id']}")
    if own is None or responder is None:
        return
    authority, ocsp = (octets(row["certificate"]), own), (octets(row["ocsp_certificate"]), responder)
    if why := arrivals.unfit(authority, ocsp, passphrase):
        yield Finding(KEYS, why, pointer)


def _certificate(row: Row, signers: Mapping[str, x509.Certificate], pointer: str) -> Iterator[Finding]:
    der = octets(row["der"])
    sha256 = hashlib.sha256(der).digest()
    if octets(row.get("sha256") or "") != sha256:
        yield Finding(CERTIFICATE, "sha256 is not that of the certificate", pointer, base64.b64encode(sha256).decode())
    if row.get("defect") is not None:
        return
    if row.get("issuer_id") is None:
        if any(arrivals.is_issued_by(der, signer) for signer in signers.values()):
            yield Finding(CERTIFICATE, "a CA of this document has issued it, and issuer_id names none", pointer)
        return
    try:
        serial = f"{x509.load_der_x509_certificate(der).serial_number:x}"
    except ValueError:
        yield Finding(CERTIFICATE, "the certificate cannot be read", pointer)
        return
    if row.get("serial") != serial:
        yield Finding(
            CERTIFICATE, "serial is not that of the certificate", pointer, serial, row.get("serial") or "nothing"
        )
    if not arrivals.is_issued_by(der, signers[row["issuer_id"]]):
        yield Finding(CERTIFICATE, "the certificate is not signed by the CA that issuer_id names", pointer)
