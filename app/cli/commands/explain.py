"""`connect-mock explain`: the whole story of a refusal, and how client, keys and certificates stand now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.options import AsJson, Control, ReadyFile
from app.cli.output import Output, facts

if TYPE_CHECKING:
    from rich.console import Console

TOLD = ("actor", "client", "kid", "known_kids", "presented", "findings")
"""Members of a story's detail that are told in lines of their own."""


def explain(
    name: Annotated[
        str, typer.Argument(help="Interaction id (x-fapi-interaction-id), client id, kid, thumbprint or serial.")
    ],
    *,
    control: Control = None,
    ready_file: ReadyFile = None,
    as_json: AsJson = False,
) -> None:
    """Tell why a request was refused, and what to do.

    By interaction id: that exchange. By client id, kid or serial: the last refusals that name it.
    """
    from app.cli.client import segment, server_at

    with server_at(None, control, ready_file) as server:
        story = server.control("GET", f"/_mock/explain?id={segment(name)}")
    Output(as_json=as_json).show(story, lambda on: _tell(on, story))


def _tell(on: Console, story: Mapping[str, Any]) -> None:
    for entry in story["entries"]:
        _exchange(on, entry, story["advice"])
    if not story["entries"]:
        on.print(f"The journal has no refusal that names {story['id']}.\n")
    for client in story["clients"]:
        _client(on, client)
    keys = [key for key in story["keys"] if key["kid"] not in _kids_of(story["clients"])]
    if keys:
        _heading(on, "Other certificates and keys that are named")
        _keys(on, keys)
    on.print(f"The sandbox's clock says {story['now']}.")


def _exchange(on: Console, entry: Mapping[str, Any], advice: Mapping[str, Mapping[str, str]]) -> None:
    detail = entry.get("detail", {})
    _heading(on, f"{entry['method']} {entry['path']} answered {entry['status']}")
    code = entry.get("code")
    known = {
        "when": entry["at"],
        "listener": f"{entry['listener']}, from {entry.get('peer', 'an unknown address')}",
        "interaction": entry["interaction_id"],
        "caller": detail.get("actor") or detail.get("client"),
        "presented": detail.get("presented"),
        "kid": detail.get("kid"),
        "known kids": ", ".join(detail["known_kids"]) or "none" if "known_kids" in detail else None,
        "code": code,
        "reason": entry.get("reason"),
    }
    more = {name: value for name, value in detail.items() if name not in TOLD}
    facts(on, known | more)
    if not code:
        on.print("It was not refused.")
    for number, finding in enumerate(entry.get("findings", ()), 1):
        on.print(f"\nFinding {number}: {finding.get('detail', '')}", markup=False)
        facts(on, {f"  {name}": value for name, value in _compared(finding)})
    for each in _what_to_do(entry, advice):
        on.print(f"-> {each}", markup=False)
    on.print()


def _compared(finding: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, shown in (("code", "code"), ("pointer", "at"), ("expected", "expected"), ("got", "found")):
        if finding.get(name):
            yield shown, finding[name]


def _what_to_do(entry: Mapping[str, Any], advice: Mapping[str, Mapping[str, str]]) -> Sequence[str]:
    """The advice of the findings themselves, then that of docs/errors.md; each sentence once."""
    findings = entry.get("findings", ())
    codes = [entry.get("code"), *(finding.get("code") for finding in findings)]
    told = [finding["fix"] for finding in findings if finding.get("fix")]
    told += [advice[code]["fix"] for code in codes if code in advice and advice[code]["fix"] != "-"]
    return list(dict.fromkeys(told))


def _client(on: Console, client: Mapping[str, Any]) -> None:
    _heading(on, f"Client {client['client_id']} now")
    known = {
        "name": client["name"],
        "organisation": f"{client.get('organisation_name')} ({client.get('organisation_id')})",
        "application": client.get("software_statement_id"),
        "status": client["status"],
        "method": client["method"],
        "scopes": " ".join(client["scopes"]),
    }
    facts(on, known)
    if client["keys"]:
        _keys(on, client["keys"])
    else:
        on.print("It has no certificate and no key.\n")


def _keys(on: Console, keys: Sequence[Mapping[str, Any]]) -> None:
    """With the subject below each, since `tls_client_auth` goes by it."""
    for key in keys:
        on.print(f"{key['kid']}  {key['type']} ({key['use']}), {key['status']}", markup=False, soft_wrap=True)
        serial = f"serial {key['serial']}, until {key.get('not_after')}, " if "serial" in key else ""
        on.print(f"    {serial}{key.get('subject', 'bare key')}", markup=False, soft_wrap=True)
    on.print()


def _kids_of(clients: Sequence[Mapping[str, Any]]) -> set[str]:
    return {key["kid"] for client in clients for key in client["keys"]}


def _heading(on: Console, text: str) -> None:
    from rich.text import Text

    on.print(Text(text, style="bold underline"), soft_wrap=True)
