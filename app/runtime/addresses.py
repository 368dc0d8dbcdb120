"""The base addresses that a directory publishes, one for each service (connect.md 1, architecture 7)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from urllib.parse import urlsplit

from app.settings import Settings

WILDCARDS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - not bound: published as localhost
PLAIN = frozenset({"crl", "ocsp"})
"""They go into certificates, and who checks TLS must not need TLS for it (connect.md 1)."""
USUAL_PORTS = {"http": 80, "https": 443}
HOST_NAME = re.compile(r"(?=.{1,253}\.?$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
OWN_PATHS = {"web": "/portal", "keystore": "/keystore", "crl": "/crl", "ocsp": "/ocsp", "repository": "/repository"}
"""Where a service lives at a listener that serves all; the others stand at its root."""
APART = frozenset({"control", "also_web"})
"""Fields that are no services."""
HARMLESS = re.compile(r"[!-~]+")
"""Printable ASCII without blanks: what an IA5String of a certificate and a header can carry as it is."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """None ends with a slash. A CRL is at `{crl}/issuer.crl`; the OCSP responder is at `ocsp` itself."""

    web: str
    auth: str
    matls_auth: str
    matls_api: str
    data: str
    keystore: str
    crl: str
    ocsp: str
    repository: str
    rp: str
    control: str
    """No service of the directory: where a refusal can be looked up."""
    also_web: tuple[str, ...] = ()
    """Where a browser on this machine finds the portal besides: at the listeners themselves, also without TLS."""

    @classmethod
    def of(cls, settings: Settings, ports: Mapping[str, int]) -> Addresses:
        """From the settings `address_*`, else from the listeners on `ports` (http, https, mtls).

        Raises ValueError, naming the setting, where one is no http(s) address.
        """
        host = published_host(settings)
        http, https = _base("http", host, ports["http"]), _base("https", host, ports["https"])
        mtls = _base("https", host, ports["mtls"])
        usual = {
            "web": f"{https}{OWN_PATHS['web']}",
            "auth": https,
            "matls_auth": mtls,
            "matls_api": mtls,
            "data": https,
            "keystore": f"{https}/keystore",
            "crl": f"{http}/crl",
            "ocsp": f"{http}/ocsp",
            "repository": f"{http}/repository",
            "rp": https,
        }
        chosen = {name: _chosen(settings, name) or address for name, address in usual.items()}
        control = _control(settings, ports.get("control", settings.control_port))
        return cls(**chosen, control=control, also_web=tuple(_also_web(host, ports, chosen["web"])))

    def under(self, prefix: str) -> Addresses:
        """Those of a sandbox: `prefix` (such as `/sandboxes/a`) goes before the path that a service has by itself.

        What a setting puts before that path, a proxy's own, stays in front.
        """
        services = {
            name: _under(prefix, address, OWN_PATHS.get(name, "")) for name, address in self.by_service().items()
        }
        also_web = tuple(_under(prefix, address, OWN_PATHS["web"]) for address in self.also_web)
        return Addresses(**services, control=f"{self.control}{prefix}", also_web=also_web)

    def by_service(self) -> dict[str, str]:
        """Service -> address, as the ready file lists them."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name not in APART}


def _under(prefix: str, address: str, own: str) -> str:
    return f"{address.removesuffix(own)}{prefix}{own}" if address.endswith(own) else f"{address}{prefix}"


def published_host(settings: Settings) -> str:
    """The host of published addresses: a name, or an IP address without brackets.

    Raises ValueError naming `public_host` or `host` where it is neither.
    """
    name = "public_host" if settings.public_host is not None else "host"
    given = settings.host if settings.public_host is None else settings.public_host
    host = given.removeprefix("[").removesuffix("]")
    if name == "host" and host in WILDCARDS:
        return "localhost"
    if not _is_ip(host) and not HOST_NAME.fullmatch(host):
        raise ValueError(f"{name}: expected a host name or an IP address, found {given!r}")
    return host


def _control(settings: Settings, port: int) -> str:
    host = settings.control_host.removeprefix("[").removesuffix("]")
    return _base("http", published_host(settings) if host in WILDCARDS else host, port)


def _also_web(host: str, ports: Mapping[str, int], web: str) -> Iterator[str]:
    for name in dict.fromkeys((host, *(LOOPBACK if host in LOOPBACK else ()))):
        for scheme in ("http", "https"):
            if (base := f"{_base(scheme, name, ports[scheme])}/portal") != web:
                yield base


def in_brackets(host: str) -> str:
    """A host as URLs write it (RFC 3986, 3.2.2)."""
    return f"[{host}]" if ":" in host else host


def _base(scheme: str, host: str, port: int) -> str:
    where = in_brackets(host)
    return f"{scheme}://{where}" if port == USUAL_PORTS[scheme] else f"{scheme}://{where}:{port}"


def _chosen(settings: Settings, service: str) -> str | None:
    """The address of a setting, checked; None where none is set."""
    name = f"address_{service}"
    given: str | None = getattr(settings, name)
    if given is None:
        return None
    if service in PLAIN and given.lower().startswith("https://"):
        raise ValueError(f"{name}: expected plain http, since who checks TLS must not need TLS; found {given!r}")
    if not _is_base(given):
        raise ValueError(f"{name}: expected http://HOST or https://HOST, port and path if need be; found {given!r}")
    return given.rstrip("/")


def _is_base(address: str) -> bool:
    if not HARMLESS.fullmatch(address) or address.rstrip("/") != address.rstrip("/?#"):
        return False
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    is_plain = not (parts.username or parts.password or parts.query or parts.fragment) and port != 0
    is_host = host is not None and (_is_ip(host) or bool(HOST_NAME.fullmatch(host)))
    return parts.scheme in USUAL_PORTS and is_plain and is_host


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return "%" not in host
