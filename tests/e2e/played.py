"""A running directory with participants that hold real keys and certificates, for tests of peers."""

from __future__ import annotations

import base64
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from app.cli.pem import crl_pem
from tests.servers import Served

ORGANISATION = "test"
LEGAL_NAME = "Test Ltd"
HOST = "api.test.example"


@dataclass(frozen=True)
class Held:
    """A certificate as the API answered it, the private key, and the files `<name>.key` and `<name>.chain.pem`."""

    name: str
    certificate: dict[str, Any]
    key: rsa.RSAPrivateKey

    @property
    def kid(self) -> str:
        return str(self.certificate["kid"])


class Played:
    """The directory, one organisation `test` and its application, and a folder for what they hold."""

    def __init__(self, server: Served, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.application = server.application(ORGANISATION)
        token = server.token(scope="directory:website", expires_in=3600)
        self.http = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=20, trust_env=False)
        (folder / "bundle.pem").write_bytes(self.public("/repository/bundle.pem"))
        (folder / "hosts").write_text(f"127.0.0.1 {HOST}\n")
        self.fetch_crls()

    def public(self, path: str) -> bytes:
        """What anybody may fetch."""
        answer = httpx.get(f"{self.server.http}{path}", trust_env=False)
        assert answer.status_code == 200, answer.text
        return answer.content

    def fetch_crls(self) -> None:
        """What a server does every few minutes."""
        crls = [crl_pem(self.public(f"/crl/{name}")) for name in ("root.crl", "issuer.crl")]
        (self.folder / "crls.pem").write_bytes(b"".join(crls))

    def obtain(self, type_: str, name: str, *, host: str | None = None) -> Held:
        """A new RSA key, its CSR, its certificate; at organisation level where there is a host."""
        key = rsa.generate_private_key(65537, 2048)
        answer = self.http.post(
            f"{self._path(is_application=host is None)}/{type_}",
            content=self._csr(key, host),
            headers={"Content-Type": "application/x-pem-file"},
        )
        assert answer.status_code == 201, answer.text
        held = Held(name, answer.json(), key)
        leaf = ssl.DER_cert_to_PEM_cert(base64.b64decode(held.certificate["x5c"][0])).encode()
        (self.folder / f"{name}.chain.pem").write_bytes(leaf + self.public("/repository/issuer-ca.pem"))
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (self.folder / f"{name}.key").write_bytes(pem)
        return held

    def revoke(self, held: Held) -> None:
        path = f"{self._path(is_application=True)}/{held.certificate['keyType']}/{held.kid}"
        answer = self.http.put(path, json={"RevokeReason": "superseded"})
        assert answer.status_code == 200, answer.text

    def keys(self, file: str) -> dict[str, dict[str, Any]]:
        """A published key set of the application, by kid, fetched by a stranger."""
        answer = httpx.get(f"{self.server.http}/keystore/{ORGANISATION}/{self.application}/{file}", trust_env=False)
        return {key["kid"]: key for key in answer.json()["keys"]}

    def _path(self, *, is_application: bool) -> str:
        base = f"{self.server.http}/organisations/{ORGANISATION}"
        return (
            f"{base}/softwarestatements/{self.application}/certificates" if is_application else f"{base}/certificates"
        )

    def _csr(self, key: rsa.RSAPrivateKey, host: str | None) -> bytes:
        values = [
            (NameOID.COUNTRY_NAME, "GB"),
            (NameOID.ORGANIZATION_NAME, LEGAL_NAME),
            (NameOID.ORGANIZATIONAL_UNIT_NAME, ORGANISATION),
        ]
        if host is None:
            values.append((NameOID.COMMON_NAME, self.application))
        subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in values])
        builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
        if host:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
