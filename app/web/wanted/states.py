"""The state that a reset is to go to (control-cases.md G-01 to G-04)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.errors import Finding, Invalid
from app.powers.imports import BASELINE
from app.powers.restoring import SCOPES
from app.powers.snapshots import EMPTY, Reset
from app.web.schemas import Field, Schema
from app.web.wanted.members import members_of

WANTED = Schema((Field("to", least=1, most=60), Field("scope", "strings", most_items=20), Field("keep_ca", "boolean")))


def reset_of(given: Mapping[str, Any]) -> Reset:
    """Raises Invalid for a scope that there is not, and for `keep_ca` where no CA would be left."""
    members = members_of(WANTED, given)
    scopes, to = members.get("scope", list(SCOPES)), members.get("to", BASELINE)
    known = f"one or more of {', '.join(SCOPES)}"
    findings = [
        Finding("field.value", "this is no scope", f"/scope/{index}", known, ascii(scope)[1:-1][:80])
        for index, scope in enumerate(scopes)
        if scope not in SCOPES
    ]
    if not scopes:
        findings.append(Finding("field.value", "a reset of nothing does nothing", "/scope", known, "none"))
    if "keep_ca" in members and (to != EMPTY or "data" not in scopes):
        text_ = "keep_ca is for the data of an empty directory: every other state has its own CA"
        findings.append(Finding("field.value", text_, "/keep_ca", f'{{"to":"{EMPTY}"}} with it', str(to)[:80]))
    if findings:
        raise Invalid(findings[0].detail, code=findings[0].code, findings=tuple(findings))
    chosen = tuple(scope for scope in SCOPES if scope in scopes)
    return Reset(to, chosen, keep_ca=members.get("keep_ca", True))
