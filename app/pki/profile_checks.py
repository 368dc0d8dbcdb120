"""What a profile must keep beyond types: names that exist, templates that can be filled, fields that agree."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from app.pki.attributes import ATTRIBUTES
from app.pki.curves import CURVES, canonical
from app.pki.facts import HOLES, holes_of

if TYPE_CHECKING:
    from app.pki.profile_language import CertificateProfile

HOST = "host"
"""In examples only: the host name that the person who asks for a command gives."""
KEY_USAGES = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "encipherOnly",
    "decipherOnly",
)
"""RFC 5280, 4.2.1.3, without those of a CA."""
EXTENDED_KEY_USAGES = ("clientAuth", "serverAuth")


def template(text: str) -> str:
    """A template of what the directory knows. Raises ValueError."""
    return _filled_from(text, HOLES)


def example(text: str) -> str:
    """A template that may also name `{host}`. Raises ValueError."""
    return _filled_from(text, {*HOLES, HOST})


def _filled_from(text: str, known: Collection[str]) -> str:
    named = holes_of(text)
    unknown = [name for name in named if name not in known]
    if unknown:
        raise ValueError(f"knows no {{{unknown[0]}}}; a template may name {', '.join(sorted(known))}")
    if text.count("{") != len(named) or text.count("}") != len(named):
        raise ValueError("has a brace that holds no name of something the directory knows")
    return text


def listed(value: Any) -> Any:
    """A single text is a list of one."""
    return [value] if isinstance(value, str) else value


def pattern(text: str) -> str:
    """A regular expression. Raises ValueError."""
    try:
        re.compile(text)
    except re.error as fault:
        raise ValueError(f"is no regular expression: {fault}") from None
    return text


def attribute(name: str) -> str:
    """The short name of a subject attribute. Raises ValueError."""
    return _one_of(name, tuple(ATTRIBUTES))


def key_usage(name: str) -> str:
    """A key usage of a leaf. Raises ValueError."""
    return _one_of(name, KEY_USAGES)


def extended_key_usage(name: str) -> str:
    """An extended key usage. Raises ValueError."""
    return _one_of(name, EXTENDED_KEY_USAGES)


def curve(name: str) -> str:
    """A named curve, in its one spelling. Raises ValueError."""
    return _one_of(canonical(name), tuple(c.name for c in CURVES.values()))


def _one_of(name: str, known: tuple[str, ...]) -> str:
    if name not in known:
        raise ValueError(f"must be one of {', '.join(known)}")
    return name


def complaints(profile: CertificateProfile) -> Iterator[str]:
    """Fields of one type that do not agree, in words."""
    if profile.type == "kid":
        yield "cannot be named kid: the path certificates/kid/{id} would hide it"
    if profile.level == "organisation" and any(name.startswith("application.") for name in profile.facts):
        yield "belongs to an organisation, so no template may name an application"
    yield from _subject(profile)
    if profile.input == "csr":
        yield from _issued(profile)
    else:
        yield from _not_issued(profile)


def _subject(profile: CertificateProfile) -> Iterator[str]:
    names = [rule.attribute for rule in profile.subject]
    for name in names:
        if names.count(name) > 1:
            yield f"has two rules for {name}; `occurs` says how often it may stand there"
    for rule in profile.subject:
        if len(rule.example) > rule.occurs:
            yield f"has more examples for {rule.attribute} than it may occur"
    optional = {rule.attribute for rule in profile.subject if not rule.required}
    for group in profile.at_least_one:
        if not group or not set(group) <= optional:
            yield "at_least_one must name optional attributes of the subject"


def _issued(profile: CertificateProfile) -> Iterator[str]:
    if not profile.subject:
        yield "is issued, so it needs a subject"
    if not profile.key_usage:
        yield "is issued, so it needs key_usage"
    for rule in profile.subject:
        if rule.required and not (rule.equals or rule.example):
            yield f"needs an example for {rule.attribute}, or its printed command would have a gap"
    if "serverAuth" in profile.extended_key_usage and profile.san.dns == "forbidden":
        yield "has serverAuth, so san.dns must be optional or required: a TLS client looks there for the host"
    if profile.purpose == "transport" and "digitalSignature" not in profile.key_usage:
        yield "is for transport, so key_usage needs digitalSignature: a TLS handshake ends without it"
    if profile.string_mask == "nombstr" and not profile.teletex:
        yield "has string_mask nombstr, which makes TeletexString, so it needs teletex = true"
    yield from _names(profile)
    yield from _requests(profile)


def _names(profile: CertificateProfile) -> Iterator[str]:
    if profile.san.agree_with_cn and "CN" not in [rule.attribute for rule in profile.subject]:
        yield "has san.agree_with_cn, so its subject needs a CN"
    if profile.san.uri == "required" and not profile.san.example:
        yield "has san.uri required, so it needs a san.example"
    if profile.qc_example and profile.qc_statements == "forbidden":
        yield "has a qc_example, so qc_statements must be optional or required"
    if profile.qc_example and profile.command != "config":
        yield 'has a qc_example, so it needs command = "config": there is no option for it'


def _requests(profile: CertificateProfile) -> Iterator[str]:
    """What the certificate has a CSR may ask for: the printed configuration does."""
    if profile.request_key_usage is not None and not set(profile.key_usage) <= set(profile.request_key_usage):
        yield "request_key_usage must hold all of key_usage"
    asked = profile.request_extended_key_usage
    if asked is not None and not set(profile.extended_key_usage) <= set(asked):
        yield "request_extended_key_usage must hold all of extended_key_usage"


_OF_REQUESTS = (
    "key_usage",
    "extended_key_usage",
    "request_key_usage",
    "request_extended_key_usage",
    "qc_example",
    "when",
)
"""Fields that say nothing about a bare key or about a certificate of another CA."""


def _not_issued(profile: CertificateProfile) -> Iterator[str]:
    fields = _OF_REQUESTS if profile.input == "certificate" else (*_OF_REQUESTS, "subject", "san")
    for field in fields:
        if field in profile.model_fields_set:
            yield f"is not issued, so {field} says nothing"
    if profile.input == "certificate" and profile.validity_days:
        yield "is dated by its own CA, so validity_days says nothing"
