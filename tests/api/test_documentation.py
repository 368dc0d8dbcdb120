"""The description of the API and its page: whole, true to what is built, and from this machine alone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from app.api.app import HANDLERS
from app.api.catalogue import Catalogue
from app.api.documentation import description
from tools.make_openapi import described

DOCUMENT: dict[str, Any] = json.loads(description())
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}
NO_EXAMPLE = {
    "GET /.well-known/openid-configuration",
    "GET /me",
    "GET /organisations/authorisationservers/webhooks",
    "GET /organisations/export/open-data",
}
"""What they answer depends on addresses and on who asks, or is a whole list of everything."""


def contents(operation: dict[str, Any]) -> list[dict[str, Any]]:
    """Bodies sent and answered with success."""
    answers = [answer for status, answer in operation["responses"].items() if status < "300"]
    return [
        content
        for holder in (operation.get("requestBody", {}), *answers)
        for content in holder.get("content", {}).values()
    ]


def test_every_operation_is_described() -> None:
    """All that are published, with scopes; what is not built says so."""
    assert list(OPERATIONS) == [operation.name for operation in Catalogue.published().operations]
    for operation in Catalogue.published().operations:
        told = OPERATIONS[operation.name].get("description", "")
        assert ("answers 501" in told) is (operation.name not in HANDLERS)
        assert all(scope in told for scope in operation.scopes) or "answers 501" in told


def test_every_built_operation_with_a_body_has_an_example() -> None:
    """Of what is sent or of what is answered."""
    lacking = [
        name
        for name in HANDLERS
        if (bodies := contents(OPERATIONS[name])) and not any("example" in body for body in bodies)
    ]
    assert set(lacking) <= NO_EXAMPLE


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_examples_are_as_their_schemas_say(name: str) -> None:
    """A real request and a real answer stand beside each schema, and keep it."""
    for content in contents(OPERATIONS[name]):
        if "example" in content:
            schema = content["schema"] | {"components": DOCUMENT["components"]}
            jsonschema_rs.Draft4Validator(nullable(schema)).validate(content["example"])


def nullable(node: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema: `nullable` is a further type."""
    if isinstance(node, list):
        return [nullable(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {key: nullable(value) for key, value in node.items() if key != "discriminator"}
    if made.pop("nullable", False) is True and "type" in made:
        made["type"] = [made["type"], "null"]
    return made


def test_it_is_up_to_date(shared: Path) -> None:
    """Made of the published file as the tool makes it; examples apart, which are played."""
    made = described(shared / "contract", is_played=False)
    assert without_examples(made["components"]) == without_examples(DOCUMENT["components"])
    apart = {"/token", "/request", "/token/introspection", "/token/revocation", "/device/auth"}
    assert {path: without_examples(item) for path, item in made["paths"].items() if path not in apart} == {
        path: without_examples(item) for path, item in DOCUMENT["paths"].items() if path not in apart
    }


def without_examples(node: Any) -> Any:
    if isinstance(node, list):
        return [without_examples(each) for each in node]
    if isinstance(node, dict):
        return {key: without_examples(value) for key, value in node.items() if key != "example"}
    return node


def test_the_page_asks_no_other_machine(nobody: Any) -> None:
    """Anybody may read it; every file that it names is here, and the policy allows no other."""
    page = nobody("GET", "/docs")
    assert page.status_code == 200
    assert "https://" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for name in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert nobody("GET", f"/{name}").status_code == 200
    assert nobody("GET", "/docs/nothing.js").status_code == 404


def test_the_description_is_kept_by_caches(nobody: Any) -> None:
    """ETag and 304, as for every public file."""
    first = nobody("GET", "/openapi.json")
    assert first.json()["openapi"].startswith("3.")
    again = nobody("GET", "/openapi.json", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
