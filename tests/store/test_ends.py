"""What ends when: certificates before and behind a moment, living tokens, a token that is given more time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.errors import NotFound
from app.store.store import Store
from tests.store.rows import NOW, bare_key, certificate, token

DAY = timedelta(days=1)


def test_certificates_nearest_first(directory: Store) -> None:
    """Before and behind the moment by their distance; no revoked one, no hidden one, no key without an end."""
    with directory.write() as uow:
        for number, days in ((1, 3), (2, 1), (3, -2), (4, -1), (5, 0), (6, 2)):
            uow.certificates.add(certificate(number, not_after=NOW + days * DAY))
        uow.certificates.add(certificate(7, not_after=NOW + DAY, defect="expired", published=False))
        uow.certificates.add(bare_key(8))
        uow.certificates.revoke("certificate-6", NOW, "superseded")
    with directory.read() as uow:
        ending, ended = uow.standing.ending(NOW, 10), uow.standing.ended(NOW, 10)
        assert [each.certificate_id[-1] for each in ending] == ["5", "2", "1"]
        assert [each.certificate_id[-1] for each in ended] == ["4", "3"]
        assert [each.certificate_id[-1] for each in uow.standing.ending(NOW, 1)] == ["5"]


def test_living_tokens(store: Store) -> None:
    """How many live, and when the first and the last ends; revoked and expired ones do not count."""
    with store.write() as uow:
        assert uow.tokens.living_ends(NOW) == (0, None, None)
        for mark, hours in ((b"a", 1), (b"b", 5), (b"c", -1), (b"d", 9)):
            uow.tokens.add(token(mark * 32, issued_at=NOW - DAY, expires_at=NOW + timedelta(hours=hours)))
        uow.tokens.revoke(b"d" * 32, NOW)
    with store.read() as uow:
        assert uow.tokens.living_ends(NOW) == (2, NOW + timedelta(hours=1), NOW + timedelta(hours=5))


def test_a_token_gets_more_time(store: Store) -> None:
    """Its dates are new, nothing else is; one that is not there is told."""
    with store.write() as uow:
        uow.tokens.add(token(issued_at=NOW, expires_at=NOW + DAY))
        before = uow.tokens.find(b"a" * 32)
        uow.tokens.prolong(b"a" * 32, NOW + 9 * DAY, NOW + 10 * DAY)
        with pytest.raises(NotFound):
            uow.tokens.prolong(b"z" * 32, NOW, NOW + DAY)
    with store.read() as uow:
        after = uow.tokens.find(b"a" * 32)
    assert before is not None
    assert after is not None
    assert (after.issued_at, after.expires_at) == (NOW + 9 * DAY, NOW + 10 * DAY)
    assert (after.scopes, after.user, after.revoked_at) == (before.scopes, before.user, None)
