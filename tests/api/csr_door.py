"""A holder, and the door at which requests for its certificates are posted; refusals are held against the dry run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography import x509

from app.api.problems import RA_TEXT
from app.errors import errors_among
from app.ra.authority import Order
from app.sandbox import Sandbox
from tests.api import csr_kit as kit
from tests.doors import unchanged

PEM = "application/x-pem-file"
LEGAL_NAME = "Acme Bank Ltd"


@dataclass(frozen=True)
class CsrDoor:
    """Of one organisation, and one application of it where there is one."""

    sandbox: Sandbox
    ask: Callable[..., Any]
    organisation_id: str
    software_statement_id: str | None
    type: str = "rtstransport"

    @property
    def path(self) -> str:
        path = f"/organisations/{self.organisation_id}"
        if self.software_statement_id:
            path += f"/softwarestatements/{self.software_statement_id}"
        return f"{path}/certificates/{self.type}"

    def pairs(self, **changed: Any) -> list[tuple[Any, ...]]:
        """The right subject, with values replaced (a text, or octets and tag), left out (None) or added."""
        right: dict[str, Any] = {"C": "GB", "O": LEGAL_NAME, "OU": self.organisation_id}
        if self.software_statement_id:
            right["CN"] = self.software_statement_id
        values = {name: value for name, value in (right | changed).items() if value is not None}
        return [(name, *(value if isinstance(value, tuple) else (value,))) for name, value in values.items()]

    def name(self, **changed: Any) -> bytes:
        return kit.name(*self.pairs(**changed))

    def csr(self, *extensions: bytes, **more: Any) -> bytes:
        """A good request, DER; `subject`, `key`, `attributes` may be others."""
        return kit.csr(more.pop("subject", None) or self.name(), *extensions, **more)

    def post(self, body: bytes, media_type: str | None = PEM, **more: Any) -> Any:
        headers = {"content-type": media_type} if media_type else {}
        return self.ask("POST", self.path, content=body, headers=headers | more.pop("headers", {}), **more)

    def refused(self, body: bytes, *codes: str) -> Any:
        """Posted, it gets 400 with exactly these codes; the dry run says the same; nothing is stored."""
        order = Order(self.organisation_id, self.software_statement_id, self.type, body)
        with unchanged(self.sandbox):
            report = self.sandbox.ra.check(order)
            answer = self.post(body)
        assert answer.status_code == 400, answer.text
        assert kit.codes_of(answer) == list(codes), answer.text
        assert [RA_TEXT + finding.text for finding in errors_among(report.findings)] == answer.json()["errors"]
        assert not report.would_issue
        return answer

    def issued(self, body: bytes, *warnings: str) -> x509.Certificate:
        """Posted, it gets 201; before that the dry run has found nothing but these warnings. The leaf, read."""
        order = Order(self.organisation_id, self.software_statement_id, self.type, body)
        with unchanged(self.sandbox):
            report = self.sandbox.ra.check(order)
        assert kit.codes(report.findings) == list(warnings)
        answer = self.post(body)
        assert answer.status_code == 201, answer.text
        assert answer.headers["content-type"] == "application/jwk+json"
        assert report.would_issue
        return leaf(answer)


@pytest.fixture
def csr(sandbox: Sandbox, ask: Any, application: tuple[str, str]) -> CsrDoor:
    """Requests for transport certificates of the application."""
    return CsrDoor(sandbox, ask, *application)


@pytest.fixture
def server_csr(sandbox: Sandbox, ask: Any, organisation: str) -> CsrDoor:
    """Requests for server certificates of the organisation."""
    return CsrDoor(sandbox, ask, organisation, None, "rtstransport_rs")


def leaf(answer: Any) -> x509.Certificate:
    (octets,) = answer.json()["x5c"]
    return x509.load_pem_x509_certificate(
        b"-----BEGIN CERTIFICATE-----\n" + octets.encode() + b"\n-----END CERTIFICATE-----\n"
    )
