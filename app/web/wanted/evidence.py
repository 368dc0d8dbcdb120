"""Which proof is asked for, and of what (control-cases.md I)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from app.errors import Finding, Invalid
from app.powers.durations import EXPECTED, read_duration
from app.powers.evidence import NEWEST_CALL, ONCE, Question
from app.powers.verification import Times
from app.sandbox import Sandbox
from app.store.journal import JournalFilter
from app.web.schemas import Field, Schema
from app.web.wanted.matching import filter_of, moment, thumbprint
from app.web.wanted.members import Together, members_of, wrong
from app.web.wanted.times import COUNTS, times_of

ALWAYS = ("assert", "client", "since", "until")
TAKES: Mapping[str, tuple[str, ...]] = {
    "ocsp_checked": ("certificate", "before", *COUNTS),
    "crl_fetched": ("path", "before", *COUNTS),
    "jwks_refetched": ("path", "after", *COUNTS),
    "denied_within": ("certificate", "seconds", "within"),
    "conditional_get": ("path", *COUNTS),
}
"""Members beside those that all assertions take."""
FIELDS = (
    Field("assert", required=True, choices=tuple(TAKES)),
    Field("client", least=1, most=300),
    Field("certificate", least=1, most=100),
    Field("path", least=1, most=500),
    Field("since", least=1, most=60),
    Field("until", least=1, most=60),
    Field("after", least=1, most=60),
    Field("seconds", "number"),
    Field("within", least=1, most=60),
    *(Field(name, "number") for name in COUNTS),
)
WANTED = Schema(FIELDS, tolerated=frozenset({"before"}))


def asked_of(members: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The name of the assertion, and its members. Raises Invalid with every finding."""
    wanted = members_of(WANTED, members)
    name = str(wanted["assert"])
    _require_taken(name, members)
    return name, wanted


def _require_taken(name: str, members: Mapping[str, Any]) -> None:
    """Raise Invalid for members that mean nothing to this assertion (control-cases.md R3)."""
    known = (*ALWAYS, *TAKES[name])
    findings = tuple(
        Finding("field.unknown", f"{member} means nothing to {name}", f"/{member}", f"one of {', '.join(known)}")
        for member in members
        if member not in known
    )
    if findings:
        raise Invalid(findings[0].detail, code=findings[0].code, findings=findings)
    if name == "denied_within" and not (members.get("client") or members.get("certificate")):
        raise wrong("/client", "a client, or a certificate", "neither")


def question_of(sandbox: Sandbox, wanted: Mapping[str, Any], before_given: Any) -> Question:
    """Read in a view of the directory, since a client has several names. Raises Invalid with every finding."""
    together, certificate = Together(), wanted.get("certificate")
    begin = "after" if "after" in wanted else "since"
    thumb = together.read(lambda: thumbprint(certificate, "/certificate")) if certificate else None
    before = together.read(lambda: _before(sandbox, before_given))
    since = together.read(lambda: moment(wanted.get(begin, ""), f"/{begin}"))
    until = together.read(lambda: moment(wanted.get("until", ""), "/until"))
    within = together.read(lambda: _within(wanted))
    times = together.read(lambda: _times(wanted))
    together.require_good()
    return Question(
        client=wanted.get("client"),
        certificate=thumb,
        path=wanted.get("path"),
        before=before or NEWEST_CALL,
        since=since,
        until=until,
        within=within,
        times=times or ONCE,
    )


def _times(wanted: Mapping[str, Any]) -> Times:
    """Once at least, unless it is said otherwise: what never was is no evidence (control-cases.md I-02)."""
    if "exactly" not in wanted and "at_least" not in wanted:
        wanted = {**wanted, "at_least": ONCE.at_least}
    return times_of(wanted)


def _before(sandbox: Sandbox, given: Any) -> str | JournalFilter:
    if given is None:
        return NEWEST_CALL
    if isinstance(given, dict) and given:
        return filter_of(sandbox.journal_book, given, "/before")
    if isinstance(given, str) and 0 < len(given) <= 100:  # noqa: PLR2004 - as long as an interaction id may be
        return given
    raise wrong("/before", "call, an interaction id, or an object that matches exchanges", ascii(given)[:60])


def _within(wanted: Mapping[str, Any]) -> timedelta | None:
    seconds, given = wanted.get("seconds"), wanted.get("within")
    if seconds is not None and given is not None:
        raise wrong("/within", "seconds or within", "both")
    if seconds is not None:
        if not 0 <= seconds <= 10**9:
            raise wrong("/seconds", "a number from 0 to 1000000000", str(seconds))
        return timedelta(seconds=seconds)
    if given is None:
        return None
    found = read_duration(given)
    if found is None or found < timedelta():
        raise wrong("/within", EXPECTED, given)
    return found
