"""An application that sends people to sign in, as a client library would: assertions, request objects, PKCE."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

from app.ra.authority import Order
from app.sandbox import Sandbox
from tests.directories import SUPER_USER
from tests.doors import Client
from tests.participants import add_application, add_organisation, good_csr

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CALLBACK = "https://app.acme.example/callback"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class RelyingParty:
    """One application of `Acme Ltd` with an EC signing key; `number` tells several of them apart."""

    def __init__(self, sandbox: Sandbox, door: Any, *, organisation: str | None = None, **details: Any) -> None:
        self.sandbox, self.ask = sandbox, Client(door)
        self.organisation = organisation or add_organisation(sandbox)
        details = {"RedirectUri": [CALLBACK], "TokenEndpointAuthMethod": "private_key_jwt"} | details
        name = details.pop("ClientName", "Acme App")
        self.client_id = add_application(sandbox, self.organisation, client_name=name, details=details)
        self._turn = 0
        self.take_new_key()

    def take_new_key(self) -> str:
        """Sign with a new key from now on; the id of its certificate."""
        self.key = ec.generate_private_key(ec.SECP256R1())
        csr = good_csr(self.client_id, self.organisation, self.key)
        order = Order(self.organisation, self.client_id, "rtssigning", csr)
        certificate = self.sandbox.ra.request_certificate(order, SUPER_USER).certificate
        self.kid = certificate.kid
        return certificate.certificate_id

    @property
    def issuer(self) -> str:
        return self.sandbox.addresses.auth

    def now(self) -> int:
        return int(self.sandbox.clock.now().timestamp())

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        key = ECKey.import_key(
            self.key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        given = {"alg": "ES256", "kid": self.kid, "typ": None} | header
        return jwt.encode({k: v for k, v in given.items() if v is not None}, claims, key, algorithms=["ES256"])

    def assertion(self, **changed: Any) -> dict[str, str]:
        """Client authentication for a form."""
        self._turn += 1
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.issuer,
            "exp": self.now() + 60,
            "jti": f"{self.client_id}/{self._turn}",
        }
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.sign(claims | changed)}

    def parameters(self, **changed: Any) -> dict[str, Any]:
        """A good authorisation request; None takes a parameter out."""
        good = {
            "client_id": self.client_id,
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": "openid directory:website",
            "state": "st-1",
            "nonce": "no-1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (good | changed).items() if value is not None}

    def claims(self, **changed: Any) -> dict[str, Any]:
        """The claims of a good request object; None takes one out."""
        good = {
            "iss": self.client_id,
            "aud": self.issuer,
            "nbf": self.now(),
            "iat": self.now(),
            "exp": self.now() + 300,
        }
        return {name: value for name, value in (good | self.parameters() | changed).items() if value is not None}

    def push(self, request: str | None = None, **form: Any) -> Any:
        """Push a request object; `form` are further parameters. Without an object `form` is the request."""
        body = self.assertion() | form | ({"request": request} if request else {})
        return self.ask("POST", "/request", data=body)

    def request_uri(self, **changed: Any) -> str:
        answer = self.push(self.sign(self.claims(**changed)))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["request_uri"])

    def address(self, request_uri: str) -> str:
        """Where the browser is sent."""
        return f"/auth?client_id={self.client_id}&request_uri={request_uri}"

    def scripted(self, user: str, *, approve: bool = True, **changed: Any) -> dict[str, str]:
        """The parameters that come back when this user answers, without a browser."""
        request_uri = self.request_uri(**changed)
        answer = self.sandbox.people.scripted_login.answer(self.client_id, request_uri, user, approve=approve)
        return dict(answer.parameters)

    def token(self, **form: str) -> Any:
        return self.ask("POST", "/token", data=self.assertion() | form)

    def redeem(self, code: str, **changed: str) -> Any:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        return self.token(**{name: value for name, value in (form | changed).items() if value is not None})

    def refresh(self, refresh_token: str, **more: str) -> Any:
        return self.token(grant_type="refresh_token", refresh_token=refresh_token, **more)


def unverified(token: str) -> dict[str, Any]:
    """The claims of a JWT."""
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def header_of(token: str) -> dict[str, Any]:
    part = token.split(".", maxsplit=1)[0]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def verified(token: str, sandbox: Sandbox) -> dict[str, Any]:
    """The claims of a JWT whose signature fits the published key set."""
    from joserfc.jwk import KeySet

    keys = KeySet.import_key_set({"keys": list(sandbox.oauth.parts.signing_keys.published())})
    return dict(jwt.decode(token, keys, algorithms=["PS256", "ES256", "RS256"]).claims)


def answer_in(location: str, part: str = "query") -> dict[str, str]:
    """The parameters of an address that a browser is sent to."""
    found = parse_qs(getattr(urlsplit(location), part), keep_blank_values=True)
    assert all(len(values) == 1 for values in found.values())
    return {name: values[0] for name, values in found.items()}
