"""A directory with one certificate, and its status asked for as a relying party would: OCSP, CRL, key sets."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from tests.questions import certificate_id, request

OCSP = {"content-type": "application/ocsp-request"}
STATUS = ocsp.OCSPCertStatus


@dataclass(frozen=True)
class Held:
    """One certificate as the API gave it, and where it stands."""

    object: dict[str, Any]
    url: str

    @property
    def leaf(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(base64.b64decode(self.object["x5c"][0]))

    @property
    def serial(self) -> int:
        return self.leaf.serial_number


def issue(ask: Any, owner: tuple[str, str], make_csr: Any, type_: str = "rtstransport", **subject: str) -> Held:
    """A certificate of an application of Acme Bank, on a new EC key."""
    url = "/organisations/{}/softwarestatements/{}/certificates/{}".format(*owner, type_)
    csr = make_csr(owner, key=ec.generate_private_key(ec.SECP256R1()), **subject)
    answer = ask("POST", url, content=csr, headers={"content-type": "application/x-pem-file"})
    assert answer.status_code == 201, answer.text
    return Held(answer.json(), f"{url}/{answer.json()['kid']}")


def revoke(ask: Any, held: Held, reason: Any = "superseded") -> Any:
    return ask("PUT", held.url, json={"RevokeReason": reason})


class Verifier:
    """A relying party: it asks at the public door without a token."""

    def __init__(self, nobody: Any, sandbox: Any) -> None:
        self.nobody, self.sandbox = nobody, sandbox

    @property
    def issuer(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.nobody("GET", "/repository/issuer-ca.pem").content)

    @property
    def root(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.nobody("GET", "/repository/root-ca.pem").content)

    def post(self, body: bytes, **headers: str) -> Any:
        """The HTTP answer to a question, which is always 200."""
        return self.nobody("POST", "/ocsp", content=body, headers=OCSP | headers)

    def ask(self, body: bytes) -> ocsp.OCSPResponse:
        """The OCSP answer to a question; it arrives as one, with HTTP 200."""
        answer = self.post(body)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/ocsp-response"
        return ocsp.load_der_ocsp_response(answer.content)

    def status(self, serial: int, issuer: x509.Certificate | None = None) -> ocsp.OCSPResponse:
        """What OCSP says of a serial; all that must hold of every answer is checked on the way."""
        issuer, now = issuer or self.issuer, self.sandbox.clock.now().replace(microsecond=0)
        answer = self.ask(request(certificate_id(issuer, serial)))
        assert answer.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL, answer.response_status
        assert answer.this_update_utc <= answer.produced_at_utc <= now < answer.next_update_utc
        (responder,) = answer.certificates
        responder.verify_directly_issued_by(issuer)
        assert responder.not_valid_before_utc <= now <= responder.not_valid_after_utc
        key = responder.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(hashes.SHA256()))
        return answer

    def crl(self, name: str = "issuer.crl") -> x509.CertificateRevocationList:
        """A CRL; that it is in date at the sandbox's clock, and not of the future, is checked on the way."""
        answer = self.nobody("GET", f"/crl/{name}")
        assert answer.status_code == 200, answer.text
        loaded = x509.load_der_x509_crl(answer.content)
        assert loaded.last_update_utc <= self.sandbox.clock.now() < loaded.next_update_utc
        assert all(entry.revocation_date_utc <= self.sandbox.clock.now() for entry in loaded)
        return loaded

    def listed(self, name: str = "issuer.crl") -> dict[int, tuple[datetime, x509.ReasonFlags | None]]:
        """serial -> date and reason, from the CRL."""
        return {entry.serial_number: (entry.revocation_date_utc, _reason(entry)) for entry in self.crl(name)}

    def keys(self, held: Held, *, active: bool, file: str = "transport") -> set[str]:
        """The kids in a key set of the owner of a certificate."""
        owner = held.object["OrganisationId"], held.object["SoftwareStatementIds"][0]
        folder = "" if active else "inactive/"
        answer = self.nobody("GET", "/keystore/{}/{}/{}{}.jwks".format(*owner, folder, file))
        assert answer.status_code == 200, answer.text
        return {key["kid"] for key in answer.json()["keys"]}


def number(crl: x509.CertificateRevocationList) -> int:
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def _reason(entry: x509.RevokedCertificate) -> x509.ReasonFlags | None:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return None


def der_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


__all__ = ["OCSP", "STATUS", "Held", "Verifier", "der_of", "issue", "number", "revoke"]
