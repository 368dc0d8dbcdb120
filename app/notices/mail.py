"""One notice as a mail, given to the mail server that the settings name (RFC 5321 and 5322).

It waits for the server, so it belongs into a thread of its own.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from app.settings import Settings
from app.store.notices import Notice

TIMEOUT = 10.0
"""Seconds of the machine's, for each answer of the server."""
PERMANENT = 500
"""Replies from here on need not be asked for again (RFC 5321, 4.2.1)."""
LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt; where it is sent, `error` names those for whom the server has not taken it.

    `is_final`: another attempt would end the same. `is_unreachable`: so would one with another mail.
    """

    is_sent: bool
    error: str = ""
    is_final: bool = False
    is_unreachable: bool = False


def post(settings: Settings, notice: Notice, now: datetime) -> Outcome:
    """Give a notice to the mail server. It raises nothing; the error has no secret in it."""
    named = {each["email"]: _address(each) for each in notice.recipients}
    addresses = [address for address in named.values() if address is not None]
    if not addresses:
        return Outcome(is_sent=False, error="no recipient has an address that a mail can bear", is_final=True)
    message = as_mail(settings, notice, addresses, now)
    try:
        server = _connected(settings)
    except (smtplib.SMTPException, OSError) as fault:
        return Outcome(is_sent=False, error=_shown(fault), is_unreachable=True)
    try:
        return _given(server, message, [email for email, address in named.items() if address is None])
    finally:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        server.close()


def _given(server: smtplib.SMTP, message: EmailMessage, left_out: list[str]) -> Outcome:
    """What the server says to one mail, which does not go to those who are left out."""
    try:
        refused = server.send_message(message)
    except smtplib.SMTPRecipientsRefused as fault:
        codes = [code for code, _ in fault.recipients.values()]
        return Outcome(is_sent=False, error=_shown(fault), is_final=min(codes) >= PERMANENT)
    except smtplib.SMTPResponseException as fault:
        return Outcome(is_sent=False, error=_shown(fault), is_final=fault.smtp_code >= PERMANENT)
    except (smtplib.SMTPNotSupportedError, ValueError) as fault:  # such as a domain that is no ASCII (RFC 6531)
        return Outcome(is_sent=False, error=_shown(fault), is_final=True)
    except (smtplib.SMTPException, OSError) as fault:
        return Outcome(is_sent=False, error=_shown(fault))
    lost = ", ".join([*refused, *left_out])
    return Outcome(is_sent=True, error=f"not taken for {lost}"[:LONGEST_ERROR] if lost else "")


def as_mail(settings: Settings, notice: Notice, addresses: Sequence[Address], now: datetime) -> EmailMessage:
    """Dated by the sandbox's clock."""
    mail = EmailMessage()
    mail["From"], mail["Subject"] = settings.smtp_from, notice.subject
    mail["To"] = addresses
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{notice.notice_id}@connect-mock.invalid>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic answer, please
    mail["X-Connect-Mock-Notice"] = notice.notice_id
    mail.set_content(notice.body)
    return mail


def _address(recipient: Mapping[str, str]) -> Address | None:
    """As a header has it (RFC 5322, 3.4); None for one that no mail can bear, such as one that is no ASCII."""
    try:
        return Address(recipient.get("name", ""), addr_spec=recipient["email"])
    except Exception:  # noqa: BLE001 - the reader of addresses raises many things
        return None


def _connected(settings: Settings) -> smtplib.SMTP:
    """A connection that is encrypted and signed in as the settings have it. Raises SMTPException, OSError."""
    server = smtplib.SMTP(settings.smtp_host or "", settings.smtp_port, local_hostname="localhost", timeout=TIMEOUT)
    try:
        if settings.smtp_starttls:
            server.starttls(context=ssl.create_default_context(cafile=settings.smtp_ca_file))
        if settings.smtp_user is not None:
            password = settings.smtp_password.get_secret_value() if settings.smtp_password else ""
            server.login(settings.smtp_user, password)
    except BaseException:
        server.close()
        raise
    return server


def _shown(fault: Exception) -> str:
    """Which kind of trouble, and the server's words."""
    return f"{type(fault).__name__}: {fault}"[:LONGEST_ERROR]
