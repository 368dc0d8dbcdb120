"""Whether a caller may write at all where a path points: asked before anything else of the request is looked at.

The use cases ask again, in their own words. Here it is about the order of answers: who may not write hears that, and
not what is wrong with a body that would never have counted (connect.md 9; api-cases.md R2, A-01).
"""

from __future__ import annotations

from collections.abc import Mapping

from app.access import Caller, require_application, require_applications, require_organisation, require_super_user
from app.api.catalogue import APPLICATIONS, Operation
from app.api.identifiers import application_ids


def require_rights(caller: Caller, operation: Operation, path: Mapping[str, str]) -> None:
    """Raise Forbidden for a write that is not the caller's, Invalid for an id that is no id (connect.md 2.2)."""
    ids = application_ids(path) if "SoftwareStatementId" in path else None
    if operation.method == "GET":
        return
    if ids is not None:
        require_application(caller, *ids)
    elif operation.path == APPLICATIONS:
        require_applications(caller, path["OrganisationId"])
    elif "OrganisationId" in path:
        require_organisation(caller, path["OrganisationId"])
    else:
        require_super_user(caller)
