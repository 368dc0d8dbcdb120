"""Authlib, from the discovery document alone: every step of an integrator, over mutual TLS."""

from __future__ import annotations

import time
from typing import Any

from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from common import Person, mutual, report, signing_key, told

METHODS = {
    "private_key_jwt": "private_key_jwt",
    "tls_client_auth": "none",
    "client_secret_basic": "client_secret_basic",
}
METHOD = METHODS[told["method"]]


class ShortLived(PrivateKeyJWT):
    """Authlib's assertions live an hour, and keep one jti where they are given claims: here each has its own."""

    def sign(self, auth: Any, token_endpoint: str) -> str:
        self.claims = {"exp": int(time.time()) + 60}
        return super().sign(auth, token_endpoint)


class Client:
    def __init__(self) -> None:
        secret = signing_key() if METHOD == "private_key_jwt" else told["secret"]
        self.http = OAuth2Client(
            told["client_id"],
            secret,
            token_endpoint_auth_method=METHOD,
            revocation_endpoint_auth_method=METHOD,
            redirect_uri=told["redirect_uri"],
            verify=mutual(),
            trust_env=False,
        )
        self.configuration = self._get(f"{told['issuer']}/.well-known/openid-configuration").json()
        if METHOD == "private_key_jwt":
            issuer, headers = self.configuration["issuer"], {"kid": told["kid"]}
            self.http.register_client_auth_method(ShortLived(issuer, headers=headers, alg=told["algorithm"]))

    def address(self, name: str) -> str:
        """Of an endpoint behind mutual TLS (RFC 8705, 5)."""
        return str(self.configuration["mtls_endpoint_aliases"][name])

    def client_credentials(self) -> dict[str, Any]:
        return dict(self.http.fetch_token(self.address("token_endpoint"), grant_type="client_credentials"))

    def introspect(self, token: str) -> dict[str, Any]:
        answer = self.http.introspect_token(self.address("introspection_endpoint"), token=token)
        return dict(answer.json())

    def api(self, token: str) -> int:
        return int(self._get(told["api"], headers={"Authorization": f"Bearer {token}"}).status_code)

    def as_itself(self) -> dict[str, Any]:
        token = self.client_credentials()
        text = token["access_token"]
        came = {"token": token, "api": self.api(text), "introspection": self.introspect(text)}
        self.http.revoke_token(self.address("revocation_endpoint"), token=text).raise_for_status()
        return came | {"revoked": self.introspect(text), "api_revoked": self.api(text)}

    def for_person(self) -> dict[str, Any]:
        person, endpoint = Person(), self.address("token_endpoint")
        asked = person.asked(self.configuration["issuer"])
        del asked["client_id"]  # Authlib puts it there itself
        pushed = self.http.request(
            "POST",
            self.address("pushed_authorization_request_endpoint"),
            data=asked if METHOD == "none" else asked | {"client_id": told["client_id"]},
            auth=self.http.client_auth(METHOD),
            withhold_token=True,
        )
        pushed.raise_for_status()
        back = person.allow(pushed.json()["request_uri"])
        token = dict(
            self.http.fetch_token(
                endpoint, authorization_response=back, state=person.state, code_verifier=person.verifier
            )
        )
        keys = self._get(self.configuration["jwks_uri"]).json()
        came = {
            "token": token,
            "id_token": person.id_token(token["id_token"], self.configuration, keys),
            "api": self.api(token["access_token"]),
            "me": self._me(token["access_token"]),
        }
        came["refreshed"] = dict(self.http.refresh_token(endpoint, refresh_token=token["refresh_token"]))
        return came | {"api_refreshed": self.api(came["refreshed"]["access_token"])}

    def _me(self, token: str) -> dict[str, Any]:
        return dict(self._get(self.address("userinfo_endpoint"), headers={"Authorization": f"Bearer {token}"}).json())

    def _get(self, url: str, **options: Any) -> Any:
        return self.http.request("GET", url, withhold_token=True, **options)


def steps() -> dict[str, Any]:
    client = Client()
    if told["steps"] == "token":
        return {"token": client.client_credentials()}
    return {"itself": client.as_itself(), "person": client.for_person()}


report(steps)
