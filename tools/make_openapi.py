"""Write app/api/openapi.json, the description of our own API: `python tools/make_openapi.py [OPENAPI-FILE]`.

Paths, parameters and schemas are the facts of the published file (MIT) after the errata; its prose is left out.
Examples are real: every operation is played against a directory of this product, with the calls of tests/contract, and
what was sent and answered stands beside its schema.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from app.access import SCOPES  # noqa: E402
from app.api.app import HANDLERS  # noqa: E402
from app.api.catalogue import Catalogue, Operation  # noqa: E402
from app.runtime.clock import MovableClock  # noqa: E402
from tests.contract.published import Success, mended, successes_of  # noqa: E402
from tests.contract.test_published import CALLS  # noqa: E402
from tests.contract.world import World  # noqa: E402
from tests.doors import NOW, Client, open_for_tests  # noqa: E402

TARGET = ROOT / "app" / "api" / "openapi.json"
PROSE = frozenset({"description", "example", "examples", "title", "externalDocs", "default"})
GENERAL = frozenset({"Public", "Closed", "Deprecated", "OpenID Provider", "Export"})
LONGEST = 4_000
"""Characters of an example that is shown."""
SECRET = re.compile(r'("(?:access_token|refresh_token|id_token|registration_access_token|ClientSecret)": ")[^"]+')
Node = dict[str, Any]
FORM = "application/x-www-form-urlencoded"
ASSERTION = {
    "client_id": "0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    "client_assertion": "eyJ...",
}
OF_OAUTH: dict[str, tuple[Node, Node]] = {
    "POST /token": (
        {"grant_type": "client_credentials", "scope": "directory:software", **ASSERTION},
        {"access_token": "...", "token_type": "Bearer", "expires_in": 600, "scope": "directory:software"},
    ),
    "POST /request": (
        {**ASSERTION, "request": "eyJ..."},
        {"request_uri": "urn:ietf:params:oauth:request_uri:...", "expires_in": 60},
    ),
    "POST /token/introspection": ({"token": "...", **ASSERTION}, {"active": True, "scope": "directory:software"}),
    "POST /token/revocation": ({"token": "...", **ASSERTION}, {}),
    "POST /device/auth": (
        {"scope": "openid directory:software", **ASSERTION},
        {"device_code": "...", "user_code": "BCDF-GHJK", "verification_uri": "https://...", "expires_in": 600},
    ),
    "POST /backchannel": (
        {"scope": "openid", "login_hint": "ana@acme.example", **ASSERTION},
        {"auth_req_id": "...", "expires_in": 120, "interval": 5},
    ),
}
OTHERWISE = {
    "GET /.well-known/openid-configuration": ("201", "200"),
    "POST /token/revocation": ("204", "200"),
    "POST /backchannel": ("201", "200"),
}
"""Published status -> the one of the standard, which the mock answers with (errata O1, O3, O12)."""


def bared(node: Any, *, is_names: bool = False) -> Any:
    """Without prose and gateway extensions. Where the keys are names (properties, schemas), all of them stay."""
    if isinstance(node, list):
        return [bared(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        key: bared(value, is_names=key in ("properties", "schemas", "responses", "parameters", "requestBodies"))
        for key, value in node.items()
        if is_names or not (key in PROSE or key.startswith("x-"))
    }


def summary(operation_id: str) -> str:
    """The published name of the operation as words: `getOrganisationContacts` is "Get organisation contacts"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", operation_id).split()
    return " ".join([words[0].capitalize(), *(word.lower() for word in words[1:])])


def group(tags: Sequence[str]) -> str:
    """The most telling of the published tags, which go from the general to the special."""
    return next((tag for tag in reversed(tags) if tag not in GENERAL), tags[0] if tags else "Public")


class Description:
    def __init__(self, published: Node, successes: Mapping[str, list[Success]]) -> None:
        self._root, self._successes = bared(published), successes
        self.paths: Node = {}

    def add(self, operation: Operation) -> Node:
        item = self._root["paths"][operation.path]
        found = item[operation.method.lower()]
        made: Node = {
            "operationId": found["operationId"],
            "summary": summary(found["operationId"]),
            "tags": [group(found.get("tags", ()))],
            "parameters": self._parameters([*item.get("parameters", ()), *found.get("parameters", ())]),
            "responses": self._responses(operation, found),
            "security": [{"bearer": []}] if operation.scopes else [],
        }
        if operation.scopes:
            made["description"] = f"Scopes that open it: {', '.join(operation.scopes)}."
        if operation.name not in HANDLERS:
            made["description"] = "Not built in this mock: answers 501."
        if "requestBody" in found:
            made["requestBody"] = self._own(found["requestBody"])
        self.paths.setdefault(operation.path, {})[operation.method.lower()] = made
        return made

    def _responses(self, operation: Operation, found: Node) -> Node:
        wanted = {str(success.status) for success in self._successes.get(operation.name, ())}
        kept = {
            status: answer
            for status, answer in found["responses"].items()
            if status in wanted or "400" <= status < "500"
        }
        return {status: {"description": status} | self._own(kept[status]) for status in sorted(kept)}

    def _parameters(self, nodes: Iterable[Node]) -> list[Node]:
        """Each once: the publication repeats some."""
        known = ((self._at(node), node) for node in nodes)
        return list({(found["name"], found["in"]): node for found, node in known}.values())

    def _own(self, node: Node) -> Node:
        """A copy of a response or body that an example can be put into."""
        copied: Node = json.loads(json.dumps(self._at(node)))
        for media_type, content in copied.get("content", {}).items():
            if "json" not in media_type:
                content["schema"] = {"type": "string"}
        return copied

    def _at(self, node: Node) -> Node:
        while "$ref" in node:
            reference, node = node["$ref"], self._root
            for part in reference[2:].split("/"):
                node = node[part]
        return node

    def whole(self) -> Node:
        components = {kind: {} for kind in ("schemas", "parameters", "responses", "requestBodies")}
        waiting = list(references(self.paths))
        while waiting:
            kind, name = waiting.pop()
            if name not in components[kind]:
                components[kind][name] = node = self._root["components"][kind][name]
                waiting += references(node)
        return {
            "openapi": "3.0.3",
            "info": {
                "title": "connect-mock",
                "version": "1.39.0",
                "description": "A mock of the Raidiam Connect directory: what version 1.39.0 of the published API has. "
                "Not affiliated with or endorsed by Raidiam.",
                "license": {"name": "MIT", "url": "https://opensource.org/license/mit"},
            },
            "servers": [{"url": "./"}],
            "tags": [{"name": name} for name in sorted({each["tags"][0] for each in operations_of(self.paths)})],
            "paths": self.paths,
            "components": {kind: dict(sorted(found.items())) for kind, found in components.items() if found}
            | {
                "securitySchemes": {
                    "bearer": {
                        "type": "http",
                        "scheme": "bearer",
                        "description": f"Of POST /token or POST /_mock/tokens. Scopes: {', '.join(sorted(SCOPES))}.",
                    }
                }
            },
        }


