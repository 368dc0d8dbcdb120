"""The three layers of errors, problem documents, and what nobody foresaw (connect.md 2.2; RFC 9457)."""

import re

import pytest

from tests.api.raw import entries
from tests.api.test_certificates import PEM
from tests.doors import ORGANISATION

ID = "x-fapi-interaction-id"
GATEWAY = "There is an issue with your request."


def test_the_three_layers_of_errors(ask, nobody, client, organisation):
    """Service with `errors`, service without a body, gateway with `requestId`; each tells its reason in the header."""
    cases = [
        (ask("GET", "/organisations/nobody"), 404, {"errors"}),
        (ask("POST", "/organisations", json={}), 400, {"errors"}),
        (client("acme")("POST", "/organisations", json={}), 403, None),
        (ask("POST", "/organisations", json=ORGANISATION | {"OrganisationId": "acme"}), 409, None),
        (ask("GET", "/organisations", headers={"accept": "image/png"}), 406, None),
        (ask("DELETE", "/organisations/acme", headers={"if-match": '"9"'}), 412, None),
        (nobody("GET", "/organisations"), 401, {"errors", "requestId"}),
        (client("acme", scope="directory:servicedesk")("GET", "/organisations"), 403, {"errors", "requestId"}),
        (ask("PATCH", "/organisations"), 405, {"errors", "requestId"}),
        (ask("POST", "/organisations", content=b"x", headers={"content-type": "a/b"}), 415, {"errors", "requestId"}),
    ]
    for answer, status, members in cases:
        assert answer.status_code == status, answer.text
        assert re.fullmatch(r"[ -~]+ \[[a-z_.]+(, [a-z_.]+)*\]", answer.headers["x-mock-reason"])
        if members is None:
            assert answer.content == b""
        else:
            assert set(answer.json()) == members
            assert answer.headers["content-type"] == "application/json"
            assert all(isinstance(text, str) for text in answer.json()["errors"])


@pytest.mark.parametrize("accept", ["application/problem+json", "application/json, Application/Problem+JSON;q=0.9"])
def test_problem_documents_on_request(ask, nobody, accept):
    """RFC 9457 with code, pointer and findings, for every layer; success keeps its type."""
    headers = {"accept": accept}
    refused = ask("POST", "/organisations", json=ORGANISATION | {"OrganisationId": "a", "City": "x"}, headers=headers)
    assert (refused.status_code, refused.headers["content-type"]) == (400, "application/problem+json")
    assert refused.json() == {
        "type": "urn:connect-mock:problem:field.too_short",
        "title": "The request breaks a rule",
        "status": 400,
        "detail": "City length must be between 2 and 255",
        "code": "field.too_short",
        "pointer": "/City",
        "findings": [
            {
                "code": "field.too_short",
                "detail": "City length must be between 2 and 255",
                "pointer": "/City",
                "got": "1 characters",
                "severity": "error",
            }
        ],
    }
    for answer, status in ((nobody("GET", "/organisations", headers=headers), 401),
                           (ask("GET", "/organisations/x", headers=headers), 404)):  # fmt: skip
        assert answer.json()["status"] == answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
    assert ask("GET", "/organisations", headers=headers).headers["content-type"] == "application/json"


class TestGatewayStyle:
    @pytest.fixture
    def options(self):
        return {"validation_style": "gateway"}

    def test_the_gateway_may_judge_the_schema(self, ask, path):
        """`validation_style=gateway`: its own text and requestId for bodies and parameters; other rules don't."""
        refused = ask("POST", "/organisations", json=ORGANISATION | {"OrganisationId": "a", "City": "x"})
        assert refused.json() == {
            "errors": ["Invalid request body: [City length must be between 2 and 255]"],
            "requestId": refused.headers[ID],
        }
        assert ask("GET", "/organisations?size=0").json()["errors"] == [
            "Invalid request parameters: [size must be a whole number from 1 to 50000]"
        ]
        ask("DELETE", path)
        assert set(ask("GET", f"{path}/assertion").json()) == {"errors"}
        csr = ask("POST", f"{path}/certificates/rtstransport", content=b"x", headers=PEM)
        assert set(csr.json()) == {"errors"}


def test_what_nobody_foresaw_says_nothing(ask, sandbox, monkeypatch, capsys):
    """500 in the gateway's words, without a trace of the cause; the log and the journal have the id."""

    def fails(*_arguments, **_options):
        raise RuntimeError("SELECT secret FROM /etc/passwd")

    monkeypatch.setattr(type(sandbox.organisations), "list", fails)
    answer = ask("GET", "/organisations")
    assert answer.status_code == 500
    assert answer.json() == {"errors": ["A server error occurred."], "requestId": answer.headers[ID]}
    assert "secret" not in str(answer.headers)
    newest = entries(sandbox)[0]
    assert (newest.status, newest.code, newest.interaction_id) == (500, "internal", answer.headers[ID])
