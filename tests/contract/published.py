"""The published OpenAPI file and the page of operations, as tests of the contract read them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import schemathesis
import yaml

ROW = re.compile(r"^\| (GET|POST|PUT|DELETE) \| `([^`]+)` \| (.*) \| ([a-z: ]+) \| (\d) \|$", re.MULTILINE)
SUCCESS = re.compile(r"(\d{3}) (?:`([^`]+)`|\(no body\))")


TEXTS = frozenset({"application/jwt", "application/x-pem-key", "application/x-pem-certificate"})


@dataclass(frozen=True)
class Success:
    """One of the published successes; no media type = no body."""

    status: int
    media_type: str | None


def mended(contract: Path) -> dict[str, Any]:
    """The published file without the limits that no real value meets (errata C1, C2, A27).

    Its audit has moments (R3), and its export the metadata of roles as a list (A17).
    """
    raw: dict[str, Any] = yaml.load((contract / "connect-openapi-1.39.0.yaml").read_text(), yaml.CSafeLoader)
    schemas = raw["components"]["schemas"]
    key = schemas["CertificateOrKey"]["properties"]
    for limited in (key["x5c"]["items"], key["n"], schemas["SoftwareStatementAssertion"]):
        del limited["maxLength"]
    del schemas["AuditFields"]["properties"]["Timestamp"]["format"]
    del schemas["OrganisationAuthorityDomainRoleClaimObject"]["allOf"][1]["properties"]["Metadata"]
    return raw


def rows_of(contract: Path) -> list[list[str]]:
    """Method, path, successes, scopes and wave of every operation."""
    return [list(match) for match in ROW.findall((contract / "operations.md").read_text())]


def successes_of(contract: Path) -> dict[str, list[Success]]:
    """By the name of the operation."""
    return {
        f"{method} {path}": [Success(int(status), kind or None) for status, kind in SUCCESS.findall(success)]
        for method, path, success, _scopes, _wave in rows_of(contract)
    }


class Published:
    def __init__(self, contract: Path) -> None:
        self.schema: Any = schemathesis.openapi.from_dict(mended(contract))
        self.rows, self.successes = rows_of(contract), successes_of(contract)

    def faults(self, name: str, answer: httpx.Response) -> list[str]:
        """How an answer is not as published: status, media type, schema."""
        method, path = name.split(" ")
        media_type = answer.headers.get("content-type", "").partition(";")[0] or None
        given = Success(answer.status_code, media_type if answer.content else None)
        found = [] if given in self.successes[name] else [f"{given}, published {self.successes[name]}: {answer.text}"]
        if media_type in TEXTS:
            return found  # a text, which schemathesis takes for JSON
        try:
            self.schema[path][method].validate_response(answer)
        except (schemathesis.errors.SchemathesisError, AssertionError, ExceptionGroup) as fault:
            found.append(str(fault))
        except BaseExceptionGroup as group:
            found += [str(fault) for fault in group.exceptions]
        return found
