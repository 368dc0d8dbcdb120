"""Write the tables of docs/profiles.md: the words from the models, the shipped types from their files.

`--check` only says whether they are up to date.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel

from app.pki import profile_language as language
from app.pki import profiles
from app.pki.facts import HOLES
from app.pki.profiles import CertificateProfile, Ecosystem, SubjectRule

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "profiles.md"
MODELS: dict[str, type[BaseModel]] = {
    "file": language.Ecosystem,
    "type": language.CertificateProfile,
    "subject": language.SubjectRule,
    "key": language.KeyRule,
    "san": language.SanRule,
    "qc_example": language.QcExample,
    "when": language.Variant,
    "role": language.DomainRole,
    "metadata": language.RoleMetadata,
}


def page(text: str) -> str:
    """The page with its tables made anew."""
    source = ast.parse((ROOT / "app" / "pki" / "profile_language.py").read_text())
    for name, model in MODELS.items():
        text = _replaced(text, f"words {name}", _words(model, _docstrings(source, model.__name__)))
    text = _replaced(text, "holes", [", ".join(f"`{{{hole}}}`" for hole in sorted(HOLES))])
    for name in profiles.shipped():
        text = _replaced(text, f"types {name}", _types(profiles.load([name])[0]))
    return text


def _replaced(text: str, name: str, lines: Iterator[str] | list[str]) -> str:
    """The block between `<!-- NAME -->` and `<!-- end -->` replaced."""
    block = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
    assert len(block.findall(text)) == 1, f"the page needs one block {name}"
    made = "\n".join(lines) + "\n"
    return block.sub(lambda found: found[1] + made + found[2], text)


def _docstrings(source: ast.Module, model: str) -> dict[str, str]:
    """The text under each field of a model."""
    (body,) = (node.body for node in source.body if isinstance(node, ast.ClassDef) and node.name == model)
    found: dict[str, str] = {}
    for field, text in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            assert isinstance(field.target, ast.Name)
            found[field.target.id] = " ".join(str(text.value.value).split())
    return found


def _words(model: type[BaseModel], meanings: dict[str, str]) -> Iterator[str]:
    yield "| word | default | meaning |"
    yield "| --- | --- | --- |"
    for name, field in model.model_fields.items():
        default = "must be given" if field.is_required() else _default(field.default)
        yield f"| `{name}` | {default} | {_cell(meanings[name])} |"


def _default(value: object) -> str:
    if value is None or value == () or isinstance(value, BaseModel):
        return "-"
    if isinstance(value, tuple):
        return f"`{json.dumps(value)}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _types(ecosystem: Ecosystem) -> Iterator[str]:
    yield "| type | called | for an | you send | subject | names | key usage | extended | use, key set | days |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for p in ecosystem.profile:
        cells = [
            f"`{p.type}`",
            p.label,
            p.level,
            {"csr": "CSR", "public_key": "public key", "certificate": "certificate"}[p.input],
            "<br>".join(map(_rule, p.subject)),
            _names(p),
            "<br>".join(p.key_usage),
            "<br>".join(p.extended_key_usage),
            f"{p.use}, {p.jwks}",
            str(p.validity_days or ("its own" if p.input == "certificate" else "for ever")),
        ]
        yield f"| {' | '.join(_cell(cell or '-') for cell in cells)} |"


def _rule(rule: SubjectRule) -> str:
    shown = rule.attribute
    if rule.equals:
        shown += f" = {' or '.join(rule.equals)}{' or a pattern' if rule.pattern else ''}"
    else:
        shown += f": {rule.hint or rule.pattern}" if rule.pattern else ", free"
    shown += f" (up to {rule.occurs} times)" if rule.occurs > 1 else ""
    return shown if rule.required else f"[{shown}]"


def _names(profile: CertificateProfile) -> str:
    san = profile.san
    kinds = {"DNS": san.dns, "URI": san.uri, "IP": san.ip, "e-mail": san.email}
    named = [f"{kind} {presence}" for kind, presence in kinds.items() if presence != "forbidden"]
    return "<br>".join([*named, *(f"otherName {oid}" for oid in san.other_names)])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> int:
    made = page(PAGE.read_text())
    if "--check" in sys.argv:
        return 0 if PAGE.read_text() == made else 1
    PAGE.write_text(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
