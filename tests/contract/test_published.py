"""The running application against the published specification (operations.md and the OpenAPI file)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.access import SCOPES
from app.api.app import HANDLERS, create_data_app
from app.api.catalogue import Catalogue, Operation
from app.sandboxes import Sandboxes
from tests.contract.people_calls import PEOPLE_CALLS
from tests.contract.published import Published, Success
from tests.contract.resource_calls import RESOURCE_CALLS
from tests.contract.world import PEM, World
from tests.doors import APPLICATION, Client

CATALOGUE = Catalogue.published().operations
GUARDED = [operation for operation in CATALOGUE if operation.scopes]
BUILT = [operation for operation in GUARDED if operation.name in HANDLERS]
SOME_ID = "0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"


Call = Callable[[World], httpx.Response]
CERTIFICATE = "/organisations/{OrganisationId}/certificates"
STATEMENTS = "/organisations/{OrganisationId}/softwarestatements"
STATEMENT = f"{STATEMENTS}/{{SoftwareStatementId}}"
OF_STATEMENT = f"{STATEMENT}/certificates"
TYPED = f"{OF_STATEMENT}/{{SoftwareStatementCertificateOrKeyType}}"
CALLS: dict[str, tuple[Call, ...]] = {
    "GET /organisations": (lambda w: w.admin("GET", "/organisations?page=0&size=2"),),
    "POST /organisations": (
        lambda w: w.admin("POST", "/organisations", json=w.organisation_body(f"org-{next(w.numbers)}")),
    ),
    "GET /organisations/{OrganisationId}": (lambda w: w.admin("GET", w.own),),
    "PUT /organisations/{OrganisationId}": (
        lambda w: w.admin("PUT", w.own, json=w.organisation_body(w.organisation) | {"City": "Leeds"}),
    ),
    "DELETE /organisations/{OrganisationId}": (
        lambda w: w.admin("DELETE", f"/organisations/{w.new_organisation()}"),
    ),
    f"GET {STATEMENTS}": (
        lambda w: w.admin("GET", f"{w.own}/softwarestatements"),
        lambda w: w.admin("GET", f"{w.own}/softwarestatements?page=0&size=1"),
    ),
    f"POST {STATEMENTS}": (
        lambda w: w.admin("POST", f"{w.own}/softwarestatements", json=APPLICATION),
        lambda w: w.admin(
            "POST",
            f"{w.own}/softwarestatements",
            json=APPLICATION | {"TokenEndpointAuthMethod": "client_secret_basic", "Description": "with a secret"},
        ),
    ),
    f"GET {STATEMENT}": (lambda w: w.admin("GET", w.software),),
    f"PUT {STATEMENT}": (lambda w: w.admin("PUT", w.another, json=APPLICATION | {"ClientName": "Renamed"}),),
    f"DELETE {STATEMENT}": (lambda w: w.admin("DELETE", f"{w.own}/softwarestatements/{w.new_application()}"),),
    f"PUT {STATEMENT}/unlock": (lambda w: w.admin("PUT", f"{w.software}/unlock", json={"Unlock": True}),),
    f"GET {STATEMENT}/assertion": (
        lambda w: w.admin("GET", f"{w.another}/assertion"),
        lambda w: w.admin("GET", f"{w.another}/assertion", headers={"accept": "application/jwt"}),
    ),
    f"GET {OF_STATEMENT}": (
        lambda w: w.new_certificate() and w.admin("GET", f"{w.software}/certificates"),
        lambda w: w.admin("GET", f"{w.software}/certificates?page=0&size=1"),
    ),
    f"POST {TYPED}": (
        lambda w: w.admin(
            "POST", f"{w.software}/certificates/rtssigning", content=w.csr(w.application), headers=PEM
        ),
        lambda w: w.admin("POST", f"{w.software}/certificates/sigkey", content=_public_key(), headers=PEM),
    ),
    f"GET {TYPED}/{{CertificateOrKeyId}}": (
        lambda w: w.admin("GET", f"{w.software}/certificates/rtstransport/{w.new_certificate()}"),
    ),
    f"PUT {TYPED}/{{CertificateOrKeyId}}": (
        lambda w: w.admin(
            "PUT", f"{w.software}/certificates/rtstransport/{w.new_certificate()}", json={"Description": "mine"}
        ),
        lambda w: w.admin(
            "PUT", f"{w.software}/certificates/rtstransport/{w.new_certificate()}", json={"RevokeReason": "superseded"}
        ),
    ),
    f"GET {CERTIFICATE}": (
        lambda w: w.new_own_certificate() and w.admin("GET", f"{w.own}/certificates"),
        lambda w: w.admin("GET", f"{w.own}/certificates?page=0&size=1"),
    ),
    f"GET {CERTIFICATE}/{{OrganisationCertificateType}}": (
        lambda w: w.new_own_certificate() and w.admin("GET", f"{w.own}/certificates/rtstransport_rs"),
    ),
    f"POST {CERTIFICATE}/{{OrganisationCertificateType}}": (
        lambda w: w.admin("POST", f"{w.own}/certificates/rtstransport_rs", content=w.csr(None), headers=PEM),
    ),
    f"GET {CERTIFICATE}/kid/{{CertificateOrKeyId}}": (
        lambda w: w.admin("GET", f"{w.own}/certificates/kid/{w.new_own_certificate()}"),
    ),
    f"PUT {CERTIFICATE}/kid/{{CertificateOrKeyId}}": (
        lambda w: w.admin(
            "PUT", f"{w.own}/certificates/kid/{w.new_own_certificate()}", json={"RevokeReason": "unspecified"}
        ),
    ),
    **RESOURCE_CALLS,
    **PEOPLE_CALLS,
}  # fmt: skip


def _public_key() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_the_catalogue_is_the_page(published: Published) -> None:
    """253 operations with method, path, scopes and wave, none left out and none invented."""
    assert len(CATALOGUE) == 253
    named = {f"{method} {path}": (scopes, wave) for method, path, _success, scopes, wave in published.rows}
    assert [operation.name for operation in CATALOGUE] == list(named)
    for operation in CATALOGUE:
        scopes, wave = named[operation.name]
        wanted = set() if scopes == "none" else {f"directory:{scope}" for scope in scopes.split(" or ")}
        assert wanted <= set(operation.scopes)
        assert bool(wanted) is bool(operation.scopes)
        assert operation.wave == int(wave)


def test_every_guarded_operation_is_built() -> None:
    """None of the published operations answers 501 any more."""
    assert [operation.name for operation in GUARDED if operation not in BUILT] == []


def test_what_is_not_built_would_say_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """501 with the exact text of operations.md, whatever the body; after token and scope."""
    left = {name: handler for name, handler in HANDLERS.items() if name != "POST /organisations"}
    monkeypatch.setattr("app.api.app.HANDLERS", left)
    door = create_data_app(Sandboxes(world.sandbox))
    answer = Client(door, world.admin.token)("POST", "/organisations", content=b"not even JSON")
    assert answer.status_code == 501
    assert answer.json() == {"errors": ["Operation not implemented in this mock: POST /organisations"]}
    assert answer.headers["x-fapi-interaction-id"]
    assert Client(door)("POST", "/organisations").status_code == 401


def test_every_operation_is_in_the_file(published: Published) -> None:
    """The catalogue's paths are those of the OpenAPI file."""
    missing = [o.name for o in CATALOGUE if o.path not in published.schema or o.method not in published.schema[o.path]]
    assert missing == []


