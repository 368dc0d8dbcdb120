"""The body that amends or revokes a certificate, and when a revocation is seen where (connect.md 5.6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from app.errors import Finding
from app.ra.revocation import REASONS, Amendment
from app.runtime.propagation import Channel
from app.web.moments import iso
from app.web.schemas import Field, Reading, Schema

VIEWS = ("ocsp", "crl", "jwks", "participants", "tokens")
CALLED: Mapping[Channel, str] = {"token_status": "tokens"}
"""Channels that the header calls otherwise."""
READ_BACK = frozenset(
    {
        "RevokeReason", "OrganisationId", "SoftwareStatementIds", "ClientName", "Status", "ValidFromDateTime",
        "RevokedDateTime", "ExpiryDateTime", "e", "keyType", "kid", "kty", "n", "x", "y", "crv", "use", "x5c", "x5t",
        "x5thashS256", "x5u", "SignedCertPath", "JwkPath", "OrgJwkPath",
    }
)  # fmt: skip
"""Accepted because clients send back what they read; never written (errata C10, C11)."""
AMENDMENT = Schema((Field("Description", most=255, angle_brackets=True),), tolerated=READ_BACK)


def read_amendment(members: Mapping[str, Any], *, refuse_unknown: bool) -> tuple[Amendment, Reading]:
    """What a body asks for, and how it was read. Raises Invalid with every finding."""
    reading = AMENDMENT.read(members, refuse_unknown=refuse_unknown, also=_reason_findings(members))
    return Amendment(reading.values.get("Description"), members.get("RevokeReason")), reading


def _reason_findings(members: Mapping[str, Any]) -> Iterator[Finding]:
    """A reason that is there must be one: also null is refused (status-cases.md R-02)."""
    reason = members.get("RevokeReason")
    if "RevokeReason" in members and reason not in REASONS:
        text = f"RevokeReason must be one of {', '.join(REASONS)}"
        yield Finding("revoke.reason", text, "/RevokeReason", got=ascii(reason)[:80])


def visible_at(now: datetime, late: Mapping[Channel, datetime] | None = None) -> dict[str, str]:
    """Per view the moment from which it shows the change; where it is not late that is now (status-cases.md R-08)."""
    moments = {CALLED.get(channel, channel): moment for channel, moment in (late or {}).items()}
    return {"x-mock-visible-at": ", ".join(f"{view}={iso(moments.get(view, now))}" for view in VIEWS)}
