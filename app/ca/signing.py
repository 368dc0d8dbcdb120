"""One signature as X.509, CRL and OCSP want it: the AlgorithmIdentifier, and the bits over what it covers.

What is signed comes in pieces, which are hashed as they are: a CRL of a million entries is not copied for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Literal

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from app.ca.keys import PrivateKey
from app.pki import der

HashName = Literal["sha1", "sha256", "sha384", "sha512"]
Piece = bytes | bytearray

_NULL = der.tlv(der.NULL, b"")
_HASHES: dict[HashName, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - for certificates that are wrong on purpose
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_RSA_WITH = {
    "sha1": "1.2.840.113549.1.1.5",
    "sha256": "1.2.840.113549.1.1.11",
    "sha384": "1.2.840.113549.1.1.12",
    "sha512": "1.2.840.113549.1.1.13",
}
_ECDSA_WITH = {
    "sha1": "1.2.840.10045.4.1",
    "sha256": "1.2.840.10045.4.3.2",
    "sha384": "1.2.840.10045.4.3.3",
    "sha512": "1.2.840.10045.4.3.4",
}


class Signer:
    """A key with the one algorithm that it signs with here.

    RSA: PKCS #1 v1.5 with SHA-256, or what `rsa_hash` says. EC: ECDSA with the hash of its curve's size, without
    chance (RFC 6979), so that the same calls give the same octets. An outdated one signs with SHA-1, whatever the key.
    """

    def __init__(self, key: PrivateKey, rsa_hash: HashName = "sha256", *, is_outdated: bool = False) -> None:
        self._sign: Callable[[bytes], bytes]
        if isinstance(key, ec.EllipticCurvePrivateKey):
            self._hash: HashName = "sha1" if is_outdated else "sha256" if key.key_size <= 256 else "sha384"
            scheme = ec.ECDSA(Prehashed(_HASHES[self._hash]), deterministic_signing=True)
            self._sign = lambda digest: key.sign(digest, scheme)
            self.algorithm = der.sequence(der.oid(_ECDSA_WITH[self._hash]))  # RFC 5758, 3.2: no parameters
        else:
            self._hash = "sha1" if is_outdated else rsa_hash
            pkcs1, prehashed = padding.PKCS1v15(), Prehashed(_HASHES[self._hash])
            self._sign = lambda digest: key.sign(digest, pkcs1, prehashed)
            self.algorithm = der.sequence(der.oid(_RSA_WITH[self._hash]), _NULL)  # RFC 4055, 5: NULL

    def bits(self, *pieces: Piece) -> bytes:
        """The signature over these pieces, one after another, as a BIT STRING."""
        digest = hashlib.new(self._hash)
        for piece in pieces:
            digest.update(piece)
        return der.bit_string(self._sign(digest.digest()))

    def signed(self, to_be_signed: bytes) -> bytes:
        """SIGNED{...} of RFC 5280: what is signed, the algorithm, the signature."""
        return der.sequence(to_be_signed, self.algorithm, self.bits(to_be_signed))
