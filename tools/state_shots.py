"""Screens of sandboxes, states, the journal and evidence (app/portal/mock), for tools/screenshots.py."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import httpx
from playwright.sync_api import Page

from tests.browser.conftest import NORTHWIND, READER, SUPER
from tests.servers import Served

SANDBOXES, STATES, JOURNAL, EVIDENCE = (
    f"/portal/mock/{name}" for name in ("sandboxes", "states", "journal", "evidence")
)
HERE = f"/organisations/{NORTHWIND}"
TO_LOOK_OVER = (
    "sandboxes-errors", "sandboxes-menu", "sandbox-drop", "sandbox-inside", "states-reset-errors", "journal-errors",
    "journal-clear", "evidence-errors", "evidence-proved",
)  # fmt: skip
ON_PHONES = frozenset({"mock-journal-fails", "mock-sandboxes", "mock-states"})
Act = Callable[[Page], None]


def press(*selectors: str) -> Act:
    def act(page: Page) -> None:
        for selector in selectors:
            page.click(selector)

    return act


def faulty_sandbox(page: Page) -> None:
    values = {"id": "Not an id", "ttl": "a while", "clock": "yesterday", "settings": '{"ra_mode": "kind", "host": "x"}'}
    for name, value in values.items():
        page.fill(f"#{name}", value)
    page.click("form.card button")


def made_sandbox(page: Page) -> None:
    """Dropped again by the next picture's server; its id is by chance, so another picture makes another."""
    page.select_option("#template", "demo")
    page.fill("#seed", "42")
    page.fill("#ttl", "PT15M")
    page.click("form.card button")


def faulty_reset(page: Page) -> None:
    for box in page.locator("input[name=scope]").all():
        box.uncheck()
    page.click("form.card button")


def inside(page: Page) -> None:
    """The same page in the portal of the first sandbox."""
    page.click("main td button >> nth=0")
    page.wait_for_url("**/sandboxes/*/portal/**")
    page.goto(page.url.partition("/portal")[0] + SANDBOXES)


def faulty_import(page: Page) -> None:
    with page.expect_download() as started:
        page.click("text=Download the document")
    document = json.loads(Path(started.value.path()).read_text())
    document["organisation"][0]["status"] = 7
    document["application"][0]["surprise"] = True
    document["certificate"][0]["organisation_id"] = "nobody"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "export.json"
        file.write_text(json.dumps(document))
        page.set_input_files("#document", file)
        page.click("text=Replace this directory")
        page.wait_for_selector(".summary")


SHOTS: tuple[tuple[str, str, Act | None, str], ...] = (
    ("mock-sandboxes-new", f"{SANDBOXES}/new", None, SUPER),
    ("mock-sandboxes-errors", f"{SANDBOXES}/new", faulty_sandbox, SUPER),
    ("mock-sandboxes-made", f"{SANDBOXES}/new", made_sandbox, SUPER),
    ("mock-sandboxes", SANDBOXES, None, SUPER),
    ("mock-sandboxes-menu", SANDBOXES, press(".row-menu summary >> nth=0"), SUPER),
    ("mock-sandbox", SANDBOXES, press("main td a >> nth=0"), SUPER),
    ("mock-sandbox-drop", SANDBOXES, press(".row-menu summary >> nth=0", ".row-menu .danger >> nth=0"), SUPER),
    ("mock-sandbox-inside", SANDBOXES, inside, SUPER),
    ("mock-states", STATES, None, SUPER),
    ("mock-states-import-errors", STATES, faulty_import, SUPER),
    ("mock-states-reset", f"{STATES}/reset?to=before-the-release", None, SUPER),
    ("mock-states-reset-errors", f"{STATES}/reset", faulty_reset, SUPER),
    ("mock-journal", f"{JOURNAL}?path={HERE}", None, SUPER),
    ("mock-journal-holds", f"{JOURNAL}?path={HERE}&status=200&expect=at_least&number=2", None, SUPER),
    ("mock-journal-fails", f"{JOURNAL}?path={HERE}&method=GET&status=403&expect=exactly&number=1", None, SUPER),
    ("mock-journal-errors", f"{JOURNAL}?status=9999&since=then&expect=exactly&number=many", None, SUPER),
    ("mock-journal-empty", f"{JOURNAL}?path=/nowhere", None, SUPER),
    ("mock-journal-clear", f"{JOURNAL}/clear", None, SUPER),
    ("mock-evidence", f"{EVIDENCE}?assert=ocsp_checked", None, SUPER),
    ("mock-evidence-proved", f"{EVIDENCE}?assert=conditional_get&ask=yes", None, SUPER),
    ("mock-evidence-unproved", f"{EVIDENCE}?assert=crl_fetched&ask=yes&client={READER}", None, SUPER),
    ("mock-evidence-errors", f"{EVIDENCE}?assert=denied_within&ask=yes&within=soon&certificate=abc", None, SUPER),
)
"""Name, path, what is done there first, and who looks."""


def furnish_states(served: Served) -> None:
    """Sandboxes, a snapshot, and a client that asked for this and that."""

    def put(path: str, body: object = None) -> None:
        httpx.request("PUT", f"{served.control}{path}", json=body).raise_for_status()

    for wanted in (
        {"id": "pull-request-7", "template": "uk-basic", "ttl": "PT4H", "seed": "42"},
        {"id": "brasil", "template": "brasil", "ttl": 0, "settings": {"ra_mode": "strict"}},
    ):
        httpx.post(f"{served.control}/_mock/sandboxes", json=wanted).raise_for_status()
    put("/_mock/snapshots/before-the-release")
    token = served.token(scope="directory:software", software_statement_id=READER)
    for _ in range(2):
        httpx.get(f"{served.http}{HERE}", headers={"authorization": f"Bearer {token}"}).raise_for_status()
    httpx.get(f"{served.http}{HERE}")
    httpx.get(f"{served.http}{HERE}", headers={"authorization": "Bearer unknown"})
    crl = httpx.get(f"{served.http}/crl/issuer.crl")
    httpx.get(f"{served.http}/crl/issuer.crl", headers={"if-none-match": crl.headers["etag"]})
