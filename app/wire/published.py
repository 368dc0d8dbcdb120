"""Schemas of OpenAPI 1.39 as data: what requests are read by, and which members answers have, in which order.

`published_schemas.json` is made by tools/make_resource_schemas.py; each request schema keeps the published texts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from app.web.moments import iso
from app.web.schemas import Field, Schema

PATTERN, LENGTH = "field.pattern", 65_536
NAMES = frozenset({
    "AuthorisationDomainName", "AuthorisationDomainRoleName", "CustomerFriendlyName", "FirstName", "LastName", "Name",
    "TypeName", "VariantName",
})  # fmt: skip
"""Members that people read as names: nothing invisible may stand in them."""


@cache
def _schemas() -> Mapping[str, list[dict[str, Any]]]:
    content: Mapping[str, list[dict[str, Any]]] = json.loads(
        files("app.wire").joinpath("published_schemas.json").read_text("utf-8")
    )
    return content


@cache
def members_of(schema: str) -> tuple[str, ...]:
    """The members of an object, in the order of the publication."""
    return tuple(str(member["name"]) for member in _schemas()[schema])


@cache
def member_choices(schema: str, name: str) -> tuple[str, ...]:
    """What a member of an object can be; nothing for one that is not there, or that can be anything."""
    return tuple(c for member in _schemas()[schema] if member["name"] == name for c in member.get("choices", ()))


@cache
def request_schema(
    schema: str, object_schema: str, also: tuple[str, ...] = (), optional: tuple[str, ...] = ()
) -> Schema:
    """What a request is read by: the published one, `also` these members of the object, and `optional` ones of its own.

    What the object has and the request has not is the server's own.
    """
    published = _schemas()[schema]
    shown = _schemas()[object_schema]
    own = {str(member["name"]) for member in published} | set(also)
    fields = (*published, *(member for member in shown if member["name"] in also))
    return Schema(
        tuple(_field(member, optional) for member in fields),
        read_only=frozenset(name for member in shown if (name := str(member["name"])) not in own),
    )


def _field(member: Mapping[str, Any], optional: Iterable[str]) -> Field:
    kind = member["kind"]
    pattern = member.get("pattern")
    is_text = kind in ("string", "strings")
    return Field(
        member["name"],
        kind,
        required=bool(member.get("required")) and member["name"] not in optional,
        required_text=member.get("required_text", ""),
        least=member.get("least", 0) if is_text else 0,
        most=member.get("most", LENGTH) if is_text else None,
        pattern=re.compile(pattern) if pattern and is_text else None,
        pattern_text=member.get("pattern_text", ""),
        choices=tuple(member.get("choices", ())),
        angle_brackets="data:image" in (pattern or ""),
        is_name=member["name"] in NAMES,
        most_items=1000 if kind in ("strings", "objects") else None,
    )


def told(members: Mapping[str, Any], schema: str) -> dict[str, Any]:
    """An object as its published schema has it: those members, in that order, absent instead of null."""
    found = {name: members.get(name) for name in members_of(schema)}
    return {name: iso(v) if isinstance(v, datetime) else v for name, v in found.items() if v is not None}
