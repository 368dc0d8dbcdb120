"""The Python client against a running server: the sync one, the async one, and what they raise."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.client import Addresses, ClientError, Directory, Refused, Unreachable
from app.client.asynchronous import AsyncDirectory
from app.client.csr import facts_of, make_csr, new_key
from app.client.process import running


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The ready file of a server."""
    with running(tmp_path_factory.mktemp("client")) as file:
        yield file


@pytest.fixture
def world(ready: Path) -> Iterator[Directory]:
    """A sandbox."""
    with Directory.from_ready_file(ready) as server, server.sandbox() as sandbox:
        yield sandbox


def test_what_is_there_is_found_and_what_is_not_is_made(world: Directory) -> None:
    """By name and by id, the same object each time."""
    made = world.organisation("Acme", LegalEntityName="Acme plc")
    assert made.data["LegalEntityName"] == "Acme plc"
    assert world.organisation("Acme").id == world.organisation(made.id).id == made.id
    reader = made.application("Reader")
    assert made.application("Reader").id == made.application(reader.client_id).id == reader.id
    assert made.application("Payer").id != reader.id


@pytest.mark.parametrize("ecosystem", ["generic", "uk", "brasil", "uae", "eidas"])
def test_certificates_of_every_type_of_every_ecosystem(ready: Path, ecosystem: str) -> None:
    """The client's CSRs pass the checks; the key fits the certificate."""
    with Directory.from_ready_file(ready) as server, server.sandbox(settings={"ecosystems": [ecosystem]}) as world:
        profiles = world.control("GET", "/profiles")["ecosystems"]
        types = [each for ecosystem in profiles for each in ecosystem["types"] if each["in_use"]]
        holder = world.organisation("Acme", RegistrationNumber="12345678000195", CountryOfRegistration="BR")
        reader = holder.application("Reader")
        refused = {}
        for each in types:
            if each["input"] == "certificate":  # those come from elsewhere
                continue
            owner = holder if each["level"] == "organisation" else reader
            try:
                hosts = ["api.acme.example"] if each["san"]["dns"] == "required" else []
                held = owner.certificate(each["type"], *hosts)
            except Refused as error:
                refused[each["type"]] = error.codes
                continue
            assert held.kid
            if held.pem:
                ssl.create_default_context().load_verify_locations(cadata=held.chain)
        assert refused == {}


def test_a_refusal_has_status_code_findings_and_interaction(world: Directory) -> None:
    """And the interaction is found in the journal."""
    reader = world.organisation("Acme").application("Reader")
    with pytest.raises(Refused) as caught:
        reader.upload("rtstransport", b"nonsense")
    error = caught.value
    assert (error.status, error.code) == (400, "csr.pem.missing")
    assert error.findings[0].fix
    assert "csr.pem.missing" in str(error)
    assert world.journal.find(interaction_id=error.interaction_id)[0]["status"] == 400


def test_an_unknown_effect_is_refused_with_the_known_ones(world: Directory) -> None:
    """Nothing is left out silently (control-cases.md R3)."""
    with pytest.raises(Refused) as caught:
        world.faults.always(explode=1)
    assert caught.value.status == 422
    assert "delay" in caught.value.findings[0].expected


def test_an_unknown_type_names_those_that_there_are(world: Directory) -> None:
    """As a KeyError."""
    with pytest.raises(KeyError, match="rtstransport"):
        world.organisation().application().certificate("rtstransprot")


def test_the_token_of_the_client_outlives_every_movement_of_the_clock(world: Directory) -> None:
    """Far on, and back: it gets another when it must."""
    world.organisation("Acme")
    for years in (12, -30, 40):
        world.clock.advance(days=365 * years)
        assert world.organisation("Acme").application(f"after {years}").id


def test_the_clock_is_read_set_frozen_scaled_and_given_back(world: Directory) -> None:
    """Each answers what it shows then."""
    moment = datetime(2031, 5, 1, 12, tzinfo=UTC)
    world.clock.freeze()
    assert world.clock.set(moment) == world.clock.now() == moment
    assert world.clock.advance(days=1, minutes=-1, milliseconds=500) == moment + timedelta(
        hours=23, minutes=59, seconds=0.5
    )
    world.clock.go_on()
    world.clock.scale(1000)
    assert world.clock.now() > moment
    assert abs(world.clock.reset() - datetime.now(UTC)) < timedelta(minutes=1)


def test_snapshots_and_resets(world: Directory) -> None:
    """Back to where it was."""
    world.organisation("Acme")
    world.snapshot("one")
    world.organisation("Other")
    world.reset("one")
    assert world.state()["counts"]["organisations"] == 1


def test_a_dropped_sandbox_is_gone(ready: Path) -> None:
    """Its addresses answer 404."""
    with Directory.from_ready_file(ready) as server:
        with server.sandbox() as gone:
            gone.organisation()
        with pytest.raises(Refused) as caught:
            gone.state()
    assert caught.value.status in (401, 404)


def test_nobody_there(tmp_path: Path) -> None:
    """A port that nobody listens on, a ready file that is none."""
    nobody = dict.fromkeys(("http", "https", "mtls", "control"), "http://127.0.0.1:9")
    with Directory.at(**nobody) as directory, pytest.raises(Unreachable):
        directory.state()
    with pytest.raises(ClientError, match="ready file"):
        Directory.from_ready_file(tmp_path / "none.json")
    with pytest.raises(ClientError, match="mtls, control"):
        Addresses.of({"http": "http://a", "https": "https://a"})


def test_the_async_client_does_the_same(ready: Path) -> None:
    """Participants, certificates, mutual TLS, clock, faults."""

    async def play() -> None:
        async with AsyncDirectory.from_ready_file(ready) as server, await server.sandbox() as world:
            reader = await (await world.organisation("Acme")).application("Reader")
            held = await reader.certificate("rtstransport")
            async with await world.httpx_client(held, token=await reader.token(held)) as client:
                assert (await client.get("/organisations")).status_code == 200
                fault = await world.faults.next(1, path="/organisations", status=503)
                statuses = [(await client.get("/organisations")).status_code for _ in range(2)]
            assert statuses == [503, 200]
            assert (await world.faults.read(fault)).hits == 1
            await held.revoke()
            assert (await reader.key_set("transport.jwks"))["keys"] == []
            before = await world.clock.freeze()
            assert await world.clock.advance(days=1) - before == timedelta(days=1)
            assert await world.journal.find(path="/organisations", status=503)
            with pytest.raises(Refused):
                await reader.upload("rtstransport", b"nonsense")

    asyncio.run(play())


def test_a_csr_leaves_out_what_cannot_be_filled() -> None:
    """A country in words is replaced by the code that the caller named."""
    profile = {
        "key": {"ec": ["P-256"]},
        "subject": [
            {"attribute": "C", "equals": ["{organisation.country}"], "required": True, "example": []},
            {"attribute": "CN", "equals": ["{application.id}"], "required": False, "example": []},
        ],
    }
    facts = facts_of({"CountryOfRegistration": "United Kingdom"}, None, "GB", None)
    from cryptography import x509

    made = x509.load_pem_x509_csr(make_csr(profile, facts, (), new_key(profile)))
    assert made.subject.rfc4514_string() == "C=GB"
