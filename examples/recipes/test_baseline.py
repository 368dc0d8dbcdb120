"""One directory for a whole module, put back between the tests."""

import pytest


@pytest.fixture(scope="module")
def world(module_directory):
    """What every test here begins with: made once."""
    module_directory.organisation("Acme").application("Account Reader")
    module_directory.snapshot("start")
    return module_directory


@pytest.fixture
def directory(world):
    yield world
    world.reset("start")


@pytest.mark.parametrize("turn", ["first", "second"])
def test_every_test_begins_at_the_baseline(directory, turn):  # noqa: ARG001
    """Whatever was done before: certificates, the clock, faults."""
    reader = directory.organisation("Acme").application("Account Reader")
    assert reader.key_set("transport.jwks")["keys"] == []
    assert directory.faults.all() == []
    reader.certificate("rtstransport")
    directory.clock.advance(days=30)
    directory.faults.always(path="/token", status=503)
