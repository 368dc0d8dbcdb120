"""Identifiers in paths: one canonical form each (connect.md 2.2 and 2.5; api-cases.md C-10)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.errors import Finding, Invalid

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def application_ids(path: Mapping[str, str]) -> tuple[str, str]:
    """Organisation and application of a path. Raises Invalid for an application id that is no UUID in lower case."""
    software_statement_id = path["SoftwareStatementId"]
    if not UUID.fullmatch(software_statement_id):
        text = "SoftwareStatementId must be a UUID in lower case, such as 0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
        finding = Finding("field.pattern", text, "/path/SoftwareStatementId", got=software_statement_id[:60])
        raise Invalid(text, code=finding.code, findings=(finding,))
    return path["OrganisationId"], software_statement_id
