"""Whatever octets come to the doors: the status is below 500, and OCSP answers with an OCSPResponse."""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.api.app import create_data_app
from app.oauth.tokens import TokenRequest
from app.sandbox import Sandbox
from app.sandboxes import Sandboxes
from tests.directories import ORGANISATION, application_body, issue, open_directory, organisation_body
from tests.participants import add_application, add_organisation, good_csr

FEWER = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


class Doors:
    """One directory, asked in process by a super user."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        add_organisation(sandbox)
        self.software = add_application(sandbox)
        self.path = f"/organisations/{ORGANISATION}/softwarestatements/{self.software}"
        self.token = sandbox.tokens.issue(TokenRequest(scope="directory:website", expires_in=100_000)).access_token
        self.app = create_data_app(Sandboxes(sandbox))
        self.csr = good_csr(self.software)
        self.question = self._question()

    def _question(self) -> bytes:
        made = issue(self.sandbox, ORGANISATION, self.software, "rtstransport", good_csr(self.software)).certificate
        assert made.der is not None
        issuer = x509.load_pem_x509_certificate(self.sandbox.issuers.issuing_pem())
        leaf = x509.load_der_x509_certificate(made.der)
        request = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, hashes.SHA1())
        return request.add_extension(x509.OCSPNonce(bytes(16)), critical=False).build().public_bytes(Encoding.DER)

    def ask(self, method: str, path: str, content: bytes, media_type: str) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                headers = {"authorization": f"Bearer {self.token}", "content-type": media_type}
                return await client.request(method, path, content=content, headers=headers)

        return anyio.run(asked)


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    with tempfile.TemporaryDirectory() as folder:
        sandbox = open_directory(Path(folder))
        yield Doors(sandbox)
        sandbox.close()


@st.composite
def spoilt(draw: st.DrawFn, whole: bytes) -> bytes:
    """The octets with a few of them changed, cut out, doubled or put in."""
    octets = bytearray(whole)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(octets)))
        length = draw(st.integers(0, 4))
        octets[at : at + length] = draw(st.binary(max_size=6))
    return bytes(octets)


def no_fault(answer: httpx.Response) -> None:
    assert answer.status_code < 500, answer.text
    assert "x-fapi-interaction-id" in answer.headers


@FEWER
@given(data=st.data())
def test_no_octets_to_the_csr_door_give_a_server_error(doors: Doors, data: st.DataObject) -> None:
    """Noise, spoilt PEM, and spoilt DER under good armour; as PEM and as KeyMaterial."""
    der = x509.load_pem_x509_csr(doors.csr).public_bytes(Encoding.DER)
    armoured = spoilt(der).map(_armoured)
    body = data.draw(st.one_of(st.binary(max_size=300), spoilt(doors.csr), armoured))
    path = f"{doors.path}/certificates/{data.draw(st.sampled_from(['rtstransport', 'sigkey', 'kid', 'x']))}"
    no_fault(doors.ask("POST", path, body, "application/x-pem-file"))
    no_fault(doors.ask("POST", path, json.dumps({"KeyMaterial": body.decode("latin-1")}).encode(), "application/json"))


def _armoured(der: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE REQUEST-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE REQUEST-----\n"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)


@FEWER
@given(data=st.data())
def test_no_json_gives_a_server_error(doors: Doors, data: st.DataObject) -> None:
    """Good bodies with any member replaced by any value, and text that is no JSON at all."""
    bodies: dict[str, Any] = {
        "/organisations": organisation_body("other"),
        f"/organisations/{ORGANISATION}": organisation_body(),
        f"/organisations/{ORGANISATION}/softwarestatements": application_body(),
        doors.path: application_body(Status="Active"),
        f"{doors.path}/unlock": {"Unlock": True},
        f"{doors.path}/certificates/rtstransport": {"KeyMaterial": "x", "Description": "x"},
        f"{doors.path}/certificates/rtstransport/kid": {"RevokeReason": "superseded"},
    }
    path = data.draw(st.sampled_from(sorted(bodies)))
    members = dict(bodies[path])
    for name in data.draw(st.lists(st.sampled_from(sorted(members)), max_size=3)):
        members[name] = data.draw(JSON_VALUES)
    body = data.draw(st.one_of(st.just(json.dumps(members).encode()), spoilt(json.dumps(members).encode())))
    for method in ("POST", "PUT"):
        no_fault(doors.ask(method, path, body, "application/json"))


@FEWER
@given(data=st.data())
def test_every_post_to_ocsp_gets_an_ocsp_answer(doors: Doors, data: st.DataObject) -> None:
    """Whatever the octets are; GET too, where they stand in the path."""
    body = data.draw(st.one_of(st.binary(max_size=200), spoilt(doors.question)))
    answer = doors.ask("POST", "/ocsp", body, "application/ocsp-request")
    assert answer.status_code == 200
    assert ocsp.load_der_ocsp_response(answer.content).response_status in ocsp.OCSPResponseStatus
