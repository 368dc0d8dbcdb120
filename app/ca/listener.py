"""The certificate of the https and mtls listeners, and the CA above it, which has no part in the directory.

Both are dated by the host's clock, not the sandbox's: OpenSSL in the client looks at that one (rulings.md 4). They
stand in the data folder. The keys are made once, and the folder comes into being as a whole, so that two processes that
start at the same time serve one identity; renewal replaces certificates only, each in one step.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from app.ca import extensions, issuer, keys
from app.ca.issuer import CertificatePlan
from app.ca.keys import PrivateKey
from app.ca.names import COMMON_NAME, ORGANISATION, WARNING, name
from app.ca.signing import Signer
from app.errors import Unavailable
from app.pki import der
from app.runtime.addresses import WILDCARDS, Addresses, published_host
from app.runtime.clock import Clock, whole_second
from app.runtime.entropy import SystemEntropy, new_id, new_serial
from app.settings import Settings

FOLDER = "listener"
CA_LIFE, LIFE = timedelta(days=3650), timedelta(days=365)
MARGIN = timedelta(days=1)
"""Certificates start this much early: clocks of virtual machines lag."""

_CA_NAME = name((ORGANISATION, WARNING), (COMMON_NAME, "MOCK connect-mock listener CA"))
_SERVER_NAME = name((ORGANISATION, WARNING), (COMMON_NAME, "connect-mock"))
_SERVER_AUTH = "1.3.6.1.5.5.7.3.1"


@dataclass(frozen=True, slots=True)
class ListenerIdentity:
    """What a TLS listener presents; `key_file` is encrypted with the CA's passphrase when there is one.

    `ca_pem` is what clients have to trust.
    """

    ca_pem: bytes
    certificate_file: Path
    key_file: Path
    not_before: datetime
    not_after: datetime

    def is_due(self, now: datetime) -> bool:
        """Whether to ask for the identity anew, at the host's clock: its end is near, or it has not begun."""
        return not self.not_before <= now < self.not_after - LIFE / 3


def listener_names(settings: Settings, addresses: Addresses) -> tuple[str, ...]:
    """Every host name and IP address under which the TLS listeners may be asked.

    The labels of services are spelt out below `localhost`, since OpenSSL matches no `*.localhost`.
    """
    published = published_host(settings)
    hosts = ["localhost", "127.0.0.1", "::1", published]
    hosts += [settings.host] if settings.host not in WILDCARDS else []
    for parent in ("localhost", published):
        if not _is_ip(parent):
            labels = [service.replace("_", "-") for service in addresses.by_service()]
            hosts += [f"{label}.{parent}" for label in ("*", *labels)]
    hosts += [urlsplit(address).hostname or "" for address in addresses.by_service().values()]
    return tuple(dict.fromkeys(host.lower() for host in hosts if host))


def listener_identity(data: Path, names: tuple[str, ...], passphrase: bytes | None, clock: Clock) -> ListenerIdentity:
    """The identity for these names at the host's clock: what is kept in `data`, made or renewed where need be.

    Raises Unavailable: `ca.passphrase`, or `ca.listener` when files are missing, damaged or cannot be written.
    """
    folder, now = data / FOLDER, whole_second(clock.now())
    try:
        if not folder.exists():
            _found(folder, names, passphrase, now)
        kept = _read(folder, passphrase)
        for file, certificate in _renewed(kept, names, now):
            _replace(folder / file, _pem(certificate))
        return _identity(_read(folder, passphrase))
    except (OSError, ValueError, x509.ExtensionNotFound) as fault:
        reason = f"the listeners' keys in {folder} cannot be used: {fault}. If files are damaged, remove that folder"
        raise Unavailable(reason, code="ca.listener") from fault


@dataclass(frozen=True, slots=True)
class _Kept:
    folder: Path
    ca: x509.Certificate
    server: x509.Certificate
    ca_key: PrivateKey
    server_key: PrivateKey


def _read(folder: Path, passphrase: bytes | None) -> _Kept:
    return _Kept(
        folder,
        x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes()),
        x509.load_pem_x509_certificate((folder / "server.pem").read_bytes()),
        keys.from_pem((folder / "ca.key").read_bytes(), passphrase),
        keys.from_pem((folder / "server.key").read_bytes(), passphrase),
    )


