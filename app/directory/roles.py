"""Which roles a new application may have: some of those that its organisation holds (connect.md 4.2). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.directory.drafts import RoleChoice
from app.errors import Finding, Invalid
from app.store.records import Organisation

MISSING = "role.missing"


def chosen_roles(organisation: Organisation, choices: Sequence[RoleChoice]) -> tuple[Mapping[str, Any], ...]:
    """The roles as the record keeps them. Raises Invalid for a role that the organisation does not hold.

    An organisation without any recorded claim has not been given roles yet: then domain and role are taken as given.
    """
    held = [claim for claim in organisation.roles if claim.get("status", "Active") == "Active"]
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    findings: list[Finding] = []
    for index, choice in enumerate(choices):
        claim = next(iter(_matching(held, choice)), None)
        if claim is None and (organisation.roles or not (choice.domain and choice.role) or choice.claim_id):
            findings.append(_missing(index, choice, held))
            continue
        domain = str(claim["domain"] if claim else choice.domain)
        role = str(claim["role"] if claim else choice.role)
        found[domain, role] = {"AuthorisationDomain": domain, "Role": role, "Status": "Active"}
    if findings:
        raise Invalid(findings[0].detail, code=MISSING, findings=tuple(findings))
    return tuple(found.values())


def _matching(held: list[Mapping[str, Any]], choice: RoleChoice) -> Iterator[Mapping[str, Any]]:
    """A claim id wins over domain and role."""
    for claim in held:
        if choice.claim_id is not None:
            if claim.get("id") == choice.claim_id:
                yield claim
        elif (claim.get("domain"), claim.get("role")) == (choice.domain, choice.role):
            yield claim


def _missing(index: int, choice: RoleChoice, held: list[Mapping[str, Any]]) -> Finding:
    asked = choice.claim_id or f"{choice.domain or '(no domain)'} / {choice.role or '(no role)'}"
    known = ", ".join(f"{claim.get('domain')} / {claim.get('role')}" for claim in held[:20]) or "none"
    return Finding(
        MISSING,
        f"Roles[{index}] must be an active role claim of the organisation: it has {known}",
        f"/Roles/{index}",
        got=asked[:120],
    )
