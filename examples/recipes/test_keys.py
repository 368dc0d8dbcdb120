"""Key sets: cached, asked again when they must be, and wrong."""

import pytest
from tpp import KeySet


@pytest.fixture
def keys(directory, application):
    """Of the application, as its partners read them; the cache goes by the sandbox's clock."""
    keys = KeySet(application.jwks, directory.ssl_context(), clock=lambda: directory.clock.now().timestamp())
    yield keys
    keys.close()


def fetches(directory):
    return directory.journal.find(path="/keystore/")


def test_key_set_is_cached(directory, application, keys):
    """Ten signatures, one fetch."""
    signing = application.certificate("rtssigning")
    assert all(keys.key(signing.kid) for _ in range(10))
    assert len(fetches(directory)) == 1


def test_unknown_kid_is_fetched_once_a_minute(directory, application, keys):
    """A new key is found; made-up kids cannot drive the directory mad."""
    first = application.certificate("rtssigning")
    assert keys.key(first.kid)
    for number in range(10):
        assert keys.key(f"made up {number}") is None
    assert len(fetches(directory)) == 1

    second = application.certificate("rtssigning")
    directory.clock.advance(minutes=1)
    assert keys.key(second.kid)
    assert len(fetches(directory)) == 2


def test_key_set_is_revalidated(directory, application, keys):
    """With its ETag: what has not changed is 304."""
    application.certificate("rtssigning")
    keys.refresh()
    keys.refresh()
    assert sorted(entry["status"] for entry in fetches(directory)) == [200, 304]


def test_key_that_is_missing_for_a_while(directory, application, keys):
    """Propagation: the key is there, the key set does not have it yet. The client waits and asks again."""
    signing = application.certificate("rtssigning")
    with directory.faults.next(1, path="/keystore/*", jwks_missing_kid=True):
        assert keys.key(signing.kid) is None
    directory.clock.advance(minutes=1)
    assert keys.key(signing.kid)
