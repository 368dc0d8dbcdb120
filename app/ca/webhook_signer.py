"""The key that signs webhooks, and the certificate by which receivers check it (connect.md 18; SNS documentation).

SNS signs with RSA and PKCS #1 v1.5: version 1 is SHA-1, version 2 is SHA-256. The certificate follows from the key
alone, octet by octet, so that every process publishes the same one and nothing has to be kept beside the key.
"""

from __future__ import annotations

import base64
import hashlib
import ssl
from datetime import UTC, datetime
from typing import Literal

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from app.ca import extensions, issuer, keys
from app.ca.issuer import CertificatePlan
from app.ca.keys import KeyPool
from app.ca.names import COMMON_NAME, ORGANISATION, WARNING, name
from app.ca.signing import Signer
from app.errors import Unavailable
from app.runtime.entropy import Entropy

SignatureVersion = Literal["1", "2"]
_HASHES: dict[SignatureVersion, hashes.HashAlgorithm] = {
    "1": hashes.SHA1(),  # noqa: S303 - what SNS calls version 1
    "2": hashes.SHA256(),
}
_NAME = name((ORGANISATION, WARNING), (COMMON_NAME, "MOCK connect-mock webhooks"))
_BEGIN, _END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)
"""Receivers look at their own clock, which the sandbox's may be far from."""


class WebhookSigner:
    """One key. Raises Unavailable, `ca.passphrase` or `ca.key`, for a PEM that cannot be read."""

    def __init__(self, pem: bytes, passphrase: bytes | None) -> None:
        key = keys.from_pem(pem, passphrase)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise Unavailable("the key that signs webhooks is no RSA key", code="ca.key")
        self._key = key
        certificate = _certificate(key)
        self.certificate_pem = ssl.DER_cert_to_PEM_cert(certificate)
        self.name = hashlib.sha256(certificate).hexdigest()[:32]
        """What tells it from others in the address of the certificate."""

    def sign(self, text: str, version: SignatureVersion) -> str:
        """The signature over the UTF-8 of a text, base64."""
        return base64.b64encode(self._key.sign(text.encode(), padding.PKCS1v15(), _HASHES[version])).decode()


def new_key(pool: KeyPool, entropy: Entropy, passphrase: bytes | None) -> bytes:
    """A private key as it is kept, PEM."""
    return keys.to_pem(pool.take("rsa-2048", entropy), passphrase)


def _certificate(key: rsa.RSAPrivateKey) -> bytes:
    """Self-signed, DER."""
    spki = keys.spki(key)
    digest = hashlib.sha256(spki).digest()
    plan = CertificatePlan(
        subject=_NAME,
        public_key=spki,
        serial=int.from_bytes(bytes([digest[0] & 0x3F | 0x40]) + digest[1:20]),
        not_before=_BEGIN,
        not_after=_END,
        extensions=(extensions.NOT_A_CA, extensions.DIGITAL_SIGNATURE),
    )
    return issuer.certificate(Signer(key), _NAME, plan, b"")
