"""Certificates on demand: sound or wrong in one respect, for whoever tests a verifier (control-cases.md F)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.control.reading import members_of, query_of, sandbox_of, wrong
from app.errors import Finding, Invalid
from app.powers.defects.reading import kept_name, read_defects
from app.powers.defects.registry import DEFECTS, Defect
from app.powers.durations import EXPECTED, read_duration
from app.powers.on_demand import Made, names_of, pem_of
from app.powers.ordering import KINDS, Order
from app.sandbox import Sandbox
from app.settings import KeyKind
from app.store.records import Certificate
from app.web.answers import answer, present
from app.web.bodies import read_members
from app.web.calls import call
from app.web.moments import iso
from app.web.queries import text
from app.web.schemas import Field, Schema

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
HOLD = Schema((Field("hold", "boolean", required=True),))
IN_DEFECT = "expires_in:"
"""`"defect": "expires_in:30"` is another way to write `"expires_in": "30d"`."""
router = APIRouter()


@router.post("/_mock/certificates")
async def make(request: Request) -> Response:
    """201 with certificate, key and chain. 422 for what is unknown, and for defects that exclude each other."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    order = _order(await read_members(request))
    made = await call(sandbox, sandbox.on_demand.make, order)
    request.scope["state"]["detail"] = {"kid": made.certificate.kid, "defect": kept_name(made.defects)}
    location = {"location": f"/_mock/certificates/{made.certificate.kid}", "cache-control": "no-store"}
    return answer(_made(sandbox, made), 201, headers=location)


@router.get("/_mock/certificates")
async def listed(request: Request) -> Response:
    """Those with a defect, newest first; `defect` leaves those with that one."""
    sandbox, query = sandbox_of(request), query_of(request, ("defect",))
    name = text(query, "defect")
    if name and name not in DEFECTS:
        raise _unknown(name)
    found = await call(sandbox, sandbox.on_demand.all, name or None)
    now = sandbox.clock.now()
    return answer({"certificates": [told(each, now) for each in found], "total": len(found)})


@router.get("/_mock/certificate-defects")
async def defects(request: Request) -> Response:
    """What there is to be asked for."""
    query_of(request, ())
    return answer({name: _described(defect) for name, defect in DEFECTS.items()})


@router.get("/_mock/certificates/{kid}")
async def one(request: Request) -> Response:
    """Raises NotFound. The key is kept nowhere, so it is not here."""
    sandbox = sandbox_of(request)
    query_of(request, ())
    found = await call(sandbox, sandbox.on_demand.get, request.path_params["kid"])
    chain = await call(sandbox, sandbox.on_demand.chain_of, found)
    return answer(told(found, sandbox.clock.now()) | {"certificate": pem_of(found), "chain": chain})


@router.put("/_mock/certificates/{kid}")
async def change(request: Request) -> Response:
    """`{"hold": false}` lifts a hold, `{"hold": true}` puts one on. Raises NotFound, Conflict."""
    sandbox, kid = sandbox_of(request), request.path_params["kid"]
    query_of(request, ())
    hold = members_of(HOLD, await read_members(request))["hold"]
    changed = await call(sandbox, sandbox.on_demand.hold if hold else sandbox.on_demand.lift, kid)
    request.scope["state"]["detail"] = {"kid": kid, "hold": hold}
    return answer(told(changed, sandbox.clock.now()))


def told(certificate: Certificate, now: datetime) -> dict[str, Any]:
    """A defective certificate as it stands now."""
    defects = [DEFECTS[name] for name in DEFECTS if name in names_of(certificate)]
    status = "revoked" if certificate.is_revoked(now) else "expired" if certificate.is_expired(now) else "good"
    serial = certificate.serial
    return present(
        {
            "kid": certificate.kid,
            "defect": _names(defects),
            "expected_reason": expected_reason(defects),
            "type": certificate.type,
            "organisation_id": certificate.organisation_id,
            "software_statement_id": certificate.software_statement_id,
            "serial": None if serial is None else f"{serial:x}",
            "subject": certificate.subject_dn,
            "not_before": iso(certificate.not_before) if certificate.not_before else None,
            "not_after": iso(certificate.not_after) if certificate.not_after else None,
            "status": status,
            "revoked_at": iso(certificate.revoked_at) if certificate.revoked_at else None,
            "revoke_reason": certificate.revoke_reason,
            "published": bool(certificate.published) if defects else True,
            "description": certificate.description,
        }
    )


def expected_reason(defects: list[Defect]) -> str | None:
    """Why a verifier should refuse it, in the words of OpenSSL where it has any."""
    return "; ".join(defect.reason for defect in defects) or None


def _made(sandbox: Sandbox, made: Made) -> dict[str, Any]:
    now = sandbox.clock.now()
    body = {
        **told(made.certificate, now),
        "certificate": made.pem,
        "key": made.key_pem,
        "chain": made.chain_pem,
        "full_chain": made.pem + made.chain_pem,
        "trust_anchor": sandbox.issuers.root_pem().decode(),
        "expected": [_described(defect) for defect in made.defects],
    }
    if made.twin is not None:
        twin, key = made.twin
        body["twin"] = {**told(twin, now), "certificate": pem_of(twin), "key": key}
    return body


def _names(defects: list[Defect]) -> str | list[str] | None:
    names = [defect.name for defect in defects]
    return names if len(names) > 1 else names[0] if names else None


def _described(defect: Defect) -> dict[str, Any]:
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


# reading


def _order(members: Mapping[str, Any]) -> Order:
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


def _unknown(name: str) -> Invalid:
    shown = ascii(name)[1:-1][:60]
    finding = Finding("defect.unknown", f"there is no defect {shown}", "/query/defect", f"one of {', '.join(DEFECTS)}")
    return Invalid(finding.detail, code=finding.code, findings=(finding,))
