"""Forms made of the schemas of the REST door: which fields, in which groups, and what was filled in as a body."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from app.errors import Invalid
from app.portal.forms import Form
from app.web.json_body import read_json
from app.web.schemas import Field, Schema


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together; `name` is the key of their heading (`fields.group.<name>`)."""

    name: str
    names: tuple[str, ...]
    required: frozenset[str] = frozenset()
    """Marked as required for people, whatever the schema fills in by itself."""

    def shown(self, *, only_required: bool) -> tuple[str, ...]:
        return tuple(name for name in self.names if name in self.required) if only_required else self.names


def fields_of(schema: Schema, groups: Iterable[Group]) -> Mapping[str, Field]:
    """The fields of these groups by name."""
    by_name = {field.name: field for field in schema.fields}
    return {name: by_name[name] for group in groups for name in group.names}


def members_of(form: Form, fields: Iterable[Field]) -> dict[str, Any]:
    """The body that a form means: an empty text is a member that is not there."""
    found: dict[str, Any] = {}
    for field in fields:
        value = _value(form, field)
        if value is not None:
            found[field.name] = value
    return found


def form_of(values: Mapping[str, Any], fields: Iterable[Field]) -> Form:
    """A form that shows what is stored; objects as the JSON that they are."""
    return Form.of({field.name: _written(values.get(field.name)) for field in fields})


def _written(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False, indent=2) if isinstance(value, dict) else value


def _value(form: Form, field: Field) -> Any:
    if field.kind == "boolean":
        return form.flag(field.name)
    if field.kind == "strings":
        lines = form.lines(field.name)
        return lines if lines or field.required else None
    text = form.text(field.name).replace("\r\n", "\n")
    if not text:
        return None
    if field.kind == "object":
        return _object(text)
    return _number(text) if field.kind == "number" else text


def _object(text: str) -> Any:
    """The JSON that was written, or the text itself, which the schema will refuse."""
    try:
        return read_json(text.encode())
    except Invalid:
        return text


def _number(text: str) -> int | float | str:
    """The number that was written, or the text itself, which the schema will refuse."""
    try:
        number = int(text) if text.lstrip("-").isdigit() else float(text)
    except ValueError:
        return text
    return number if isfinite(number) else text
