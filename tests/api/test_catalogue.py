"""All published operations, from the catalogue: tokens, scopes, methods, and 501 for what is not built."""

import itertools
from urllib.parse import quote

import pytest

from app.api import dialects
from app.api.catalogue import Catalogue
from app.api.edge import Edge
from app.api.operations import Operations
from app.errors import DirectoryError
from app.sandboxes import Sandboxes
from tests.doors import ORGANISATION, Client

UUID = "0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
CATALOGUE = Catalogue.published()
GUARDED = [operation for operation in CATALOGUE.operations if operation.scopes]


def _refusing(operations):
    """The operations alone, with refusals as answers."""

    async def answered(scope, receive, send):
        try:
            await operations(scope, receive, send)
        except DirectoryError as error:
            scope["state"]["refusal"] = error
            await dialects.render(error, scope)(scope, receive, send)

    return answered


def concrete(path):
    return "/".join(UUID if part.startswith("{") else part for part in path.split("/"))


def test_no_operation_answers_without_a_token(nobody):
    """401 in the gateway's form for each of them, whatever the ids (api-cases.md R1)."""
    for operation in GUARDED:
        refused = nobody(operation.method, concrete(operation.path))
        assert refused.status_code == 401, operation.name
        assert refused.json()["errors"] == ["Authorizer failed to authorize request."]


@pytest.mark.case("api-A-07")
def test_every_operation_wants_one_of_its_scopes(door, token):
    """A token with the scopes that the operation does not list is 403 in the gateway's form."""
    clients = {}
    for operation in GUARDED:
        others = {"directory:software", "directory:website", "directory:admin", "directory:servicedesk"}
        scope = " ".join(sorted(others - set(operation.scopes)))
        client = clients.setdefault(scope, Client(door, token(scope=scope))) if scope else None
        if client is None:
            continue
        refused = client(operation.method, concrete(operation.path), json={})
        assert refused.status_code == 403, operation.name
        assert refused.json()["errors"] == ["There is an issue with your request."]
        assert "access.scope" in refused.headers["x-mock-reason"]


def test_what_is_not_built_is_501(sandbox, token):
    """After token and scope, never 404: a missing feature is not mistaken for a missing object."""
    scopes = "directory:software directory:website directory:admin directory:servicedesk"
    client = Client(Edge(_refusing(Operations(CATALOGUE, {})), Sandboxes(sandbox)), token(scope=scopes))
    for operation in GUARDED:
        answer = client(operation.method, concrete(operation.path), json={})
        assert answer.status_code == 501, operation.name
        assert answer.json() == {"errors": [f"Operation not implemented in this mock: {operation.name}"]}
        assert "operation.not_built" in answer.headers["x-mock-reason"]


def test_every_path_tells_its_methods(nobody):
    """OPTIONS without a token; a method that is not published is 405 with the same Allow."""
    for path in {operation.path for operation in GUARDED}:
        allow = nobody("OPTIONS", concrete(path)).headers.get("allow", "")
        published = {operation.method for operation in GUARDED if operation.path == path}
        assert published <= set(allow.split(", ")), path
        refused = nobody("PATCH", concrete(path))
        assert (refused.status_code, refused.headers["allow"]) == (405, allow), path


def test_fixed_segments_win_over_parameters():
    """errata D3: where two published paths fit one address, the one that has the word first is meant."""
    paths = {operation.path: operation.path[1:].split("/") for operation in CATALOGUE.operations}
    conflicts = 0
    for (path, left), (other, right) in itertools.combinations(paths.items(), 2):
        if len(left) != len(right) or not all(map(_overlap, left, right)):
            continue
        conflicts += 1
        address = [
            UUID if _is_free(a) and _is_free(b) else b if _is_free(a) else a for a, b in zip(left, right, strict=True)
        ]
        first_has_word = next(_is_free(b) for a, b in zip(left, right, strict=True) if _is_free(a) != _is_free(b))
        found = next(iter(CATALOGUE.find(address).operations.values())).path
        assert found == (path if first_has_word else other), address
    assert conflicts > 30


def _is_free(part):
    return part.startswith("{")


def _overlap(left, right):
    return left == right or _is_free(left) or _is_free(right)


@pytest.mark.parametrize("word", ["{}", "{OrganisationId}", "kid", "users", "super"])
def test_no_segment_is_taken_for_a_template(nobody, word):
    """Braces in an address are text; the published path with a parameter in that place is found."""
    for operation in CATALOGUE.operations:
        segments = (quote(word) if _is_free(part) else part for part in operation.path.split("/"))
        assert nobody("OPTIONS", "/".join(segments)).status_code == 204, operation.name


def test_one_id_that_is_a_word_stays_an_id(ask):
    """An organisation may be called `certificates`, since no path has that word in this place."""
    assert ask("POST", "/organisations", json=ORGANISATION | {"OrganisationId": "certificates"}).status_code == 201
    assert ask("GET", "/organisations/certificates").json()["OrgDetails"]["OrganisationId"] == "certificates"
    assert ask("GET", "/organisations/certificates/certificates").json() == []
    assert ask("GET", "/organisations/certificates/softwarestatements").json() == []
