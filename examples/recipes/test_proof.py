"""What a client did, and what it never did."""

import pytest
from tpp import KeySet, is_revoked

from app.client import NotAsExpected


def test_it_was_never_called(directory, certificate):
    """An assertion that can fail: with near misses."""
    directory.journal.assert_never(path="/ocsp")
    is_revoked(certificate)
    with pytest.raises(NotAsExpected):
        directory.journal.assert_never(path="/ocsp")
    directory.journal.assert_exactly(1, path="/ocsp")


def test_key_set_was_fetched_twice_at_most(directory, application):
    """However many signatures were checked."""
    signing = application.certificate("rtssigning")
    keys = KeySet(application.jwks, directory.ssl_context())
    for kid in (signing.kid, "made up", signing.kid):
        keys.key(kid)
    keys.close()
    directory.journal.verify({"path": "/keystore/"}, at_least=1, at_most=2)
