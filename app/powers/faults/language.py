"""The language of faults: what a rule says, read once and kept; anything unknown is refused (control-cases.md R3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.powers.faults.effects import EFFECTS, Family, is_at_door, main_family, read_effect
from app.powers.faults.matching import Asked, Matcher, read_match
from app.powers.faults.reading import Problems
from app.powers.faults.templates import TEMPLATES
from app.powers.faults.triggers import Trigger, read_trigger

MEMBERS = ("name", "template", "match", "trigger", "effect")
HANDSHAKE_MATCHERS = frozenset({"peer", "server_name", "listener"})
"""Before there is a request, nothing else is known (rulings.md 18)."""
SERVICES: Mapping[Family, frozenset[str]] = {
    "crl": frozenset({"crl"}),
    "ocsp": frozenset({"ocsp"}),
    "keys": frozenset({"keystore", "auth", "matls-auth"}),
    "assertion": frozenset({"api", "matls-api"}),
    "token": frozenset({"auth", "matls-auth"}),
    "participants": frozenset({"data"}),
}
"""Where effects of a family mean something; elsewhere the rule could never strike."""
TOO_MANY = {"status": 429, "retry_after": 1}
"""What a rate does unless it says otherwise."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, ready to be asked."""

    match: Matcher
    trigger: Trigger
    effect: Mapping[str, Any]
    family: Family

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Rule:
        """From its kept form."""
        effect = kept["effect"]
        return cls(Matcher.of(kept["match"]), Trigger.of(kept["trigger"]), effect, main_family(effect))

    def fits(self, asked: Asked) -> bool:
        return is_at_door(self.effect, asked) and self.match.fits(asked)


def read_rule(body: Mapping[str, Any]) -> dict[str, Any]:
    """The kept form of what was asked for: `match`, `trigger`, `effect`, perhaps `name`.

    Raises Invalid with every finding (`fault.unknown`, `.value`, `.missing`, `.combination`, `.control`).
    """
    problems = Problems()
    for name in body:
        if name not in MEMBERS:
            problems.unknown(f"/{name}", "member", MEMBERS)
    wanted = _from_template(body, problems)
    match = read_match(wanted.get("match"), problems)
    trigger = read_trigger(wanted.get("trigger"), problems)
    effect = wanted.get("effect")
    if effect is None and "rate" in trigger:
        effect = TOO_MANY
    kept: dict[str, Any] = {"match": match, "trigger": trigger, "effect": read_effect(effect, problems)}
    if "name" in wanted:
        kept["name"] = _name(wanted["name"], problems)
    if not problems.found:
        _require_sense(kept, problems)
    problems.raise_any()
    return kept


def _from_template(body: Mapping[str, Any], problems: Problems) -> Mapping[str, Any]:
    """What the template says, where the body says nothing else."""
    name = body.get("template")
    if name is None:
        return body
    template = TEMPLATES.get(name) if isinstance(name, str) else None
    if template is None:
        problems.wrong("/template", f"one of {', '.join(TEMPLATES)}", name)
        return body
    return {"name": name, **template.rule, **{key: value for key, value in body.items() if key != "template"}}


def _name(value: Any, problems: Problems) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 100 or not value.isprintable():  # noqa: PLR2004
        problems.wrong("/name", "a text of 1 to 100 characters", value)
    return str(value)


def _require_sense(kept: Mapping[str, Any], problems: Problems) -> None:
    """Whether there is anything that the rule could strike."""
    family, match = main_family(kept["effect"]), kept["match"]
    first = next(name for name in kept["effect"] if EFFECTS[name].family == family)
    if family == "handshake":
        for name in match:
            if name not in HANDSHAKE_MATCHERS:
                known = ", ".join(sorted(HANDSHAKE_MATCHERS))
                problems.clash(f"/match/{name}", f"{first} strikes before there is a request", f"Use {known}")
        if match.get("listener") == ["http"]:
            problems.clash("/match/listener", "there is no TLS on the http listener")
        return
    if "server_name" in match:
        problems.clash("/match/server_name", "server_name is for effects on the handshake", "Use service or path")
    sensible = SERVICES.get(family)
    if sensible and "service" in match and sensible.isdisjoint(match["service"]):
        problems.clash("/match/service", f"{first} means nothing at {' and '.join(match['service'])}")
