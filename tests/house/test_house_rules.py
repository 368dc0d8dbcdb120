"""The house rules themselves: sizes, layers, and that the pages name what the code has."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from app.settings import Settings
from tools import settings_page

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r"[a-z_0-9]+(\.[a-z_0-9]+)+")
FILES = sorted((ROOT / "app").rglob("*.py"))


def test_every_setting_is_on_its_page():
    """docs/settings.md is what tools/settings_page.py makes of app/settings.py."""
    assert settings_page.PAGE.read_text() == settings_page.page()


def test_every_setting_says_what_it_does():
    """No setting is without a description."""
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def codes_in(tree: ast.AST) -> set[str]:
    """The stable codes in a module: first argument of Finding, `code=` of a refusal, `code` of an error class."""
    found: set[str] = set()
    for node in ast.walk(tree):
        values: list[ast.expr] = []
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in {"Finding", "OcspFault"}:
                values += node.args[:2]
            values += [k.value for k in node.keywords if k.arg == "code"]
        if isinstance(node, ast.Assign) and any(getattr(t, "id", "") == "code" for t in node.targets):
            values.append(node.value)
        for value in values:
            for leaf in ast.walk(value):
                if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str) and CODE.fullmatch(leaf.value):
                    found.add(leaf.value)
    return found


def test_every_error_code_is_on_its_page():
    """docs/errors.md names each code that the program can give."""
    page = (ROOT / "docs" / "errors.md").read_text()
    used = set().union(*(codes_in(ast.parse(file.read_text())) for file in FILES))
    assert len(used) > 50, "the scan finds the codes"
    assert sorted(code for code in used if f"`{code}`" not in page) == []


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))
def test_files_stay_readable(file: Path):
    """A file has at most 400 lines, a function at most 60."""
    text = file.read_text()
    assert text.count("\n") <= 400
    long = [
        f"{node.name} ({node.end_lineno - node.lineno + 1})"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno - node.lineno >= 60
    ]
    assert long == []


def test_pages_named_in_the_readme_exist():
    """Every link of the README to a file of this repository leads somewhere."""
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text())
    assert [link for link in links if not (ROOT / link).exists()] == []
