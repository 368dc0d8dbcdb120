"""A running server as the commands see it: the Connect API and the control listener, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.refusal import Refusal, Refused
from app.cli.target import START_IT, Target, find_target

if TYPE_CHECKING:
    import httpx

PAGE = 1000
PROBLEM = "application/problem+json"
PEM_FILE = "application/x-pem-file"


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer: its body, and what it warned of."""

    body: Any
    warnings: tuple[str, ...] = ()


class Server:
    """Every method raises Refusal, with the server's own words, when the answer is not a good one."""

    def __init__(self, target: Target, http: httpx.Client, token: str | None = None) -> None:
        self.target, self._http, self._given = target, http, token

    # the API

    def get(self, path: str) -> Any:
        return self._call("GET", path).body

    def post(self, path: str, content: Any, media_type: str = "application/json") -> Answer:
        return self._call("POST", path, content=content, media_type=media_type)

    def put(self, path: str, content: Mapping[str, Any]) -> Answer:
        return self._call("PUT", path, content=content)

    def public(self, path: str) -> bytes:
        """A file that needs no token, such as a CRL."""
        return self._send("GET", f"{self.target.url}{path}").content

    def organisations(self) -> list[dict[str, Any]]:
        return self._all("/organisations")

    def applications(self, organisation_id: str) -> list[dict[str, Any]]:
        return self._all(f"/organisations/{segment(organisation_id)}/softwarestatements")

    # the control listener

    def control(self, method: str, path: str, content: Any = None) -> Any:
        """The JSON answer of the control listener; `content` is JSON too, or PEM as octets."""
        headers = self._control_headers()
        if isinstance(content, bytes):
            options: dict[str, Any] = {"content": content, "headers": headers | {"Content-Type": PEM_FILE}}
        else:
            options = {"json": content, "headers": headers}
        return self._send(method, f"{self.target.control}{path}", **options).json()

    def octets(self, method: str, path: str, content: bytes | None = None, *, timeout: float = 30) -> bytes:
        """The answer of the control listener as it is; `content` is JSON as octets."""
        headers = self._control_headers()
        if content is not None:
            headers |= {"Content-Type": "application/json"}
        options: dict[str, Any] = {"headers": headers, "content": content, "timeout": timeout}
        return self._send(method, f"{self.target.control}{path}", **options).content

    def bundle(self) -> bytes:
        """Root and issuing CAs: those of the directory, without the CA of the server's own listeners."""
        return self.public("/repository/bundle.pem")

    def _control_headers(self) -> dict[str, str]:
        secret = self.target.control_token
        return {"Authorization": f"Bearer {secret}"} if secret else {}

    # how

    @cached_property
    def _token(self) -> str:
        if self._given:
            return self._given
        wanted = {"scope": "directory:website", "user": "command line", "expires_in": 300}
        return str(self.control("POST", "/_mock/tokens", wanted)["access_token"])

    def _all(self, path: str) -> list[dict[str, Any]]:
        """Every page of a list, whatever its shape (connect.md 2.4)."""
        found: list[dict[str, Any]] = []
        for page in range(10_000):
            body = self.get(f"{path}?page={page}&size={PAGE}")
            part = body["content"] if isinstance(body, dict) else body
            found += part
            if len(part) < PAGE:
                break
        return found

    def _call(self, method: str, path: str, *, content: Any = None, media_type: str = "application/json") -> Answer:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": f"application/json, {PROBLEM}"}
        options: dict[str, Any] = {"headers": headers}
        if isinstance(content, bytes):
            options |= {"content": content, "headers": headers | {"Content-Type": media_type}}
        elif content is not None:
            options["json"] = content
        answer = self._send(method, f"{self.target.url}{path}", **options)
        warnings = tuple(w for w in answer.headers.get("x-mock-warnings", "").split(" | ") if w)
        return Answer(answer.json() if answer.content else None, warnings)

    def _send(self, method: str, url: str, **options: Any) -> httpx.Response:
        import httpx

        try:
            answer = self._http.request(method, url, **options)
        except httpx.ConnectError as fault:
            raise Refusal(f"nothing answers at {url}: {fault}", code="unreachable", hint=START_IT) from fault
        except httpx.HTTPError as fault:
            raise Refusal(f"{method} {url}: {fault or type(fault).__name__}", code="http") from fault
        if answer.is_error:
            raise refused(method, url, answer)
        return answer


@contextmanager
def server_at(
    url: str | None, control: str | None, ready_file: Path | None, token: str | None = None
) -> Iterator[Server]:
    """The server that the shared options name."""
    import httpx

    target = find_target(url, control, ready_file)
    with httpx.Client(verify=_trust(target), timeout=30, trust_env=False) as http:
        yield Server(target, http, token)


def _trust(target: Target) -> Any:
    """Our own CA where the server is spoken to over TLS; else nothing is verified, so nothing need be loaded."""
    if not target.url.startswith("https://") and not target.control.startswith("https://"):
        return False
    import ssl

    if target.bundle is None:
        return ssl.create_default_context()
    return ssl.create_default_context(cafile=str(target.bundle))


def refused(method: str, url: str, answer: httpx.Response) -> Refused:
    """The refusal of a server, in its words: problem document, `errors`, or the reason header (connect.md 2.2)."""
    try:
        body = answer.json()
    except ValueError:
        body = {}
    body = body if isinstance(body, dict) else {}
    findings = body.get("findings") or body.get("errors") or ()
    details = [sentence(item) for item in findings] if isinstance(findings, list) else []
    reason = answer.headers.get("x-mock-reason") or body.get("detail") or body.get("title") or answer.reason_phrase
    code = str(body.get("code") or f"http.{answer.status_code}")
    said = f"{method} {url} answered {answer.status_code}: {reason}"
    return Refused(said, answer.status_code, code=code, details=details)


def sentence(item: Any) -> str:
    """A finding of a problem document as one sentence; the texts of `errors` are sentences already."""
    if not isinstance(item, Mapping):
        return str(item)
    parts = [str(item.get("detail", ""))]
    parts += [f"{word} {item[name]}" for word, name in (("expected", "expected"), ("found", "got")) if item.get(name)]
    fix = f". {item['fix']}" if item.get("fix") else ""
    return f"{'; '.join(parts)}{fix} [{item.get('code', '')}]"


def segment(text: str) -> str:
    """One path segment: ids are free text."""
    from urllib.parse import quote

    return quote(text, safe="")
