"""What the authorisation server keeps: used assertions, keys, accounts, sessions, grants, codes, refresh tokens."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.errors import Conflict, NotFound
from app.store.grants import (
    Account,
    AuthorisationCode,
    BrowserSession,
    ConsentGrant,
    DeviceRequest,
    PushedRequest,
    RefreshToken,
    SigningKey,
)
from app.store.store import Store
from app.store.used_assertions import KEPT
from tests.store.children import children, finish, release
from tests.store.rows import NOW, token

KEY, OTHER = b"k" * 32, b"o" * 32
SOON, LATER = NOW + timedelta(seconds=60), NOW + timedelta(hours=2)


def account(user_id: str = "user-1", **changed: Any) -> Account:
    values: dict[str, Any] = {
        "user_id": user_id,
        "email": f"{user_id}@Acme.example",
        "password_hash": "scrypt$1$1$1$salt$hash",
        "status": "Active",
        "created_at": NOW,
        "details": {"SuperUser": True, "OrgAccessDetails": {"acme": {"OrgAdmin": True}}},
    }
    return Account(**values | changed)


def grant(grant_id: str = "grant-1", **changed: Any) -> ConsentGrant:
    values: dict[str, Any] = {
        "grant_id": grant_id,
        "client_id": "app-1",
        "user_id": "user-1",
        "scopes": ("openid", "directory:website"),
        "created_at": NOW,
        "software_statement_id": "app-1",
        "organisation_id": "acme",
        "details": {"nonce": "n", "amr": ["pwd"]},
    }
    return ConsentGrant(**values | changed)


class TestUsedAssertions:
    def test_each_is_used_once(self, store: Store) -> None:
        """By client and jti together; another client may use the same."""
        with store.write() as uow:
            assert uow.used_assertions.use("client", KEY, SOON, NOW, NOW)
            assert not uow.used_assertions.use("client", KEY, LATER, NOW, NOW)
            assert uow.used_assertions.use("other", KEY, SOON, NOW, NOW)
            assert uow.used_assertions.use("client", OTHER, SOON, NOW, NOW)
        with store.write() as uow:
            assert not uow.used_assertions.use("client", KEY, LATER, SOON, SOON)

    def test_it_is_forgotten_when_it_is_over(self, store: Store) -> None:
        """Until its end it is used; an hour later, by the machine's clock too, the row is gone."""
        with store.write() as uow:
            assert uow.used_assertions.use("client", KEY, SOON, NOW, NOW)
        late = SOON + KEPT + timedelta(seconds=1)
        with store.write() as uow:
            assert uow.used_assertions.use("client", KEY, late + timedelta(minutes=1), late, late)

    @pytest.mark.case("control-A-05")
    def test_it_stays_used_when_the_clock_goes_back(self, store: Store) -> None:
        """A year on another one is used; back again, the first is used still."""
        year = timedelta(days=365)
        with store.write() as uow:
            assert uow.used_assertions.use("client", KEY, SOON, NOW, NOW)
            assert uow.used_assertions.use("client", OTHER, SOON + year, NOW + year, NOW)
            assert not uow.used_assertions.use("client", KEY, SOON, NOW, NOW)

    def test_it_stays_used_while_the_clock_stands(self, store: Store) -> None:
        """However long the machine's clock goes on."""
        with store.write() as uow:
            assert uow.used_assertions.use("client", KEY, SOON, NOW, NOW)
            assert not uow.used_assertions.use("client", KEY, SOON, NOW, NOW + timedelta(days=9))

    def test_a_transaction_that_is_undone_has_used_nothing(self, store: Store) -> None:
        """It is used with its effect, or not at all."""
        with pytest.raises(Conflict), store.write() as uow:  # noqa: PT012 - what is undone is a transaction
            uow.used_assertions.use("client", KEY, SOON, NOW, NOW)
            raise Conflict
        with store.write() as uow:
            assert uow.used_assertions.use("client", KEY, SOON, NOW, NOW)

    def test_of_many_threads_one_uses_it(self, store: Store) -> None:
        """Twenty at once: exactly one is first."""
        start = threading.Barrier(20)

        def use(_: int) -> bool:
            start.wait(10)
            with store.write() as uow:
                return uow.used_assertions.use("client", KEY, SOON, NOW, NOW)

        with ThreadPoolExecutor(20) as threads:
            assert sum(threads.map(use, range(20))) == 1

    @pytest.mark.case("oauth-D-02")
    def test_of_two_processes_one_uses_it(self, store: Store, store_url: str) -> None:
        """Each of fifty assertions is first in one process, whichever that is."""
        with children(("use", store_url, 50), ("use", store_url, 50)) as (one, two):
            release(one, two)
            first, second = set(finish(one)), set(finish(two))
        assert first | second == {str(number) for number in range(50)}
        assert not first & second


