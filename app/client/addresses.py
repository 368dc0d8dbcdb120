"""Where a directory is: its listeners, and the base address of each service."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.client.errors import ClientError

SERVICES_AT = {
    "auth": "https", "matls_auth": "mtls", "matls_api": "mtls", "keystore": "https", "crl": "http", "ocsp": "http",
    "repository": "http", "data": "https", "web": "https", "rp": "https",
}  # fmt: skip
"""The listener of each service, where nobody says otherwise."""
OWN_PATHS = {"keystore": "/keystore", "crl": "/crl", "ocsp": "/ocsp", "repository": "/repository", "web": "/portal"}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Base addresses without a slash at their end, those of a sandbox with its prefix."""

    http: str
    https: str
    mtls: str
    control: str
    services: Mapping[str, str]

    @classmethod
    def of(cls, listeners: Mapping[str, str], services: Mapping[str, str] | None = None) -> Addresses:
        """From the listeners, by name. Raises ClientError where one is missing."""
        missing = [name for name in ("http", "https", "mtls", "control") if not listeners.get(name)]
        if missing:
            raise ClientError(f"no address for {', '.join(missing)}", "client.addresses")
        known = {name: listeners[name].rstrip("/") for name in ("http", "https", "mtls", "control")}
        usual = {name: f"{known[at]}{OWN_PATHS.get(name, '')}" for name, at in SERVICES_AT.items()}
        return cls(**known, services=usual | dict(services or {}))

    @classmethod
    def read(cls, ready_file: Path) -> Addresses:
        """From the file of `connect-mock serve --ready-file`. Raises ClientError where it is none."""
        try:
            ready = json.loads(ready_file.read_text("utf-8"))
            return cls.of(ready["listeners"], ready.get("services"))
        except (OSError, ValueError, TypeError, KeyError) as fault:
            raise ClientError(f"{ready_file} is no ready file: {fault}", "client.ready_file") from fault

    def under(self, prefix: str) -> Addresses:
        """Those of a sandbox: `prefix` (such as `/sandboxes/a`) goes before the path that a service has by itself."""
        services = {name: _under(prefix, url, OWN_PATHS.get(name, "")) for name, url in self.services.items()}
        http, https, mtls, control = (f"{url}{prefix}" for url in (self.http, self.https, self.mtls, self.control))
        return Addresses(http, https, mtls, control, services)


def _under(prefix: str, url: str, own: str) -> str:
    return f"{url.removesuffix(own)}{prefix}{own}" if url.endswith(own) else f"{url}{prefix}"
