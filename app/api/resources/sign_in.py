"""Sign-in by identity providers of participants: the key that they verify our requests with (errata R16)."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from app.api.operations import Call, Handler
from app.web.calls import call
from app.web.media import choose

PEM_TYPES = ("application/x-pem-key", "application/x-pem-certificate")
"""The publication names both; what stands there is a public key in PEM under either."""


async def provider_public_key(request: Call) -> Response:
    """The public half of the key that signs now; `/jwks` has the same one."""
    media_type = choose(request.accept, PEM_TYPES)
    signer = await call(request.sandbox, request.sandbox.oauth.parts.signing_keys.signer)
    return Response(signer.public_pem, media_type=media_type)


HANDLERS: Mapping[str, Handler] = {"GET /references/resources/openid-provider-public-key": provider_public_key}