def test_tokens_do_not_move_the_change_token_on_postgresql(store: Store) -> None:
    """What no view of the directory shows leaves the caches of others alone, where the database can tell it apart."""
    before = store.change_token()
    with store.write() as uow:
        uow.tokens.add(token())
        uow.used_assertions.use("client", KEY, SOON, NOW, NOW)
    assert store.embedded or store.change_token() == before


def test_old_tokens_are_forgotten(store: Store) -> None:
    """A week after its end a token is as good as one that never was; before that it is known."""
    with store.write() as uow:
        uow.tokens.add(token(KEY))
        uow.tokens.add(token(OTHER, issued_at=NOW + timedelta(days=7)))
        assert uow.tokens.find(KEY) is not None
        uow.tokens.add(token(b"n" * 32, issued_at=NOW + timedelta(days=7, minutes=11)))
        assert uow.tokens.find(KEY) is None


def test_the_end_of_the_last_token_of_a_client(store: Store) -> None:
    """Tokens of the control listener do not count."""
    with store.write() as uow:
        assert uow.tokens.last_end() is None
        uow.tokens.add(token(KEY, expires_at=LATER))
        uow.tokens.add(token(OTHER, expires_at=SOON, client_id="app-1"))
        assert uow.tokens.last_end() == SOON


def test_signing_keys_are_published_until_their_tokens_are_over(store: Store) -> None:
    """The one that signs first; a retired one as long as it was said, and not longer."""
    old, new = SigningKey("old", {"kty": "RSA"}, NOW), SigningKey("new", {"kty": "EC"}, SOON)
    with store.write() as uow:
        assert uow.signing_keys.current() is None
        uow.signing_keys.add(old)
        assert uow.signing_keys.current() == old
        uow.signing_keys.retire("old", SOON, LATER)
        uow.signing_keys.add(new)
        assert uow.signing_keys.current() == new
        retired = replace(old, retired_at=SOON, published_until=LATER)
        assert uow.signing_keys.published(SOON) == (new, retired)
        assert uow.signing_keys.published(LATER) == (new,)
        with pytest.raises(NotFound):
            uow.signing_keys.retire("nobody", SOON, LATER)


