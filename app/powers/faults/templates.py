"""Faults that everybody wants, by name; whoever asks for one may say `match`, `trigger` or `effect` otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Template:
    says: str
    rule: Mapping[str, Any]


TEMPLATES: Mapping[str, Template] = {
    "directory-down": Template("every connection is dropped without an answer", {"effect": {"drop": True}}),
    "gateway-504": Template("a gateway gives up waiting", {"effect": {"status": 504}}),
    "maintenance": Template("503 with Retry-After", {"effect": {"status": 503, "retry_after": 120}}),
    "429-storm": Template(
        "nine of ten calls are one too many",
        {"trigger": {"probability": 0.9}, "effect": {"status": 429, "retry_after": 5}},
    ),
    "rate-limit": Template("at most ten calls a second", {"trigger": {"rate": "10/s"}}),
    "slow": Template(
        "answers take around half a second, some much longer", {"effect": {"delay": {"median": "500ms", "sigma": 0.8}}}
    ),
    "token-outage": Template("the token endpoint is down", {"match": {"path": "/token"}, "effect": {"status": 503}}),
    "crl-outage": Template("no CRL can be fetched", {"effect": {"crl_down": True}}),
    "ocsp-outage": Template("no OCSP answer comes", {"match": {"service": "ocsp"}, "effect": {"drop": True}}),
    "tls-down": Template("TLS ends before it began", {"effect": {"close_during_handshake": True}}),
}
