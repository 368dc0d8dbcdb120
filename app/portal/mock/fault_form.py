"""The form of a new fault, and the body of `POST /_mock/faults` that it stands for (docs/faults.md).

Inputs are named by the pointer of what they fill, with dots for slashes: `match.path`, `effect.status`. So a finding
stands beside the input that it is about. What the form cannot read is handed on as it is, to be refused by the power.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.errors import DirectoryError
from app.portal.forms import YES, Form
from app.powers.faults.effects import EFFECTS
from app.powers.faults.matching import LISTENERS, METHODS, SERVICES
from app.powers.faults.templates import TEMPLATES

WRITTEN = ("path", "client", "organisation", "certificate", "peer", "server_name")
"""Conditions with a text, one a line."""
CHOSEN: Mapping[str, Sequence[str]] = {"service": SERVICES, "method": METHODS, "listener": LISTENERS}
COUNTS = ("next", "after", "every", "start")
NUMBERS = frozenset({"status", "crl_huge", "truncate", "retry_after", "participants_partial"})
VALUED = NUMBERS | {
    "body", "content_type", "headers", "delay", "wrong_content_type", "dribble", "tls_alert", "clock_skew",
}  # fmt: skip
"""Effects with a value; all others are there or not."""
LONG = frozenset({"body", "headers"})
SIGMA = "effect.delay.sigma"
OPENED = ("answer", "change", "cut")
"""Families that are open from the beginning: what everybody wants."""
FAMILIES = tuple(dict.fromkeys(kind.family for kind in EFFECTS.values()))


def effects_by_family() -> dict[str, list[str]]:
    """Every effect that there is, in the order of the language."""
    return {family: [name for name, kind in EFFECTS.items() if kind.family == family] for family in FAMILIES}


def names_of_inputs() -> list[str]:
    """Of all, in the order of the page: what a finding may be about."""
    match = [f"match.{name}" for name in (*WRITTEN, *CHOSEN)]
    trigger = [f"trigger.{name}" for name in (*COUNTS, "probability", "rate", "between")]
    return ["name", *match, *trigger, *(f"effect.{name}" for name in EFFECTS), SIGMA]


# reading


def body_of(form: Form) -> dict[str, Any]:
    """What was filled in, as JSON would have it."""
    parts = {"match": _match(form), "trigger": _trigger(form), "effect": _effect(form)}
    body: dict[str, Any] = {name: part for name, part in parts.items() if part}
    return ({"name": form.text("name")} if form.text("name") else {}) | body


def refused(form: Form, refusal: DirectoryError) -> Form:
    """The form with the findings beside its inputs."""
    found = form.refused(refusal)
    return found.with_findings([replace(each, pointer=_pointer(each.pointer)) for each in found.findings])


def _pointer(pointer: str) -> str:
    """`/effect/headers/x` is about the input `effect.headers`; what is about a whole part, or the whole, stays."""
    parts = pointer.split("/")[1:]
    known = names_of_inputs()
    for length in (3, 2):
        if (name := ".".join(parts[:length])) in known:
            return f"/{name}"
    return pointer


def _match(form: Form) -> dict[str, Any]:
    written = {name: form.lines(f"match.{name}") for name in WRITTEN}
    chosen = {name: list(form.all(f"match.{name}")) for name in CHOSEN}
    return {name: values for name, values in {**written, **chosen}.items() if values}


def _trigger(form: Form) -> dict[str, Any]:
    given = {name: form.text(f"trigger.{name}") for name in (*COUNTS, "probability", "rate")}
    found: dict[str, Any] = {name: _number(name, text) for name, text in given.items() if text}
    between = [form.text("trigger.from"), form.text("trigger.until")]
    return found | ({"between": between} if any(between) else {})


def _number(name: str, text: str) -> Any:
    if name in COUNTS:
        return whole(text)
    try:
        return float(text) if name == "probability" else text
    except ValueError:
        return text


def whole(text: str) -> int | str:
    """A whole number that was written, or what was written."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else text  # noqa: PLR2004


def _effect(form: Form) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in EFFECTS:
        text = form.raw(f"effect.{name}") if name == "body" else form.text(f"effect.{name}")
        if text:
            found[name] = _value(name, text)
    if "headers" in found:
        found["headers"] = _headers(form.lines("effect.headers"))
    if sigma := form.text(SIGMA):
        found["delay"] = {"median": found.get("delay", ""), "sigma": _number("probability", sigma)}
    return found


def _value(name: str, text: str) -> Any:
    if name not in VALUED or (text == YES and name not in ("body", "headers")):
        return True
    return whole(text) if name in NUMBERS else text


def _headers(lines: Sequence[str]) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines)
    return {name.strip(): text.strip() for name, _colon, text in pairs}


# showing


def from_template(name: str) -> Form:
    """The form as a template fills it; an unknown one fills nothing."""
    template = TEMPLATES.get(name)
    return Form() if template is None else form_of({"name": name, **template.rule})


def form_of(rule: Mapping[str, Any]) -> Form:
    """The form that would send this rule."""
    values: dict[str, object] = {"name": rule.get("name", "")}
    for name, given in rule.get("match", {}).items():
        values[f"match.{name}"] = [given] if isinstance(given, str) else given
    for name, given in rule.get("trigger", {}).items():
        values[f"trigger.{name}"] = given
    for name, given in rule.get("effect", {}).items():
        values |= _shown(name, given)
    form = Form.of(values)
    chosen = {f"match.{name}" for name in CHOSEN}
    split = {name: tuple(each[0].split("\n")) for name, each in form.values.items() if name in chosen and each}
    return replace(form, values={**form.values, **split})


def _shown(name: str, given: Any) -> dict[str, object]:
    if name == "delay" and isinstance(given, Mapping):
        return {"effect.delay": given["median"], SIGMA: given.get("sigma", "")}
    if name == "headers" and isinstance(given, Mapping):
        return {"effect.headers": [f"{field}: {text}" for field, text in given.items()]}
    return {f"effect.{name}": given}
