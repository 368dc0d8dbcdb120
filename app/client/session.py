"""What a client knows of one directory while it speaks with it: addresses, tokens, certificate types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.client.addresses import Addresses
from app.client.steps import Call, Steps, body_of, octets_of

YEARS = 315_360_000
"""Seconds: a token that outlives most movements of the clock."""
USER = "client"
"""Who acts, in the audit of the directory."""
UNAUTHENTICATED = 401


class Session:
    """Calls of the control listener and of the Connect API. Every step raises Refused for what is no good answer."""

    def __init__(self, addresses: Addresses, control_token: str | None) -> None:
        self.addresses, self.control_token = addresses, control_token
        self._token: str | None = None
        self._types: dict[str, Mapping[str, Any]] = {}

    def control(self, method: str, path: str, json: Any = None) -> Steps[Any]:
        """One call of the control listener; `path` begins behind `/_mock`."""
        headers = {"Authorization": f"Bearer {self.control_token}"} if self.control_token else {}
        return body_of((yield Call(method, f"{self.addresses.control}/_mock{path}", json=json, headers=headers)))

    def api(self, method: str, path: str, json: Any = None, pem: bytes | None = None) -> Steps[Any]:
        """One call of the Connect API as a super user, again with a new token where the old one is over."""
        for is_last in (False, True):
            headers = {"Authorization": f"Bearer {(yield from self._bearer())}"}
            if pem is not None:
                headers["Content-Type"] = "application/x-pem-file"
            answer = yield Call(method, f"{self.addresses.http}{path}", json=json, content=pem, headers=headers)
            if answer.status_code != UNAUTHENTICATED or is_last:
                break
            self._token = None
        return body_of(answer)

    def public(self, url: str) -> Steps[bytes]:
        """A file that needs no token, by its full address."""
        return octets_of((yield Call("GET", url)))

    def bundle(self) -> Steps[bytes]:
        """All that a client of the directory trusts: its CAs, and the CA of its TLS listeners."""
        return (yield from self.public(f"{self.addresses.http}/_mock/bundle.pem"))

    def authorities(self) -> Steps[bytes]:
        """What a server that checks participants trusts: the CAs of the directory alone."""
        return (yield from self.public(f"{self.addresses.http}/repository/bundle.pem"))

    def type(self, name: str) -> Steps[Mapping[str, Any]]:
        """A certificate type as `/_mock/profiles` tells it. Raises KeyError naming those that there are."""
        if not self._types:
            told = yield from self.control("GET", "/profiles")
            listed = [each for ecosystem in told["ecosystems"] for each in ecosystem["types"]]
            self._types = {each["type"]: each for each in listed if each["in_use"]}
        if name not in self._types:
            raise KeyError(f"no certificate type {name}, only {', '.join(self._types)}")
        return self._types[name]

    def _bearer(self) -> Steps[str]:
        if self._token is None:
            wanted = {"scope": "directory:website directory:admin", "user": USER, "expires_in": YEARS}
            self._token = str((yield from self.control("POST", "/tokens", wanted))["access_token"])
        return self._token
