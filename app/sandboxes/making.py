"""A new sandbox: its id, its CA, its seed, its admin token."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from app.errors import Finding, Invalid
from app.runtime.addresses import Addresses
from app.runtime.entropy import Entropy, new_token
from app.sandbox import DEFAULT, Sandbox
from app.sandboxes.choices import checked
from app.sandboxes.places import CHOSEN, START, Places
from app.sandboxes.rows import ANCHORS, STATE, Rows, as_anchors
from app.sandboxes.templates import USUAL, ecosystems_of, seed_of, template_of
from app.seeding.apply import apply
from app.store.powers import SandboxRow

ID = re.compile(r"[a-z0-9](?:-?[a-z0-9]){0,29}\Z", re.ASCII)
LONGEST_TTL = timedelta(days=30)
RANDOM_OCTETS = 6


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; `ttl` None = as the server has it, zero = until it is dropped. `start` is the start value."""

    sandbox_id: str | None = None
    template: str = USUAL
    ttl: timedelta | None = None
    start: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Made:
    """A new sandbox. Its admin token is told once, and kept as its SHA-256 alone; `bundle` are its CAs in PEM."""

    row: SandboxRow
    admin_token: str
    addresses: Addresses
    bundle: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """The same with the sandbox itself, for who keeps the open ones."""

    made: Made
    sandbox: Sandbox


def make(default: Sandbox, rows: Rows, places: Places, entropy: Entropy, wanted: Wanted) -> Opened:
    """Make it, or leave nothing behind. Raises Invalid, Conflict, StoreError, Unavailable."""
    template = template_of(wanted.template)
    seed = seed_of(template, default.settings)
    sandbox_id, token = wanted.sandbox_id or entropy.octets(RANDOM_OCTETS).hex(), new_token(entropy)
    _require_id(sandbox_id)
    chosen = {"ecosystems": list(ecosystems_of(template, default.settings))} | dict(wanted.settings)
    checked(chosen)
    now, ttl = default.clock.machine(), _ttl(default, wanted)
    options = {STATE: "making", CHOSEN: chosen} | ({} if wanted.start is None else {START: wanted.start})
    row = SandboxRow(sandbox_id, now, now + ttl if ttl else None, wanted.template, digest(token), options)
    rows.add(row, default.settings.sandboxes_limit)
    sandbox = None
    try:
        sandbox = places.open(row)
        apply(sandbox, seed)
        sandbox.oauth.parts.signing_keys.signer()
        sandbox.snapshots.keep_baseline()
        anchors = as_anchors(loaded.record.certificate for loaded in sandbox.issuers.all())
        ready = rows.amend(row, **{STATE: "ready", ANCHORS: anchors})
        assert ready is not None
    except BaseException:
        if sandbox is not None:
            sandbox.close()
        places.erase(row)
        rows.forget(row)
        raise
    return Opened(Made(ready, token, sandbox.addresses, sandbox.issuers.bundle_pem()), sandbox)


def require_good(wanted: Wanted) -> None:
    """Raise Invalid with every finding about id, template and settings."""
    findings: list[Finding] = []
    checks = (partial(template_of, wanted.template), partial(checked, wanted.settings))
    for check in (*checks, *(() if wanted.sandbox_id is None else (partial(_require_id, wanted.sandbox_id),))):
        try:
            check()
        except Invalid as refused:
            findings += refused.findings
    if findings:
        raise Invalid(findings[0].detail, code=findings[0].code, findings=tuple(findings))


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def _require_id(sandbox_id: str) -> None:
    if sandbox_id == DEFAULT or not ID.match(sandbox_id):
        expected = "1 to 30 lower-case letters and digits, single dashes between them, and not `default`"
        finding = Finding("field.value", "id is not usable here", "/id", expected, ascii(sandbox_id)[1:-1][:60])
        raise Invalid(finding.detail, code=finding.code, findings=(finding,))


def _ttl(default: Sandbox, wanted: Wanted) -> timedelta:
    return timedelta(seconds=default.settings.sandbox_ttl_seconds) if wanted.ttl is None else wanted.ttl
