"""Import: what somebody brings takes the place of what is there, or is refused whole (control-cases.md G)."""

from __future__ import annotations

import base64
import io
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace as changed
from itertools import chain, islice
from typing import Any

from app.ca import arrivals as ca
from app.errors import Conflict, Finding, Invalid
from app.powers import arrivals, documents, shapes
from app.powers.documents import NUMBERS
from app.powers.restoring import SCOPES, replace
from app.runtime.clock import Clock
from app.settings import Settings
from app.store import copy_checks
from app.store.copy_tables import Unreadable
from app.store.powers import Snapshot
from app.store.store import Store, UnitOfWork

BASELINE = "baseline"
MOST = 50
"""Findings that one refusal tells."""
Follow = Callable[[], None]
Objects = Callable[[Mapping[str, Any]], Iterable[Finding]]
"""What is wrong with one row of plain objects, by the schemas that doors know; pointers begin in the row."""
Row = dict[str, Any]
Sections = dict[str, list[Row]]


class Imports:
    def __init__(self, store: Store, clock: Clock, settings: Settings, follow: Follow) -> None:
        """`follow` lets this process learn at once of what has changed."""
        self._store, self._clock, self._settings, self._follow = store, clock, settings, follow

    def bring(self, document: Mapping[str, Any], objects: Objects, *, baseline: bool = True) -> dict[str, int]:
        """Put a document's directory in the place of this one; rows by section.

        With `baseline` it is what a reset goes back to from now on. Raises Invalid with every finding, and then
        nothing has changed.
        """
        sections = documents.rows_of(documents.upgraded(document))
        self._require_good(sections, objects)
        self._keep_keys(sections)
        scopes = [scope for scope in SCOPES if scope != "journal" or "journal" in sections]
        try:
            with self._store.write() as uow:
                replace(uow, _flat(sections), scopes, self._numbers(uow, sections))
                if baseline:
                    uow.snapshots.put(self._baseline(uow))
        except (Conflict, Unreadable) as refusal:
            finding = Finding(copy_checks.DUPLICATE, f"these rows cannot be those of one directory: {refusal}")
            raise Invalid(finding.detail, code=finding.code, findings=(finding,)) from refusal
        self._follow()
        return {name: len(rows) for name, rows in sections.items() if rows}

    def _require_good(self, sections: Sections, objects: Objects) -> None:
        """Shape first, then what the rows mean: the second can rely on the first."""
        tables = {name: rows for name, rows in sections.items() if name != NUMBERS}
        _raise_if_any(chain(copy_checks.check(tables), _numbers_wrong(sections.get(NUMBERS, []))))
        passphrase = self._settings.passphrase
        _raise_if_any(chain(arrivals.keys(sections, passphrase), arrivals.authorities(sections, passphrase)))
        plain = _objects_wrong(sections.get("resource", []), objects)
        _raise_if_any(chain(arrivals.certificates(sections), shapes.wrong(sections), plain))

    def _keep_keys(self, sections: Sections) -> None:
        """Encrypt what came in the clear, where this server encrypts."""
        for row in sections["vault"]:
            pem = ca.kept(arrivals.octets(row["pem"]), self._settings.passphrase)
            row["pem"] = base64.b64encode(pem).decode()

    def _numbers(self, uow: UnitOfWork, sections: Sections) -> dict[str, int]:
        """The CRL numbers to go on from.

        Of a CA that is new here and whose number the document does not tell, they go on from the seconds of the
        machine's clock: whoever exported it counts from 1 on, so nobody has seen such a number yet.
        """
        told = {row["issuer_id"]: row["number"] for row in sections.get(NUMBERS, [])}
        known = {issuer.issuer_id for issuer in uow.issuers.all()} | uow.revocations.numbers().keys()
        fresh = int(self._clock.machine().timestamp())
        new = {row["issuer_id"]: fresh for row in sections["issuer"] if row["issuer_id"] not in known}
        return new | told

    def _baseline(self, uow: UnitOfWork) -> Snapshot:
        return Snapshot(BASELINE, self._clock.machine(), packed(uow))


def packed(uow: UnitOfWork) -> bytes:
    """The document of this moment, compressed."""
    file = io.BytesIO()
    documents.write(uow, file)
    return zlib.compress(file.getbuffer(), 1)


def _flat(sections: Sections) -> Iterator[tuple[str, Row]]:
    for name, rows in sections.items():
        if name != NUMBERS:
            yield from ((name, row) for row in rows)


def _raise_if_any(findings: Iterable[Finding]) -> None:
    found = tuple(islice(findings, MOST))
    if found:
        raise Invalid(f"{found[0].detail} ({found[0].pointer})", code=found[0].code, findings=found)


def _objects_wrong(rows: list[Row], objects: Objects) -> Iterator[Finding]:
    for position, row in enumerate(rows):
        yield from (changed(found, pointer=f"/resource/{position}{found.pointer}") for found in objects(row))


def _numbers_wrong(rows: list[Any]) -> Iterator[Finding]:
    for position, row in enumerate(rows):
        is_good = isinstance(row, dict) and row.keys() == {"issuer_id", "number"} and isinstance(row["issuer_id"], str)
        if not (is_good and type(row["number"]) is int and 0 <= row["number"] < 2**62):
            text = "a row has an issuer_id and a number"
            yield Finding("field.type", text, f"/{NUMBERS}/{position}", '{"issuer_id":"...","number":1}')
