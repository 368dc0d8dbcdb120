"""Reading what is asked for: nothing that was accepted is ignored (control-cases.md R3)."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.requests import Request

from app.errors import Finding, Invalid
from app.sandbox import Sandbox
from app.web.queries import Query, read_query
from app.web.wanted.members import LONGEST_SHOWN, members_of, wrong

__all__ = ["members_of", "query_of", "sandbox_of", "wrong"]


def sandbox_of(request: Request) -> Sandbox:
    """The sandbox that is asked; the gate lets nobody in before there is one."""
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    return sandbox


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
