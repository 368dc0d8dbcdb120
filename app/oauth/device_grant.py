"""The device's questions at the token endpoint, until a person has answered (RFC 8628, 3.4 and 3.5)."""

from __future__ import annotations

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


class DeviceGrant:
    def __init__(self, tokens: UserTokens) -> None:
        self._tokens = tokens

    def __call__(self, asked: Authenticated) -> TokenAnswer:
        """Tokens once a person has allowed it; until then `authorization_pending` or `slow_down`."""
        device_code = asked.form.get("device_code")
        if device_code is None:
            raise InvalidRequest("device_code is needed", code="request.missing_parameter")
        found = _found(asked, device_code)
        if found.used_at is not None:
            raise InvalidGrant("the tokens of this device_code were given already", code="device.used")
        if asked.now >= found.expires_at:
            text = f"the device_code was good until {found.expires_at:%Y-%m-%dT%H:%M:%SZ}"
            raise OAuthRefusal(text, error="expired_token", code="device.expired")
        _require_patience(asked, found)
        if found.denied_at is not None:
            raise OAuthRefusal("the person said no", error="access_denied", code="device.denied")
        grant = None if found.grant_id is None else asked.uow.grants.find(found.grant_id)
        if grant is None:
            text = f"nobody has answered yet; ask again in {found.interval_seconds} s"
            raise OAuthRefusal(text, error="authorization_pending", code="device.pending")
        asked.uow.device_requests.take(found.device_code_sha256, asked.now)
        return self._tokens.give(asked, grant, grant.scopes)


def _found(asked: Authenticated, device_code: str) -> DeviceRequest:
    found = asked.uow.device_requests.find(digest(device_code))
    if found is None:
        raise InvalidGrant("no such device_code here", code="device.unknown")
    if found.client_id != asked.client.client_id:
        text = "this device_code was given to another client"
        raise InvalidGrant(text, code="device.client", detail={"client": asked.client.client_id})
    return found


def _require_patience(asked: Authenticated, found: DeviceRequest) -> None:
    """Each question counts, also one before its time: then the device has to wait longer."""
    interval, key = found.interval_seconds, found.device_code_sha256
    is_early = found.polled_at is not None and asked.machine < found.polled_at + timedelta(seconds=interval)
    if not is_early:
        asked.uow.device_requests.polled(key, asked.machine, interval)
        return
    slower = min(interval + SLOWER, SLOWEST)
    asked.uow.device_requests.polled(key, asked.machine, slower)
    raise OAuthRefusal(f"too fast; from now on wait {slower} s", error="slow_down", code="device.slow_down")
