"""Certificates of a seed: on keys that are made here and kept beside the database, or from files of the user's."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.access import ADMIN, WEBSITE, Caller
from app.ca import keys
from app.directory.certificates import CertificateQuery, Certificates
from app.directory.seed import INVALID, SeedCertificate
from app.errors import Invalid, NotFound
from app.pki.csr_plan import plan_csr
from app.pki.facts import Facts
from app.pki.names import ATTRIBUTES
from app.pki.profiles import CertificateProfile
from app.ra.authority import Order
from app.ra.standing import Owner
from app.sandbox import Sandbox

SEEDER = Caller(frozenset({WEBSITE, ADMIN}), user="seed")
FOLDER = "seed"

Holder = tuple[str, str | None]
"""Ids of organisation and application."""


class SeededCertificates:
    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        """`folder` is that of the seed file, where relative paths start."""
        self._sandbox, self._folder = sandbox, folder
        self._keys = sandbox.settings.data / FOLDER

    def is_there(self, table: SeedCertificate, holder: Holder) -> bool:
        """Known again by its description, also when revoked: a seed never undoes a revocation."""
        held = Certificates(self._sandbox.store).list(CertificateQuery(*holder)).items
        mine = [h.certificate for h in held if h.certificate.software_statement_id == holder[1]]
        return any(c.type == table.type and c.description == description(table) for c in mine)

    def make(self, table: SeedCertificate, holder: Holder) -> Sequence[Path]:
        """Have it issued; the files that were written. Raises what the RA raises, Invalid for a missing file."""
        profile = self._sandbox.profiles.get(table.type)
        if profile is None:
            raise Invalid(f"no ecosystem with a type {table.type} is loaded", code=INVALID)
        if table.csr is not None:
            self._order(table, holder, _read(self._folder / table.csr))
            return ()
        key_file = self._keys / f"{table.name}.key"
        material = self._csr(profile, table, holder, self._key(table, key_file))
        der = self._order(table, holder, material)
        leaf = x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)
        files = {key_file.with_suffix(".pem"): leaf}
        files[key_file.with_suffix(".chain.pem")] = leaf + self._sandbox.issuers.issuing_pem()
        for file, content in files.items():
            _write(file, content)
        return (key_file, *files)

    def _order(self, table: SeedCertificate, holder: Holder, material: bytes) -> bytes:
        order = Order(*holder, table.type, material, description(table))
        certificate = self._sandbox.ra.request_certificate(order, SEEDER).certificate
        return certificate.der or b""

    def _key(self, table: SeedCertificate, file: Path) -> keys.PrivateKey:
        """The key is there before its certificate is, so that none is ever without: a half-done seed goes on."""
        self._keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            made = keys.generate(table.key_kind, self._sandbox.entropy)
            _write(file, keys.to_pem(made, None))
        return keys.from_pem(file.read_bytes(), None)

    def _csr(self, profile: CertificateProfile, table: SeedCertificate, holder: Holder, key: keys.PrivateKey) -> bytes:
        """What the type wants of this key: a CSR with the subject that the directory expects, or the bare key.

        Its signature takes no chance, so two processes that apply one seed at once send the same octets, and the
        second is told that they were answered already.
        """
        if profile.input == "public_key":
            return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in self._subject(profile, table, holder)])
        builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
        if table.host:
            names = x509.SubjectAlternativeName([x509.DNSName(host) for host in table.host])
            builder = builder.add_extension(names, critical=False)
        is_ec = isinstance(key, ec.EllipticCurvePrivateKey)
        return builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True if is_ec else None).public_bytes(
            Encoding.PEM
        )

    def _subject(
        self, profile: CertificateProfile, table: SeedCertificate, holder: Holder
    ) -> Iterator[tuple[x509.ObjectIdentifier, str]]:
        """What the printed command of the type would fill in, and before that what the seed says itself."""
        own = dict(table.subject)
        plan = plan_csr(profile, self._facts(holder), table.host[0] if table.host else None)
        pairs = [(name, own.get(name, text)) for name, text in plan.subject]
        pairs += [(name, text) for name, text in own.items() if name not in dict(plan.subject)]
        for name, text in pairs:
            if name not in ATTRIBUTES:
                raise Invalid(f"subject: there is no attribute {name}", code=INVALID)
            if text:
                yield x509.ObjectIdentifier(ATTRIBUTES[name]), text

    def _facts(self, holder: Holder) -> Facts:
        organisation_id, software_statement_id = holder
        with self._sandbox.store.read() as uow:
            if software_statement_id is None:
                organisation = uow.organisations.find(organisation_id)
                found = Owner(organisation, None) if organisation else None
            else:
                both = uow.applications.with_organisation(organisation_id, software_statement_id)
                found = Owner(*both) if both else None
        if found is None:
            raise NotFound(f"there is no holder {software_statement_id or organisation_id}")
        return found.facts({})


def description(table: SeedCertificate) -> str:
    """How a seeded certificate is known again."""
    return f"seed: {table.name}"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise Invalid(f"{path} cannot be read: {fault.strerror}", code=INVALID) from None


def _write(file: Path, content: bytes) -> None:
    """Owner-only from the first moment."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
        opened.write(content)
