"""Keys and certificates of a CA that somebody brings: whether they fit together, and how this server keeps them."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from app.ca import keys
from app.ca.hierarchy import load_issuer, load_responder
from app.errors import DirectoryError
from app.pki.keys import jwk_thumbprint, public_jwk
from app.pki.strict import DerError

ENCRYPTED = b"ENCRYPTED"


def unfit(authority: tuple[bytes, bytes], responder: tuple[bytes, bytes], passphrase: bytes | None) -> str:
    """Why a CA and its OCSP responder, each certificate (DER) and key (PEM), cannot be used; "" when they can."""
    try:
        signer = load_issuer(*authority, _passphrase(authority[1], passphrase))
        load_responder(signer, *responder, _passphrase(responder[1], passphrase))
    except DirectoryError as refusal:
        return refusal.reason
    except (ValueError, IndexError, DerError) as fault:
        return f"a certificate of the CA cannot be read: {fault}"
    return "" if is_issued_by(responder[0], signer.certificate) else "the OCSP responder is of another CA"


def is_issued_by(certificate: bytes, authority: x509.Certificate) -> bool:
    """Whether this CA has signed the certificate (DER), name by name."""
    try:
        x509.load_der_x509_certificate(certificate).verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def kept(pem: bytes, passphrase: bytes | None) -> bytes:
    """A key as this server keeps it. Raises Unavailable: `ca.passphrase`, `ca.key`.

    One that came in the clear is encrypted where a passphrase is set; one that came encrypted must open with it.
    """
    if passphrase and ENCRYPTED not in pem[:64]:
        return keys.to_pem(keys.from_pem(pem, None), passphrase)
    keys.from_pem(pem, passphrase)
    return pem


def kid(pem: bytes, passphrase: bytes | None) -> str:
    """The thumbprint of the public half (RFC 7638). Raises Unavailable as `kept` does."""
    return jwk_thumbprint(public_jwk(keys.spki(keys.from_pem(pem, _passphrase(pem, passphrase)))))


def _passphrase(pem: bytes, passphrase: bytes | None) -> bytes | None:
    return passphrase if ENCRYPTED in pem[:64] else None
