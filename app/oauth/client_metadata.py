"""What a client says of itself when it registers, held against the application that it is for (RFC 7591, 2).

The directory knows the application already: what is left out comes from it, and nothing may say more than it. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.oauth.authorisation_request import MODES
from app.oauth.clients import Client
from app.oauth.refusals import OAuthRefusal
from app.oauth.signatures import FAPI

METHODS = ("private_key_jwt", "tls_client_auth", "client_secret_basic")
WITH_REDIRECT = "authorization_code"
LONGEST, MOST = 2048, 100
Metadata = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ground:
    """What metadata is judged by: the application as a client, the grants there are, where its keys stand."""

    client: Client
    grants: tuple[str, ...]
    key_sets: tuple[str, ...]


def judged(metadata: Metadata, ground: Ground) -> dict[str, Any]:
    """What is registered of it. Raises OAuthRefusal with `registration.metadata` or `registration.redirect_uri`."""
    client = ground.client
    _require_same(metadata, client)
    redirects = _texts(metadata, "redirect_uris", client.redirect_uris)
    for uri in redirects:
        if uri not in client.redirect_uris:
            raise redirect_refused(uri, client.redirect_uris)
    method = _one_of(metadata, "token_endpoint_auth_method", METHODS, client.method)
    grants = _some_of(metadata, "grant_types", ground.grants, _usual(ground.grants, has_redirect=bool(redirects)))
    types = _some_of(metadata, "response_types", tuple(MODES), tuple(MODES) if WITH_REDIRECT in grants else ())
    if WITH_REDIRECT in grants and not redirects:
        raise refused("redirect_uris", "a client of the code grant has at least one")
    if "jwks" in metadata or metadata.get("jwks_uri", ground.key_sets[0]) not in ground.key_sets:
        raise refused("jwks_uri", f"keys are those of the directory, at {ground.key_sets[0]}", metadata.get("jwks_uri"))
    body: dict[str, Any] = {
        "redirect_uris": list(redirects),
        "token_endpoint_auth_method": method,
        "grant_types": list(grants),
        "response_types": list(types),
        "scope": " ".join(_scopes(metadata, client)),
        "jwks_uri": metadata.get("jwks_uri", ground.key_sets[0]),
        "post_logout_redirect_uris": list(_texts(metadata, "post_logout_redirect_uris", ())),
        "require_signed_request_object": _truth(metadata, "require_signed_request_object", client),
        "tls_client_certificate_bound_access_tokens": _truth(
            metadata, "tls_client_certificate_bound_access_tokens", None
        ),
    }
    if metadata.get("id_token_signed_response_alg") is not None:
        name = "id_token_signed_response_alg"
        body[name] = _one_of(metadata, name, (*FAPI, "RS256"), "")
    return body


def refused(member: str, text: str, got: object = "", code: str = "registration.metadata") -> OAuthRefusal:
    """A refusal in the words of RFC 7591, 3.2.2."""
    return OAuthRefusal(f"{member}: {text}", code=code, got=str(got or ""), error="invalid_client_metadata")


def redirect_refused(uri: str, known: tuple[str, ...]) -> OAuthRefusal:
    return OAuthRefusal(
        "redirect_uris: this is none of the application's",
        code="registration.redirect_uri",
        expected=" or ".join(known) or "none; the application has no redirect URI",
        got=uri,
        error="invalid_redirect_uri",
    )


def _require_same(metadata: Metadata, client: Client) -> None:
    """What it says of organisation and application is what the directory says."""
    organisation, application = client.organisation, client.application
    assert organisation is not None
    assert application is not None
    known = {
        "software_id": application.software_statement_id,
        "organisation_id": organisation.organisation_id,
        "organisation_name": organisation.name,
        "organisation_number": organisation.registration_number,
    }
    for name, expected in known.items():
        if metadata.get(name) not in (None, expected):
            raise refused(name, f"the directory says {expected}", metadata[name])
    roles = {str(role.get("Role")) for role in application.roles}
    for role in _texts(metadata, "software_roles", ()):
        if role not in roles:
            raise refused("software_roles", "the application has no such role", role)


def _usual(grants: tuple[str, ...], *, has_redirect: bool) -> tuple[str, ...]:
    """Grants that need a redirect URI are for clients that have one."""
    return grants if has_redirect else tuple(grant for grant in grants if grant != WITH_REDIRECT)


def _scopes(metadata: Metadata, client: Client) -> tuple[str, ...]:
    given = metadata.get("scope")
    if given is None:
        return client.scopes
    if not isinstance(given, str):
        raise refused("scope", "must be a text of scopes with a space between them", given)
    asked = tuple(dict.fromkeys(given.split()))
    if unknown := [scope for scope in asked if scope not in client.scopes]:
        raise refused("scope", f"the application may have {' '.join(client.scopes)}", " ".join(unknown))
    return asked


def _some_of(metadata: Metadata, name: str, known: tuple[str, ...], usual: tuple[str, ...]) -> tuple[str, ...]:
    found = _texts(metadata, name, usual)
    if unknown := [each for each in found if each not in known]:
        raise refused(name, f"must be some of {', '.join(known)}", ", ".join(unknown))
    return found


def _one_of(metadata: Metadata, name: str, known: tuple[str, ...], usual: str) -> str:
    given = metadata.get(name)
    if given is not None and given not in known:
        raise refused(name, f"must be one of {', '.join(known)}", given)
    return usual if given is None else str(given)


def _texts(metadata: Metadata, name: str, usual: tuple[str, ...]) -> tuple[str, ...]:
    given = metadata.get(name)
    if given is None:
        return usual
    if not isinstance(given, list) or len(given) > MOST:
        raise refused(name, f"must be a list of at most {MOST} texts")
    if not all(isinstance(each, str) and 0 < len(each) <= LONGEST and each.isprintable() for each in given):
        raise refused(name, f"must be a list of texts of 1 to {LONGEST} characters")
    return tuple(dict.fromkeys(given))


def _truth(metadata: Metadata, name: str, client: Client | None) -> bool:
    given = metadata.get(name)
    if given is not None and not isinstance(given, bool):
        raise refused(name, "must be true or false", given)
    usual = client.details.get("RequireSignedRequestObject", True) is not False if client else True
    return usual if given is None else given
