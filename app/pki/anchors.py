"""The CAs whose certificates may be uploaded (setting `external_ca_files`): names and keys out of their PEM files."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from app.pki import der
from app.pki.strict import DerError, inside

_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")


@dataclass(frozen=True, slots=True)
class Signed:
    """A SIGNED value: what is signed, the AlgorithmIdentifier (both whole DER), the contents of the BIT STRING."""

    signed: bytes
    algorithm: bytes
    signature: bytes


def split(octets: bytes) -> Signed:
    """Cut a certificate into its three parts. Raises DerError or ValueError where it has another shape."""
    to_be_signed, algorithm, signature = inside(octets)
    if (to_be_signed.tag, algorithm.tag, signature.tag) != (der.SEQUENCE, der.SEQUENCE, der.BIT_STRING):
        raise ValueError("not a signed value")
    return Signed(to_be_signed.raw, algorithm.raw, signature.value)


@lru_cache(maxsize=16)
def read_anchors(files: tuple[bytes, ...]) -> tuple[tuple[bytes, bytes], ...]:
    """Subject and SubjectPublicKeyInfo, both DER, of every certificate in these files (PEM, or one DER certificate).

    What cannot be read is left out: it approves nobody.
    """
    return tuple(anchor for file in files for octets in _certificates(file) for anchor in _anchor(octets))


def _certificates(file: bytes) -> Iterator[bytes]:
    if file[:1] == b"\x30":
        yield file
    for block in _BLOCK.finditer(file):
        try:
            yield binascii.a2b_base64(block[1])
        except binascii.Error:
            continue


def _anchor(octets: bytes) -> Iterator[tuple[bytes, bytes]]:
    try:
        fields = inside(split(octets).signed)
        start = 1 if fields[0].tag == 0xA0 else 0  # [0] version
        yield fields[start + 4].raw, fields[start + 5].raw
    except (DerError, ValueError, IndexError):
        return
