"""Why a certificate was revoked, as numbers (RFC 5280, 5.3.1; the directory's names: connect.md 5.6)."""

from __future__ import annotations

from collections.abc import Mapping

UNSPECIFIED = "unspecified"
"""Told by leaving the reason out."""
HOLD = "certificatehold"

CODES: Mapping[str, int] = {
    UNSPECIFIED: 0,
    "keycompromise": 1,
    "superseded": 4,
    "cessationofoperation": 5,
    HOLD: 6,
    "privilegewithdrawn": 9,
}
