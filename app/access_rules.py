"""The table that decides who may do what, as frozen records; its data stand in access_rules.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib import resources
from typing import Any, Literal

Reach = Literal["everywhere", "every organisation", "own organisation", "own application", "holder"]
ALL = "*"
NOBODY = "nobody"
"""The holder that a person without any right is."""


class Level(IntEnum):
    """How much; each includes those before it (connect.md 16)."""

    NONE = 0
    READ = 1
    WRITE = 2
    ADMINISTRATOR = 3

    @property
    def word(self) -> str:
        return self.name.capitalize()


@dataclass(frozen=True, slots=True)
class Area:
    """Something to have rights on. What is `shared` is read by everybody who may read it of himself."""

    name: str
    title: str
    covers: str
    shared: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """What a scope lets through: a level on these areas, as far as it reaches."""

    areas: frozenset[str]
    level: Level
    reach: Reach

    def is_about(self, area: str) -> bool:
        return area in self.areas or ALL in self.areas


@dataclass(frozen=True, slots=True)
class Scope:
    """Who gets it, and what it lets through."""

    name: str
    applications: Literal["always", "role", "never"]
    persons: frozenset[str]
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class Holder:
    """A kind of people, or an application that acts for its organisation; `levels` has every area."""

    name: str
    title: str
    reach: Reach
    levels: Mapping[str, Level]


@dataclass(frozen=True, slots=True)
class Need:
    """What an operation touches, and the level that it needs there."""

    area: str
    level: Level
    or_area: str | None = None
    """Another area, rights on which are as good."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The whole table, each part by name and in the order of the file."""

    areas: Mapping[str, Area]
    scopes: Mapping[str, Scope]
    holders: Mapping[str, Holder]
    operations: Mapping[str, Need]


@cache
def rules() -> Rules:
    """The shipped table."""
    content = tomllib.loads(resources.files("app").joinpath("access_rules.toml").read_text("utf-8"))
    areas = {name: Area(name, **table) for name, table in content["areas"].items()}
    return Rules(
        areas=areas,
        scopes={name: _scope(name, table) for name, table in content["scopes"].items()},
        holders={name: _holder(name, table, areas) for name, table in content["holders"].items()},
        operations={name: _need(table) for name, table in content["operations"].items()},
    )


def _need(table: Mapping[str, Any]) -> Need:
    return Need(table["area"], _level(table["level"]), table.get("or_area"))


def _level(word: str) -> Level:
    return Level[word.upper()]


def _scope(name: str, table: Mapping[str, Any]) -> Scope:
    grants = tuple(Grant(frozenset(g["areas"]), _level(g["level"]), g["reach"]) for g in table["grants"])
    return Scope(name, table["applications"], frozenset(table["persons"]), grants)


def _holder(name: str, table: Mapping[str, Any], areas: Mapping[str, Area]) -> Holder:
    own, others = table.get("levels", {}), table["others"]
    return Holder(name, table["title"], table["reach"], {area: _level(own.get(area, others)) for area in areas})
