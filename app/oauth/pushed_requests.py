"""Pushed authorisation requests (RFC 9126): judged and kept, before any browser comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from app.oauth.authorisation_request import AuthorisationRequest, read_request
from app.oauth.grants import Authenticated
from app.oauth.interactions import PREFIX, request_key
from app.oauth.refusals import InvalidRequest
from app.oauth.request_objects import RequestObjects
from app.oauth.sign_in_wishes import subject_of_hint
from app.runtime.entropy import Entropy, new_token
from app.settings import Settings
from app.store.grants import PushedRequest


@dataclass(frozen=True, slots=True)
class Pushed:
    """What the client sends its browser with; `expires_in` in seconds."""

    request_uri: str
    expires_in: int


class PushedRequests:
    def __init__(self, entropy: Entropy, settings: Settings, request_objects: RequestObjects) -> None:
        self._entropy, self._settings, self._request_objects = entropy, settings, request_objects

    def push(self, asked: Authenticated) -> Pushed:
        """Keep the request of an authenticated client. Raises OAuthRefusal."""
        if "request_uri" in asked.form:
            raise InvalidRequest(
                "request_uri has no place in a pushed request (RFC 9126, 2.1)", code="request_uri.nested"
            )
        parameters = self._request_objects.parameters(asked)
        request = _hinted(asked, parameters, read_request(parameters, asked.client.redirect_uris))
        request_uri = PREFIX + new_token(self._entropy)
        lifetime = self._settings.par_lifetime_seconds
        asked.uow.pushed_requests.add(
            PushedRequest(
                request_sha256=request_key(request_uri),
                client_id=asked.client.client_id,
                parameters=request.to_json(),
                created_at=asked.now,
                expires_at=asked.now + timedelta(seconds=lifetime),
            )
        )
        return Pushed(request_uri, lifetime)


def _hinted(asked: Authenticated, parameters: Mapping[str, str], request: AuthorisationRequest) -> AuthorisationRequest:
    """With whom `id_token_hint` names (OpenID Connect Core, 3.1.2.1). Raises InvalidRequest."""
    hint = parameters.get("id_token_hint")
    if hint is None:
        return request
    subject = subject_of_hint(asked.uow, asked.client.client_id, hint)
    if request.subject not in (None, subject):
        raise InvalidRequest("id_token_hint and the sub of claims name two people", code="request.id_token_hint")
    return replace(request, subject=subject)
