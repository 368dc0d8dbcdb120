"""Hosts that a request names, held against the domains registered in the directory (csr-cases.md E-08)."""

from __future__ import annotations

from collections.abc import Iterator

from app.errors import Finding
from app.pki.attributes import ATTRIBUTES
from app.pki.extension_request import SUBJECT_ALT_NAME
from app.pki.facts import Facts
from app.pki.hosts import is_host, normal_domain, registered_elsewhere
from app.pki.profiles import CertificateProfile
from app.pki.request import CertificateRequest
from app.pki.requested_names import POINTER, requested_hosts
from app.pki.wording import shown


def named_hosts(request: CertificateRequest) -> list[tuple[str, str]]:
    """Pointer and name of every host that a certificate would speak for: the DNS names, and a CN that is one."""
    common_names = (attribute.text or "" for attribute in request.subject.by_oid.get(ATTRIBUTES["CN"], ())[:1])
    named = [("/subject/CN", text) for text in common_names if is_host(text)]
    hosts = requested_hosts(request.requested.by_oid.get(SUBJECT_ALT_NAME))
    return named + [(f"{POINTER}/{position}", host) for position, host in enumerate(hosts)]


def foreign_hosts(request: CertificateRequest, profile: CertificateProfile, facts: Facts) -> Iterator[Finding]:
    """Hosts under a domain of another organisation; whose it is, is never said (R10)."""
    if not facts.foreign_domains or profile.san.dns == "forbidden":
        return
    named = named_hosts(request)[: profile.san.max + 1]
    if not named:
        return
    own, foreign = ({normal_domain(domain) for domain in each} for each in (facts.domains, facts.foreign_domains))
    for pointer, host in named:
        if registered_elsewhere(host, own, foreign):
            yield Finding(
                "csr.ext.san",
                "A host name lies under a domain that is registered to another organisation",
                pointer,
                expected="hosts under domains of this organisation, or under domains of nobody",
                got=shown(host),
                fix="Leave the name out, or have the domain registered to this organisation",
            )
