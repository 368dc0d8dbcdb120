"""Every defect that a certificate can be asked for with: what it spoils, and how a verifier sees it.

`docs/certificates-on-demand.md` has this table (`tools/defects_page.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from app.ca.odd.leaf_keys import OddKind
from app.powers.defects import changes
from app.powers.defects.changes import Change

Aspect = Literal[
    "dates", "status", "purposes", "usages", "constraints", "issuer", "subject", "names", "key", "hash", "serial",
    "unknown", "twice", "version", "aia", "cdp", "encoding", "signature",
]  # fmt: skip
"""A part of a certificate, or of what is told of it. Two defects of one aspect exclude each other."""
Standing = Literal["revoked", "later", "hold"]


@dataclass(frozen=True, slots=True)
class Defect:
    """`reason` is what OpenSSL says where it says something, `code` what our own verifier finds (docs/errors.md).

    `openssl` are options that `openssl verify` needs beside CA and chain to see it; None = it lets it pass. It says
    `openssl_says`, or the reason.
    """

    name: str
    aspects: frozenset[Aspect]
    says: str
    reason: str
    code: str
    openssl: str | None = None
    change: Change | None = None
    finish: Callable[[bytes], bytes] | None = None
    key: OddKind | None = None
    standing: Standing | None = None
    openssl_says: str = ""


def _defect(name: str, aspects: str, says: str, reason: str, code: str, **more: object) -> Defect:
    return Defect(name, frozenset(aspects.split()), says, reason, code, **more)  # type: ignore[arg-type]


_PURPOSE = "unsuitable certificate purpose"
_WEAK = "EE certificate key too weak"

_ALL = (
    _defect("expired", "dates", "over since yesterday, on the sandbox's clock", "certificate has expired",
            "cert.expired", openssl="", change=changes.expired),
    _defect("not_yet_valid", "dates", "begins tomorrow", "certificate is not yet valid",
            "cert.not_yet_valid", openssl="", change=changes.not_yet_valid),
    _defect("revoked", "status", "revoked for keycompromise, on OCSP and CRL", "certificate revoked",
            "cert.revoked", openssl="-crl_check", standing="revoked"),
    _defect("revoked_in_future", "status", "good until `revoked_in` (default an hour) is over, then revoked",
            "certificate revoked", "cert.revoked", openssl="-crl_check", standing="later"),
    _defect("on_hold", "status", "revoked with certificateHold, until it is lifted", "certificate revoked",
            "cert.revoked", openssl="-crl_check", standing="hold"),
    _defect("wrong_eku", "purposes", "extendedKeyUsage is codeSigning", _PURPOSE,
            "cert.eku", openssl="-purpose sslclient", change=changes.wrong_eku),
    _defect("no_eku", "purposes", "no extendedKeyUsage: good for every purpose, and some verifiers want one",
            "no extendedKeyUsage", "cert.eku", change=changes.no_eku),
    _defect("any_eku", "purposes", "extendedKeyUsage is anyExtendedKeyUsage, which not every verifier takes for TLS",
            _PURPOSE, "cert.eku", openssl="-purpose sslclient", change=changes.any_eku),
    _defect("wrong_ku", "usages", "keyUsage is dataEncipherment alone", _PURPOSE,
            "cert.ku", openssl="-purpose sslclient", change=changes.wrong_ku),
    _defect("ca_true", "constraints", "basicConstraints says CA", "the certificate of a leaf says that it is a CA",
            "cert.ca", change=changes.ca_true),
    _defect("self_signed", "issuer status", "signed with its own key, issuer equal to subject",
            "self-signed certificate", "cert.issuer", openssl="", change=changes.self_signed),
    _defect("unknown_issuer", "issuer", "a whole chain to a root that nobody trusts, with a CRL and OCSP that work",
            "self-signed certificate in certificate chain", "cert.issuer", openssl="", change=changes.under("unknown")),
    _defect("same_name_other_key_issuer", "issuer signature", "names the issuing CA, signed with another key",
            "certificate signature failure", "cert.signature", openssl="", change=changes.same_name_other_key),
    _defect("expired_intermediate", "issuer", "issued by an issuing CA that is over", "certificate has expired",
            "cert.ca_expired", openssl="", change=changes.under("expired")),
    _defect("revoked_intermediate", "issuer", "issued by an issuing CA that is on the root's CRL",
            "certificate revoked", "cert.ca_revoked", openssl="-crl_check_all", change=changes.under("revoked")),
    _defect("missing_intermediate", "issuer", "a sound certificate, and a chain without its issuing CA",
            "unable to get local issuer certificate", "cert.issuer", openssl=""),
    _defect("wrong_org", "subject", "the subject names an organisation that is not there",
            "the subject names another organisation", "cert.subject", change=changes.wrong_org),
    _defect("wrong_software", "subject", "the subject names an application that is not there",
            "the subject names another application", "cert.subject", change=changes.wrong_software),
    _defect("wrong_cn", "subject", "CN is wrong.example", "the subject names somebody else",
            "cert.subject", change=changes.wrong_cn),
    _defect("no_san", "names", "no subjectAltName", "hostname mismatch",
            "cert.san", openssl="-verify_hostname api.acme.example", change=changes.no_san),
    _defect("wildcard_san", "names", "the subjectAltName is a star in front of the domain of `host`",
            "a wildcard where a name is wanted", "cert.san", change=changes.wildcard_san),
    _defect("weak_rsa_1024", "key", "an RSA key of 1024 bits", _WEAK,
            "cert.key", openssl="-auth_level 2", key="weak_rsa_1024"),
    _defect("rsa_e3", "key", "an RSA key of 2048 bits with exponent 3", "public exponent 3",
            "cert.key", key="rsa_e3"),
    _defect("p192", "key", "a key on the curve P-192", _WEAK, "cert.key", openssl="-auth_level 2", key="p192"),
    _defect("sha1_signature", "hash issuer", "signed by the issuing CA with SHA-1",
            "CA signature digest algorithm too weak", "cert.hash", openssl="-auth_level 1", change=changes.sha1),
    _defect("duplicate_serial", "serial", "two certificates of one issuer with one serial: `twin` is the other",
            "two certificates have one serial", "cert.serial"),
    _defect("negative_serial", "serial", "the serial is below zero", "the serial is not positive",
            "cert.serial", change=changes.negative_serial),
    _defect("zero_serial", "serial", "the serial is zero", "the serial is not positive",
            "cert.serial", change=changes.zero_serial),
    _defect("long_serial", "serial", "the serial has 32 octets; 20 are the most (RFC 5280, 4.1.2.2)",
            "the serial is too long", "cert.serial", change=changes.long_serial),
    _defect("unknown_critical_extension", "unknown", "a critical extension that nobody knows",
            "unhandled critical extension", "cert.extension", openssl="", change=changes.unknown_critical),
    _defect("duplicate_extension", "twice", "the subjectKeyIdentifier stands there twice",
            "an extension stands there twice", "cert.extension", change=changes.duplicate_extension,
            openssl="", openssl_says="unable to get local issuer certificate"),
    _defect("v1", "version", "version 1, with its extensions", "extensions in a certificate of version 1",
            "cert.version", change=changes.version_1,
            openssl="-x509_strict", openssl_says="Using cert extension requires at least X509v3"),
    _defect("empty_subject", "subject", "the subject is empty", "the subject is empty",
            "cert.subject", change=changes.empty_subject,
            openssl="-x509_strict", openssl_says="Subject empty and Subject Alt Name extension not critical"),
    _defect("utf8_bidi_subject", "subject", "a RIGHT-TO-LEFT OVERRIDE in the last value of the subject",
            "an invisible character in the subject", "cert.subject", change=changes.bidi_subject),
    _defect("no_aia", "aia", "no authorityInfoAccess: no OCSP address", "no OCSP address",
            "cert.aia", change=changes.no_aia),
    _defect("no_cdp", "cdp", "no CRL address", "no CRL address", "cert.cdp", change=changes.no_cdp,
            openssl="-crl_check", openssl_says="different CRL scope"),
    _defect("dead_ocsp_url", "aia", "an OCSP address that refuses connections at once", "OCSP cannot be asked",
            "cert.aia", change=changes.dead_ocsp),
    _defect("dead_crl_url", "cdp", "a CRL address that refuses connections at once", "the CRL cannot be fetched",
            "cert.cdp", change=changes.dead_crl, openssl="-crl_check", openssl_says="different CRL scope"),
    _defect("truncated_der", "encoding signature", "the last 16 octets are missing", "the certificate is cut short",
            "cert.encoding", finish=changes.truncated, openssl="", openssl_says="Unable to load certificate"),
    _defect("ber_not_der", "encoding", "the outermost length is longer than it needs to be",
            "BER, not DER", "cert.encoding", finish=changes.ber),
    _defect("trailing_bytes", "encoding", "two octets behind the end", "octets behind the certificate",
            "cert.encoding", finish=changes.trailing),
    _defect("signature_flipped", "signature", "one bit of the signature is flipped", "certificate signature failure",
            "cert.signature", openssl="", finish=changes.flipped),
    _defect("key_in_blocklist", "key", "on a key whose private half stands printed in an RFC",
            "the private key is public", "cert.key", key="key_in_blocklist"),
)  # fmt: skip

DEFECTS: Mapping[str, Defect] = {defect.name: defect for defect in _ALL}
