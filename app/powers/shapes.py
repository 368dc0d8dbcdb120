"""Whether the JSON inside brought rows is what its readers rely on: details, roles, keys, states of the powers.

The store knows only that a column holds an object or an array; what is wrong here would be an accident at the first
request (reliability-cases.md H-03).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from app.directory.odd_participants import KEPT, unpacked
from app.errors import DirectoryError, Finding
from app.powers.clock import state_of
from app.powers.faults.language import read_rule
from app.powers.faults.triggers import Moments, exceeded, read_rate
from app.powers.scenarios.language import Run
from app.runtime.clock import EARLIEST
from app.runtime.outcomes import Outcomes
from app.runtime.propagation import Delays
from app.store.powers import Power, Scenario
from app.webhooks.wishes import read as webhook_effects

Row = Mapping[str, Any]
Sections = Mapping[str, Sequence[Row]]
SCALARS = (str, int, float, bool)
TEXTS = frozenset({"Domains", "RedirectUri", "PostLogoutRedirectUris", "ApiWebhookUri", "OriginUri", "Flags"})
"""Details that are arrays of texts; every other one is a text, a number or a truth, unless it says so."""
ACCESS = "OrgAccessDetails"
NAMED = ("AuthorisationDomain", "Role")
"""Members of each role of an application."""
OF_A_PERSON = ("AuthorisationDomainName", "AuthorisationDomainRoleName", "ContactRole")
"""Members of each role of a person."""
DURATIONS = frozenset({"delay", "dribble", "clock_skew", "median"})
"""Effects of faults that are kept as seconds and asked for as durations."""


def wrong(sections: Sections) -> Iterator[Finding]:
    """Every finding, each with the pointer of the member."""
    for name, checks in _CHECKS.items():
        for position, row in enumerate(sections.get(name, ())):
            for member, (is_right, expected) in checks.items():
                if row.get(member) is not None and not _holds(is_right, row):
                    text = f"{member} is not usable here"
                    yield Finding("field.value", text, f"/{name}/{position}/{member}", expected)


def _holds(is_right: Callable[[Row], object], row: Row) -> bool:
    """A check fails by what it returns, or by what it raises."""
    try:
        return is_right(row) is not False
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, IndexError, DirectoryError):
        return False


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _details(row: Row) -> bool:
    """Of organisations and applications."""
    details: Mapping[str, Any] = row["details"]
    return all(_texts(value) if name in TEXTS else _is_plain(value) for name, value in details.items())


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, SCALARS)


def _account(row: Row) -> bool:
    details: dict[str, Any] = dict(row["details"])
    access = details.pop(ACCESS, {})
    return all(map(_is_plain, details.values())) and all(_access(each) for each in access.values())


def _access(value: Mapping[str, Any]) -> bool:
    roles = value.get("DomainRoleDetails", [])
    return (
        isinstance(value.get("OrgAdmin", False), bool)
        and isinstance(roles, list)
        and all(isinstance(role, dict) and all(map(_is_plain, role.values())) for role in roles)
        and all(isinstance(role.get(name), str) for role in roles for name in OF_A_PERSON)
    )


def _roles(row: Row) -> bool:
    return all(map(_role, row["roles"]))


def _role(role: Any) -> bool:
    """A role claim in the short form: plain, but for the member states that it is authorised in."""
    if not isinstance(role, dict):
        return False
    states = role.get("authorisations", [])
    return (
        all(_is_plain(value) for name, value in role.items() if name != "authorisations")
        and isinstance(states, list)
        and all(isinstance(each, dict) and all(map(_is_plain, each.values())) for each in states)
    )


def _application_roles(row: Row) -> bool:
    """Tokens and assertions name them."""
    return _roles(row) and all(isinstance(role.get(name), str) for role in row["roles"] for name in NAMED)


def _jwk(row: Row) -> bool:
    return bool(row["jwk"].get("kty")) and all(isinstance(each, str) for each in row["jwk"].values())


def _list_of_texts(member: str) -> Callable[[Row], bool]:
    return lambda row: _texts(row[member])


def _recipients(row: Row) -> bool:
    """Whom a notice goes to."""
    return all(
        isinstance(each, dict) and bool(each.get("email")) and all(isinstance(text, str) for text in each.values())
        for each in row["recipients"]
    )


def _power(row: Row) -> object:
    """Those that somebody follows."""
    reads = {
        "clock": lambda value: state_of(Power("clock", value, 0)),
        "faults": lambda value: value["last"] + 0,
        "propagation": Delays.of,
        "outside": Outcomes.of,
        "webhooks": webhook_effects,
    }
    read = reads.get(row["name"])
    return None if read is None else read(row["value"])


def _fault(row: Row) -> bool:
    """As if it were made again; what is kept of it differs by durations alone."""
    rule = row["rule"]
    return bool(read_rule({**rule, "effect": _respelt(rule["effect"])}) == rule)


def _respelt(effect: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, value in effect.items():
        if name in DURATIONS and isinstance(value, int | float) and not isinstance(value, bool):
            told[name] = f"{value:.6f}s"
        else:
            told[name] = _respelt(value) if name == "delay" else value
    return told


def _fault_state(row: Row) -> object:
    if KEPT in row["state"] and not all(isinstance(each, dict) for each in json.loads(unpacked(row["state"][KEPT]))):
        return False
    rate = read_rate(row["rule"]["trigger"].get("rate"))
    return None if rate is None else exceeded(rate, row["state"], Moments(EARLIEST, EARLIEST))


def _scenario(row: Row) -> object:
    """Raises TypeError where parameters or facts are no objects."""
    run = Run.of(Scenario(row["name"], row["state"], 0))
    texts = (run.subject, run.started_at, run.stepped_at)
    return (
        isinstance(run.step, int) and all(isinstance(each, str) for each in texts) and {**run.parameters, **run.facts}
    )


_Check = tuple[Callable[[Row], object], str]
_OWNER: Mapping[str, _Check] = {
    "details": (_details, f"texts, numbers, truths; {', '.join(sorted(TEXTS))} as arrays of texts"),
    "roles": (_roles, "an array of objects"),
}
_CHECKS: Mapping[str, Mapping[str, _Check]] = {
    "organisation": _OWNER,
    "application": {**_OWNER, "roles": (_application_roles, f"an array of objects with {' and '.join(NAMED)}")},
    "account": {"details": (_account, f"texts, numbers, truths, and {ACCESS} as the API has it")},
    "issuer": {"crl_addresses": (_list_of_texts("crl_addresses"), "an array of texts")},
    "certificate": {"jwk": (_jwk, "a JWK, its members texts")},
    "signing_key": {"jwk": (_jwk, "a JWK, its members texts")},
    "power": {"value": (_power, "a state that this power can have")},
    "fault": {"rule": (_fault, "a rule as this program keeps it"), "state": (_fault_state, "the memory of a trigger")},
    "scenario": {"state": (_scenario, "a state that this scenario can have")},
    "expiry_notice": {"recipients": (_recipients, "an array of objects with email and name")},
    "token": {"scopes": (_list_of_texts("scopes"), "an array of texts")},
    "browser_session": {"amr": (_list_of_texts("amr"), "an array of texts")},
    "consent_grant": {"scopes": (_list_of_texts("scopes"), "an array of texts")},
    "device_request": {"scopes": (_list_of_texts("scopes"), "an array of texts")},
}
