"""What a request asks for beyond subject and key, against the allow list of its profile (csr-cases.md R6, R7, group E).

Known and decided by the profile: judged. Decided by the CA alone: ignored and reported. Everything else: refused,
critical or not, as the real directory does. What is malformed is refused wherever it stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from app.errors import Finding
from app.pki.attributes import ATTRIBUTES
from app.pki.ca_extensions import OF_CA, judge_of_ca
from app.pki.extension_findings import EXTENSION_NAMES, extension_name, malformed, pointer_of, refused
from app.pki.extension_request import (
    BASIC_CONSTRAINTS,
    EXTENDED_KEY_USAGE,
    KEY_USAGE,
    QC_STATEMENTS,
    SUBJECT_ALT_NAME,
    ExtensionRequest,
    RequestedExtension,
)
from app.pki.hosts import is_host
from app.pki.profiles import CertificateProfile
from app.pki.qc_statements import judge_statements, missing_statements
from app.pki.request import CertificateRequest
from app.pki.request_attributes import attribute_findings
from app.pki.requested_names import judge_names, missing_names, requested_hosts
from app.pki.requested_usages import judge_basic_constraints, judge_extended_key_usage, judge_key_usage
from app.pki.strict import DerError, faults
from app.pki.wording import shown

MAX_EXTENSIONS = 50
"""Extensions beyond are not looked at one by one: a request with more is refused anyway."""

_JUDGES: Mapping[str, Callable[[RequestedExtension, CertificateProfile], Iterator[Finding]]] = {
    BASIC_CONSTRAINTS: judge_basic_constraints,
    KEY_USAGE: judge_key_usage,
    EXTENDED_KEY_USAGE: judge_extended_key_usage,
    SUBJECT_ALT_NAME: judge_names,
    QC_STATEMENTS: judge_statements,
}


def examine_extensions(
    request: CertificateRequest, profile: CertificateProfile, *, allow_unknown: bool
) -> Iterator[Finding]:
    """Every fault of attributes and extensions that shows without the directory.

    `allow_unknown` leaves unknown extensions that are not critical out, with a warning (csr-cases.md E-18).
    """
    yield from attribute_findings(request.attributes)
    requested = request.requested
    yield from _structure(requested)
    for extension in requested.extensions[:MAX_EXTENSIONS]:
        yield from _judged(extension, profile, allow_unknown=allow_unknown)
    san = requested.by_oid.get(SUBJECT_ALT_NAME)
    yield from missing_names(san, profile)
    yield from missing_statements(requested.by_oid.get(QC_STATEMENTS), profile)
    if san is not None and profile.san.agree_with_cn:
        yield from _agreement(request, san)


def _structure(requested: ExtensionRequest) -> Iterator[Finding]:
    """Faults of the list as a whole."""
    for problem in requested.problems:
        yield Finding("csr.ext.malformed", f"The extension request is malformed: {problem}", "/extensions", fix=_AGAIN)
    if not requested.extensions:
        return
    count = Counter(extension.oid for extension in requested.extensions)
    for oid, times in list(count.items())[:MAX_EXTENSIONS]:
        if times > 1:
            detail = f"The extension {extension_name(oid)} stands there {times} times"
            yield refused("csr.ext.duplicate", oid, detail, "once", fix="Keep one of them")
    if any(extension.spelt_out for extension in requested.extensions):
        detail = "An extension says that it is not critical; DER leaves a default out"
        yield Finding("csr.der.non_canonical", detail, "/extensions", "DER (ITU-T X.690)", fix=_AGAIN)
    if len(requested.extensions) > MAX_EXTENSIONS:
        detail, found = "The request asks for too many extensions", str(len(requested.extensions))
        yield Finding("csr.ext.not_allowed", detail, "/extensions", f"at most {MAX_EXTENSIONS}", found, _AGAIN)


_AGAIN = "Make the CSR again with an up-to-date tool, such as openssl req -new"


def _judged(extension: RequestedExtension, profile: CertificateProfile, *, allow_unknown: bool) -> Iterator[Finding]:
    """One extension: its encoding, then what it asks for as far as it can be read."""
    broken = faults(extension.value)
    for fault in broken:
        yield malformed(extension.oid, f"{fault.text} (octet {fault.offset})")
    judge = _JUDGES.get(extension.oid)
    try:
        if judge is not None:
            yield from judge(extension, profile)
        elif extension.oid not in OF_CA:
            yield _off_the_list(extension, allow_unknown=allow_unknown)
        elif not broken:
            yield from judge_of_ca(extension)
    except (DerError, ValueError):
        if not broken:
            yield malformed(extension.oid, "it is not built as its standard says")


def _off_the_list(extension: RequestedExtension, *, allow_unknown: bool) -> Finding:
    if extension.oid in EXTENSION_NAMES:
        detail = f"The extension {extension_name(extension.oid)} may not be asked for here"
        return refused("csr.ext.not_allowed", extension.oid, detail, fix="Leave the extension out")
    if extension.critical:
        detail = "The request asks for an unknown extension and calls it critical"
        return refused("csr.ext.unknown_critical", extension.oid, detail, got=extension.oid, fix="Leave it out")
    detail = "The request asks for an unknown extension"
    if allow_unknown:
        detail += "; it was left out"
        return Finding("csr.ext.unknown", detail, pointer_of(extension.oid), got=extension.oid, severity="warning")
    fix = "Leave it out, or let the mock leave it out: allow_unknown_extensions"
    return refused("csr.ext.unknown", extension.oid, detail, got=extension.oid, fix=fix)


def _agreement(request: CertificateRequest, san: RequestedExtension) -> Iterator[Finding]:
    """connect.md 9: a CN that is a host name should be among the DNS names."""
    hosts = requested_hosts(san)
    for attribute in request.subject.by_oid.get(ATTRIBUTES["CN"], ())[:1]:
        text = attribute.text or ""
        if hosts and is_host(text) and text.lower() not in hosts:
            yield Finding(
                "csr.ext.san.cn",
                "CN is a host name that is not among the DNS names; TLS clients look at those alone",
                "/subject/CN",
                expected=shown(", ".join(hosts)),
                got=shown(text),
                fix="Add CN to the DNS names",
                severity="warning",
            )
