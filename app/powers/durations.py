"""Lengths of time as people write them: ISO 8601 (`PT4H`, `P400D`), or a number with its unit (`90s`, `200ms`)."""

from __future__ import annotations

import re
from datetime import timedelta

EXPECTED = "a duration such as PT4H, P1D, 90s or 200ms"
_NUMBER = r"(\d{1,9}(?:\.\d{1,6})?)"
_ISO = re.compile(
    rf"([+-]?)P(?!\Z)(?:{_NUMBER}W)?(?:{_NUMBER}D)?(?:T(?!\Z)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?\Z",
    re.ASCII,
)
_SHORT = re.compile(rf"([+-]?){_NUMBER}(ms|s|m|h|d)\Z", re.ASCII)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_PARTS = (604_800.0, 86_400.0, 3600.0, 60.0, 1.0)


def read_duration(text: object) -> timedelta | None:
    """The duration, perhaps below zero; None for what is none. Months and years have no length, so they are none."""
    if not isinstance(text, str):
        return None
    if found := _SHORT.match(text):
        sign, number, unit = found.groups()
        return _signed(sign, float(number) * _UNITS[unit])
    if found := _ISO.match(text):
        sign, *numbers = found.groups()
        seconds = sum(float(number) * part for number, part in zip(numbers, _PARTS, strict=True) if number)
        return _signed(sign, seconds)
    return None


def iso_duration(length: timedelta) -> str:
    """As ISO 8601: `PT4H`, `P1DT30M`, `PT0S`."""
    sign, total = ("-", -length) if length < timedelta(0) else ("", length)
    hours, rest = divmod(total.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    exact = f"{seconds}.{total.microseconds:06d}".rstrip("0").rstrip(".") if total.microseconds else str(seconds)
    day = f"{total.days}D" if total.days else ""
    clock = "".join(f"{value}{unit}" for value, unit in ((hours, "H"), (minutes, "M")) if value)
    clock += f"{exact}S" if exact != "0" else ""
    return f"{sign}P{day}T{clock}" if clock else f"{sign}P{day}" if day else "PT0S"


def _signed(sign: str, seconds: float) -> timedelta | None:
    try:
        return timedelta(seconds=-seconds if sign == "-" else seconds)
    except OverflowError:
        return None
