"""Whole states over the control listener, and what relying parties see of them."""

from __future__ import annotations

import json
from typing import Any

from cryptography import x509
from cryptography.x509 import ocsp

from tests.api.status_kit import STATUS, Held, issue
from tests.questions import certificate_id, request

KEEP_TOKENS = ["data", "journal", "faults", "scenarios", "clock", "propagation", "switches"]
__all__ = ["KEEP_TOKENS", "Held", "States", "View", "issue"]


class States:
    """Export, reset, snapshots, import at one control listener; what it asks for must work."""

    def __init__(self, control: Any) -> None:
        self.control = control

    def export(self, **query: str) -> bytes:
        answer = self.control("GET", "/_mock/export", params=query)
        assert answer.status_code == 200, answer.text
        return bytes(answer.content)

    def document(self, **query: str) -> dict[str, Any]:
        return dict(json.loads(self.export(**query)))

    def reset(self, **wanted: Any) -> dict[str, Any]:
        answer = self.control("POST", "/_mock/reset", json=wanted)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def take(self, name: str) -> None:
        assert self.control("PUT", f"/_mock/snapshots/{name}").status_code in (200, 201)

    def bring(self, document: Any, **query: str) -> dict[str, Any]:
        given: dict[str, Any] = {"content": document} if isinstance(document, bytes) else {"json": document}
        headers = {"content-type": "application/json"}
        answer = self.control("POST", "/_mock/import", params=query, headers=headers, **given)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def refused(self, document: Any) -> dict[str, dict[str, str]]:
        """What is wrong with a document, by pointer; nothing may have changed by it."""
        before = self.export(include="tokens,numbers")
        answer = self.control("POST", "/_mock/import", json=document)
        assert answer.status_code == 422, answer.text
        assert self.export(include="tokens,numbers") == before
        return {finding.get("pointer", ""): finding for finding in answer.json()["findings"]}


class View:
    """A relying party at the public door."""

    def __init__(self, nobody: Any) -> None:
        self.nobody = nobody

    def ca(self, name: str = "issuer-ca.pem") -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.nobody("GET", f"/repository/{name}").content)

    def crl(self) -> x509.CertificateRevocationList:
        """The CRL of the issuing CA, which must be signed by it."""
        found = x509.load_der_x509_crl(self.nobody("GET", "/crl/issuer.crl").content)
        assert found.is_signature_valid(self.ca().public_key())  # type: ignore[arg-type]
        return found

    def number(self) -> int:
        return self.crl().extensions.get_extension_for_class(x509.CRLNumber).value.crl_number

    def status(self, leaf: x509.Certificate) -> tuple[ocsp.OCSPCertStatus, bool]:
        """What OCSP says, and whether the CRL has it; of a good one both agree."""
        body = request(certificate_id(self.ca(), leaf.serial_number))
        answer = self.nobody("POST", "/ocsp", content=body, headers={"content-type": "application/ocsp-request"})
        told = ocsp.load_der_ocsp_response(answer.content).certificate_status
        is_listed = self.crl().get_revoked_certificate_by_serial_number(leaf.serial_number) is not None
        assert is_listed == (told is STATUS.REVOKED)
        return told, is_listed
