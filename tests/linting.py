"""What pkilint says of what the CA makes; each finding that is no mistake is explained here."""

from __future__ import annotations

from functools import cache
from typing import Any

EXPLAINED = {
    "pkix.certificate_policies_policy_has_qualifier": "the notice that says MOCK, and the address of the policy",
    "pkix.key_usage_value_prohibited_for_rsa": "keyAgreement, as published for rtstransport (connect.md 6.2)",
    "pkix.subject_key_identifier_method_1_identified": "that is the method which was chosen (RFC 5280, 4.2.1.2)",
}


def certificate_findings(der: bytes) -> list[str]:
    """Findings about a certificate (RFC 5280), but those explained above."""
    from pkilint import loader

    return _findings(_certificate_rules(), loader.RFC5280CertificateDocumentLoader().load_der_document(der))


def crl_findings(der: bytes) -> list[str]:
    """Findings about a CRL (RFC 5280)."""
    from pkilint import loader

    return _findings(_crl_rules(), loader.RFC5280CertificateListDocumentLoader().load_der_document(der))


def ocsp_findings(der: bytes) -> list[str]:
    """Findings about an OCSPResponse (RFC 6960)."""
    from pkilint import loader

    return _findings(_ocsp_rules(), loader.RFC6960OCSPResponseDocumentLoader().load_der_document(der))


def _findings(rules: Any, document: Any) -> list[str]:
    return [
        f"{found.finding.code} at {result.node.path}: {found.message}"
        for result in rules.validate(document.root)
        for found in result.finding_descriptions
        if found.finding.code not in EXPLAINED
    ]


@cache
def _certificate_rules() -> Any:
    from pkilint.pkix import certificate, extension, name

    return certificate.create_pkix_certificate_validator_container(
        certificate.create_decoding_validators(name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS),
        [
            certificate.create_issuer_validator_container([]),
            certificate.create_validity_validator_container(),
            certificate.create_subject_validator_container([]),
            certificate.create_extensions_validator_container([]),
            certificate.create_spki_validator_container([]),
        ],
    )


@cache
def _crl_rules() -> Any:
    from pkilint import pkix
    from pkilint.pkix import crl, extension, name

    return crl.create_pkix_crl_validator_container(
        [
            pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
            pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
        ],
        [
            crl.create_issuer_validator_container([]),
            crl.create_validity_validator_container([]),
            crl.create_extensions_validator_container([]),
        ],
    )


@cache
def _ocsp_rules() -> Any:
    from pkilint import pkix
    from pkilint.pkix import extension, name, ocsp

    return ocsp.create_pkix_ocsp_response_validator_container(
        [
            ocsp.create_response_decoder(),
            pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
            pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
        ],
        [],
    )