def operations_of(paths: Node) -> Iterator[Node]:
    for item in paths.values():
        yield from item.values()


def references(node: Any) -> Iterator[tuple[str, str]]:
    """Kind and name of every component that this one points to."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                _, _, kind, name = value.split("/")
                yield kind, name
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


# examples


def play(description: Mapping[str, Node]) -> None:
    """Put what was sent and answered into each operation."""
    last: list[Any] = []
    ask = Client.__call__

    def recorded(client: Client, method: str, path: str, **options: Any) -> Any:
        last[:] = [options, ask(client, method, path, **options)]
        return last[1]

    with tempfile.TemporaryDirectory() as folder, patch.object(Client, "__call__", recorded):
        sandbox = open_for_tests(Path(folder), {}, MovableClock(NOW))
        world = World(sandbox)
        for name, calls in sorted(CALLS.items(), key=lambda item: item[0] != "GET /audit"):
            if name in description:
                calls[0](world)
                exemplify(description[name], *last)
        sandbox.close()


def exemplify(operation: Node, sent: Mapping[str, Any], answer: Any) -> None:
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        if "json" in sent and "json" in media_type:
            content["example"] = sent["json"]
        elif media_type == sent.get("headers", {}).get("content-type"):
            content["example"] = sent["content"].decode()
    content = operation["responses"].get(str(answer.status_code), {}).get("content", {})
    for media_type, shown in content.items():
        if answer.headers.get("content-type", "").startswith(media_type):
            example = shortened(answer.json() if "json" in media_type else answer.text)
            if example is not None:
                shown["example"] = example


def shortened(example: Any) -> Any:
    """With one entry of each list of objects, and without secrets; None where that is still too long to show."""
    text = SECRET.sub(r"\1...", json.dumps(firsts(example)))
    return json.loads(text) if len(text) <= LONGEST else None


def firsts(node: Any) -> Any:
    if isinstance(node, list):
        return [firsts(each) for each in (node[:1] if node and isinstance(node[0], dict) else node)]
    if isinstance(node, dict):
        return {key: firsts(value) for key, value in node.items()}
    return node


def written(document: Node) -> str:
    """One line for each path and component, so that a change shows as one."""
    lines = ["{"]
    for key, value in document.items():
        if key == "paths":
            lines += ['"paths": {', *_entries(value), "},"]
        elif key == "components":
            lines.append('"components": {')
            for kind, found in value.items():
                lines += [f"{json.dumps(kind)}: {{", *_entries(found), "},"]
            lines[-1] = "}"
            lines.append("},")
        else:
            lines.append(f"{json.dumps(key)}: {json.dumps(value)},")
    lines[-1] = lines[-1].rstrip(",")
    return "\n".join([*lines, "}", ""])


def _entries(found: Node) -> list[str]:
    lines = [f"{json.dumps(name)}: {json.dumps(node)}," for name, node in found.items()]
    return [*lines[:-1], lines[-1].rstrip(",")]


def described(contract: Path, *, is_played: bool) -> Node:
    """The whole document; with examples where the operations are played."""
    description = Description(mended(contract), successes_of(contract))
    made = {operation.name: description.add(operation) for operation in Catalogue.published().operations}
    for name, (published, ours) in OTHERWISE.items():
        responses = made[name]["responses"]
        made[name]["responses"] = {ours: responses.pop(published) | {"description": ours}} | responses
    for name, (sent, answered) in OF_OAUTH.items():
        exemplify_oauth(made[name], sent, answered)
    if is_played:
        play(made)
    return description.whole()


def exemplify_oauth(operation: Node, sent: Node, answered: Node) -> None:
    """These take forms, whatever is published, and everything they answer is new each time."""
    schema = {"type": "object", "additionalProperties": {"type": "string"}}
    operation["requestBody"] = {"required": True, "content": {FORM: {"schema": schema, "example": sent}}}
    for status, answer in operation["responses"].items():
        if status < "300" and "content" in answer:
            answer["content"] = {"application/json": {"schema": {"type": "object"}, "example": answered}}


def main() -> None:
    default = ROOT.parent / "shared" / "contract" / "connect-openapi-1.39.0.yaml"
    contract = (Path(sys.argv[1]) if len(sys.argv) > 1 else default).parent
    TARGET.write_text(written(described(contract, is_played=True)), encoding="utf-8")


if __name__ == "__main__":
    main()
