"""`connect-mock journal`: what came to a running server; count it against what was expected, prove it, forget it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.cli.options import AsJson, Control, ReadyFile
from app.cli.output import Output, table
from app.cli.refusal import Refusal

PATH = "/_mock/journal"
COLUMNS = ("at", "listener", "method", "path", "status", "code", "client", "interaction id")
app = typer.Typer(no_args_is_help=True, help="The journal: list it, verify it, prove what a client did, clear it.")
Filters = Annotated[
    list[str] | None,
    typer.Argument(help="path=/token, status=200, client=ID, cert=SHA256, code=..., since=...; may repeat."),
]


@app.command("list")
def listed(
    filters: Filters = None,
    *,
    limit: Annotated[int, typer.Option(help="How many, the newest.")] = 20,
    control: Control = None,
    ready_file: ReadyFile = None,
    as_json: AsJson = False,
) -> None:
    """Show the newest exchanges that fit every filter."""
    from urllib.parse import urlencode

    from app.cli.client import server_at

    query = urlencode(_pairs(filters or []) | {"limit": str(limit)})
    with server_at(None, control, ready_file) as server:
        told = server.control("GET", f"{PATH}?{query}")
    Output(as_json=as_json).show(told, lambda on: table(on, COLUMNS, [_row(each) for each in told["entries"]]))


@app.command()
def verify(
    filters: Filters = None,
    *,
    exactly: Annotated[int | None, typer.Option(help="So often and no other number; 0 = never.")] = None,
    at_least: Annotated[int | None, typer.Option(help="So often or more.")] = None,
    at_most: Annotated[int | None, typer.Option(help="So often or less.")] = None,
    control: Control = None,
    ready_file: ReadyFile = None,
    as_json: AsJson = False,
) -> None:
    """Count what fits; exit 1 with near misses where it is not as expected."""
    from app.cli.client import server_at

    match: dict[str, Any] = dict(_pairs(filters or []))
    bounds = {"exactly": exactly, "at_least": at_least, "at_most": at_most}
    wanted = {"match": match} | {name: count for name, count in bounds.items() if count is not None}
    with server_at(None, control, ready_file) as server:
        told = server.control("POST", f"{PATH}/verify", wanted)
    Output(as_json=as_json).show(told, lambda _: typer.echo(f"{told['count']}, as expected ({told['expected']})"))


@app.command()
def prove(
    assertion: Annotated[
        str, typer.Argument(help="ocsp_checked, crl_fetched, jwks_refetched, denied_within, conditional_get.")
    ],
    details: Annotated[
        list[str] | None, typer.Argument(help="client=ID, before=call, at_most=2, seconds=60, path=/jwks ...")
    ] = None,
    *,
    control: Control = None,
    ready_file: ReadyFile = None,
    as_json: AsJson = False,
) -> None:
    """Prove what a client did; exit 1 where the journal does not show it."""
    from app.cli.client import server_at

    numbers = ("exactly", "at_least", "at_most", "seconds")
    given = {name: _number(value) if name in numbers else value for name, value in _pairs(details or []).items()}
    with server_at(None, control, ready_file) as server:
        told = server.control("POST", "/_mock/evidence", {"assert": assertion, **given})
    Output(as_json=as_json).show(told, lambda on: table(on, COLUMNS, [_row(each) for each in told["entries"]]))


@app.command()
def clear(*, control: Control = None, ready_file: ReadyFile = None, as_json: AsJson = False) -> None:
    """Forget what came; data, clock and faults stay."""
    from app.cli.client import server_at

    with server_at(None, control, ready_file) as server:
        server.octets("DELETE", PATH)
    Output(as_json=as_json).show({"cleared": True}, lambda _: typer.echo("The journal is empty."))


def _pairs(given: list[str]) -> dict[str, str]:
    """`name=value` each. Raises Refusal."""
    pairs = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise Refusal(f"expected name=value, found {text}", status=2)
        pairs[name] = value
    return pairs


def _number(text: str) -> int | float:
    try:
        return int(text) if text.lstrip("-").isdigit() else float(text)
    except ValueError:
        raise Refusal(f"expected a number, found {text}", status=2) from None


def _row(entry: dict[str, Any]) -> list[str]:
    detail = entry.get("detail", {})
    who = detail.get("client") or detail.get("actor") or ""
    shown = (entry["at"], entry["listener"], entry["method"], entry["path"], entry["status"] or "-")
    return [*map(str, shown), entry.get("code", ""), str(who), entry["interaction_id"]]
