"""Claims that an application has asked for by JSON Path into the profile of the trust framework (OpenAPI 1.39,
`custom-claims`; connect.md 17.6)."""

from __future__ import annotations

from app.json_path import Unreadable, read_path
from app.oauth.person_claims import Claims
from app.store.store import UnitOfWork

KIND = "custom_claim"


def custom_claims(uow: UnitOfWork, software_statement_id: str | None, profile: Claims) -> Claims:
    """By name; a path that finds nothing gives no claim."""
    if software_statement_id is None:
        return {}
    found: Claims = {}
    for wanted in uow.resources.below(software_statement_id, KIND):
        value = _value(str(wanted.body["Path"]), profile)
        if value is not None:
            found[str(wanted.body["ClaimKey"])] = value
    return found


def _value(path: str, profile: Claims) -> object:
    """None too for a path that an older or foreign directory has let in."""
    try:
        return read_path(path).claim(profile)
    except Unreadable:
        return None
