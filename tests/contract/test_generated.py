"""Requests that schemathesis makes up from the published file: whatever comes, no answer is a fault of ours."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.api.catalogue import Operation
from tests.contract.published import Published
from tests.contract.test_published import BUILT
from tests.contract.world import World

FEW = settings(
    max_examples=20, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None
)


@pytest.fixture
def ids(world: World) -> dict[str, str]:
    """Real ids, which half of the requests use in place of made-up ones."""
    organisation = world.new_organisation()
    return {"OrganisationId": organisation, "SoftwareStatementId": world.new_application(organisation)}


@pytest.mark.slow
@pytest.mark.parametrize("operation", BUILT, ids=lambda o: o.name)
def test_no_made_up_request_is_answered_with_500(
    world: World,
    published: Published,
    ids: dict[str, str],
    operation: Operation,
) -> None:
    """Below 500, with an interaction id, and a refusal says why in `x-mock-reason`."""
    made_up = published.schema[operation.path][operation.method].as_strategy()

    @FEW
    @given(case=made_up, real=st.booleans())
    def ask(case, real):
        parameters = {name: quote(str(value), safe="") for name, value in (case.path_parameters or {}).items()}
        path = operation.path.format(**parameters | (ids if real else {}))
        body = {} if case.body is None or not isinstance(case.body, dict | list) else {"json": case.body}
        answer = world.admin(operation.method, path, params=case.query or {}, **body)
        assert answer.status_code < 500, (path, case.query, case.body, answer.text)
        assert answer.headers["x-fapi-interaction-id"]
        if answer.status_code >= 400:
            assert answer.headers["x-mock-reason"]

    ask()
