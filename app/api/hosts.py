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
    """`prefix` is where its paths live inside; `only` are the first segments that it serves, None = all but `never`."""

    prefix: str = ""
    only: frozenset[str] | None = None
    never: frozenset[str] = frozenset()


SERVICES: Mapping[str, Service] = {
    "keystore": Service("/keystore"),
    "crl": Service("/crl"),
    "ocsp": Service("/ocsp"),
    "repository": Service("/repository"),
    "web": Service("/portal"),
    "data": Service(only=frozenset({"participants", "roles", "release-notes", "logos", "sns"})),
    "rp": Service(only=frozenset({"openid_relying_party"})),
    "auth": Service(only=OPENID),
    "matls-auth": Service(only=OPENID),
    "matls-api": Service(never=OPENID),
}
EVERYTHING = Service()
PAGES = frozenset({"auth", "sign_in", "session"})
"""First segments of what browsers ask for, which have no client certificate."""


@lru_cache(maxsize=256)
def label_of(host: bytes) -> str:
    """The service that a Host header names, "" where it names none."""
    label, dot, _rest = host.decode("latin-1").partition(".")
    return label.lower() if dot and label.lower() in SERVICES else ""


def service_of(host: bytes, *, oauth_on_api_host: bool = False) -> Service:
    """That service; any other Host gets everything at its real path, and `matls-api` does by setting (errata O18)."""
    label = label_of(host)
    return EVERYTHING if label == "matls-api" and oauth_on_api_host else SERVICES.get(label, EVERYTHING)


def is_page(path: str) -> bool:
    """Whether a path is for browsers."""
    return path[1:].split("/", 1)[0] in PAGES or path == "/device"


def inner_path(service: Service, path: str) -> str | None:
    """The path inside this application, or None where the service has no such path."""
    segment = path[1:].split("/", 1)[0]
    if segment in service.never or (service.only is not None and segment not in service.only):
        return None
    return service.prefix + path if service.prefix and path != "/" else service.prefix or path
