"""Which service a request is for, by the first label of its Host (architecture 7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

OPENID = frozenset(
    {".well-known", "auth", "jwks", "me", "request", "token", "device", "backchannel", "reg", "sign_in", "session"}
)


@dataclass(frozen=True, slots=True)
class Service:
    """`prefix` is where its paths live inside; `only` are the first segments that it serves, None = all."""

    prefix: str = ""
    only: frozenset[str] | None = None


SERVICES: Mapping[str, Service] = {
    "keystore": Service("/keystore"),
    "crl": Service("/crl"),
    "ocsp": Service("/ocsp"),
    "repository": Service("/repository"),
    "web": Service("/portal"),
    "data": Service(only=frozenset({"participants", "roles", "release-notes", "logos"})),
    "rp": Service(only=frozenset({"openid_relying_party"})),
    "auth": Service(only=OPENID),
    "matls-auth": Service(only=OPENID),
    "matls-api": Service(),
}
EVERYTHING = Service()


@lru_cache(maxsize=256)
def service_of(host: bytes) -> Service:
    """The service that a Host header names; any other Host gets everything at its real path."""
    label, dot, _rest = host.decode("latin-1").partition(".")
    return SERVICES.get(label.lower(), EVERYTHING) if dot else EVERYTHING


def inner_path(service: Service, path: str) -> str | None:
    """The path inside this application, or None where the service has no such path."""
    if service.only is not None and path[1:].split("/", 1)[0] not in service.only:
        return None
    return service.prefix + path if service.prefix and path != "/" else service.prefix or path
