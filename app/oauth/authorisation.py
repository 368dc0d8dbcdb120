"""The authorisation endpoint without its HTTP: what a person is asked next, and what the client gets for the answer.

Sources: RFC 6749, 4.1; OpenID Connect Core, 3.1.2 and 3.3.2; RFC 9207; connect.md 17.6.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from app.oauth.authorisation_answers import AuthorisationAnswer, Signature, plain_or_signed
from app.oauth.authorisation_request import HYBRID, AuthorisationRequest
from app.oauth.clients import Client, Clients
from app.oauth.consents import has_allowed, new_grant, scopes_of
from app.oauth.id_tokens import WITH_SECOND_FACTOR, IdTokens, Vouched, acr_of
from app.oauth.interactions import Interaction, Interactions, Visit
from app.oauth.person_claims import subject
from app.oauth.sign_in import SignedIn, digest
from app.runtime.clock import Clock
from app.runtime.entropy import Entropy, new_id, new_token
from app.settings import Settings
from app.store.grants import Account, AuthorisationCode
from app.store.store import Store, UnitOfWork

ERRORS = {
    "access_denied": "the person said no",
    "login_required": "nobody is signed in who would do, and prompt is none or another person was asked for",
    "unmet_authentication_requirements": "this person cannot sign in as strongly as the request demands",
    "consent_required": "the person was not asked before, and prompt is none",
    "invalid_scope": "this person has no right to any scope that was asked for",
}
"""What goes back to the client (RFC 6749, 4.1.2.1; OpenID Connect Core, 3.1.2.6)."""


@dataclass(frozen=True, slots=True)
class SignInNeeded:
    """The person has to sign in, or again."""

    client: Client
    redirect_uri: str
    login_hint: str | None


@dataclass(frozen=True, slots=True)
class ConsentNeeded:
    """The person has to be asked. `scopes` are those that he can give."""

    client: Client
    redirect_uri: str
    account: Account
    scopes: tuple[str, ...]


Step = SignInNeeded | ConsentNeeded | AuthorisationAnswer


class Authorisations:
    def __init__(
        self,
        store: Store,
        hands: tuple[Clock, Entropy],
        settings: Settings,
        clients: Clients,
        id_tokens: IdTokens,
    ) -> None:
        self._store, (self._clock, self._entropy), self._settings = store, hands, settings
        self._id_tokens = id_tokens
        self._interactions = Interactions(clients, timedelta(seconds=settings.interaction_lifetime_seconds))

    def visit(self, visit: Visit, signed_in: SignedIn | None) -> Step:
        """What comes next for this browser. Raises OAuthRefusal where nothing may go back to any application."""
        with self._store.write() as uow:
            now = self._clock.now()
            interaction = self._interactions.enter(uow, visit, now)
            if error := _unmet(interaction, signed_in, visit):
                return self._refuse(uow, interaction, error, now)
            return self._next(uow, interaction, self._fit(interaction, signed_in, visit, now), now)

    def decide(self, visit: Visit, signed_in: SignedIn | None, *, allowed: bool) -> Step:
        """The person has answered; where he is not signed in any more, he has to do so first. Raises as `visit`."""
        with self._store.write() as uow:
            now = self._clock.now()
            interaction = self._interactions.enter(uow, visit, now)
            if error := _unmet(interaction, signed_in, visit):
                return self._refuse(uow, interaction, error, now)
            person = self._fit(interaction, signed_in, visit, now)
            if person is None or not scopes_of(person.account, interaction.request.scopes):
                return self._next(uow, interaction, person, now)
            if not allowed:
                return self._refuse(uow, interaction, "access_denied", now)
            return self._complete(uow, interaction, person, now)

    def _next(self, uow: UnitOfWork, interaction: Interaction, person: SignedIn | None, now: datetime) -> Step:
        request, client = interaction.request, interaction.client
        is_silent = "none" in request.prompts
        if person is None:
            if is_silent:
                return self._refuse(uow, interaction, "login_required", now)
            return SignInNeeded(client, request.redirect_uri, request.login_hint)
        scopes = scopes_of(person.account, request.scopes)
        if not scopes:
            return self._refuse(uow, interaction, "invalid_scope", now)
        if "consent" not in request.prompts and has_allowed(uow, person.account, client, scopes, now):
            return self._complete(uow, interaction, person, now)
        if is_silent:
            return self._refuse(uow, interaction, "consent_required", now)
        return ConsentNeeded(client, request.redirect_uri, person.account, scopes)

    def _complete(
        self, uow: UnitOfWork, interaction: Interaction, person: SignedIn, now: datetime
    ) -> AuthorisationAnswer:
        """A grant with a code on it; in the hybrid flow an ID token vouches for both code and state."""
        self._interactions.leave(uow, interaction, now)
        request, scopes = interaction.request, scopes_of(person.account, interaction.request.scopes)
        grant = new_grant(new_id(self._entropy), interaction.client, person, scopes, now, nonce=request.nonce)
        uow.grants.add(grant)
        code = new_token(self._entropy)
        lifetime = timedelta(seconds=self._settings.code_lifetime_seconds)
        uow.codes.add(
            AuthorisationCode(
                digest(code), grant.grant_id, request.redirect_uri, request.code_challenge, now + lifetime
            ),
            now,
        )
        id_token = None
        if request.response_type == HYBRID:
            vouched = Vouched(interaction.client, person.account, code, request.state)
            id_token = self._id_tokens.of_front(uow, grant, vouched)
        return self._answer(uow, interaction, {"code": code, "id_token": id_token}, now)

    def _refuse(self, uow: UnitOfWork, interaction: Interaction, error: str, now: datetime) -> AuthorisationAnswer:
        """Back to the client, which is told one of ERRORS."""
        self._interactions.leave(uow, interaction, now)
        return self._answer(uow, interaction, {"error": error, "error_description": ERRORS[error]}, now)

    def _answer(
        self, uow: UnitOfWork, interaction: Interaction, parameters: dict[str, str | None], now: datetime
    ) -> AuthorisationAnswer:
        request, client = interaction.request, interaction.client
        signature = Signature(self._id_tokens.issuer, client.client_id, now, partial(self._id_tokens.sign, uow))
        return plain_or_signed(
            request.redirect_uri, request.response_mode, parameters | {"state": request.state}, signature
        )

    def _fit(
        self, interaction: Interaction, signed_in: SignedIn | None, visit: Visit, now: datetime
    ) -> SignedIn | None:
        """The person, unless the request wants him to sign in anew (OpenID Connect Core, 3.1.2.1).

        That is by prompt or max_age, as another person, or more strongly if he can.
        """
        request = interaction.request
        if signed_in is None or visit.fresh:
            return signed_in
        if {"login", "select_account"} & set(request.prompts) or request.max_age == 0:
            return None
        age = now - signed_in.session.authenticated_at
        if request.max_age is not None and age > timedelta(seconds=request.max_age):
            return None
        return None if _differs(interaction, signed_in) or self._could_be_stronger(request, signed_in) else signed_in

    def _could_be_stronger(self, request: AuthorisationRequest, signed_in: SignedIn) -> bool:
        """Whether a class that the client would like is reached by signing in again."""
        if not request.acr_values or acr_of(signed_in.session.amr) in request.acr_values:
            return False
        has_second = signed_in.account.second_factor is not None or self._settings.login_second_factor is not None
        return has_second and WITH_SECOND_FACTOR in request.acr_values


def _differs(interaction: Interaction, signed_in: SignedIn) -> str | None:
    """What is told of somebody who may not answer: not the one who was asked for, or not signed in strongly enough."""
    request = interaction.request
    if request.subject is not None and subject(signed_in.account).casefold() != request.subject.casefold():
        return "login_required"
    if request.essential_acr and acr_of(signed_in.session.amr) not in request.essential_acr:
        return "unmet_authentication_requirements"
    return None


def _unmet(interaction: Interaction, signed_in: SignedIn | None, visit: Visit) -> str | None:
    """Who has just signed in for this very request is not asked to do so again: the client is told instead."""
    return _differs(interaction, signed_in) if signed_in is not None and visit.fresh else None
