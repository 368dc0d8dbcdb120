"""Signing in: password, fixed second factor, and the browser session that follows (connect.md 16, mock login)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from app.errors import Unauthenticated, Unavailable
from app.oauth import passwords
from app.oauth.attempts import Attempts
from app.runtime.clock import Clock
from app.runtime.entropy import Entropy, new_token
from app.settings import Settings
from app.store.grants import Account, BrowserSession
from app.store.lists import folded
from app.store.store import Store

PASSWORD, ONE_TIME, SEVERAL = "pwd", "otp", "mfa"
LONGEST_ADDRESS = 254


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live browser session, and whose it is."""

    session: BrowserSession
    account: Account


class SignIn:
    def __init__(self, store: Store, clock: Clock, entropy: Entropy, settings: Settings) -> None:
        self._store, self._clock, self._entropy, self._settings = store, clock, entropy, settings
        self._attempts = Attempts(store, clock)

    def by_password(self, email: str, password: str) -> Account:
        """Whose password this is. As slow for an address that nobody has as for a wrong password.

        Raises Unauthenticated, `login.failed`; Unavailable, `rate.limited`, after too many failures.
        """
        key = folded(email[:LONGEST_ADDRESS])
        _require_patience(self._attempts.wait(key))
        with self._store.read() as uow:
            account = uow.accounts.find_by_email(email[:LONGEST_ADDRESS])
        is_right = passwords.matches(password, account.password_hash if account else passwords.STAND_IN)
        if account is None or not is_right or not account.is_active:
            self._attempts.failed(key)
            raise Unauthenticated("the e-mail address or the password is wrong", code="login.failed")
        if not self.wants_second_factor(account):
            _require_patience(self._attempts.succeeded(key))
        return account

    def wants_second_factor(self, account: Account) -> bool:
        """A person's own goes before the one of the setting `login_second_factor`."""
        return account.second_factor is not None or self._settings.login_second_factor is not None

    def by_second_factor(self, user_id: str, code: str) -> Account:
        """Who has shown the password before and now this code. Raises as `by_password`; failures count together."""
        with self._store.read() as uow:
            account = uow.accounts.find(user_id)
        key = folded(account.email if account else user_id)
        _require_patience(self._attempts.wait(key))
        if account is None or not account.is_active or not self._is_code(account, code.strip()):
            self._attempts.failed(key)
            raise Unauthenticated("the code is wrong", code="login.failed")
        _require_patience(self._attempts.succeeded(key))
        return account

    def open_session(self, account: Account, *, second_factor: bool) -> str:
        """The secret of a new session, for the browser's cookie; only its SHA-256 is kept."""
        secret, now = new_token(self._entropy), self._clock.now()
        session = BrowserSession(
            session_sha256=digest(secret),
            user_id=account.user_id,
            authenticated_at=now,
            expires_at=now + timedelta(seconds=self._settings.session_lifetime_seconds),
            amr=(PASSWORD, ONE_TIME, SEVERAL) if second_factor else (PASSWORD,),
        )
        with self._store.write() as uow:
            uow.browser_sessions.add(session)
        return secret

    def session(self, secret: str | None) -> SignedIn | None:
        """The live session of a browser; None where there is none, or its account is not active any more."""
        if not secret:
            return None
        with self._store.read() as uow:
            session = uow.browser_sessions.find(digest(secret), self._clock.now())
            account = uow.accounts.find(session.user_id) if session else None
        if session is None or account is None or not account.is_active:
            return None
        return SignedIn(session, account)

    def sign_out(self, secret: str) -> None:
        """End a session; again is fine."""
        with self._store.write() as uow:
            uow.browser_sessions.end(digest(secret))

    def _is_code(self, account: Account, code: str) -> bool:
        if account.second_factor is not None:
            return passwords.matches(code, account.second_factor)
        expected = self._settings.login_second_factor
        return expected is not None and passwords.is_same(code, expected.get_secret_value())


def _require_patience(seconds: int) -> None:
    if seconds:
        text = f"too many failed sign-ins for this address; try again in {seconds} seconds"
        raise Unavailable(text, code="rate.limited")


def digest(secret: str) -> bytes:
    """How a secret is kept."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
