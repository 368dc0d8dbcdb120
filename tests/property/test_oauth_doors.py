"""Whatever is sent to the OAuth endpoints, the status is below 500 and the answer speaks OAuth."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import anyio
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.api.app import create_data_app
from app.sandboxes import Sandboxes
from tests.api.oauth.kit import Machine, compact, part
from tests.directories import open_directory
from tests.property.test_doors import JSON_VALUES, spoilt

FEWER = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
PATHS = ("/token", "/token/introspection", "/token/revocation")
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def machine() -> Iterator[Any]:
    with tempfile.TemporaryDirectory() as folder:
        sandbox = open_directory(Path(folder), oauth_key="ec-p256", failed_authentications_per_second=0)
        made: Any = Machine(sandbox, create_data_app(Sandboxes(sandbox)))
        made.good = urlencode(made.form(token="x")).encode()
        yield made
        sandbox.close()


def ask(machine: Any, path: str, content: bytes, media_type: str = FORM, **headers: bytes) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(machine.door)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            given = {"content-type": media_type} | headers
            return await client.post(path, content=content, headers=given)

    return anyio.run(asked)


def speaks_oauth(answer: httpx.Response) -> None:
    """Good, or a refusal of RFC 6749 with a description of its characters."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        body = answer.json()
        assert set(body) == {"error", "error_description"}
        assert all(" " <= c <= "~" and c not in '"\\' for c in body["error_description"])
        assert "x-mock-reason" in answer.headers


@FEWER
@given(data=st.data())
def test_no_octets_give_a_server_error(machine: Any, data: st.DataObject) -> None:
    """Noise, and good forms with some octets changed; under any media type."""
    content = data.draw(st.one_of(st.binary(max_size=200), spoilt(machine.good)))
    path = data.draw(st.sampled_from(PATHS))
    media_type = data.draw(st.sampled_from([FORM, "application/json", "text/plain", f"{FORM}; charset=x", ""]))
    speaks_oauth(ask(machine, path, content, media_type))


@FEWER
@given(data=st.data())
def test_no_parameters_give_a_server_error(machine: Any, data: st.DataObject) -> None:
    """Known parameters with any text, in any number; with and without a header of credentials."""
    names = [*machine.form(), "client_id", "client_secret", "scope", "token", "assertion", "code", "refresh_token",
             "device_code", "token_type_hint", "redirect_uri", "code_verifier"]  # fmt: skip
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(names), st.text(max_size=30)), max_size=8))
    form = machine.form() | dict(pairs)
    known = [b"", b"Basic eDp5", b"Basic eA==", b"Bearer x", "Basic é".encode()]
    header = data.draw(st.sampled_from(known))
    headers = {"authorization": header} if header else {}
    content = urlencode(form, errors="surrogatepass").encode()
    speaks_oauth(ask(machine, data.draw(st.sampled_from(PATHS)), content, **headers))


@FEWER
@given(data=st.data())
def test_no_assertion_gives_a_server_error(machine: Any, data: st.DataObject) -> None:
    """Header and claims with any members, well signed or not; texts with anything between the dots."""
    header, claims = dict(machine.header()), dict(machine.claims())
    for members in (header, claims):
        for name in data.draw(st.lists(st.sampled_from([*members, "crit", "typ", "nbf", "iat"]), max_size=2)):
            members[name] = data.draw(JSON_VALUES)
    text = compact(json.dumps(header), json.dumps(claims), machine.key)
    pieces = [part(data.draw(st.binary(max_size=40))) for _ in range(3)]
    text = data.draw(st.sampled_from([text, ".".join(pieces), ".".join([*text.split(".")[:2], pieces[2]])]))
    speaks_oauth(ask(machine, "/token", urlencode(machine.form(text)).encode()))


@FEWER
@given(data=st.data())
def test_only_the_good_one_is_taken(machine: Any, data: st.DataObject) -> None:
    """Any change of any letter of an assertion is refused, and leaves the good one good."""
    text = machine.assertion()
    at = data.draw(st.integers(0, 10_000)) % len(text)
    letter = data.draw(st.sampled_from("ABCXYZabcxyz0189-_.=+/ "))
    changed = text[:at] + letter + text[at + 1 :]
    if changed != text:
        assert ask(machine, "/token", urlencode(machine.form(changed)).encode()).status_code == 401
    assert ask(machine, "/token", urlencode(machine.form(text)).encode()).status_code == 200
