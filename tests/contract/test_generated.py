"""Requests that schemathesis makes up from the published file and from our own: no answer is a fault of ours."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.api.catalogue import Operation
from app.api.documentation import description
from app.oauth.tokens import TokenRequest
from tests.contract.published import Published
from tests.contract.test_published import BUILT
from tests.contract.world import World
from tests.doors import Client

SOME = settings(
    max_examples=int(os.environ.get("CONNECT_MOCK_TEST_EXAMPLES", "8")),
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
"""`make fuzz` makes up hundreds."""
OWN = schemathesis.openapi.from_dict(json.loads(description()))


@pytest.fixture(scope="module")
def ids(world: World) -> dict[str, str]:
    """Real ids, which half of the requests use in place of made-up ones."""
    organisation = world.new_organisation()
    return {"OrganisationId": organisation, "SoftwareStatementId": world.new_application(organisation)}


@pytest.fixture(scope="module")
def callers(world: World, ids: dict[str, str]) -> list[Client]:
    """A super user, an administrator and an application of the organisation, and somebody without a token."""
    organisation, application = ids.values()

    def client(**owner: Any) -> Client:
        return Client(world.app, world.sandbox.tokens.issue(TokenRequest(**owner)).access_token)

    administrator = client(scope="directory:website", organisation_id=organisation)
    software = client(scope="directory:software", organisation_id=organisation, software_statement_id=application)
    return [world.admin, administrator, software, world.nobody]


@pytest.mark.slow
@pytest.mark.case("api-G-08")
@pytest.mark.parametrize("source", ["published", "own"])
@pytest.mark.parametrize("operation", BUILT, ids=lambda o: o.name)
def test_no_made_up_request_is_answered_wrongly(
    world: World,
    published: Published,
    callers: list[Client],
    ids: dict[str, str],
    source: str,
    operation: Operation,
) -> None:
    """Whoever asks: below 500, with an interaction id; a refusal says why, a success is as published."""
    schema = published.schema if source == "published" else OWN
    made_up = schema[operation.path][operation.method].as_strategy()

    @SOME
    @given(case=made_up, real=st.booleans(), caller=st.sampled_from(range(len(callers))))
    def ask(case: Any, real: bool, caller: int) -> None:  # noqa: FBT001 - Hypothesis fills it in
        parameters = {name: quote(str(value), safe="") for name, value in (case.path_parameters or {}).items()}
        path = operation.path.format(**parameters | (ids if real else {}))
        body = {"json": case.body} if isinstance(case.body, dict | list) else {}
        answer = callers[caller](operation.method, path, params=case.query or {}, **body)
        assert answer.status_code < 500, (path, case.query, case.body, answer.text)
        assert answer.headers["x-fapi-interaction-id"]
        if answer.status_code >= 400:
            assert answer.headers["x-mock-reason"]
        else:
            assert published.faults(operation.name, answer) == []

    ask()
