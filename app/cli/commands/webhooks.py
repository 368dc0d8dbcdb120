"""`connect-mock webhook`: who is told of changes, what became of each message, what is sent again."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from app.cli.options import AsJson, Control, ReadyFile
from app.cli.output import Output, facts, table
from app.cli.refusal import Refusal

PATH = "/_mock/webhooks"
SUBSCRIPTIONS = ("id", "status", "owner", "organisation_id", "endpoint", "queued")
DELIVERIES = ("id", "made_at", "event", "revision", "state", "attempts")
app = typer.Typer(no_args_is_help=True, help="Webhooks: subscriptions, the log of deliveries, sending again.")
Subscription = Annotated[str, typer.Argument(help="See `webhook list`.")]
Delivery = Annotated[str, typer.Argument(help="See `webhook log`.")]


@app.command("list")
def listed(*, control: Control = None, ready_file: ReadyFile = None, as_json: AsJson = False) -> None:
    """Show who is told, and which address a receiver has to visit."""
    told = _ask("GET", "", (control, ready_file))
    rows = [[each[name] for name in SUBSCRIPTIONS] for each in told["subscriptions"]]
    Output(as_json=as_json).show(told, lambda on: table(on, SUBSCRIPTIONS, rows))


@app.command()
def log(
    *,
    subscription: Annotated[str | None, typer.Option(help="To this one, by its id.", show_default=False)] = None,
    state: Annotated[
        str | None,
        typer.Option(help="waiting, held, delivered, failed, dropped, cancelled.", show_default=False),
    ] = None,
    event: Annotated[str | None, typer.Option(help="Such as certificate.revoke.", show_default=False)] = None,
    limit: Annotated[int, typer.Option(help="How many, the newest.")] = 20,
    control: Control = None,
    ready_file: ReadyFile = None,
    as_json: AsJson = False,
) -> None:
    """Show what was sent, newest first."""
    from urllib.parse import urlencode

    given = {"subscription_id": subscription, "state": state, "event": event, "limit": limit}
    query = urlencode({name: value for name, value in given.items() if value is not None})
    told = _ask("GET", f"/deliveries?{query}", (control, ready_file))
    rows = [[each.get(name, "") for name in DELIVERIES] for each in told["deliveries"]]
    Output(as_json=as_json).show(told, lambda on: table(on, DELIVERIES, rows))


@app.command()
def show(delivery: Delivery, *, control: Control = None, ready_file: ReadyFile = None, as_json: AsJson = False) -> None:
    """Show one delivery: what was sent, and what was answered."""
    told = _ask("GET", f"/deliveries/{_segment(delivery)}", (control, ready_file))
    Output(as_json=as_json).show(told, lambda _: typer.echo(_whole(told)))


@app.command()
def resend(
    delivery: Delivery, *, control: Control = None, ready_file: ReadyFile = None, as_json: AsJson = False
) -> None:
    """Send the same message once more."""
    told = _ask("POST", f"/deliveries/{_segment(delivery)}:resend", (control, ready_file))
    Output(as_json=as_json).show(told, lambda on: facts(on, {name: told.get(name) for name in DELIVERIES}))


@app.command()
def confirm(
    subscription: Subscription, *, control: Control = None, ready_file: ReadyFile = None, as_json: AsJson = False
) -> None:
    """Confirm a subscription in the place of its receiver."""
    _move(subscription, "confirm", (control, ready_file), as_json=as_json)


@app.command()
def renew(
    subscription: Subscription, *, control: Control = None, ready_file: ReadyFile = None, as_json: AsJson = False
) -> None:
    """Ask a receiver once more for its confirmation."""
    _move(subscription, "renew", (control, ready_file), as_json=as_json)


@app.command()
def delivery(
    effects: Annotated[
        list[str] | None, typer.Argument(help="duplicate, reorder, drop, bad_signature, late=SECONDS.")
    ] = None,
    *,
    times: Annotated[int | None, typer.Option(help="For so many messages.", show_default=False)] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Nothing on purpose any more.")] = False,
    control: Control = None,
    ready_file: ReadyFile = None,
    as_json: AsJson = False,
) -> None:
    """Show or set what is done to messages on purpose."""
    where = (control, ready_file)
    if reset:
        told = _ask("DELETE", "/delivery", where)
    elif effects:
        told = _ask("PUT", "/delivery", where, dict(_effect(each, times) for each in effects))
    else:
        told = _ask("GET", "/delivery", where)
    shown = {name: json.dumps(value) for name, value in told.items()} or {"delivery": "as usual"}
    Output(as_json=as_json).show(told, lambda on: facts(on, shown))


def _effect(text: str, times: int | None) -> tuple[str, dict[str, int]]:
    name, _, seconds = text.partition("=")
    if seconds and not (seconds.isascii() and seconds.isdigit()):
        raise Refusal(f"expected {name}=SECONDS, found {text}", status=2)
    given = {"seconds": int(seconds) if seconds else None, "times": times}
    return name, {member: value for member, value in given.items() if value is not None}


def _move(subscription: str, move: str, where: Any, *, as_json: bool) -> None:
    told = _ask("POST", f"/subscriptions/{_segment(subscription)}:{move}", where)
    Output(as_json=as_json).show(told, lambda on: facts(on, {name: told.get(name) for name in SUBSCRIPTIONS}))


def _ask(method: str, what: str, where: Any, body: Any = None) -> Any:
    from app.cli.client import server_at

    with server_at(None, *where) as server:
        return server.control(method, f"{PATH}{what}", body)


def _segment(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


def _whole(told: dict[str, Any]) -> str:
    """The delivery for people: what it was, each answer, and the payload on several lines."""
    head = [
        f"{name}: {told[name]}" for name in ("event", "state", "endpoint", "message_id", "revision") if name in told
    ]
    answers = [
        f"{each['at']}  {each.get('status', '')} {each.get('body', '')}{each.get('error', '')}"
        for each in told["answers"]
    ]
    try:
        payload = json.dumps(json.loads(told["message"]), indent=2, ensure_ascii=False)
    except ValueError:  # the text that asks for a confirmation
        payload = told["message"]
    return "\n".join([*head, "", *answers, "", payload])
