"""Whether a caller may do at all what a path asks for: asked before anything else of the request is looked at.

The use cases ask again, in their own words. Here it is about the order of answers: who may not write hears that, and
not what is wrong with a body that would never have counted (connect.md 9; api-cases.md R2, A-01).
"""

from __future__ import annotations

from collections.abc import Mapping

from app.access import Caller, require_right
from app.access_rules import rules
from app.api.catalogue import Operation
from app.api.identifiers import application_ids


def require_rights(caller: Caller, operation: Operation, path: Mapping[str, str]) -> None:
    """Raise Forbidden for what is not the caller's to do, Invalid for an id that is no id (connect.md 2.2)."""
    ids = application_ids(path) if "SoftwareStatementId" in path else (path.get("OrganisationId"), None)
    require_right(caller, rules().operations[operation.name], *ids)
