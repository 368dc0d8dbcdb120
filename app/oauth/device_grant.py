"""The questions of a device, or of the client of a backchannel request, at the token endpoint, until a person has
answered (RFC 8628, 3.4 and 3.5; CIBA Core, 11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from app.oauth.grants import Authenticated, TokenAnswer
from app.oauth.refusals import InvalidGrant, InvalidRequest, OAuthRefusal
from app.oauth.sign_in import digest
from app.oauth.user_tokens import UserTokens
from app.store.grants import DeviceRequest

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
SLOWER = 5
"""Seconds that each question before its time adds to the interval (RFC 8628, 3.5)."""
SLOWEST = 300


@dataclass(frozen=True, slots=True)
class Words:
    """What is asked for, and where its codes of refusals begin."""

    parameter: str
    code: str
    is_backchannel: bool = False


OF_DEVICES = Words("device_code", "device")


class DeviceGrant:
    def __init__(self, tokens: UserTokens, words: Words = OF_DEVICES) -> None:
        self._tokens, self._words = tokens, words

    def __call__(self, asked: Authenticated) -> TokenAnswer:
        """Tokens once a person has allowed it; until then `authorization_pending` or `slow_down`."""
        name, code = self._words.parameter, self._words.code
        given = asked.form.get(name)
        if given is None:
            raise InvalidRequest(f"{name} is needed", code="request.missing_parameter")
        found = _found(asked, given, self._words)
        if found.used_at is not None:
            raise InvalidGrant(f"the tokens of this {name} were given already", code=f"{code}.used")
        if asked.now >= found.expires_at:
            text = f"the {name} was good until {found.expires_at:%Y-%m-%dT%H:%M:%SZ}"
            raise OAuthRefusal(text, error="expired_token", code=f"{code}.expired")
        _require_patience(asked, found, code)
        if found.denied_at is not None:
            raise OAuthRefusal("the person said no", error="access_denied", code=f"{code}.denied")
        grant = None if found.grant_id is None else asked.uow.grants.find(found.grant_id)
        if grant is None:
            text = f"nobody has answered yet; ask again in {found.interval_seconds} s"
            raise OAuthRefusal(text, error="authorization_pending", code=f"{code}.pending")
        asked.uow.device_requests.take(found.device_code_sha256, asked.now)
        return self._tokens.give(asked, grant, grant.scopes)


def _found(asked: Authenticated, given: str, words: Words) -> DeviceRequest:
    found = asked.uow.device_requests.find(digest(given))
    if found is None or (found.user_id is not None) != words.is_backchannel:
        raise InvalidGrant(f"no such {words.parameter} here", code=f"{words.code}.unknown")
    if found.client_id != asked.client.client_id:
        text = f"this {words.parameter} was given to another client"
        raise InvalidGrant(text, code=f"{words.code}.client", detail={"client": asked.client.client_id})
    return found


def _require_patience(asked: Authenticated, found: DeviceRequest, code: str) -> None:
    """Each question counts, also one before its time: then the device has to wait longer."""
    interval, key = found.interval_seconds, found.device_code_sha256
    is_early = found.polled_at is not None and asked.machine < found.polled_at + timedelta(seconds=interval)
    if not is_early:
        asked.uow.device_requests.polled(key, asked.machine, interval)
        return
    slower = min(interval + SLOWER, SLOWEST)
    asked.uow.device_requests.polled(key, asked.machine, slower)
    raise OAuthRefusal(f"too fast; from now on wait {slower} s", error="slow_down", code=f"{code}.slow_down")