@pytest.mark.parametrize("operation", BUILT, ids=lambda o: o.name)
def test_a_success_is_as_published(world: World, published: Published, operation: Operation) -> None:
    """Status, media type and schema of each good answer; every built operation has a call here."""
    for call in CALLS[operation.name]:
        answer = call(world)
        assert published.faults(operation.name, answer) == []


@pytest.mark.parametrize("operation", GUARDED, ids=lambda o: o.name)
def test_without_a_token_or_its_scope_nobody_gets_in(world: World, operation: Operation) -> None:
    """Gateway 401 and 403 with their exact texts, for built and unbuilt operations alike."""
    path = filled(operation)
    refused = world.nobody(operation.method, path, json={})
    assert refused.status_code == 401
    assert refused.json()["errors"] == ["Authorizer failed to authorize request."]
    assert refused.json()["requestId"] == refused.headers["x-fapi-interaction-id"]
    refused = stranger(world, operation)(operation.method, path, json={})
    assert refused.status_code == 403
    assert refused.json()["errors"] == ["There is an issue with your request."]


def stranger(world: World, operation: Operation) -> Client:
    """Somebody whose scope opens other operations."""
    return world.client(next(scope for scope in SCOPES if scope not in operation.scopes))


@pytest.mark.parametrize("operation", [o for o in CATALOGUE if not o.scopes], ids=lambda o: o.name)
def test_operations_without_scopes_are_never_absent(world: World, operation: Operation) -> None:
    """Each of them is built."""
    answer = world.nobody(operation.method, filled(operation), json={})
    assert answer.status_code < 500
    assert "path.unknown" not in answer.headers.get("x-mock-reason", "")


def filled(operation: Operation) -> str:
    """The path with an id in each place."""
    path = operation.path
    while "{" in path:
        head, _, rest = path.partition("{")
        path = f"{head}{SOME_ID}{rest.partition('}')[2]}"
    return path


def test_refusals_of_built_operations_are_as_published(world: World, published: Published) -> None:
    """400 and 404 are `errors`, 401 and 403 of the gateway have a request id: all as the file has them."""
    refusals = {
        "POST /organisations": world.admin("POST", "/organisations", json={}),
        "GET /organisations/{OrganisationId}": world.admin("GET", "/organisations/nobody"),
        f"GET {STATEMENT}": world.admin("GET", f"{world.own}/softwarestatements/{SOME_ID}"),
        f"POST {TYPED}": world.admin("POST", f"{world.software}/certificates/rtstransport", content=b"", headers=PEM),
    }
    for name, answer in refusals.items():
        assert answer.status_code in (400, 404)
        (fault,) = published.faults(name, answer)
        assert fault.startswith("Success(")


def test_this_notices_what_is_not_as_published(published: Published) -> None:
    """A wrong status, a wrong media type, a wrong member: each is told, and the right answer is not."""
    request = httpx.Request("GET", "http://localhost/organisations/x")
    name, good = "GET /organisations/{OrganisationId}", {"OrgDetails": {"OrganisationId": "x", "Status": "Active"}}
    assert published.successes[name] == [Success(200, "application/json")]
    for status, body, media_type, is_good in (
        (200, good, "application/json", True),
        (201, good, "application/json", False),
        (200, good, "text/plain", False),
        (200, {"OrgDetails": {"OrganisationId": 7}}, "application/json", False),
        (200, [], "application/json", False),
    ):
        answer = httpx.Response(status, json=body, headers={"content-type": media_type}, request=request)
        answer.elapsed = timedelta(0)
        assert (published.faults(name, answer) == []) is is_good
