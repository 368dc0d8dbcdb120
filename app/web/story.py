"""Why somebody was refused: the exchange with its findings, who and what it was about as things stand, advice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from app.errors import NotFound
from app.oauth.portraits import ClientPortrait, KeyPortrait
from app.ra.status import readings
from app.runtime.exchange import JournalEntry
from app.sandbox import Sandbox
from app.store.journal import REFUSED
from app.web.advice import advice
from app.web.answers import present
from app.web.journal import entries_about, told
from app.web.moments import iso

STORIES = 5
"""Refusals that are told, the newest."""
LOOKED_UP = 40
"""Texts of the stories that are looked up in the directory."""
NAMES = re.compile(
    r"https?://[!-~]{1,200}/openid_relying_party/[0-9a-f-]{36}"
    r"|(?<![\w-])(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[\w-]{43}|[\w-]{21})(?![\w-])",
    re.ASCII,
)
"""What looks like a client id, a kid or a thumbprint (connect.md 4.3 and 5.4)."""


def story(sandbox: Sandbox, name: str) -> dict[str, Any]:
    """What there is to say; the newest refusal first. Raises NotFound."""
    entries = (entries_about(sandbox, interaction_id=name) or _refusals(sandbox, name))[:STORIES]
    ids = {entry.interaction_id for entry in entries}
    names = [each for each in dict.fromkeys([name, *_names(entries)]) if each not in ids][:LOOKED_UP]
    portraits = sandbox.oauth.portraits
    clients = portraits.of_clients(names)
    keys = {(key.kid, key.type): key for key in (*portraits.of_keys(names), *_of_serial(sandbox, name))}
    if not (entries or clients or keys):
        raise NotFound(f"nothing is known of {name[:100]!r}: no exchange in the journal, no client, no key")
    return {
        "id": name,
        "now": iso(sandbox.clock.now()),
        "entries": [told(entry) for entry in entries],
        "advice": _advice(entries),
        "clients": [_client(client) for client in clients],
        "keys": [_plain(key) for key in keys.values()],
    }


def _refusals(sandbox: Sandbox, name: str) -> list[JournalEntry]:
    """Those that name it, or the client that it is by another form of its id."""
    known = {client.software_statement_id or client.client_id for client in sandbox.oauth.portraits.of_clients([name])}
    found = [entry for each in {name, *known} for entry in entries_about(sandbox, about=each)]
    refused = {(e.interaction_id, e.at, e.path): e for e in found if e.status >= REFUSED or e.code}
    return sorted(refused.values(), key=lambda entry: entry.at, reverse=True)


def _names(entries: Iterable[JournalEntry]) -> Iterator[str]:
    """Every text of these exchanges that may be the name of a client or a key."""
    for entry in entries:
        detail = dict(entry.detail)
        yield from (str(detail[member]) for member in ("client", "actor") if member in detail)
        for each in _texts([entry.reason, detail]):
            yield from NAMES.findall(each)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts(list(value.values()))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


def _of_serial(sandbox: Sandbox, name: str) -> Iterator[KeyPortrait]:
    """Decimal and hexadecimal alike: what is asked here changes nothing, so a text that fits both ways is no fault."""
    for serial in readings(name):
        yield from sandbox.oauth.portraits.of_serial(serial)


def _advice(entries: Iterable[JournalEntry]) -> dict[str, dict[str, str]]:
    """What docs/errors.md says of each code in them."""
    codes = [entry.code for entry in entries]
    codes += [str(finding.get("code")) for entry in entries for finding in entry.detail.get("findings", ())]
    known = advice()
    return {code: asdict(known[code]) for code in dict.fromkeys(codes) if code in known}


def _client(client: ClientPortrait) -> dict[str, Any]:
    return {**_plain(client), "keys": [_plain(key) for key in client.keys]}


def _plain(portrait: ClientPortrait | KeyPortrait) -> dict[str, Any]:
    values = {field.name: getattr(portrait, field.name) for field in fields(portrait)}
    return present({name: iso(value) if isinstance(value, datetime) else value for name, value in values.items()})
