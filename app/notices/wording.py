"""What a notice says."""

from __future__ import annotations

from app.notices.stages import Due
from app.store.records import Application, Certificate, Organisation

BODY = """\
{opening}

  organisation   {organisation}
  application    {application}
  type           {type}
  kid            {kid}
  serial         {serial}
  subject        {subject}
  description    {description}
  expires        {not_after:%d/%m/%Y %H:%M:%S} UTC

{advice}

This notice is from a mock directory (connect-mock, sandbox {sandbox}).
Its certificates are worth nothing outside tests.
"""
BEFORE = (
    "Get a new certificate, roll it out beside the old one, and then revoke\n"
    "the old one: once it has expired, every connection and every signature\n"
    "that rests on it is refused."
)
AT_END = "Whatever rested on it is refused from now on. Get a new certificate;\nthis one need not be revoked."


def subject_of(record: Certificate, due: Due) -> str:
    """One line."""
    when = "has expired" if due.stage == 0 else f"expires in {_days(due.stage)}"
    return f"[connect-mock] {record.type} certificate {when}: {record.kid}"


def body_of(
    record: Certificate, due: Due, owner: tuple[Organisation | None, Application | None], sandbox_id: str
) -> str:
    """As it stands when the notice is made; later changes do not reach it."""
    organisation, application = owner
    when = "has expired" if due.stage == 0 else f"is about to expire, in {_days(due.stage)}"
    return BODY.format(
        opening=f"A certificate of your organisation {when}.",
        organisation=_named(organisation.name if organisation else "", record.organisation_id),
        application=_named(application.client_name if application else "", record.software_statement_id or "none"),
        type=record.type,
        kid=record.kid,
        serial="none" if record.serial is None else f"{record.serial:x}",
        subject=record.subject_dn or "none",
        description=record.description or "none",
        not_after=record.not_after,
        advice=AT_END if due.stage == 0 else BEFORE,
        sandbox=sandbox_id,
    )


def _days(stage: int) -> str:
    return "1 day" if stage == 1 else f"{stage} days"


def _named(name: str, identifier: str) -> str:
    return f"{name} ({identifier})" if name else identifier
