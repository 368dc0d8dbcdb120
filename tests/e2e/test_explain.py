"""`connect-mock explain`, as somebody calls it who was just refused."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.test_cli import as_json, good, run
from tests.servers import EC, Served

READER = "1dd59716-ac12-4334-8a8a-cd27f86693fe"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("explain") / "data", EC, "--seed", "demo") as served:
        yield served


@pytest.fixture
def refused(server: Served) -> httpx.Response:
    """The bank's application without anything that proves who it is."""
    answer = httpx.post(f"{server.http}/token", data={"grant_type": "client_credentials", "client_id": READER})
    assert answer.status_code == 401
    return answer


def test_the_story_of_a_refusal(server: Served, refused: httpx.Response) -> None:
    """Request, caller, code, what to do, and the client with its method."""
    told = good("explain", refused.headers["x-fapi-interaction-id"], CONNECT_MOCK_CONTROL=server.control)
    for said in (
        "POST /token answered 401",
        "client.auth_method",
        READER,
        "Northwind Account Reader",
        "private_key_jwt",
        "-> TokenEndpointAuthMethod of the application says which",
        "The sandbox's clock says",
    ):
        assert said in told, told


def test_the_same_as_json(server: Served, refused: httpx.Response) -> None:
    """By interaction id, and by client id where the refusal is the newest."""
    by_id = as_json("explain", refused.headers["x-fapi-interaction-id"], CONNECT_MOCK_CONTROL=server.control)
    by_client = as_json("explain", READER, CONNECT_MOCK_CONTROL=server.control)
    assert by_id["entries"][0] == by_client["entries"][0]
    assert by_id["entries"][0]["findings"][0]["expected"] == "private_key_jwt"


def test_of_what_nothing_is_known(server: Served) -> None:
    """Exit 1 with the server's words."""
    done = run("explain", "no-such-thing", CONNECT_MOCK_CONTROL=server.control)
    assert done.returncode == 1
    assert "nothing is known of 'no-such-thing'" in done.stderr
