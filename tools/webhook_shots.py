"""Pictures of webhooks: one receiver that answered well and badly, and one that nobody has confirmed."""

from __future__ import annotations

import time
from typing import Any

import httpx
from playwright.sync_api import Page

from tests.browser.conftest import NORTHWIND
from tests.directories import application_body
from tests.servers import Served
from tests.webhooks.receiver import Receiver

PATIENCE = 30
ELSEWHERE = "https://hooks.northwind-bank.example/connect/changes-of-the-directory"
SETTINGS = {"CONNECT_MOCK_ALLOW_PRIVATE_WEBHOOKS": "true"}


def _open(page: Page) -> None:
    page.click("#deliveries a:has-text('application.update') >> nth=1")
    page.wait_for_selector("#payload")


SHOTS: tuple[tuple[Any, ...], ...] = (
    ("webhooks", "/portal/webhooks"),
    ("webhook", "/portal/webhooks", _open),
    ("webhooks-empty", "/portal/webhooks?state=dropped"),
)


def furnish_webhooks(served: Served, headers: dict[str, str]) -> None:
    """The receiver stays as long as it takes to be told."""
    receiver = Receiver()
    try:
        _tell(served, headers, receiver)
    finally:
        receiver.close()


def _tell(served: Served, headers: dict[str, str], receiver: Receiver) -> None:
    path = f"{served.http}/organisations/{NORTHWIND}/softwarestatements"
    hooked = f"{served.control}/_mock/webhooks"
    made = {}
    for name, url in (("Fraud desk", receiver.url), ("Partner portal", ELSEWHERE)):
        body = application_body(ClientName=name, NotificationWebhook=url)
        made[name] = httpx.post(path, json=body, headers=headers).raise_for_status().json()["SoftwareStatementId"]
    known = {each["owner_id"]: each["id"] for each in httpx.get(hooked).json()["subscriptions"]}
    _until(lambda: len(receiver.received) == 1)
    httpx.post(f"{hooked}/subscriptions/{known[made['Fraud desk']]}:confirm").raise_for_status()
    change = application_body(ClientName="Partner portal", NotificationWebhook=ELSEWHERE, Description="For partners")
    httpx.put(f"{path}/{made['Partner portal']}", json=change, headers=headers).raise_for_status()
    receiver.answers = [(503, {}, b"try again later")]
    httpx.put(f"{path}/{made['Partner portal']}", json=change, headers=headers).raise_for_status()
    _until(lambda: any(each.get("answers") for each in _waiting(hooked)))


def _waiting(hooked: str) -> list[dict[str, Any]]:
    query = {"state": "waiting", "event": "application.update"}
    found: list[dict[str, Any]] = httpx.get(f"{hooked}/deliveries", params=query).json()["deliveries"]
    return found


def _until(so: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not so():
        if time.monotonic() > end:
            raise TimeoutError("the receiver was not told")
        time.sleep(0.05)
