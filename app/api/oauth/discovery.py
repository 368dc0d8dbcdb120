"""Discovery (RFC 8414; OpenID Connect Discovery; connect.md 17.1) and the key set of this server.

Every address comes from the settings; the Host header only says which service is asked (rulings.md 18). What is not
served is not named.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.access import SCOPES
from app.api.faults.odd import odd_of, published_keys
from app.api.hosts import label_of
from app.api.operations import Call, Handler
from app.oauth.authorisation_request import MODES
from app.oauth.clients import OPENID_SCOPES
from app.oauth.id_tokens import WITH_PASSWORD, WITH_SECOND_FACTOR
from app.oauth.signatures import FAPI
from app.sandbox import Sandbox
from app.web.answers import encode
from app.web.calls import call
from app.web.connection import listener_of
from app.web.media import JSON
from app.web.publications import publish

BY_CLIENTS = {
    "token_endpoint": "/token",
    "introspection_endpoint": "/token/introspection",
    "revocation_endpoint": "/token/revocation",
    "pushed_authorization_request_endpoint": "/request",
    "device_authorization_endpoint": "/device/auth",
    "backchannel_authentication_endpoint": "/backchannel",
    "userinfo_endpoint": "/me",
    "registration_endpoint": "/reg",
}
"""Asked by machines, so they may be asked with a client certificate: those have aliases (RFC 8705, 5)."""
BY_ALL = {"authorization_endpoint": "/auth", "jwks_uri": "/jwks"}
METHODS = ("private_key_jwt", "tls_client_auth", "client_secret_basic")
CLAIMS = (
    "sub", "email", "email_verified", "phone_number", "phone_number_verified", "address", "family_name", "given_name",
    "sid", "auth_time", "iss",
)  # fmt: skip
router = APIRouter()


async def configuration(asked: Call) -> Response:
    """`GET /.well-known/openid-configuration`: 200, whatever the publication says (errata O1)."""
    return _published(asked.request, asked.sandbox)


async def metadata(request: Request) -> Response:
    """The same where RFC 8414 has it."""
    return _published(request, request.scope["state"]["sandbox"])


async def keys(request: Request) -> Response:
    """`/jwks`: the key that signs, and old ones until their last token is over."""
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    strike, known = odd_of(request.scope, "keys"), sandbox.oauth.parts.signing_keys
    if strike is not None and "jwks_stale" in strike.effect:
        found = await call(sandbox, known.published_then, strike.state["kids"])
    else:
        found = await call(sandbox, known.published)
    return published_keys(request, sandbox, encode({"keys": found}).encode())


def _published(request: Request, sandbox: Sandbox) -> Response:
    body = encode(document(sandbox, _base(request, sandbox), request.app.state.paths)).encode()
    response = publish(request, body, JSON, max_age=sandbox.settings.jwks_max_age)
    if sandbox.settings.strict_published and response.status_code == 200:  # noqa: PLR2004 - not 304
        response.status_code = 201
    return response


def _base(request: Request, sandbox: Sandbox) -> str:
    """Where it was fetched: a client that knows no aliases goes on at that very service (connect.md 17.1)."""
    label = label_of(next((value for name, value in request.scope["headers"] if name == b"host"), b""))
    is_mtls = label == "matls-auth" or (listener_of(request.scope) == "mtls" and label != "auth")
    return sandbox.addresses.matls_auth if is_mtls else sandbox.addresses.auth


def document(sandbox: Sandbox, base: str, served: AbstractSet[str]) -> dict[str, Any]:
    """The metadata, with the endpoints among `served` paths at `base`."""
    by_clients = {name: path for name, path in BY_CLIENTS.items() if path in served}
    endpoints = {name: f"{base}{path}" for name, path in (BY_ALL | by_clients).items() if path in served}
    aliases = {name: f"{sandbox.addresses.matls_auth}{path}" for name, path in by_clients.items()}
    signs = {"rsa": "PS256", "ec-p256": "ES256", "ec-p384": "ES384"}
    algorithm = signs.get(sandbox.settings.oauth_key, signs["rsa"])
    return {
        "issuer": sandbox.addresses.auth,
        **endpoints,
        "mtls_endpoint_aliases": aliases,
        "grant_types_supported": list(sandbox.oauth.grant_types),
        "scopes_supported": [*(OPENID_SCOPES if "/auth" in served else ()), *SCOPES],
        **_authentication(),
        **(_backchannel() if "/backchannel" in served else {}),
        "tls_client_certificate_bound_access_tokens": True,
        **(_sign_in(algorithm, served) if "/auth" in served else {"response_types_supported": []}),
    }


def _backchannel() -> dict[str, Any]:
    """CIBA Core, 4: tokens are fetched by asking, and nobody is told anything."""
    return {
        "backchannel_token_delivery_modes_supported": ["poll"],
        "backchannel_authentication_request_signing_alg_values_supported": list(FAPI),
        "backchannel_user_code_parameter_supported": False,
    }


def _authentication() -> dict[str, Any]:
    """One set of methods for all endpoints that authenticate clients."""
    told: dict[str, Any] = {}
    for endpoint in ("token", "introspection", "revocation"):
        told[f"{endpoint}_endpoint_auth_methods_supported"] = list(METHODS)
        told[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] = list(FAPI)
    return told


def _sign_in(algorithm: str, served: AbstractSet[str]) -> dict[str, Any]:
    """What authorisation requests may say, and what comes of them."""
    modes = dict.fromkeys(mode for by_name in MODES.values() for mode in (*by_name.keys(), *by_name.values()) if mode)
    return {
        "response_types_supported": list(MODES),
        "response_modes_supported": list(modes),
        "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [algorithm],
        "authorization_signing_alg_values_supported": [algorithm],
        "request_object_signing_alg_values_supported": list(FAPI),
        "request_parameter_supported": False,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "require_pushed_authorization_requests": "/request" in served,
        "authorization_response_iss_parameter_supported": True,
        "claims_supported": list(CLAIMS),
        "claims_parameter_supported": True,
        "acr_values_supported": [WITH_SECOND_FACTOR, WITH_PASSWORD],
    }


router.add_route("/.well-known/oauth-authorization-server", metadata, methods=["GET"])
router.add_route("/jwks", keys, methods=["GET"])
HANDLERS: Mapping[str, Handler] = {"GET /.well-known/openid-configuration": configuration}
