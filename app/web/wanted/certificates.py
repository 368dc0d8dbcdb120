"""The certificate on demand that is asked for (control-cases.md F)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from app.errors import Finding, Invalid
from app.powers.defects.reading import read_defects
from app.powers.defects.registry import DEFECTS, Defect
from app.powers.durations import EXPECTED, read_duration
from app.powers.ordering import KINDS, Order
from app.settings import KeyKind
from app.web.schemas import Field, Schema
from app.web.wanted.members import members_of, wrong

OWN = ("defect", "expires_in", "revoked_in", "validity")
"""Members that no table of fields can describe."""
WANTED = Schema(
    (
        Field("type", required=True, least=1, most=60),
        Field("software", least=1, most=200),
        Field("organisation", least=1, most=60),
        Field("publish", "boolean"),
        Field("key_kind", choices=tuple(KINDS)),
        Field("host", least=1, most=253),
        Field("description", most=200),
    ),
    tolerated=frozenset(OWN),
)
IN_DEFECT = "expires_in:"
"""`"defect": "expires_in:30"` is another way to write `"expires_in": "30d"`."""


def order_of(members: Mapping[str, Any]) -> Order:
    """Raises Invalid with the finding that matters first."""
    values = members_of(WANTED, members)
    expires_in, names = _defects(members)
    if expires_in is None:
        expires_in = _duration(members, "expires_in")
    chosen = read_defects(names)
    order = Order(
        type=values["type"],
        organisation=values.get("organisation"),
        software=values.get("software"),
        defects=chosen,
        publish=values.get("publish", False),
        key_kind=cast("KeyKind | None", values.get("key_kind")),
        host=values.get("host"),
        expires_in=expires_in,
        life=_validity(members.get("validity")),
        revoked_in=_duration(members, "revoked_in"),
        description=values.get("description"),
    )
    _require_no_clash(order, members)
    return order


def _defects(members: Mapping[str, Any]) -> tuple[timedelta | None, list[str]]:
    """How long it is to live, where that stands in `defect`, and the names of the defects."""
    given = members.get("defect")
    names = [] if given is None else given if isinstance(given, list) else [given]
    if not all(isinstance(name, str) for name in names) or len(names) > len(DEFECTS):
        raise wrong("/defect", "the name of a defect, or an array of names", type(given).__name__)
    life = None
    for name in names:
        if name.startswith(IN_DEFECT):
            rest = name.removeprefix(IN_DEFECT)
            life = _length("/defect", f"{rest}d" if rest.isascii() and rest.isdigit() else rest)
    return life, [name for name in names if not name.startswith(IN_DEFECT)]


def _duration(members: Mapping[str, Any], name: str) -> timedelta | None:
    """Seconds as a number, or a duration as a text."""
    given = members.get(name)
    if given is None:
        return None
    if isinstance(given, int) and not isinstance(given, bool):
        given = f"{given}s"
    return _length(f"/{name}", given)


def _length(pointer: str, given: Any) -> timedelta:
    found = read_duration(given)
    if found is None or not timedelta() < found <= timedelta(days=36_500):
        raise wrong(pointer, f"{EXPECTED}, at most 100 years", str(given))
    return found


def _validity(given: Any) -> tuple[datetime | None, datetime | None]:
    if given is None:
        return None, None
    members = ("not_before", "not_after")
    if not isinstance(given, dict) or not given or any(name not in members for name in given):
        raise wrong("/validity", "an object with not_before, not_after or both", ascii(given)[:60])
    start, end = (_moment(f"/validity/{name}", given.get(name)) for name in members)
    return start, end


def _moment(pointer: str, given: Any) -> datetime | None:
    if given is None:
        return None
    try:
        moment = datetime.fromisoformat(given)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC).replace(microsecond=0)
    except (ValueError, TypeError, OverflowError):
        pass
    raise wrong(pointer, "a moment with its zone, such as 2026-01-01T00:00:00Z", ascii(given)[:60])


def _require_no_clash(order: Order, members: Mapping[str, Any]) -> None:
    """Members that mean nothing beside these defects: what is accepted is never ignored (control-cases.md R3)."""
    has = {aspect for defect in order.defects for aspect in defect.aspects}
    names = {defect.name for defect in order.defects}
    lives = [name for name in ("expires_in", "validity") if members.get(name) is not None]
    clashes = {
        "/expires_in": order.expires_in is not None and ("dates" in has or "validity" in lives),
        "/validity": "validity" in lives and "dates" in has,
        "/key_kind": order.key_kind is not None and "key" in has,
        "/revoked_in": order.revoked_in is not None and "revoked_in_future" not in names,
        "/publish": "publish" in members and not order.defects and not order.publish,
    }
    findings = tuple(
        Finding("defect.excluded", f"{pointer[1:]} means nothing beside the rest of this order", pointer)
        for pointer, clash in clashes.items()
        if clash
    )
    if findings:
        raise Invalid(findings[0].detail, code=findings[0].code, findings=findings)


def expected_reason(defects: Sequence[Defect]) -> str | None:
    """Why a verifier should refuse it, in the words of OpenSSL where it has any."""
    return "; ".join(defect.reason for defect in defects) or None


def described(defect: Defect) -> dict[str, Any]:
    """What is wrong on purpose, and how a verifier sees it."""
    openssl = "accepts it"
    if defect.openssl is not None:
        openssl = f"openssl verify {defect.openssl}".strip() + f": {defect.openssl_says or defect.reason}"
    return {
        "defect": defect.name,
        "says": defect.says,
        "expected_reason": defect.reason,
        "code": defect.code,
        "aspects": sorted(defect.aspects),
        "openssl": openssl,
    }
