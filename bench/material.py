"""CSRs made before the clock runs: each with a key of its own."""

from __future__ import annotations

import base64

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from bench.server import Server

ORGANISATION = {
    "OrganisationId": "bench", "Status": "Active", "OrganisationName": "Bench", "LegalEntityName": "Bench Ltd",
    "CountryOfRegistration": "GB", "CompanyRegister": "Companies House", "RegistrationNumber": "1",
    "AddressLine1": "1 Bench Street", "City": "London", "Postcode": "N1 1AA", "Country": "GB",
}  # fmt: skip


def application(server: Server) -> tuple[str, str]:
    """An application to certify: its id and a token for it."""
    headers = {"Authorization": f"Bearer {server.token(scope='directory:website')}"}
    httpx.post(f"{server.http}/organisations", json=ORGANISATION, headers=headers)
    body = {
        "ClientName": "Bench",
        "LogoUri": "https://bench.example/logo.svg",
        "RedirectUri": ["https://bench.example/cb"],
    }
    answer = httpx.post(f"{server.http}/organisations/bench/softwarestatements", json=body, headers=headers)
    answer.raise_for_status()
    software = answer.json()["SoftwareStatementId"]
    return software, server.token(scope="directory:software", software_statement_id=software, expires_in=3600)


def csrs(software: str, count: int) -> list[bytes]:
    """PEM CSRs with P-256 keys for `rtstransport`."""
    parts = ((NameOID.COUNTRY_NAME, "GB"), (NameOID.ORGANIZATION_NAME, "Bench Ltd"),
             (NameOID.ORGANIZATIONAL_UNIT_NAME, "bench"), (NameOID.COMMON_NAME, software))  # fmt: skip
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([x509.NameAttribute(*p) for p in parts]))
    return [
        builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(Encoding.PEM)
        for _ in range(count)
    ]


def status_request(server: Server, software: str, token: str) -> bytes:
    """An OCSP request, in DER, for a certificate that was just issued."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-pem-file"}
    url = f"{server.http}/organisations/bench/softwarestatements/{software}/certificates/rtstransport"
    answer = httpx.post(url, content=csrs(software, 1)[0], headers=headers).json()
    leaf = x509.load_der_x509_certificate(base64.b64decode(answer["x5c"][0]))
    issuer = x509.load_pem_x509_certificate(httpx.get(f"{server.http}/repository/issuer-ca.pem").content)
    request = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, hashes.SHA1()).build()
    return request.public_bytes(Encoding.DER)
