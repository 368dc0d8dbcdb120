"""The TLS contexts of the listeners: what they present, and whose client certificates they let in (architecture 7)."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Hashable, Iterable
from typing import Literal
from weakref import WeakSet

import structlog

from app.ca.listener import ListenerIdentity, listener_identity, listener_names
from app.errors import DirectoryError
from app.ra.issuers import LoadedIssuer
from app.runtime.addresses import Addresses
from app.runtime.clock import Clock
from app.sandboxes import Sandboxes
from app.server.handshake import WatchingContext
from app.settings import Settings
from app.web.calls import call

NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME: dates are judged per request, at the sandbox's clock (architecture 5)."""
MOST_STALE = 100
"""Anchors of CAs that are gone, beyond which it is worth while to make a context without them."""
log = structlog.get_logger("connect_mock.server")


class Presented:
    """The certificate of the TLS listeners, in each of their contexts; renewed while they run."""

    def __init__(self, settings: Settings, addresses: Addresses, clock: Clock) -> None:
        """`clock` is the host's. Raises Unavailable when there is no usable certificate and none can be made."""
        self._settings, self._clock = settings, clock
        self._names = listener_names(settings, addresses)
        self._contexts: WeakSet[ssl.SSLContext] = WeakSet()
        self._identity = self._current()

    @property
    def ca_pem(self) -> bytes:
        """What clients of the TLS listeners have to trust."""
        return self._identity.ca_pem

    def context(self) -> WatchingContext:
        """TLS 1.2 and 1.3 with Python's choice of ciphers (forward secrecy, AEAD first); asks for no certificate."""
        context = WatchingContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        self._show(context)
        self._contexts.add(context)
        return context

    def renew_if_due(self) -> None:
        """Show a new certificate from the next handshake on, where the old one nears its end (reliability G-04)."""
        if not self._identity.is_due(self._clock.now()):
            return
        log.warning("listener certificate near its end", not_after=str(self._identity.not_after))
        try:
            self._identity = self._current()
        except DirectoryError as fault:
            log.warning("listener certificate not renewed", cause=fault.reason)
            return
        for context in self._contexts:
            self._show(context)
        log.info("listener certificate renewed", not_after=str(self._identity.not_after))

    def _current(self) -> ListenerIdentity:
        return listener_identity(self._settings.data, self._names, self._settings.passphrase, self._clock)

    def _show(self, context: ssl.SSLContext) -> None:
        context.load_cert_chain(self._identity.certificate_file, self._identity.key_file, self._settings.passphrase)


def asking(presented: Presented, mode: Literal["required", "optional", "off"]) -> WatchingContext:
    """A context for the mtls listener.

    Client certificates are asked for, never demanded: an absent one is refused by us, with a reason. What chains to
    none of our CAs ends the handshake.
    """
    context = presented.context()
    ask_for_certificates(context, mode)
    return context


def ask_for_certificates(context: WatchingContext, mode: Literal["required", "optional", "off"]) -> None:
    """Unless `mode` is off, ask for client certificates, and leave their dates to us."""
    if mode != "off":
        context.verify_mode = ssl.CERT_OPTIONAL
        context.verify_flags |= NO_CHECK_TIME
        context.watch_messages()


class ClientTrust:
    """The context of the mtls listener: it trusts the CAs of every sandbox, whoever founded them, and no others.

    Issuing CAs are among its anchors so that a client may send its leaf alone. OpenSSL forgets no anchor, so there is
    another context when a reset or an import has taken a CA of `default` away, and when most anchors are those of
    sandboxes that are gone; until then their clients get in, and are refused by path. Open connections keep theirs.
    """

    def __init__(self, make: Callable[[], ssl.SSLContext], sandboxes: Sandboxes) -> None:
        """`make` gives a context that trusts nobody yet."""
        self._make, self._sandboxes = make, sandboxes
        self._token: Hashable = None
        self._version = -1
        self._is_outdated = False
        self._loaded: set[bytes] = set()
        self.context = self._made()
        default = sandboxes.default
        default.issuers.watch(lambda loaded: self._add((loaded.record.certificate,)))
        default.issuers.watch_losses(self._lose)

    async def renew(self) -> ssl.SSLContext:
        """Learn of what another process has changed; asked before each handshake, and cheap when nothing came."""
        default = self._sandboxes.default
        try:
            token = await call(default, default.store.change_token)
            if token != self._token:
                await call(default, self._learn)
                self._token = token
            if self._is_outdated:
                self._is_outdated = False
                self.context = await call(default, self._made)
        except DirectoryError as fault:
            log.warning("trust anchors not renewed", cause=fault.reason)
        return self.context

    def _learn(self) -> None:
        """From the store: other CAs here, other sandboxes."""
        self._sandboxes.default.issuers.refresh()
        if (version := self._sandboxes.rows.version()) == self._version:
            return
        living = self._anchors()
        self._add(living - self._loaded)
        self._is_outdated |= len(self._loaded - living) > max(MOST_STALE, len(living))
        self._version = version

    def _anchors(self) -> set[bytes]:
        own = {loaded.record.certificate for loaded in self._sandboxes.default.issuers.all()}
        return own.union(*self._sandboxes.anchors().values())

    def _made(self) -> ssl.SSLContext:
        self.context, self._loaded = self._make(), set()
        self._add(self._anchors())
        return self.context

    def _add(self, anchors: Iterable[bytes]) -> None:
        for certificate in anchors:
            self.context.load_verify_locations(cadata=certificate)
            self._loaded.add(certificate)

    def _lose(self, _loaded: LoadedIssuer) -> None:
        self._is_outdated = True
