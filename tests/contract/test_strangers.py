"""Every operation asked for by another organisation, and for an object that is not there: generated from the catalogue.

Each operation's good call (CALLS) is played; just before it is answered, strangers send the very same request. So what
they ask for exists, and what they would change is there to be changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import httpx
import pytest

from app.api.app import HANDLERS
from app.api.catalogue import Catalogue, Operation
from app.oauth.tokens import TokenRequest
from app.store.records import Page
from tests.contract.test_published import CALLS, SOME_ID, STATEMENT
from tests.contract.world import World
from tests.doors import Client

CATALOGUE = Catalogue.published()
OF_SOMEBODY = [
    operation
    for operation in CATALOGUE.operations
    if operation.scopes and operation.name in HANDLERS and "{OrganisationId}" in operation.path
]
NAMED = [operation for operation in CATALOGUE.operations if operation.name in CALLS and "{" in operation.path]
ABSENT = {"{CertificateOrKeyId}": "A" * 43}
"""Names that are no UUIDs."""
TYPES = frozenset({"{SoftwareStatementCertificateOrKeyType}", "{OrganisationCertificateType}"})
"""A type of certificate is no object: one that does not exist is 400 with those that do."""
PRIVATE = frozenset({
    f"{STATEMENT}/assertion",
    "/organisations/{OrganisationId}/adminusers",
    "/organisations/{OrganisationId}/adminusers/{UserEmailOrID}",
    "/organisations/{OrganisationId}/{AuthorisationDomainName}/users",
    "/organisations/{OrganisationId}/{AuthorisationDomainName}/users/{UserEmailOrID}",
    "/organisations/{OrganisationId}/tnchistory",
    "/organisations/{OrganisationId}/ess/poll/{ExternalSigningServiceEnvelopeId}",
})  # fmt: skip
"""Reads that are the owner's alone; all others show what participants share (connect.md 16)."""


@dataclass(frozen=True)
class Strangers:
    """Another organisation's application, and its administrator."""

    application: Client
    administrator: Client


@pytest.fixture(scope="module")
def strangers(world: World) -> Strangers:
    organisation = world.new_organisation()
    application = world.new_application(organisation)

    def client(**owner: Any) -> Client:
        return Client(world.app, world.sandbox.tokens.issue(TokenRequest(**owner)).access_token)

    return Strangers(
        client(scope="directory:software", organisation_id=organisation, software_statement_id=application),
        client(scope="directory:website", organisation_id=organisation),
    )


@contextmanager
def asking_first(world: World, operation: Operation, strangers: Strangers) -> Iterator[dict[str, httpx.Response]]:
    """While this lasts, strangers send the operation's request before it is sent by whoever may."""
    answers: dict[str, httpx.Response] = {}
    ask = Client.__call__

    def asked(client: Client, method: str, path: str, **options: Any) -> httpx.Response:
        if client not in (strangers.application, strangers.administrator) and is_of(operation, method, path):
            before = changes(world)
            for name in ("application", "administrator"):
                answers[name] = ask(getattr(strangers, name), method, path, **options)
            assert changes(world) == before, "a stranger changed something"
        return ask(client, method, path, **options)

    with patch.object(Client, "__call__", asked):
        yield answers


def is_of(operation: Operation, method: str, path: str) -> bool:
    found = CATALOGUE.find(path.partition("?")[0][1:].split("/"))
    return found is not None and found.operations.get(method) is operation


def changes(world: World) -> int:
    """How many changes the directory has told in its audit."""
    with world.sandbox.store.read() as uow:
        return uow.audit.list(Page(size=1)).total


@pytest.mark.parametrize("operation", OF_SOMEBODY, ids=lambda o: o.name)
def test_strangers_change_nothing_and_read_what_participants_share(
    world: World, strangers: Strangers, operation: Operation
) -> None:
    """Writes are 403 or 404 and leave no trace; a read is refused, or shows only what every participant may see."""
    for call in CALLS[operation.name]:
        with asking_first(world, operation, strangers) as answers:
            call(world)
        assert set(answers) == {"application", "administrator"}
        for who, answer in answers.items():
            told = f"{who}: {answer.status_code} {answer.text[:200]}"
            wanted = {200, 403, 404} if operation.method == "GET" and operation.path not in PRIVATE else {403, 404}
            assert answer.status_code in wanted, told


@pytest.mark.parametrize("operation", NAMED, ids=lambda o: o.name)
def test_what_is_not_there_is_404(world: World, operation: Operation) -> None:
    """The good request of a super user, but for the name of the last object in its path."""
    client, path, options = sent(world, operation)
    segments, wanted = path.partition("?")[0].split("/"), operation.path.split("/")
    last = max(number for number, segment in enumerate(wanted) if segment.startswith("{") and segment not in TYPES)
    segments[last] = ABSENT.get(wanted[last], SOME_ID)
    answer = client(operation.method, "/".join(segments), **options)
    assert answer.status_code == 404, answer.text


def sent(world: World, operation: Operation) -> tuple[Client, str, dict[str, Any]]:
    """Who sends the operation's good call, to which path, with what."""
    found: list[tuple[Client, str, dict[str, Any]]] = []
    ask = Client.__call__

    def asked(client: Client, method: str, path: str, **options: Any) -> httpx.Response:
        if is_of(operation, method, path):
            found.append((client, path, options))
        return ask(client, method, path, **options)

    with patch.object(Client, "__call__", asked):
        CALLS[operation.name][0](world)
    return found[-1]
