"""An application of a running server, with real keys and the certificates that the server gave for them."""

from __future__ import annotations

import base64
import hashlib
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.directories import application_body, organisation_body
from tests.participants import good_csr
from tests.servers import Served

PEM = {"Content-Type": "application/x-pem-file"}
ORGANISATION = "real-clients"
CALLBACK = "https://app.acme.example/callback"
USER = "super@connect-mock.example"
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Held:
    """A key and its certificate, in PEM."""

    kid: str
    key: str
    certificate: str

    @property
    def thumbprint(self) -> str:
        """`x5t#S256` of RFC 8705, 3.1."""
        der = x509.load_pem_x509_certificate(self.certificate.encode()).public_bytes(Encoding.DER)
        return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()


class Registered:
    """One application, registered for `method`, with a transport certificate and, for assertions, a signing one."""

    def __init__(self, server: Served, method: str, algorithm: str | None = None) -> None:
        """`algorithm` is that of the signing key: `PS256`, `ES256`, or None where the method needs none."""
        self.server, self.method, self.algorithm = server, method, algorithm
        token = server.token(scope="directory:website", expires_in=3600)
        self._ask = httpx.Client(base_url=server.http, headers={"Authorization": f"Bearer {token}"}, trust_env=False)
        body = organisation_body(ORGANISATION, LegalEntityName="Real Clients Ltd")
        assert self._ask.post("/organisations", json=body).status_code in (201, 409)
        wanted = application_body(
            RedirectUri=[CALLBACK],
            TokenEndpointAuthMethod=method,
            RequireSignedRequestObject=method == "private_key_jwt",
        )
        made = self._ask.post(f"/organisations/{ORGANISATION}/softwarestatements", json=wanted)
        assert made.status_code == 201, made.text
        self.client_id, self.secret = made.json()["ClientId"], made.json().get("ClientSecret")
        self.path = f"/organisations/{ORGANISATION}/softwarestatements/{made.json()['SoftwareStatementId']}"
        self.transport = self._certified("rtstransport", new_key("ES256"))
        self.signing = self._certified("rtssigning", new_key(algorithm)) if algorithm else None

    def close(self) -> None:
        self._ask.close()

    def told(self, steps: str = "all") -> dict[str, Any]:
        """What a client program needs to know; all else stands in the discovery document."""
        known: dict[str, Any] = {
            "steps": steps,
            "issuer": self.server.https,
            "control": self.server.control,
            "api": f"{self.server.mtls}{self.path}",
            "client_id": self.client_id,
            "method": self.method,
            "secret": self.secret,
            "certificate": self.transport.certificate,
            "certificate_key": self.transport.key,
            "ca": self._bundle(),
            "redirect_uri": CALLBACK,
            "user": USER,
        }
        if self.signing is not None:
            known |= {"signing_key": self.signing.key, "kid": self.signing.kid, "algorithm": self.algorithm}
        return known

    def revoke(self, held: Held, type_: str) -> None:
        done = self._ask.put(f"{self.path}/certificates/{type_}/{held.kid}", json={"RevokeReason": "superseded"})
        assert done.status_code == 200, done.text

    def revoke_proof(self) -> str:
        """End what the client proves itself by; the finding code that follows."""
        if self.signing is not None:
            self.revoke(self.signing, "rtssigning")
            return "assertion.key.inactive"
        self.revoke(self.transport, "rtstransport")
        return "mtls.revoked"

    def call(self, token: str) -> httpx.Response:
        """The Connect API over mutual TLS, with the transport certificate."""
        with tempfile.TemporaryDirectory() as folder:
            files = {"chain.pem": self.transport.certificate, "key.pem": self.transport.key, "ca.pem": self._bundle()}
            for name, text in files.items():
                (Path(folder) / name).write_text(text)
            context = ssl.create_default_context(cafile=f"{folder}/ca.pem")
            context.load_cert_chain(f"{folder}/chain.pem", f"{folder}/key.pem")
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.get(f"{self.server.mtls}{self.path}", headers=headers, verify=context, trust_env=False)

    def _bundle(self) -> str:
        return httpx.get(f"{self.server.http}/_mock/bundle.pem", trust_env=False).text

    def _certified(self, type_: str, key: Key) -> Held:
        csr = good_csr(self.path.rpartition("/")[2], ORGANISATION, key, legal_name="Real Clients Ltd")
        made = self._ask.post(f"{self.path}/certificates/{type_}", content=csr, headers=PEM)
        assert made.status_code == 201, made.text
        leaf = x509.load_der_x509_certificate(base64.b64decode(made.json()["x5c"][0]))
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return Held(made.json()["kid"], pem, leaf.public_bytes(Encoding.PEM).decode())


def new_key(algorithm: str) -> Key:
    """A key for this algorithm of RFC 7518."""
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, 2048)