def _identity(kept: _Kept) -> ListenerIdentity:
    return ListenerIdentity(
        ca_pem=kept.ca.public_bytes(Encoding.PEM),
        certificate_file=kept.folder / "server.pem",
        key_file=kept.folder / "server.key",
        not_before=kept.server.not_valid_before_utc,
        not_after=kept.server.not_valid_after_utc,
    )


# making


def _found(folder: Path, names: tuple[str, ...], passphrase: bytes | None, now: datetime) -> None:
    """Make the folder elsewhere and move it to its place; who comes second throws its own away."""
    entropy = SystemEntropy()
    made = folder.with_name(f".{folder.name}-{new_id(entropy)}")
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made.mkdir(mode=0o700)
    ca_key, server_key = keys.generate("ec-p256", entropy), keys.generate("ec-p256", entropy)
    for file, content in (
        ("ca.key", keys.to_pem(ca_key, passphrase)),
        ("server.key", keys.to_pem(server_key, passphrase)),
        ("ca.pem", _pem(_ca(ca_key, now))),
        ("server.pem", _pem(_server(ca_key, server_key, names, now))),
    ):
        _write(made / file, content)
    try:
        made.rename(folder)
    except OSError:
        shutil.rmtree(made, ignore_errors=True)
        if not folder.exists():
            raise


def _renewed(kept: _Kept, names: tuple[str, ...], now: datetime) -> Iterator[tuple[str, bytes]]:
    """What has to be written anew, the CA long before a server certificate could outlive it.

    Names are added and never taken away, or two processes with other names on one folder would go on replacing each
    other's certificate.
    """
    if not kept.ca.not_valid_before_utc <= now < kept.ca.not_valid_after_utc - 2 * LIFE:
        yield "ca.pem", _ca(kept.ca_key, now)
    held = _names(kept.server)
    if _identity(kept).is_due(now) or not set(names) <= set(held):
        yield "server.pem", _server(kept.ca_key, kept.server_key, tuple(dict.fromkeys((*names, *held))), now)


def _ca(key: PrivateKey, now: datetime) -> bytes:
    """Self-signed, DER; a renewed one has the same name and key, so that it stands for the one before."""
    plan = CertificatePlan(
        subject=_CA_NAME,
        public_key=keys.spki(key),
        serial=new_serial(SystemEntropy()),
        not_before=now - MARGIN,
        not_after=now + CA_LIFE,
        extensions=(extensions.certificate_authority(path_length=0), extensions.CERTIFICATE_SIGNING),
    )
    return issuer.certificate(Signer(key), _CA_NAME, plan, b"")


def _server(ca_key: PrivateKey, key: PrivateKey, names: tuple[str, ...], now: datetime) -> bytes:
    plan = CertificatePlan(
        subject=_SERVER_NAME,
        public_key=keys.spki(key),
        serial=new_serial(SystemEntropy()),
        not_before=now - MARGIN,
        not_after=now + LIFE,
        extensions=(
            extensions.NOT_A_CA,
            extensions.DIGITAL_SIGNATURE,
            extensions.extended_key_usage(_SERVER_AUTH),
            der.extension("2.5.29.17", der.sequence(*map(_general_name, names))),
        ),
    )
    return issuer.certificate(Signer(ca_key), _CA_NAME, plan, extensions.authority_key_id(_key_id(ca_key)))


def _key_id(key: PrivateKey) -> bytes:
    return extensions.key_id(keys.spki(key))


# names


def _general_name(host: str) -> bytes:
    """dNSName [2] or iPAddress [7] (RFC 5280, 4.2.1.6)."""
    if _is_ip(host):
        return der.context(7, ipaddress.ip_address(host).packed, constructed=False)
    return der.context(2, host.encode("ascii"), constructed=False)


def _names(certificate: x509.Certificate) -> list[str]:
    held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [*held.get_values_for_type(x509.DNSName), *map(str, held.get_values_for_type(x509.IPAddress))]


def _is_ip(host: str) -> bool:
    with suppress(ValueError):
        ipaddress.ip_address(host)
        return True
    return False


# files


def _pem(certificate: bytes) -> bytes:
    return ssl.DER_cert_to_PEM_cert(certificate).encode()


def _write(file: Path, content: bytes) -> None:
    """Owner-only from the first moment, and on the disk when this returns."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def _replace(file: Path, content: bytes) -> None:
    """In one step: a reader finds the old file or the new one."""
    new = file.with_name(f".{file.name}-{new_id(SystemEntropy())}")
    _write(new, content)
    new.replace(file)