class TestAccounts:
    def test_an_account_comes_back_as_it_was_kept(self, store: Store) -> None:
        """By id, and by e-mail address in any letter case."""
        kept = account(second_factor="scrypt$x")
        with store.write() as uow:
            uow.accounts.add(kept)
            uow.accounts.add(account("another"))
        with store.read() as uow:
            assert uow.accounts.find("user-1") == kept
            assert uow.accounts.find_by_email("USER-1@ACME.EXAMPLE") == kept
            assert uow.accounts.find_by_email("nobody@acme.example") is None
            assert [found.user_id for found in uow.accounts.all()] == ["another", "user-1"]

    def test_an_address_is_had_once(self, store: Store) -> None:
        """Letter case makes no other address."""
        with store.write() as uow:
            uow.accounts.add(account())
        with pytest.raises(Conflict), store.write() as uow:
            uow.accounts.add(account("user-2", email="User-1@acme.EXAMPLE"))

    def test_changes_follow_one_another(self, store: Store) -> None:
        """The revision must be the next one."""
        with store.write() as uow:
            uow.accounts.add(account())
            uow.accounts.replace(account(status="Inactive", revision=1))
            assert uow.accounts.find("user-1") == account(status="Inactive", revision=1)
        with pytest.raises(Conflict), store.write() as uow:
            uow.accounts.replace(account(revision=1))
        with pytest.raises(NotFound), store.write() as uow:
            uow.accounts.replace(account("nobody", revision=1))

    def test_a_session_ends_by_time_or_by_hand(self, store: Store) -> None:
        """One browser, or all of a person."""
        session = BrowserSession(KEY, "user-1", NOW, SOON, ("pwd", "otp"))
        with store.write() as uow:
            uow.accounts.add(account())
            uow.browser_sessions.add(session)
            uow.browser_sessions.add(replace(session, session_sha256=OTHER))
            assert uow.browser_sessions.find(KEY, NOW) == session
            assert uow.browser_sessions.find(KEY, SOON) is None
            uow.browser_sessions.end(KEY)
            assert uow.browser_sessions.find(KEY, NOW) is None
            assert uow.browser_sessions.end_all("user-1") == 1
            assert uow.browser_sessions.find(OTHER, NOW) is None

    def test_a_session_ends_by_the_name_that_tokens_know(self, store: Store) -> None:
        """The first half of the digest, as `sid` of an ID token, ends this session and no other."""
        keys = bytes.fromhex("aa" * 32), bytes.fromhex("aa" * 15 + "ab" * 17), bytes.fromhex("ab" * 32)
        with store.write() as uow:
            uow.accounts.add(account())
            for key in keys:
                uow.browser_sessions.add(BrowserSession(key, "user-1", NOW, NOW + timedelta(hours=1)))
            uow.browser_sessions.end_named(keys[0].hex()[:32])
        with store.read() as uow:
            assert [uow.browser_sessions.find(key, NOW) is not None for key in keys] == [False, True, True]


def test_a_pushed_request_is_used_once(store: Store) -> None:
    """The second use is told with the time of the first; a made-up one is nothing."""
    pushed = PushedRequest(KEY, "app-1", {"scope": "openid", "claims": {"a": [1]}}, NOW, SOON)
    with store.write() as uow:
        uow.pushed_requests.add(pushed)
        assert uow.pushed_requests.find(KEY) == pushed
        first = uow.pushed_requests.take(KEY, NOW)
        again = uow.pushed_requests.take(KEY, SOON)
        assert first is not None
        assert again is not None
        assert (first.is_first, again.is_first) == (True, False)
        assert again.record == replace(pushed, used_at=NOW)
        assert uow.pushed_requests.take(OTHER, NOW) is None


