"""A client of one's own on joserfc and httpx, from the discovery document alone, over mutual TLS."""

from __future__ import annotations

import secrets
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from common import Person, mutual, report, signed, told

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Refused(Exception):
    """An answer of the server that is none of the good ones."""

    def __init__(self, answer: httpx.Response) -> None:
        body = answer.json()
        super().__init__(body.get("error_description"))
        self.error = body.get("error")


class Client:
    def __init__(self) -> None:
        self.http = httpx.Client(verify=mutual(), trust_env=False)
        self.configuration = self.http.get(f"{told['issuer']}/.well-known/openid-configuration").json()

    def ask(self, name: str, **form: str) -> dict[str, Any]:
        """An endpoint that authenticates clients."""
        options: dict[str, Any] = {"data": form | self._proof()}
        if told["method"] == "client_secret_basic":
            options["auth"] = (told["client_id"], told["secret"])
        answer = self.http.post(self.configuration["mtls_endpoint_aliases"][name], **options)
        if answer.is_error:
            raise Refused(answer)
        return dict(answer.json()) if answer.content else {}

    def _proof(self) -> dict[str, str]:
        if told["method"] == "tls_client_auth":
            return {"client_id": told["client_id"]}
        if told["method"] == "client_secret_basic":
            return {}
        now, name = int(time.time()), told["client_id"]
        audience = self.configuration["issuer"]
        claims = {"iss": name, "sub": name, "aud": audience, "iat": now, "exp": now + 60, "jti": secrets.token_hex(16)}
        return {"client_assertion_type": ASSERTION, "client_assertion": signed(claims)}

    def client_credentials(self) -> dict[str, Any]:
        return self.ask("token_endpoint", grant_type="client_credentials", scope="directory:software")

    def api(self, token: str) -> int:
        return self.http.get(told["api"], headers={"Authorization": f"Bearer {token}"}).status_code

    def as_itself(self) -> dict[str, Any]:
        token = self.client_credentials()
        text = token["access_token"]
        came = {"token": token, "api": self.api(text), "introspection": self.ask("introspection_endpoint", token=text)}
        self.ask("revocation_endpoint", token=text, token_type_hint="access_token")
        return came | {"revoked": self.ask("introspection_endpoint", token=text), "api_revoked": self.api(text)}

    def for_person(self) -> dict[str, Any]:
        person = Person()
        pushed = self.ask("pushed_authorization_request_endpoint", **person.asked(self.configuration["issuer"]))
        back = {
            name: values[0] for name, values in parse_qs(urlsplit(person.allow(pushed["request_uri"])).query).items()
        }
        assert (back["state"], back["iss"]) == (person.state, self.configuration["issuer"])
        token = self.ask(
            "token_endpoint",
            grant_type="authorization_code",
            code=back["code"],
            redirect_uri=told["redirect_uri"],
            code_verifier=person.verifier,
        )
        keys = self.http.get(self.configuration["jwks_uri"]).json()
        endpoint = self.configuration["mtls_endpoint_aliases"]["userinfo_endpoint"]
        me = self.http.get(endpoint, headers={"Authorization": f"Bearer {token['access_token']}"})
        came = {
            "token": token,
            "id_token": person.id_token(token["id_token"], self.configuration, keys),
            "api": self.api(token["access_token"]),
            "me": me.json(),
        }
        came["refreshed"] = self.ask("token_endpoint", grant_type="refresh_token", refresh_token=token["refresh_token"])
        return came | {"api_refreshed": self.api(came["refreshed"]["access_token"])}


def steps() -> dict[str, Any]:
    client = Client()
    if told["steps"] == "token":
        return {"token": client.client_credentials()}
    return {"itself": client.as_itself(), "person": client.for_person()}


report(steps)
