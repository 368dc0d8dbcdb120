"""Forms as they came, and what was wrong with them: a finding stands beside the input that it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from app.errors import DirectoryError, Finding, Invalid, UnsupportedMedia
from app.web.media import content_type

TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
MOST_FIELDS, MOST_FILES = 2_000, 10
YES = "yes"
"""Value of a checked box."""


@dataclass(frozen=True, slots=True)
class Form:
    """Values by name, in order; `files` hold the octets of files that were chosen."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Form:
        """A form that shows stored values: texts, booleans, lists of texts."""
        return cls({name: _shown(value) for name, value in values.items()})

    def text(self, name: str) -> str:
        """The last value, blanks at its ends taken away; "" where there is none."""
        return (self.values.get(name) or ("",))[-1].strip()

    def raw(self, name: str) -> str:
        """The last value as it came."""
        return (self.values.get(name) or ("",))[-1]

    def all(self, name: str) -> tuple[str, ...]:
        return self.values.get(name, ())

    def lines(self, name: str) -> list[str]:
        """A list that was written one a line; empty lines do not count."""
        return [line.strip() for value in self.all(name) for line in value.splitlines() if line.strip()]

    def flag(self, name: str) -> bool:
        return self.text(name) == YES

    def with_findings(self, findings: Sequence[Finding]) -> Form:
        return replace(self, findings=tuple(findings))

    def refused(self, refusal: DirectoryError, name: str = "") -> Form:
        """The form with what was wrong; what comes without findings is said once, beside this input if there is one."""
        own = (Finding(refusal.code, refusal.reason, f"/{name}" if name else ""),)
        return self.with_findings(refusal.findings or own)

    def replacing(self, name: str, value: str) -> Form:
        return replace(self, values={**self.values, name: (value,)})

    def about(self, name: str) -> tuple[Finding, ...]:
        """The findings about one input, or about an item of its list."""
        return tuple(f for f in self.findings if _input_of(f) == name)

    def about_others(self, names: Sequence[str]) -> tuple[Finding, ...]:
        """The findings about none of these inputs."""
        return tuple(f for f in self.findings if _input_of(f) not in names)


async def read_form(request: Request) -> Form:
    """The body of a form. Raises UnsupportedMedia, Invalid."""
    if content_type(request.headers.get("content-type")) not in TYPES:
        raise UnsupportedMedia("a form was expected here")
    try:
        async with request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=4_000_000) as sent:
            values: dict[str, tuple[str, ...]] = {}
            files: dict[str, bytes] = {}
            for name, value in sent.multi_items():
                if isinstance(value, UploadFile):
                    if value.filename:
                        files[name] = await value.read()
                else:
                    values[name] = (*values.get(name, ()), value)
    except HTTPException as error:
        raise Invalid("the form cannot be read", code="form.unreadable") from error
    _require_text(values)
    return Form(values, files)


def _require_text(values: Mapping[str, tuple[str, ...]]) -> None:
    """No browser sends control characters but those of several lines, and no database takes all of them (B-13)."""
    for name, texts in values.items():
        if any(c < " " and c not in "\t\r\n" for text in (name, *texts) for c in text):
            raise Invalid("the form holds control characters", code="form.unreadable")


def _input_of(finding: Finding) -> str:
    return finding.pointer[1:].partition("/")[0]


def _shown(value: object) -> tuple[str, ...]:
    if isinstance(value, bool):
        return (YES,) if value else ()
    if isinstance(value, list | tuple):
        return ("\n".join(map(str, value)),)
    return () if value is None else (str(value),)
