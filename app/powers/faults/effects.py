"""What a fault does: every effect by name, how it is asked for, and at which door it means something."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from app.powers.durations import EXPECTED, iso_duration, read_duration
from app.powers.faults.matching import Asked
from app.powers.faults.reading import Problems

Family = Literal["change", "cut", "answer", "crl", "ocsp", "keys", "assertion", "token", "participants", "handshake"]
"""What decides the answer excludes what else would; a `change` goes with anything that has an answer."""
LONGEST_DELAY = timedelta(minutes=5)
LONGEST_SKEW = timedelta(days=3650)
LONGEST_BODY = 65_536
HUGEST = 1_000_000
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}\Z")
HEADER_VALUE = re.compile(r"[\x20-\x7e]{0,1000}\Z")
FRAMING = frozenset({"content-length", "transfer-encoding", "connection"})
ALERTS = (
    "unexpected_message", "bad_record_mac", "record_overflow", "handshake_failure", "bad_certificate",
    "unsupported_certificate", "certificate_revoked", "certificate_expired", "certificate_unknown",
    "illegal_parameter", "unknown_ca", "access_denied", "decode_error", "decrypt_error", "protocol_version",
    "insufficient_security", "internal_error", "unrecognized_name",
)  # fmt: skip
"""Of TLS (RFC 8446, 6), as `ssl.AlertDescription` calls them."""
Read = Callable[[Any, str, Problems], Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """One effect. `read` makes its kept value of what was asked for."""

    family: Family
    read: Read


# reading


def _flag(value: Any, pointer: str, problems: Problems) -> Any:
    if value is not True:
        problems.wrong(pointer, "true", value)
    return True


def _number(least: int, most: int) -> Read:
    def read(value: Any, pointer: str, problems: Problems) -> Any:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            problems.wrong(pointer, f"a whole number from {least} to {most}", value)
        return value

    return read


def _or_true(read_other: Read) -> Read:
    return lambda value, pointer, problems: True if value is True else read_other(value, pointer, problems)


def _text(longest: int, pattern: re.Pattern[str] | None = None) -> Read:
    def read(value: Any, pointer: str, problems: Problems) -> Any:
        if not isinstance(value, str) or len(value) > longest or (pattern and not pattern.match(value)):
            problems.wrong(pointer, f"a text of at most {longest} characters", value)
        return value

    return read


def _length(longest: timedelta, *, signed: bool = False) -> Read:
    def read(value: Any, pointer: str, problems: Problems) -> Any:
        length = read_duration(value)
        if length is None or abs(length) > longest or (length < timedelta(0) and not signed):
            problems.wrong(pointer, f"{EXPECTED}, at most {iso_duration(longest)}", value)
            return 0.0
        return length.total_seconds()

    return read


def _delay(value: Any, pointer: str, problems: Problems) -> Any:
    """Seconds, or those of a log-normal distribution: its median and the sigma of the logarithm."""
    if not isinstance(value, dict):
        return _length(LONGEST_DELAY)(value, pointer, problems)
    for name in value:
        if name not in ("median", "sigma", "start"):
            problems.unknown(f"{pointer}/{name}", "delay", ("median", "sigma", "start"))
    sigma = value.get("sigma", 0.5)
    if isinstance(sigma, bool) or not isinstance(sigma, int | float) or not 0 <= sigma <= 5:  # noqa: PLR2004
        problems.wrong(f"{pointer}/sigma", "a number from 0 to 5", sigma)
    start = _number(0, 10_000_000)(value.get("start", 0), f"{pointer}/start", problems)
    median = _length(LONGEST_DELAY)(value.get("median"), f"{pointer}/median", problems)
    return {"median": median, "sigma": sigma, "start": start}


def _retry_after(value: Any, pointer: str, problems: Problems) -> Any:
    """Seconds, as a number, a text of digits or a duration (RFC 9110, 10.2.3)."""
    if isinstance(value, str):
        length = read_duration(value)
        value = int(value) if value.isascii() and value.isdigit() and len(value) < 9 else value  # noqa: PLR2004
        value = int(length.total_seconds()) if length is not None else value
    return _number(0, 31_536_000)(value, pointer, problems)


def _headers(value: Any, pointer: str, problems: Problems) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, text in problems.object(value, pointer, "an object of header fields").items():
        if not HEADER_NAME.match(name) or name.lower() in FRAMING:
            problems.wrong(f"{pointer}/{name}", f"a header field other than {', '.join(sorted(FRAMING))}", name)
        elif not isinstance(text, str) or not HEADER_VALUE.match(text):
            problems.wrong(f"{pointer}/{name}", "a line of printable ASCII", text)
        else:
            found[name.lower()] = text
    return found


def _alert(value: Any, pointer: str, problems: Problems) -> Any:
    if value is True:
        return "handshake_failure"
    if value not in ALERTS:
        problems.wrong(pointer, f"true, or one of {', '.join(ALERTS)}", value)
    return value


_LINE = re.compile(r"[\x20-\x7e]{1,200}\Z")
EFFECTS: Mapping[str, Kind] = {
    "status": Kind("answer", _number(200, 599)),
    "body": Kind("answer", _text(LONGEST_BODY)),
    "content_type": Kind("answer", _text(200, _LINE)),
    "retry_after": Kind("answer", _retry_after),
    "headers": Kind("change", _headers),
    "delay": Kind("change", _delay),
    "wrong_content_type": Kind("change", _or_true(_text(200, _LINE))),
    "bad_json": Kind("change", _flag),
    "truncate": Kind("change", _or_true(_number(0, 100_000_000))),
    "dribble": Kind("change", _or_true(_length(LONGEST_DELAY))),
    "reset": Kind("cut", _flag),
    "drop": Kind("cut", _flag),
    "close_during_handshake": Kind("handshake", _flag),
    "tls_alert": Kind("handshake", _alert),
    "crl_stale": Kind("crl", _flag),
    "crl_not_updated": Kind("crl", _flag),
    "crl_wrong_issuer": Kind("crl", _flag),
    "crl_future": Kind("crl", _flag),
    "crl_huge": Kind("crl", _number(1, HUGEST)),
    "crl_down": Kind("crl", _flag),
    "ocsp_try_later": Kind("ocsp", _flag),
    "ocsp_internal_error": Kind("ocsp", _flag),
    "ocsp_unauthorized": Kind("ocsp", _flag),
    "ocsp_stale": Kind("ocsp", _flag),
    "ocsp_wrong_cert_id": Kind("ocsp", _flag),
    "ocsp_bad_signature": Kind("ocsp", _flag),
    "ocsp_responder_expired": Kind("ocsp", _flag),
    "jwks_missing_kid": Kind("keys", _flag),
    "jwks_duplicate_kid": Kind("keys", _flag),
    "jwks_reordered": Kind("keys", _flag),
    "jwks_stale": Kind("keys", _flag),
    "jwks_x5c_with_pem_armour": Kind("keys", _flag),
    "ssa_bad_signature": Kind("assertion", _flag),
    "ssa_expired": Kind("assertion", _flag),
    "token_wrong_cnf": Kind("token", _flag),
    "clock_skew": Kind("token", _length(LONGEST_SKEW, signed=True)),
    "participants_stale": Kind("participants", _flag),
    "participants_partial": Kind("participants", _or_true(_number(0, HUGEST))),
}
ALIASES = {"retry-after": "retry_after"}
SEVERAL = frozenset({"answer", "keys", "token", "participants", "change"})
"""Families of which one rule may have more than one."""
FETCHES = frozenset({"GET", "HEAD"})
OLD = frozenset({"crl_not_updated", "jwks_stale"})
"""They show things as they were when the fault began; so does `participants_stale`, which keeps the list itself."""
STATIC = frozenset({"/jwks", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"})
"""Of the authorisation server, and without any date."""


def is_at_door(effect: Mapping[str, Any], asked: Asked) -> bool:
    """Whether an exchange is one that this effect can change."""
    family = main_family(effect)
    if asked.is_handshake or family == "handshake":
        return asked.is_handshake and family == "handshake"
    if "token_wrong_cnf" in effect:
        return asked.path == "/token"
    return family not in DOORS or DOORS[family](asked)


def _fetches(asked: Asked, start: str, end: str) -> bool:
    return asked.method in FETCHES and asked.path.startswith(start) and asked.path.endswith(end)


DOORS: Mapping[Family, Callable[[Asked], bool]] = {
    "crl": lambda asked: _fetches(asked, "/crl/", ".crl") or _fetches(asked, "/crl/", ".crl.pem"),
    "ocsp": lambda asked: asked.path == "/ocsp" or asked.path.startswith("/ocsp/"),
    "keys": lambda asked: _fetches(asked, "/jwks", "/jwks") or _fetches(asked, "/keystore/", ".jwks"),
    "assertion": lambda asked: _fetches(asked, "/organisations/", "/assertion"),
    "participants": lambda asked: _fetches(asked, "/participants", "/participants"),
    "token": lambda asked: "auth" in asked.services and asked.path not in STATIC,
}
"""Where effects of a family mean something; those of other families do everywhere."""


def read_effect(value: Any, problems: Problems) -> dict[str, Any]:
    """The kept form of `effect`: known effects with usable values that go together."""
    found: dict[str, Any] = {}
    for given, wanted in _members(value, problems).items():
        name, pointer = ALIASES.get(given.lower(), given), f"/effect/{given}"
        if name not in EFFECTS:
            problems.unknown(pointer, "effect", EFFECTS)
        else:
            found[name] = EFFECTS[name].read(wanted, pointer, problems)
    if not found and not problems.found:
        problems.missing("/effect", f"one or more of {', '.join(EFFECTS)}")
    _require_company(found, problems)
    return found


def main_family(effect: Mapping[str, Any]) -> Family:
    """What decides the answer, or `change` where nothing does."""
    return next((kind for name in effect if (kind := EFFECTS[name].family) != "change"), "change")


def _members(value: Any, problems: Problems) -> Mapping[str, Any]:
    """An object, or one effect as a text: `crl_stale`, `crl_huge:1000`, `clock_skew:+90s`."""
    if not isinstance(value, str):
        return problems.object({} if value is None else value, "/effect", "an object, or an effect as a text")
    name, has_value, text = value.partition(":")
    if not has_value:
        return {name: True}
    return {name: int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text}  # noqa: PLR2004


def _require_company(effect: Mapping[str, Any], problems: Problems) -> None:
    families = list(dict.fromkeys(EFFECTS[name].family for name in effect))
    deciding = [family for family in families if family != "change"]
    for family in deciding:
        names = [name for name in effect if EFFECTS[name].family == family]
        if len(names) > 1 and family not in SEVERAL:
            problems.clash("/effect", f"{' and '.join(names)} exclude each other", "Make two faults of it")
    if len(deciding) > 1:
        one, other = (next(n for n in effect if EFFECTS[n].family == family) for family in deciding[:2])
        problems.clash("/effect", f"{one} and {other} exclude each other", "Make two faults of it")
    changes = [name for name in effect if EFFECTS[name].family == "change" and name != "delay"]
    if changes and deciding in (["cut"], ["handshake"]):
        problems.clash("/effect", f"{changes[0]} changes an answer, and here is none")
    if "delay" in effect and deciding == ["handshake"]:
        problems.clash("/effect", "delay is for exchanges, not for handshakes")
    if "answer" in deciding and "status" not in effect:
        problems.missing("/effect/status", "the status of the answer")
