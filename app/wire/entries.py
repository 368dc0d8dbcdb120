"""What an entry of the table of contents (contents.py) says of one kind of plain objects; the paths of kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from app.directory.kinds import Kind
from app.runtime.addresses import Addresses

Published = Literal["page", "array_or_page", "array"]
Verb = Literal["list", "create", "read", "update", "remove"]
ALL: tuple[Verb, ...] = ("list", "create", "read", "update", "remove")
ORGANISATION = "/organisations/{OrganisationId}"
SOFTWARE = f"{ORGANISATION}/softwarestatements/{{SoftwareStatementId}}"
SERVERS = f"{ORGANISATION}/authorisationservers"
SERVER = f"{SERVERS}/{{AuthorisationServerId}}"
OF_SERVER = (("AuthorisationServerId", "server"),)


@dataclass(frozen=True, slots=True)
class Resource:
    """One entry. `above` are the parameters of the path that name objects over it, with their kinds."""

    kind: Kind
    path: str
    parameter: str
    answer: str
    create: str = ""
    update: str = ""
    lists: Published = "page"
    verbs: tuple[Verb, ...] = ALL
    above: tuple[tuple[str, str], ...] = ()
    filters: Mapping[str, str] = field(default_factory=dict)
    """Parameter of the query -> member that must be equal."""
    flags: Mapping[str, Callable[[Mapping[str, Any]], bool]] = field(default_factory=dict)
    sortable: Mapping[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    """Members of the answer that requests may say too."""
    optional: tuple[str, ...] = ()
    """Members that the publication requires and the errata do not."""
    by: Literal["id", "key", "name", "anywhere"] = "id"
    everywhere: bool = False
    """Listed whatever is above."""
    create_status: int = 201
    update_status: int = 200
    change_answer: str = ""
    """The schema that answers of creations and updates have, if it is another."""
    order: tuple[tuple[str, bool], ...] = ()
    """(column, descending) of lists that are not sorted otherwise; without it the oldest comes first."""
    addressed: Callable[[Mapping[str, Any], Addresses], Mapping[str, Any]] | None = None
    """Members that follow from the addresses of the directory."""

    @property
    def one(self) -> str:
        return f"{self.path}/{{{self.parameter}}}"
