"""Access tokens: checked at every call, whoever gave them; and given for the asking by the control listener.

The text of a token is kept nowhere; the store holds its SHA-256 (connect.md 17.3).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta

from app.access import PORTAL, SCOPES, SOFTWARE, WEBSITE, Caller
from app.errors import Finding, Invalid, Unauthenticated
from app.oauth.standing import Standing
from app.runtime.clock import Clock
from app.runtime.entropy import Entropy, new_token
from app.settings import Settings
from app.store.records import Token
from app.store.store import Store, UnitOfWork

LONGEST = 315_360_000
"""Ten years in seconds: what a caller may ask for at most."""


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What the control listener is asked for. `user` is a person by id or e-mail address, or a name for the audit.

    `client_id` is no member of its own: the portal is named there where it lets a super user into another sandbox.
    """

    scope: str = ""
    organisation_id: str | None = None
    software_statement_id: str | None = None
    user: str | None = None
    x5t_s256: str | None = None
    expires_in: int | None = None
    client_id: str | None = None


@dataclass(frozen=True, slots=True)
class IssuedToken:
    access_token: str
    expires_in: int
    scope: str


class Tokens:
    def __init__(self, store: Store, ground: tuple[Clock, Entropy], settings: Settings, standing: Standing) -> None:
        self._store, self._settings, self._standing = store, settings, standing
        self._clock, self._entropy = ground

    def issue(self, request: TokenRequest) -> IssuedToken:
        """A new token. Raises Invalid naming the member that is wrong."""
        scopes = _scopes(request)
        expires_in = self._settings.token_lifetime_seconds if request.expires_in is None else request.expires_in
        if not 1 <= expires_in <= LONGEST:
            raise _invalid("expires_in", f"a number of seconds from 1 to {LONGEST}", str(expires_in)[:40])
        text, now = new_token(self._entropy), self._clock.now()
        with self._store.write() as uow:
            organisation_id = self._owner(uow, request)
            user = _user(uow, request)
            uow.tokens.add(
                Token(
                    token_sha256=_digest(text),
                    scopes=scopes,
                    issued_at=now,
                    expires_at=now + timedelta(seconds=expires_in),
                    organisation_id=organisation_id,
                    software_statement_id=request.software_statement_id,
                    user=user,
                    x5t_s256=request.x5t_s256,
                    client_id=request.client_id,
                )
            )
        return IssuedToken(text, expires_in, " ".join(scopes))

    def _owner(self, uow: UnitOfWork, request: TokenRequest) -> str | None:
        if request.software_statement_id is not None:
            application = uow.applications.find_any(request.software_statement_id)
            if application is None:
                expected = "an application of this directory"
                raise _invalid("software_statement_id", expected, request.software_statement_id)
            if request.organisation_id not in (None, application.organisation_id):
                raise _invalid("organisation_id", "the organisation of the application", str(request.organisation_id))
            return application.organisation_id
        if request.organisation_id is not None and uow.organisations.find(request.organisation_id) is None:
            raise _invalid("organisation_id", "an organisation of this directory", request.organisation_id)
        return request.organisation_id

    def check(self, text: str, presented: str | None, *, mtls: bool, at_portal: bool = False) -> Caller:
        """The caller behind a token, as things stand now; `presented` is the peer certificate's `x5t#S256`.

        `at_portal`: whether it is shown to the portal, in whose cookie it stands.
        Raises Unauthenticated with `token.unknown`, `.expired`, `.revoked`, `.standing` or `mtls.binding`.
        """
        with self._store.read() as uow:
            token = uow.tokens.find(_digest(text))
            if token is None:
                raise Unauthenticated("no such token here")
            self._require_alive(token)
            if token.x5t_s256 is not None or not (at_portal and token.client_id == PORTAL):
                self._require_binding(token, presented, mtls=mtls)
            return self._standing.caller(uow, token)

    def _require_alive(self, token: Token) -> None:
        if token.revoked_at is not None:
            raise Unauthenticated("the token was revoked", code="token.revoked")
        if self._clock.now() >= token.expires_at:
            raise Unauthenticated(f"the token expired at {token.expires_at:%Y-%m-%dT%H:%M:%SZ}", code="token.expired")

    def _require_binding(self, token: Token, presented: str | None, *, mtls: bool) -> None:
        """A bound token works on the mtls listener with its certificate only (rulings.md 9).

        Nobody asks the portal's own unbound sessions: browsers have no client certificate to bind them to.
        """
        if token.x5t_s256 is None:
            if self._settings.forbid_unbound_tokens:
                raise Unauthenticated("forbid_unbound_tokens is on and this token has no cnf", code="mtls.binding")
            return
        if not mtls:
            raise Unauthenticated("this token is bound to a certificate: use the mtls listener", code="mtls.binding")
        if presented is None or not hmac.compare_digest(presented, token.x5t_s256):
            seen = presented or "no certificate"
            raise Unauthenticated(f"the token is bound to {token.x5t_s256}, presented was {seen}", code="mtls.binding")


def _user(uow: UnitOfWork, request: TokenRequest) -> str | None:
    """The id of the person in whose name it is to act, or the name for the audit; a mistyped address is neither."""
    if request.user is None:
        return None
    account = uow.accounts.find(request.user) or uow.accounts.find_by_email(request.user)
    if account is None:
        if "@" in request.user:
            raise _invalid("user", "the address of a person of this directory, or a name", request.user)
        return request.user
    if request.organisation_id is not None and request.software_statement_id is None:
        raise _invalid(
            "organisation_id", "nothing, since the person's own organisations count", request.organisation_id
        )
    return account.user_id


def _scopes(request: TokenRequest) -> tuple[str, ...]:
    asked = tuple(dict.fromkeys(request.scope.split()))
    if unknown := [scope for scope in asked if scope not in SCOPES]:
        raise _invalid("scope", f"one or more of {' '.join(SCOPES)}", unknown[0][:80])
    return asked or (SOFTWARE if request.software_statement_id else WEBSITE,)


def _invalid(member: str, expected: str, got: str) -> Invalid:
    code = "scope.invalid" if member == "scope" else "field.value"
    finding = Finding(code, f"{member} is not usable here", f"/{member}", expected, got[:80])
    return Invalid(finding.detail, code=finding.code, findings=(finding,))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
