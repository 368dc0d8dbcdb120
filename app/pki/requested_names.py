"""Requested subject alternative names against the profile (RFC 5280, 4.2.1.6; csr-cases.md E-07 to E-16, E-23)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from app.errors import Finding
from app.pki.extension_findings import malformed
from app.pki.extension_request import SUBJECT_ALT_NAME, RequestedExtension
from app.pki.general_names import (
    address_problem,
    dns_problem,
    email_problem,
    other_name_problem,
    uri_problem,
)
from app.pki.profiles import CertificateProfile, SanRule
from app.pki.strict import DerError, Element, elements, first, inside
from app.pki.wording import shown

Kind = Literal["dns", "uri", "ip", "email"]
POINTER = "/extensions/subjectAltName"

_OTHER_NAME = 0xA0
_KINDS: Mapping[int, Kind] = {0x81: "email", 0x82: "dns", 0x86: "uri", 0x87: "ip"}
_WORDS = {"dns": "DNS name", "uri": "URI", "ip": "IP address", "email": "e-mail address"}
_CODES = {"dns": "csr.ext.san", "uri": "csr.ext.san.uri", "ip": "csr.ext.san.ip", "email": "csr.ext.san"}
_NEVER = {0xA3: "X.400 address", 0xA4: "directory name", 0xA5: "EDI party name", 0x88: "registered id"}
"""Kinds that no type takes: nothing here could check what they claim."""


class _Fault(NamedTuple):
    code: str
    detail: str
    got: str = ""


def requested_names(extension: RequestedExtension | None) -> tuple[Element, ...]:
    """The GeneralName elements of a subjectAltName as far as they can be read. Never raises."""
    if extension is None:
        return ()
    try:
        return tuple(elements(first(extension.value).value))
    except DerError:
        return ()


def unique_names(extension: RequestedExtension) -> tuple[bytes, ...]:
    """Whole GeneralName elements, each name once: DNS names that differ in case alone are one name."""
    kept: dict[bytes, bytes] = {}
    for name in requested_names(extension):
        kept.setdefault(_folded(name), name.raw)
    return tuple(kept.values())


def requested_hosts(extension: RequestedExtension | None) -> list[str]:
    """The DNS names that are asked for, in lower case."""
    names = requested_names(extension)
    return [name.value.decode("ascii", "replace").lower() for name in names if _KINDS.get(name.tag) == "dns"]


def judge_names(extension: RequestedExtension, profile: CertificateProfile) -> Iterator[Finding]:
    """GeneralNames ::= SEQUENCE SIZE (1..MAX) OF GeneralName, each of a kind and form that the profile takes."""
    names, rule = inside(extension.value), profile.san
    if not names:
        yield malformed(SUBJECT_ALT_NAME, "it holds no name")
    if names and not (taken := _taken(rule)):
        yield Finding(
            "csr.ext.san",
            "This type has no subject alternative names",
            POINTER,
            got=f"{len(names)} names",
            fix="Leave subjectAltName out",
        )
        return
    if len(names) > rule.max:
        yield Finding(
            "csr.ext.san.too_many",
            "The request asks for too many names",
            POINTER,
            expected=f"at most {rule.max}",
            got=str(len(names)),
            fix="Ask for fewer names, or for several certificates",
        )
    seen: set[bytes] = set()
    for position, name in enumerate(names[: rule.max]):
        fault = _fault(name, rule)
        if fault is not None:
            yield Finding(fault.code, fault.detail, f"{POINTER}/{position}", taken, shown(fault.got), _ADVICE)
        elif _folded(name) in seen:
            yield _repeated(position)
        seen.add(_folded(name))


_ADVICE = "Ask for the names of this holder alone, in the form that the type takes"


def _taken(rule: SanRule) -> str:
    """The kinds of name that the profile takes, in words."""
    kinds = [_WORDS[kind] for kind in ("dns", "uri", "ip", "email") if getattr(rule, kind) != "forbidden"]
    return ", ".join([*kinds, *(f"otherName {oid}" for oid in rule.other_names)])


def _folded(name: Element) -> bytes:
    return name.raw.lower() if _KINDS.get(name.tag) == "dns" else name.raw


def _repeated(position: int) -> Finding:
    detail = "A name stands in the request twice; the certificate will have it once"
    return Finding("csr.ext.ignored", detail, f"{POINTER}/{position}", severity="warning")


def _fault(name: Element, rule: SanRule) -> _Fault | None:
    """What is wrong with one name, or None."""
    if name.tag == _OTHER_NAME:
        return _other_name(name, rule)
    if name.tag in _NEVER:
        return _Fault("csr.ext.san", f"A name is of a kind that is not taken here: {_NEVER[name.tag]}")
    kind = _KINDS.get(name.tag)
    if kind is None:
        return _Fault("csr.ext.malformed", "A name is of no kind that RFC 5280 knows")
    text = name.value.decode("latin-1")
    if getattr(rule, kind) == "forbidden":
        got = "" if kind == "ip" else text
        return _Fault(
            _CODES[kind], f"The request asks for a name of a kind that this type does not take: {_WORDS[kind]}", got
        )
    return _PROBLEMS[kind](name.value, text, rule)


def _dns(_octets: bytes, text: str, rule: SanRule) -> _Fault | None:
    problem = dns_problem(text, wildcard=rule.wildcard)
    code = "csr.ext.san.wildcard" if "*" in text else "csr.ext.san"
    return _Fault(code, f"A DNS name {problem}", text) if problem else None


def _uri(_octets: bytes, text: str, rule: SanRule) -> _Fault | None:
    problem = uri_problem(text, rule.uri_schemes)
    return _Fault("csr.ext.san.uri", f"A URI {problem}", text) if problem else None


def _ip(octets: bytes, _text: str, _rule: SanRule) -> _Fault | None:
    problem = address_problem(octets)
    return _Fault("csr.ext.san.ip", f"An IP address {problem}", octets[:16].hex()) if problem else None


def _email(_octets: bytes, text: str, _rule: SanRule) -> _Fault | None:
    problem = email_problem(text)
    return _Fault("csr.ext.san", f"An e-mail address {problem}", text) if problem else None


_PROBLEMS = {"dns": _dns, "uri": _uri, "ip": _ip, "email": _email}


def _other_name(name: Element, rule: SanRule) -> _Fault | None:
    problem, oid = other_name_problem(name.value, rule.other_names)
    return _Fault("csr.ext.san.othername", f"An otherName {problem}", oid) if problem else None


def missing_names(extension: RequestedExtension | None, profile: CertificateProfile) -> Iterator[Finding]:
    """A kind of name that the type wants and the request lacks: a warning (rulings.md 8)."""
    tags = {name.tag for name in requested_names(extension)}
    for tag, kind in _KINDS.items():
        if getattr(profile.san, kind) == "required" and tag not in tags:
            yield Finding(
                "csr.ext.san.missing",
                f"The request has no {_WORDS[kind]}, which certificates of this type should bear",
                POINTER,
                expected=f"at least one {_WORDS[kind]}",
                fix='openssl req ... -addext "subjectAltName=DNS:host.example"' if kind == "dns" else "",
                severity="warning",
            )
