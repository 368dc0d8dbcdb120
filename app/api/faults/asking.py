"""What a request looks like to the faults: where it goes and, if one wants to know, in whose name it is."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from starlette.types import Scope

from app.api.hosts import OPENID, inner_path, label_of, service_of
from app.powers.faults.matching import Asked, Identity
from app.sandbox import Sandbox
from app.store.records import Application, Organisation
from app.store.store import UnitOfWork
from app.web.connection import listener_of, peer_of, tls_of

BY_SEGMENT: Mapping[str, str] = {
    "keystore": "keystore", "crl": "crl", "ocsp": "ocsp", "repository": "repository", "portal": "web",
    "participants": "data", "roles": "data", "release-notes": "data", "logos": "data", "openid_relying_party": "rp",
    **dict.fromkeys(OPENID, "auth"),
}  # fmt: skip
"""The service of a path where no Host names one; what is not listed is the API's."""
Owner = tuple[Organisation, Application]


def asked_of(sandbox: Sandbox, scope: Scope, body: bytes | None) -> Asked:
    """`body` is that of a form, where it was read for this."""
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    path = str(scope["path"])
    service = service_of(host, oauth_on_api_host=sandbox.settings.oauth_on_api_host)
    inner = inner_path(service, path) or path
    inner = inner.removesuffix("/") or "/"
    der = tls_of(scope).get("client_cert")
    listener = listener_of(scope)
    return Asked(
        method=scope["method"],
        paths=tuple(dict.fromkeys((path.removesuffix("/") or "/", inner))),
        services=_services(label_of(host), inner, listener),
        listener=listener,
        peer=peer_of(scope),
        certificate=hashlib.sha256(der).digest() if der else None,
        who=lambda: _identity(sandbox, scope, inner, der, body),
    )


def _services(label: str, inner: str, listener: str) -> frozenset[str]:
    """A service, and with client certificates its name for those."""
    name = label or BY_SEGMENT.get(inner[1:].partition("/")[0], "api")
    name = name.removeprefix("matls-")
    is_mtls = label.startswith("matls-") or (listener == "mtls" and not label)
    return frozenset({name, f"matls-{name}"} if is_mtls and name in ("api", "auth") else {name})


# in whose name


def _identity(sandbox: Sandbox, scope: Scope, inner: str, der: bytes | None, body: bytes | None) -> Identity:
    """The holder of the token, else the client that the request names, else the holder of the certificate.

    Where there is none of them, who the path is about: of a public file its owner.
    """
    credentials = _authorization(scope)
    prefix = f"{sandbox.addresses.rp}/openid_relying_party/"
    with sandbox.store.read() as uow:
        found = (
            _by_token(uow, credentials)
            or _by_name(uow, _claimed(scope, credentials, body), prefix)
            or (_by_certificate(uow, der) if der else None)
            or Identity()
        )
        if found.organisation_id is None and not found.clients:
            found = _by_path(inner)
        return _all_forms(uow, found, prefix)


def _authorization(scope: Scope) -> tuple[str, str]:
    value = next((value for name, value in scope["headers"] if name == b"authorization"), b"").decode("latin-1")
    scheme, _, rest = value.partition(" ")
    return scheme.lower(), rest.strip()


def _by_token(uow: UnitOfWork, credentials: tuple[str, str]) -> Identity | None:
    scheme, text = credentials
    token = (
        uow.tokens.find(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()) if scheme == "bearer" else None
    )
    if token is None:
        return None
    names = frozenset(filter(None, (token.client_id, token.software_statement_id)))
    return Identity(names, token.organisation_id) if names or token.organisation_id else None


def _claimed(scope: Scope, credentials: tuple[str, str], body: bytes | None) -> str:
    """The client that somebody says he is; nobody has proved it yet."""
    if credentials[0] == "basic":
        return unquote(_decoded(credentials[1]).partition(b":")[0].decode("latin-1"))
    given = _form(scope["query_string"]) | _form(body or b"")
    assertion = given.get("client_assertion") or given.get("assertion")
    return given.get("client_id") or (_issuer(assertion) if assertion else "")


def _form(octets: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(octets.decode("latin-1"), max_num_fields=100))
    except ValueError:
        return {}


def _issuer(assertion: str) -> str:
    """`iss` of a JWT that nobody has verified."""
    try:
        claims: Any = json.loads(_decoded(assertion.split(".")[1]))
        return str(claims.get("iss", ""))
    except (ValueError, IndexError, AttributeError, RecursionError):
        return ""


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text.encode("latin-1", "replace") + b"==")
    except binascii.Error:
        return b""


def _by_name(uow: UnitOfWork, name: str, prefix: str) -> Identity | None:
    if not name or len(name) > 500:  # noqa: PLR2004 - no client id is longer
        return None
    found = uow.applications.find_client(name, name.removeprefix(prefix))
    return Identity(frozenset({name, *_names(found)}), found[0].organisation_id if found else None)


def _by_certificate(uow: UnitOfWork, der: bytes) -> Identity | None:
    found = uow.certificates.find_by_sha256(hashlib.sha256(der).digest())
    if found is None:
        return None
    return Identity(frozenset(filter(None, (found.software_statement_id,))), found.organisation_id)


def _by_path(inner: str) -> Identity:
    """The organisation, and the application, of `/organisations/...` and `/keystore/...`."""
    _, kind, *rest = [unquote(part) for part in inner.split("/")]
    if kind == "keystore":
        rest = rest[:-1]
    elif kind != "organisations":
        return Identity()
    owners = [part for part in rest[1:2] if kind == "keystore" and part != "inactive"]
    if rest[1:2] == ["softwarestatements"]:
        owners = rest[2:3]
    return Identity(frozenset(filter(None, owners)), rest[0] if rest and rest[0] else None)


def _all_forms(uow: UnitOfWork, found: Identity, prefix: str) -> Identity:
    """With every form of the client's id (connect.md 4.3)."""
    names = set(found.clients)
    for name in found.clients:
        known = uow.applications.find_client(name, name.removeprefix(prefix))
        names |= _names(known)
        if known:
            names.add(f"{prefix}{known[1].software_statement_id}")
    return Identity(frozenset(names), found.organisation_id)


def _names(found: Owner | None) -> set[str]:
    return {found[1].client_id, found[1].software_statement_id} if found else set()
