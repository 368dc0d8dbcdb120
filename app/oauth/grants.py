"""What a grant is to the token endpoint: a function from an authenticated request to tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.oauth.clients import Client
from app.oauth.peers import Peer
from app.store.store import UnitOfWork

Form = Mapping[str, str]
"""The parameters of a request, each once; those without a value are not there (RFC 6749, 3.1)."""


@dataclass(frozen=True, slots=True)
class Authenticated:
    """A request of a client that has proved to be it, inside the transaction of its effect.

    What is written to `uow` is committed also when an OAuthRefusal is raised: a used assertion, a grant that is
    revoked since its code came twice. Any other exception undoes it.
    """

    uow: UnitOfWork
    client: Client
    form: Form
    now: datetime
    machine: datetime
    """The present by the machine's clock: waits end by it, however the sandbox's clock goes (control-cases.md A-02)."""
    peer: Peer | None = None
    """The checked client certificate of the connection, if there is one."""

    @property
    def x5t_s256(self) -> str | None:
        """What tokens are bound to (RFC 8705, 3)."""
        return None if self.peer is None else self.peer.x5t_s256


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """A successful answer of the token endpoint (RFC 6749, 5.1)."""

    access_token: str
    expires_in: int
    scope: str
    refresh_token: str | None = None
    id_token: str | None = None
    grant_id: str | None = None


GrantHandler = Callable[[Authenticated], TokenAnswer]
"""Raises an OAuthRefusal where it gives nothing. Of what may be refused nothing is written but what shall stay."""
