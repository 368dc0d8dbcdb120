"""Token requests made before the clock runs: `private_key_jwt`, each with an assertion of its own."""

from __future__ import annotations

import base64
import json
import time
from urllib.parse import quote_plus

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from bench.server import Server

TYPE = quote_plus("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
SHA256 = hashes.SHA256()
PSS = padding.PSS(padding.MGF1(SHA256), 32)
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def requests(server: Server, software: str, token: str, key: Key, count: int) -> list[bytes]:
    """Forms for `POST /token` by an application that gets a signing certificate on this key; good for five minutes."""
    kid = _certified(server, software, token, key)
    issuer = httpx.get(f"{server.http}/.well-known/openid-configuration").json()["issuer"]
    header = _part({"alg": "PS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256", "kid": kid})
    expires = int(time.time()) + 290
    forms = []
    for turn in range(count):
        claims = {"iss": software, "sub": software, "aud": issuer, "exp": expires, "jti": f"{kid[:8]}-{turn}"}
        text = f"{header}.{_part(claims)}"
        assertion = f"{text}.{_base64url(_sign(key, text.encode()))}"
        form = f"grant_type=client_credentials&client_assertion_type={TYPE}&client_assertion={assertion}"
        forms.append(form.encode())
    return forms


def _certified(server: Server, software: str, token: str, key: Key) -> str:
    parts = ((NameOID.COUNTRY_NAME, "GB"), (NameOID.ORGANIZATION_NAME, "Bench Ltd"),
             (NameOID.ORGANIZATIONAL_UNIT_NAME, "bench"), (NameOID.COMMON_NAME, software))  # fmt: skip
    subject = x509.Name([x509.NameAttribute(*part) for part in parts])
    csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, SHA256).public_bytes(Encoding.PEM)
    answer = httpx.post(
        f"{server.http}/organisations/bench/softwarestatements/{software}/certificates/rtssigning",
        content=csr,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/x-pem-file"},
    )
    answer.raise_for_status()
    return str(answer.json()["kid"])


def _sign(key: Key, data: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, PSS, SHA256)
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(SHA256)))
    return r.to_bytes(32) + s.to_bytes(32)


def _part(value: dict[str, object]) -> str:
    return _base64url(json.dumps(value, separators=(",", ":")).encode())


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
