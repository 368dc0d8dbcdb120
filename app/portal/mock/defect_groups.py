"""The defects in groups, for people who look for one: by the part of a certificate that they spoil."""

from __future__ import annotations

from collections.abc import Mapping

from app.powers.defects.registry import DEFECTS, Aspect, Defect

GROUPS: Mapping[str, frozenset[Aspect]] = {
    "time": frozenset({"dates"}),
    "issuer": frozenset({"issuer", "hash"}),
    "status": frozenset({"status"}),
    "use": frozenset({"purposes", "usages", "constraints"}),
    "subject": frozenset({"subject", "names"}),
    "key": frozenset({"key"}),
    "serial": frozenset({"serial"}),
    "extensions": frozenset({"unknown", "twice", "version"}),
    "addresses": frozenset({"aia", "cdp"}),
    "encoding": frozenset({"encoding", "signature"}),
}
"""With a text each; a defect of several aspects stands in the first group that has one of them."""


def defects_by_group() -> dict[str, list[Defect]]:
    """Every defect once."""
    found: dict[str, list[Defect]] = {group: [] for group in GROUPS}
    for defect in DEFECTS.values():
        found[next(group for group, aspects in GROUPS.items() if aspects & defect.aspects)].append(defect)
    return found
