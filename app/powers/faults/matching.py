"""Which exchanges a fault is about."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from app.powers.faults.reading import Problems

SERVICES = (
    "api", "matls-api", "auth", "matls-auth", "keystore", "crl", "ocsp", "repository", "data", "rp", "web",
)  # fmt: skip
LISTENERS = ("http", "https", "mtls")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
MATCHERS = ("path", "service", "method", "client", "organisation", "certificate", "listener", "peer", "server_name")
ALIASES = {"org": "organisation", "cert": "certificate"}
MOST_VALUES = 50
LONGEST = 500
WILD = re.compile(r"[*?]")


@dataclass(frozen=True, slots=True)
class Identity:
    """In whose name an exchange is: every form of the client's id; the organisation."""

    clients: frozenset[str] = frozenset()
    organisation_id: str | None = None


NOBODY = Identity()


@dataclass(frozen=True)
class Asked:
    """What is known of an exchange before anything is done for it.

    `paths` are the path as it came and the one inside this server; `certificate` is the SHA-256 of the client
    certificate; `who` looks up in whose name it is, and is called once at most, where a fault wants to know.
    """

    method: str = ""
    paths: tuple[str, ...] = ()
    services: frozenset[str] = frozenset()
    listener: str = ""
    peer: str = ""
    certificate: bytes | None = None
    server_name: str = ""
    is_handshake: bool = False
    who: Callable[[], Identity] = field(default=lambda: NOBODY)

    @property
    def path(self) -> str:
        """The one inside this server."""
        return self.paths[-1] if self.paths else ""

    @cached_property
    def identity(self) -> Identity:
        return self.who()


@dataclass(frozen=True, slots=True)
class Matcher:
    """The conditions of a rule, each with all values that will do; none = whatever it is."""

    values: Mapping[str, tuple[str, ...]]
    paths: re.Pattern[str] | None

    @classmethod
    def of(cls, match: Mapping[str, Any]) -> Matcher:
        """From its kept form."""
        values = {name: tuple(given) for name, given in match.items()}
        patterns = [_translated(pattern) for pattern in values.get("path", ())]
        return cls(values, re.compile("|".join(patterns)) if patterns else None)

    def fits(self, asked: Asked) -> bool:
        """Who it is is looked up last."""
        if self.paths is not None and not any(self.paths.match(path) for path in asked.paths):
            return False
        return all(CHECKS[name](asked, values) for name, values in self.values.items() if name in CHECKS)

    @property
    def names_portal(self) -> bool:
        """Whether it is about the portal by name; what is about everything spares it."""
        patterns = self.values.get("path", ())
        return "web" in self.values.get("service", ()) or any(each.startswith("/portal") for each in patterns)

    @property
    def wants_identity(self) -> bool:
        return "client" in self.values or "organisation" in self.values

    def is_about_crl(self, name: str) -> bool:
        """Whether whoever fetches this CRL meets it, by path and service alone."""
        strangers = set(self.values) - {"path", "service", "method"}
        asked = Asked("GET", (f"/crl/{name}",), frozenset({"crl"}))
        return not strangers and self.fits(asked)


CHECKS: Mapping[str, Callable[[Asked, tuple[str, ...]], bool]] = {
    "method": lambda asked, values: asked.method in values,
    "listener": lambda asked, values: asked.listener in values,
    "peer": lambda asked, values: asked.peer in values,
    "server_name": lambda asked, values: asked.server_name.lower() in values,
    "service": lambda asked, values: not asked.services.isdisjoint(values),
    "certificate": lambda asked, values: asked.certificate is not None and asked.certificate.hex() in values,
    "client": lambda asked, values: not asked.identity.clients.isdisjoint(values),
    "organisation": lambda asked, values: asked.identity.organisation_id in values,
}
"""In the order in which they are asked: the cheap ones first."""


def read_match(value: Any, problems: Problems) -> dict[str, list[str]]:
    """The kept form of `match`: known names, each with a list of usable values, in the order of CHECKS."""
    found: dict[str, list[str]] = {}
    for given, values in problems.object({} if value is None else value, "/match").items():
        name, pointer = ALIASES.get(given, given), f"/match/{given}"
        if name not in MATCHERS:
            problems.unknown(pointer, "matcher", MATCHERS)
        elif name in found:
            problems.clash(pointer, f"{name} is given under two names")
        else:
            found[name] = list(dict.fromkeys(_values(name, values, pointer, problems)))
    return {name: found[name] for name in ("path", *CHECKS) if name in found}


def _values(name: str, given: Any, pointer: str, problems: Problems) -> list[str]:
    items = given if isinstance(given, list) else [given]
    if not 1 <= len(items) <= MOST_VALUES:
        problems.wrong(pointer, f"one text, or 1 to {MOST_VALUES} of them", given)
        return []
    return [_value(name, item, pointer, problems) for item in items]


def _value(name: str, given: Any, pointer: str, problems: Problems) -> str:
    if not isinstance(given, str) or not 1 <= len(given) <= LONGEST or not given.isprintable():
        problems.wrong(pointer, f"a text of 1 to {LONGEST} characters", given)
        return ""
    expected, read = READERS[name]
    if (name, given.lower()) == ("service", "control") or (name == "path" and _is_control(given)):
        problems.control(pointer)
    elif (value := read(given)) is not None:
        return value
    else:
        problems.wrong(pointer, expected, given)
    return ""


def _path(given: str) -> str | None:
    if not given.startswith(("/", "*")):
        return None
    return given.removesuffix("/") or "/"


def _is_control(pattern: str) -> bool:
    """Whether it names the control plane, in a sandbox too, or can mean nothing else."""
    literal = WILD.split(pattern)[0]
    return "/_mock" in pattern or ("/_mock/".startswith(literal) and literal.startswith("/_"))


def _certificate(given: str) -> str | None:
    """The SHA-256 in hexadecimal, from that with or without colons, or from `x5t#S256` (43 characters of base64url)."""
    from base64 import urlsafe_b64decode  # noqa: PLC0415 - where a fault names one

    digits = given.replace(":", "").lower()
    if re.fullmatch(r"[0-9a-f]{64}", digits):
        return digits
    if re.fullmatch(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]", given):
        return urlsafe_b64decode(f"{given}=").hex()
    return None


def _one_of(known: tuple[str, ...]) -> tuple[str, Callable[[str], str | None]]:
    by_folded = {each.lower(): each for each in known}
    return f"one of {', '.join(known)}", lambda given: by_folded.get(given.lower())


_ANY: tuple[str, Callable[[str], str | None]] = ("a text", lambda given: given)
READERS: Mapping[str, tuple[str, Callable[[str], str | None]]] = {
    "path": ("a path such as /token or /crl/*, where * is any text and ? any character", _path),
    "service": _one_of(SERVICES),
    "method": _one_of(METHODS),
    "listener": _one_of(LISTENERS),
    "client": _ANY,
    "organisation": _ANY,
    "certificate": ("a SHA-256 of a certificate: hexadecimal, or x5t#S256", _certificate),
    "peer": _ANY,
    "server_name": ("a host name", lambda given: given.lower().removesuffix(".")),
}
"""What is expected, and how it is read; None where it is not that."""


def _translated(pattern: str) -> str:
    return fnmatch.translate(pattern.replace("[", "[[]"))
