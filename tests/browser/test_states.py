"""Sandboxes, states, the journal and evidence in Chromium: used without script, and looked at by axe."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.browser.conftest import NORTHWIND, SUPER, WIDTHS, is_within, serious_of_axe, sign_in
from tests.servers import Served

pytestmark = pytest.mark.slow
SANDBOXES, STATES, JOURNAL, EVIDENCE = (
    f"/portal/mock/{name}" for name in ("sandboxes", "states", "journal", "evidence")
)
PAGES = (
    SANDBOXES,
    f"{SANDBOXES}/new",
    f"{SANDBOXES}/looked-at",
    f"{SANDBOXES}/looked-at/drop",
    STATES,
    f"{STATES}/reset",
    f"{STATES}/snapshots/baseline/delete",
    JOURNAL,
    f"{JOURNAL}?path=/organisations&status=403&expect=exactly&number=1",
    f"{JOURNAL}?path=/organisations&expect=at_least&number=1",
    f"{JOURNAL}?status=9999",
    f"{JOURNAL}/clear",
    EVIDENCE,
    f"{EVIDENCE}?assert=crl_fetched&ask=yes",
    f"{EVIDENCE}?assert=denied_within&ask=yes&client=nobody",
)
"""Of every kind: empty, filled in, refused, asking, holding and not."""


@pytest.fixture
def looked_at(served: Served) -> None:
    """A sandbox to look at, and something in the journal."""
    httpx.post(f"{served.control}/_mock/sandboxes", json={"id": "looked-at"}, trust_env=False)
    httpx.get(f"{served.http}/organisations/{NORTHWIND}", trust_env=False)


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_pages(open_page: Callable[..., Any], looked_at: None, width: str, colours: str) -> None:
    """axe finds nothing serious on any of them, and none scrolls sideways."""
    page = open_page(width, color_scheme=colours, bypass_csp=True)
    sign_in(page, SUPER)
    for path in PAGES:
        page.goto(path)
        assert serious_of_axe(page) == [], path
        assert is_within(page), path


def test_sandbox_without_script(served: Served, open_page: Callable[..., Any]) -> None:
    """Made from a template, entered, left, dropped: by links and forms alone."""
    page = open_page("phone", java_script_enabled=False)
    sign_in(page, SUPER, SANDBOXES)
    page.click("text=New sandbox")
    page.select_option("#template", "demo")
    page.fill("#id", "by-hand")
    page.fill("#seed", "42")
    page.click("text=Make it")
    assert "Sandbox by-hand is ready" in page.inner_text("h1")
    page.click("text=Open its portal")
    page.wait_for_url("**/sandboxes/by-hand/portal/**")
    assert "by-hand" in page.inner_text(".mock")
    assert "Northwind Bank" in page.inner_text("main")
    page.goto(f"{SANDBOXES}/by-hand")
    page.click("main >> text=Drop")
    page.click("form.card button")
    assert "Sandbox by-hand was dropped." in page.inner_text("[role=status]")
    assert httpx.get(f"{served.http}/sandboxes/by-hand/jwks", trust_env=False).status_code == 404


def test_states_there_and_back(open_page: Callable[..., Any], tmp_path: Path) -> None:
    """A snapshot; the export as a file; the file with a fault refused with its places; the file itself taken."""
    page = open_page()
    sign_in(page, SUPER, STATES)
    page.fill("#name", "by-hand")
    page.click("text=Make a snapshot")
    assert "The snapshot by-hand was made." in page.inner_text("[role=status]")
    page.check("input[name=tokens]")
    with page.expect_download() as started:
        page.click("text=Download the document")
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    started.value.save_as(good)
    document = json.loads(good.read_text())
    document["organisation"][0]["status"] = 7
    bad.write_text(json.dumps(document))
    page.set_input_files("#document", bad)
    page.click("text=Replace this directory")
    assert "/organisation/0/status" in page.inner_text(".summary")
    page.set_input_files("#document", good)
    page.click("text=Replace this directory")
    assert "The document was imported" in page.inner_text("[role=status]")
    page.goto(f"{STATES}/reset?to=by-hand")
    page.click("form.card button")
    assert "Your session went" in page.inner_text("main")


def test_journal_without_script(served: Served, open_page: Callable[..., Any]) -> None:
    """A question is asked, its answer is drawn, and a near miss leads to its story."""
    httpx.get(f"{served.http}/organisations/{NORTHWIND}/by-hand", trust_env=False)
    page = open_page(java_script_enabled=False)
    sign_in(page, SUPER, JOURNAL)
    page.fill("#path", "/by-hand")
    page.fill("#status", "200")
    page.select_option("#expect", "exactly")
    page.fill("#number", "1")
    page.click("text=Ask the journal")
    assert "It does not hold" in page.inner_text(".verdict")
    page.click(".near a:has-text('/by-hand') >> nth=0")
    assert "path.unknown" in page.inner_text("main")
