"""Signed JSON that is wrong on purpose (control-cases.md B-13)."""

from __future__ import annotations

import base64


def with_bad_signature(token: str) -> str:
    """A JWT in compact form whose signature has one bit turned; everything else is as it was."""
    signed, _, signature = token.rpartition(".")
    octets = bytearray(base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)))
    octets[-1] ^= 1
    return f"{signed}.{base64.urlsafe_b64encode(octets).rstrip(b'=').decode()}"
