"""How late views are asked to be (control-cases.md C)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.powers.durations import EXPECTED, iso_duration, read_duration
from app.powers.propagation import LONGEST
from app.runtime.propagation import CHANNELS, Channel
from app.web.schemas import Field, Schema
from app.web.wanted.members import members_of, wrong

HOURLY, OFF = "hourly", "off"
WANTED = Schema((*(Field(channel, most=60) for channel in CHANNELS), Field("rescan", choices=(HOURLY, OFF))))


@dataclass(frozen=True, slots=True)
class Lateness:
    """The delays by channel, and whether the directory rescans the CRL every hour."""

    late: Mapping[Channel, timedelta]
    is_hourly: bool


def lateness_of(given: Mapping[str, Any]) -> Lateness:
    """Raises Invalid with the pointer of what cannot be used."""
    wanted = members_of(WANTED, given)
    late = {channel: _delay(channel, wanted[channel]) for channel in CHANNELS if channel in wanted}
    return Lateness(late, wanted.get("rescan") == HOURLY)


def _delay(channel: Channel, text: str) -> timedelta:
    length = read_duration(text)
    if length is None or not timedelta() <= length <= LONGEST:
        raise wrong(f"/{channel}", f"{EXPECTED}, from 0s to {iso_duration(LONGEST)}", text)
    return length
