"""Calls and their answers, without saying how they are sent: what is done in several calls is written once.

A use of the API is a generator that yields calls and is sent their answers; sync and async client run the same ones.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar
from urllib.parse import quote

import httpx

from app.client.errors import Finding, Refused

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """One request."""

    method: str
    url: str
    json: Any = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def options(self) -> dict[str, Any]:
        """What httpx takes beside method and URL."""
        options: dict[str, Any] = {"headers": {"Accept": "application/json, application/problem+json", **self.headers}}
        if self.json is not None:
            options["json"] = self.json
        if self.content is not None:
            options["content"] = self.content
        return options


Steps: TypeAlias = Generator[Call, httpx.Response, T]


def segment(text: str) -> str:
    """One path segment: ids are free text."""
    return quote(text, safe="")


def body_of(answer: httpx.Response) -> Any:
    """Its JSON, None where it has no body. Raises Refused unless it is a good answer."""
    if answer.is_error:
        raise refused(answer)
    return answer.json() if answer.content else None


def octets_of(answer: httpx.Response) -> bytes:
    """A file. Raises Refused unless it is a good answer."""
    if answer.is_error:
        raise refused(answer)
    return answer.content


def refused(answer: httpx.Response) -> Refused:
    """The refusal in the server's words: problem document, error of OAuth, or the reason header."""
    try:
        given = answer.json()
    except ValueError:
        given = {}
    body: Mapping[str, Any] = given if isinstance(given, dict) else {}
    listed = body.get("findings") or []
    findings = [_finding(each) for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    said = body.get("detail") or body.get("error_description") or answer.headers.get("x-mock-reason")
    code = body.get("code") or body.get("error") or (findings[0].code if findings else f"http.{answer.status_code}")
    request = f"{answer.request.method} {answer.request.url}"
    error = Refused(request, answer.status_code, str(code), str(said or answer.reason_phrase), findings)
    error.body, error.interaction_id = body, answer.headers.get("x-fapi-interaction-id", "")
    return error


def _finding(given: Mapping[str, Any]) -> Finding:
    names = ("code", "detail", "pointer", "expected", "got", "fix")
    return Finding(**{name: str(given[name]) for name in names if given.get(name) is not None})
