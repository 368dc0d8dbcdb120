"""Flags on the wire: ids in, objects out (connect.md 3 and 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.directory.beside import FLAGS, Beside, flag_members
from app.wire.published import told

NOTHING = Beside()


def flag_objects(details: Mapping[str, Any], beside: Beside) -> list[dict[str, Any]]:
    """Those that are active, in the order in which they were given."""
    known = (beside.flags.get(each) for each in details.get(FLAGS, ()))
    return [told(flag_members(flag), "Flag") for flag in known if flag is not None and flag.is_active]


def with_flag_ids(members: dict[str, Any]) -> dict[str, Any]:
    """A body in which flags stand as objects, as its reader got them, with their ids instead."""
    given = members.get(FLAGS)
    if not isinstance(given, list):
        return members
    ids = [each.get("Id", each) if isinstance(each, dict) else each for each in given]
    return {**members, FLAGS: ids}
