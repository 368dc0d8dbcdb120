"""What the authorisation server keeps, as frozen records. Secrets stand here as their SHA-256 and nowhere as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from app.store.records import Details

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Taken(Generic[R]):
    """Something that may be used once, as it stood before; `is_first` is whether this very use was the one."""

    record: R
    is_first: bool


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The public half of a key that signs tokens; its private half is in the vault.

    Of several the one without `retired_at` signs. A retired one is published until `published_until`.
    """

    kid: str
    jwk: Mapping[str, str]
    created_at: datetime
    retired_at: datetime | None = None
    published_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may sign in (connect.md 16).

    `password_hash` names its algorithm and parameters; `second_factor` is the hash of a fixed code. `details` hold
    names, phone, flags and `OrgAccessDetails` as on the wire.
    """

    user_id: str
    email: str
    password_hash: str
    status: Literal["Active", "Inactive"]
    created_at: datetime
    second_factor: str | None = None
    details: Details = field(default_factory=dict)
    revision: int = 0

    @property
    def is_active(self) -> bool:
        return self.status == "Active"


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """A browser that somebody has signed in with; `amr` as in RFC 8176."""

    session_sha256: bytes
    user_id: str
    authenticated_at: datetime
    expires_at: datetime
    amr: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PushedRequest:
    """A validated authorisation request, by the SHA-256 of the secret in its `request_uri` (RFC 9126)."""

    request_sha256: bytes
    client_id: str
    parameters: Mapping[str, Any]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConsentGrant:
    """What a person has allowed a client; codes, refresh tokens and access tokens hang on it.

    `details` hold what the ID token needs: `nonce`, `auth_time`, `amr`, claims.
    """

    grant_id: str
    client_id: str
    user_id: str
    scopes: tuple[str, ...]
    created_at: datetime
    software_statement_id: str | None = None
    organisation_id: str | None = None
    details: Details = field(default_factory=dict)
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_alive(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class AuthorisationCode:
    """Exchanged once for tokens (RFC 6749, 4.1.2; RFC 7636)."""

    code_sha256: bytes
    grant_id: str
    redirect_uri: str
    code_challenge: str
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """Used once: the next one comes with its tokens (RFC 9700, 4.14)."""

    token_sha256: bytes
    grant_id: str
    issued_at: datetime
    expires_at: datetime
    x5t_s256: str | None = None
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeviceRequest:
    """A device that waits for a person (RFC 8628); allowed with `grant_id`, refused with `denied_at`.

    With `user_id` it is no device but a backchannel request, which waits for this very person (CIBA Core, 7); nobody
    could type its `user_code`.
    `polled_at` is by the machine's clock, all else by the sandbox's.
    """

    device_code_sha256: bytes
    user_code: str
    client_id: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    interval_seconds: int
    polled_at: datetime | None = None
    grant_id: str | None = None
    denied_at: datetime | None = None
    used_at: datetime | None = None
    user_id: str | None = None
    binding_message: str | None = None
