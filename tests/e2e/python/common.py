"""What both clients need: what they are told (on stdin), an HTTP client with the certificate, a key, and the person."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import ssl
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

told: dict[str, Any] = json.loads(sys.stdin.read())
SCOPE = "openid offline_access directory:website"


def mutual() -> ssl.SSLContext:
    """Trust for the server, and the client certificate."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("ca", "certificate", "certificate_key"):
            (Path(folder) / name).write_text(told[name])
        context = ssl.create_default_context(cafile=f"{folder}/ca")
        context.load_cert_chain(f"{folder}/certificate", f"{folder}/certificate_key")
    return context


def signing_key() -> ECKey | RSAKey:
    kind = ECKey if told["algorithm"] == "ES256" else RSAKey
    return kind.import_key(told["signing_key"])


def signed(claims: dict[str, Any]) -> str:
    """A JWT by the application's signing key."""
    header = {"alg": told["algorithm"], "kid": told["kid"]}
    return jwt.encode(header, claims, signing_key(), algorithms=[told["algorithm"]])


class Person:
    """One authorisation request, from its parameters to the answer that came back."""

    def __init__(self) -> None:
        self.verifier, self.state, self.nonce = (secrets.token_urlsafe(32) for _ in range(3))

    def asked(self, issuer: str) -> dict[str, str]:
        """What is pushed: the parameters, signed where the application wants it so."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        parameters = {
            "client_id": told["client_id"],
            "response_type": "code",
            "redirect_uri": told["redirect_uri"],
            "scope": SCOPE,
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        if "signing_key" not in told:
            return parameters
        now = int(time.time())
        claims = parameters | {"iss": told["client_id"], "aud": issuer, "iat": now, "nbf": now, "exp": now + 60}
        return {"client_id": told["client_id"], "request": signed(claims)}

    def allow(self, request_uri: str) -> str:
        """The person says yes at the control listener; the address that his browser comes back with."""
        wanted = {"client_id": told["client_id"], "request_uri": request_uri, "user": told["user"]}
        answer = httpx.post(f"{told['control']}/_mock/login", json=wanted, trust_env=False)
        answer.raise_for_status()
        return str(answer.json()["redirect_uri"])

    def id_token(self, text: str, configuration: dict[str, Any], keys: dict[str, Any]) -> dict[str, Any]:
        """Its claims, checked."""
        decoded = jwt.decode(text, KeySet.import_key_set(keys), algorithms=["PS256"])
        jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": configuration["issuer"]},
            aud={"essential": True, "value": told["client_id"]},
            nonce={"essential": True, "value": self.nonce},
            exp={"essential": True},
        ).validate(decoded.claims)
        return dict(decoded.claims)


def report(steps: Callable[[], dict[str, Any]]) -> None:
    """Run the steps and print what came of each; a refusal is a result too."""
    try:
        came = steps()
    except Exception as refusal:  # noqa: BLE001 - whatever the library raises is the result
        error = getattr(refusal, "error", None) or type(refusal).__name__
        came = {"error": error, "said": str(refusal)}
    print(json.dumps(came))
