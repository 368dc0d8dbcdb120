"""When which view of the directory shows a change: by what is set and by the change alone (architecture 3). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

Channel = Literal["ocsp", "crl", "jwks", "participants", "token_status"]
CHANNELS: tuple[Channel, ...] = ("ocsp", "crl", "jwks", "participants", "token_status")
Kind = Literal["revocation", "issue", "standing", "listing"]
ABOUT: Mapping[Kind, tuple[Channel, ...]] = {
    "revocation": CHANNELS,
    "issue": ("jwks", "participants"),
    "standing": ("jwks", "participants", "token_status"),
    "listing": ("participants",),
}
"""What shows a change of this kind at all: `standing` is that of an application or an organisation, `listing` whatever
the list of participants tells of one."""
HOUR = timedelta(hours=1)
NAME = "propagation"
"""The power that keeps what is set."""


@dataclass(frozen=True, slots=True)
class Delays:
    """How late each view is; `rescan_since` is when the hourly rescan was switched on, None = there is none."""

    late: Mapping[Channel, timedelta] = field(default_factory=dict)
    rescan_since: datetime | None = None

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Delays:
        """From its kept form."""
        late = {channel: timedelta(seconds=value["late"][channel]) for channel in CHANNELS if channel in value["late"]}
        since = value.get("rescan_since")
        return cls(late, None if since is None else datetime.fromisoformat(since))

    def kept(self) -> dict[str, Any]:
        value: dict[str, Any] = {"late": {channel: each.total_seconds() for channel, each in self.late.items()}}
        return value if self.rescan_since is None else value | {"rescan_since": self.rescan_since.isoformat()}

    def visible_at(self, kind: Kind, at: datetime, before: Mapping[Channel, datetime]) -> dict[Channel, datetime]:
        """By channel; no change overtakes one that was made before it (control-cases.md C-06).

        `before` are the last such moments that were told so far.
        """
        found: dict[Channel, datetime] = {}
        for channel in ABOUT[kind]:
            moment = at + self.late.get(channel, timedelta())
            if channel == "jwks" and kind == "revocation" and self.rescan_since is not None:
                moment = rescan_after(at, max(moment, found["crl"]))
            found[channel] = max(moment, before.get(channel, moment))
        return found


def rescan_after(at: datetime, crl: datetime) -> datetime:
    """The first full hour behind a change that sees it on the CRL, which shows it from `crl` on."""
    hour = last_rescan(crl)
    if hour < crl:
        hour += HOUR
    return hour if hour > at else hour + HOUR


def last_rescan(now: datetime) -> datetime:
    """The full hour before a moment, or the moment itself."""
    return now.replace(minute=0, second=0, microsecond=0)
