"""Write app/wire/published_schemas.json from the OpenAPI file: `python tools/make_resource_schemas.py FILE`.

The facts of every schema that is built of members: of each member its type, lengths, pattern, choices and published
texts, in the order of the publication. Members that no request can name carry their name alone.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

TARGET = Path(__file__).parents[1] / "app" / "wire" / "published_schemas.json"
NO_MARKUP = "^[^<>]*$"
FORMATS = {
    "uuid": "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
    "date": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
}
KINDS = {"string": "string", "boolean": "boolean", "number": "number", "integer": "number", "object": "object"}
FACTS = {"x-required-message": "required_text", "minLength": "least", "maxLength": "most"}
INLINE = {"UserGroupMember": "UserGroupMembersPage"}
"""Names of ours for objects that stand in a page without one of their own."""
Node = dict[str, Any]


class Document:
    def __init__(self, path: Path) -> None:
        self._root: Node = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)

    def schemas(self) -> Node:
        """Every schema with members, by name."""
        named = self._root["components"]["schemas"]
        found = {name: self._members(node) for name, node in named.items()}
        for name, page in INLINE.items():
            found[name] = self._members(named[page]["properties"]["content"]["items"])
        return {name: list(members.values()) for name, members in found.items() if members}

    def _at(self, node: Node) -> Node:
        while "$ref" in node:
            reference, node = node["$ref"], self._root
            for part in reference[2:].split("/"):
                node = node[part]
        return node

    def _members(self, node: Node) -> Node:
        node = self._at(node)
        found: Node = {}
        required = set(node.get("required", ()))
        for part in node.get("allOf", ()):
            found.update(self._members(part))
        found.update(self._alternatives(node.get("anyOf", ())))
        for name, member in node.get("properties", {}).items():
            found[name] = self._field(name, self._at(member))
        for name in required & set(found):
            found[name]["required"] = True
        return found

    def _alternatives(self, nodes: list[Node]) -> Node:
        """The members of any; required is what every alternative requires."""
        every = [self._members(node) for node in nodes]
        found: Node = {name: field for members in every for name, field in members.items()}
        for name, field in found.items():
            if not all(members.get(name, {}).get("required") for members in every):
                field.pop("required", None)
        return found

    def _field(self, name: str, node: Node) -> Node:
        kind = KINDS.get(node.get("type", "object"), "object")
        if node.get("type") == "array":
            inner = self._at(node["items"])
            kind, node = ("strings" if inner.get("type") == "string" else "objects"), {**inner, **_texts(node)}
        field: Node = {"name": name, "kind": kind}
        field |= {ours: node[theirs] for theirs, ours in FACTS.items() if theirs in node}
        field |= {"choices": node["enum"]} if "enum" in node and kind in ("string", "strings") else {}
        pattern = node.get("pattern", NO_MARKUP)
        pattern = FORMATS.get(node.get("format", ""), pattern) if pattern == NO_MARKUP else pattern
        if pattern != NO_MARKUP:
            field |= {"pattern": pattern, "pattern_text": node.get("x-pattern-message", "")}
        return field


def _texts(node: Node) -> Node:
    return {name: node[name] for name in ("x-required-message",) if name in node}


def main() -> None:
    found = Document(Path(sys.argv[1])).schemas()
    lines = ",\n".join(
        f"{json.dumps(name)}: {json.dumps(members, ensure_ascii=False)}" for name, members in found.items()
    )
    TARGET.write_text("{\n" + lines + "\n}\n", encoding="utf-8")
    print(f"{len(found)} schemas")


if __name__ == "__main__":
    main()