class TestGrants:
    def test_a_grant_takes_its_tokens_with_it(self, store: Store) -> None:
        """Revoked once, with every access token on it and no other."""
        with store.write() as uow:
            uow.grants.add(grant())
            uow.tokens.add(token(KEY, grant_id="grant-1", client_id="app-1"))
            uow.tokens.add(token(OTHER, client_id="app-1"))
            assert uow.grants.find("grant-1") == grant()
            assert uow.grants.revoke("grant-1", SOON)
            assert not uow.grants.revoke("grant-1", LATER)
            assert uow.grants.find("grant-1") == grant(revoked_at=SOON)
            dead, alive = uow.tokens.find(KEY), uow.tokens.find(OTHER)
            assert dead is not None
            assert dead.revoked_at == SOON
            assert alive is not None
            assert alive.revoked_at is None
            with pytest.raises(NotFound):
                uow.grants.revoke("nobody", SOON)

    def test_a_grant_lives_until_it_is_over_or_revoked(self) -> None:
        """Without an end it lives on."""
        assert grant().is_alive(LATER)
        assert not grant(expires_at=SOON).is_alive(SOON)
        assert not grant(revoked_at=NOW).is_alive(NOW)

    def test_a_code_is_used_once(self, store: Store) -> None:
        """Of twenty at once exactly one is first; all others are told that it was used."""
        code = AuthorisationCode(KEY, "grant-1", "https://acme.example/cb", "challenge", SOON)
        with store.write() as uow:
            uow.grants.add(grant())
            uow.codes.add(code, NOW)
        start = threading.Barrier(20)

        def take(_: int) -> bool:
            start.wait(10)
            with store.write() as uow:
                taken = uow.codes.take(KEY, NOW)
            assert taken is not None
            assert taken.record == replace(code, used_at=NOW)
            return taken.is_first

        with ThreadPoolExecutor(20) as threads:
            assert sum(threads.map(take, range(20))) == 1

    def test_a_refresh_token_is_used_once(self, store: Store) -> None:
        """Reuse is told, and the row stays to tell it."""
        refreshing = RefreshToken(KEY, "grant-1", NOW, LATER, x5t_s256="A" * 43)
        with store.write() as uow:
            uow.grants.add(grant())
            uow.refresh_tokens.add(refreshing)
            assert uow.refresh_tokens.find(KEY) == refreshing
            taken = [uow.refresh_tokens.take(KEY, SOON) for _ in range(2)]
            assert [each.is_first for each in taken if each] == [True, False]
            assert uow.refresh_tokens.find(KEY) == replace(refreshing, used_at=SOON)

    def test_what_is_long_over_is_forgotten(self, store: Store) -> None:
        """An hour after its end a code is as good as a made-up one."""
        with store.write() as uow:
            uow.grants.add(grant())
            uow.codes.add(AuthorisationCode(KEY, "grant-1", "", "", SOON), NOW)
            uow.codes.add(AuthorisationCode(OTHER, "grant-1", "", "", LATER), SOON + timedelta(minutes=59))
            assert uow.codes.take(KEY, SOON) is not None
            uow.codes.add(AuthorisationCode(b"n" * 32, "grant-1", "", "", LATER), LATER)
            assert uow.codes.take(KEY, SOON) is None


def test_a_device_waits_is_allowed_and_gets_its_tokens_once(store: Store) -> None:
    """Found by either code; polling, allowing, refusing and giving leave their marks."""
    waiting = DeviceRequest(KEY, "BCDFGHJK", "app-1", ("openid",), NOW, SOON, 5)
    with store.write() as uow:
        uow.grants.add(grant())
        uow.device_requests.add(waiting)
        assert uow.device_requests.find(KEY) == uow.device_requests.find_by_user_code("BCDFGHJK") == waiting
        uow.device_requests.polled(KEY, NOW, 10)
        uow.device_requests.allow(KEY, "grant-1")
        allowed = replace(waiting, polled_at=NOW, interval_seconds=10, grant_id="grant-1")
        assert uow.device_requests.find(KEY) == allowed
        taken = [uow.device_requests.take(KEY, SOON) for _ in range(2)]
        assert [each.is_first for each in taken if each] == [True, False]
        uow.device_requests.add(replace(waiting, device_code_sha256=OTHER, user_code="LMNPQRST"))
        uow.device_requests.deny(OTHER, SOON)
        assert uow.device_requests.find(OTHER) == replace(
            waiting, device_code_sha256=OTHER, user_code="LMNPQRST", denied_at=SOON
        )
        assert uow.device_requests.find_by_user_code("XXXXXXXX") is None
        named = replace(waiting, device_code_sha256=b"b" * 32, user_code="b", user_id="u-1", binding_message="7")
        uow.device_requests.add(named)
        assert uow.device_requests.find(b"b" * 32) == named
    with pytest.raises(Conflict), store.write() as uow:
        uow.device_requests.add(replace(waiting, device_code_sha256=b"n" * 32))
