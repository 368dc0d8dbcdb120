"""Reading what is asked for: nothing that was accepted is ignored (control-cases.md R3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request

from app.errors import Finding, Invalid
from app.sandbox import Sandbox
from app.web.queries import Query, read_query
from app.web.schemas import Schema

LONGEST_SHOWN = 80


def sandbox_of(request: Request) -> Sandbox:
    """The sandbox that is asked; the gate lets nobody in before there is one."""
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    return sandbox


def members_of(schema: Schema, members: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a body. Raises Invalid with every finding; an unknown one is told with those that there are."""
    known = ", ".join((*(field.name for field in schema.fields), *sorted(schema.tolerated))) or "none"
    try:
        return schema.read(members, refuse_unknown=True).values
    except Invalid as refused:
        findings = tuple(_with_known(finding, known) for finding in refused.findings)
        raise Invalid(refused.reason, code=refused.code, findings=findings) from None


def query_of(request: Request, known: Iterable[str]) -> Query:
    """The parameters of a query. Raises Invalid for one that is unknown or given twice."""
    query, known = read_query(request.scope), tuple(known)
    findings = []
    for name, values in query.items():
        shown = ascii(name)[1:-1][:LONGEST_SHOWN]
        if name not in known:
            text = f"{shown} is not a parameter of this path"
            findings.append(Finding("field.unknown", text, f"/query/{shown}", ", ".join(known)))
        elif len(values) > 1:
            text = f"{shown} is given more than once"
            findings.append(Finding("field.duplicate_member", text, f"/query/{shown}", "one value", str(len(values))))
    if findings:
        raise Invalid(findings[0].detail, code=findings[0].code, findings=tuple(findings))
    return query


def wrong(pointer: str, expected: str, got: str) -> Invalid:
    """A value that cannot be used, by its pointer such as `/query/limit` or `/expires_in`."""
    name = pointer.rpartition("/")[2]
    finding = Finding("field.value", f"{name} is not usable here", pointer, expected, got[:LONGEST_SHOWN])
    return Invalid(finding.detail, code=finding.code, findings=(finding,))


def _with_known(finding: Finding, known: str) -> Finding:
    return replace(finding, expected=f"one of {known}") if finding.code == "field.unknown" else finding
