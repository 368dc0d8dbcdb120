"""What every table of a seed file shares: strictness, and the kinds of texts in it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

NO_MARKUP = r"^[^<>]*$"

Text = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=NO_MARKUP)]
Uri = Annotated[str, StringConstraints(max_length=255, pattern=r"^https?://[^\s]+$")]
Logo = Annotated[str, StringConstraints(pattern=r"^(https?://.+\.(svg|png|jpg|jpeg)|data:image/.+)$")]
Uuid = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Host = Annotated[str, StringConstraints(max_length=253, pattern=r"^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s<>\"]+@[^@\s<>\"]+$")]


class Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
