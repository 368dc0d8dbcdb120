"""TLS handshakes that fail: why, with which alert, and with which certificate, as far as OpenSSL lets us see it.

A verification that fails leaves no certificate behind in OpenSSL. The message callback of the context shows it as it
comes; that callback is not a documented part of `ssl`, so without it the entry in the journal says less, no more.
"""

from __future__ import annotations

import base64
import hashlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509

ALERT, CERTIFICATE = 21, 11
"""Content type and handshake message type (RFC 8446, 5.1 and 4)."""
ISSUER = frozenset({2, 7, 18, 19, 20, 21, 24, 27, 30, 32})
"""X509_V_ERR_* that mean: not of a CA of this directory."""
PURPOSE = 26
"""X509_V_ERR_INVALID_PURPOSE: key usage or extended key usage without TLS client (rulings.md 22)."""
GONE = frozenset({"UNEXPECTED_EOF_WHILE_READING"})
"""The peer went away in the middle: a port scan, a health check; nothing to tell."""


@dataclass(slots=True)
class Seen:
    """What went over one connection before it failed."""

    outgoing: ssl.MemoryBIO
    certificate_message: bytes = b""
    alert: str = ""
    is_alert_ours: bool = True


class HandshakeFailed(ssl.SSLError):
    """Raised out of the event loop's handshake. `farewell` is what OpenSSL still wanted to send: the alert."""

    def __init__(self, cause: ssl.SSLError, seen: Seen) -> None:
        super().__init__(*cause.args)
        self.cause, self.seen, self.farewell = cause, seen, seen.outgoing.read()


class WatchedHandshake(ssl.SSLObject):
    seen: Seen

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as cause:
            raise HandshakeFailed(cause, self.seen) from cause


class WatchingContext(ssl.SSLContext):
    """A context whose connections tell how their handshake failed."""

    sslobject_class = WatchedHandshake

    def wrap_bio(self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        wrapped = super().wrap_bio(incoming, outgoing, *args, **kwargs)
        assert isinstance(wrapped, WatchedHandshake)
        wrapped.seen = Seen(outgoing)
        return wrapped

    def watch_messages(self) -> None:
        """Note alerts and client certificates too. Costs some microseconds a request, so not for every listener."""
        if hasattr(self, "_msg_callback"):
            self._msg_callback = _note_message


def _note_message(connection: Any, direction: str, _version: Any, content: Any, kind: Any, message: bytes) -> None:
    """A handshake message or alert in clear, as `ssl.SSLContext._msg_callback` gives it."""
    seen: Seen | None = getattr(connection, "seen", None)
    if seen is None:
        return
    if content == ALERT and len(message) == 2:  # noqa: PLR2004 - level and description (RFC 8446, 6)
        seen.alert, seen.is_alert_ours = _alert_name(message[1]), direction == "write"
    elif direction == "read" and kind == CERTIFICATE and content != ALERT:
        seen.certificate_message = message


def _alert_name(number: int) -> str:
    try:
        return ssl.AlertDescription(number).name.removeprefix("ALERT_DESCRIPTION_").lower()
    except ValueError:
        return str(number)


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed handshake in the words of the journal."""

    code: str
    reason: str
    detail: Mapping[str, Any] = field(default_factory=dict)


def failure_of(failed: HandshakeFailed) -> Failure | None:
    """What to tell; None where the peer only went away."""
    cause, seen = failed.cause, failed.seen
    why = cause.reason or ""
    if why in GONE:
        return None
    detail: dict[str, Any] = {"openssl": why.lower()}
    if seen.alert:
        detail["alert"] = f"{'sent' if seen.is_alert_ours else 'received'} {seen.alert}"
    if presented := first_certificate(seen.certificate_message):
        detail["certificate"] = described(presented)
    if isinstance(cause, ssl.SSLCertVerificationError):
        code = _code_of(cause.verify_code)
        return Failure(code, f"the client certificate was refused: {cause.verify_message}", detail)
    return Failure("tls.handshake", _words(why, seen), detail)


def _code_of(verify_code: int) -> str:
    if verify_code == PURPOSE:
        return "mtls.usage"
    return "mtls.issuer" if verify_code in ISSUER else "tls.handshake"


def _words(why: str, seen: Seen) -> str:
    if why == "HTTP_REQUEST":
        return "plain HTTP was spoken to a TLS port"
    if "_ALERT_" in why and not (seen.alert and seen.is_alert_ours):
        return f"the client broke off: {why.split('_ALERT_')[1].replace('_', ' ').lower()}"
    return f"no TLS connection came about: {why.replace('_', ' ').lower() or 'unknown cause'}"


def first_certificate(message: bytes) -> bytes | None:
    """The leaf in a Certificate message: RFC 5246, 7.4.2 (TLS 1.2), or RFC 8446, 4.4.2, with a context before it."""
    start = 4
    if int.from_bytes(message[start : start + 3]) != len(message) - start - 3:
        start += 1 + (message[start] if len(message) > start else 0)
    start += 3
    size = int.from_bytes(message[start : start + 3])
    certificate = message[start + 3 : start + 3 + size]
    return certificate if size and len(certificate) == size else None


def described(der: bytes) -> Mapping[str, str]:
    """A certificate that may be anything, in a few words."""
    digest = hashlib.sha256(der).digest()
    told = {"sha256": digest.hex(), "x5t#S256": base64.urlsafe_b64encode(digest).rstrip(b"=").decode()}
    try:
        certificate = x509.load_der_x509_certificate(der)
        return told | {
            "subject": certificate.subject.rfc4514_string()[:500],
            "issuer": certificate.issuer.rfc4514_string()[:500],
            "serial": f"{certificate.serial_number:x}",
        }
    except Exception:  # noqa: BLE001 - a stranger's octets: whatever the parser makes of them, the rest is told
        return told
