"""Seed files: the organisations, applications, certificates and users of a new directory (TOML; docs/cli.md).

Fields of organisations and applications are spelt as on the wire (connect.md 3 and 4). Reading only; `app/seeding.py`
puts a seed into a directory.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from app.directory.seed_fields import NO_MARKUP, FileName, Host, Logo, Table, Text, Uri, Uuid
from app.directory.seed_users import SeedUser
from app.errors import Finding, Invalid
from app.settings import KeyKind

NONE = "none"
INVALID = "seed.invalid"
LARGEST = 16 * 1024 * 1024
"""Octets; a seed is read whole."""
TABLES = frozenset({"organisation", "application", "certificate", "user", "access"})
"""Names of the tables that a file repeats."""
SECRETS = frozenset({"Password", "PasswordHash", "SecondFactor", "SecondFactorHash"})
"""Fields whose wrong values are not repeated."""


class SeedRole(Table):
    """A role: of an organisation, or one of those that its application uses."""

    AuthorisationDomain: Annotated[str, StringConstraints(min_length=1, max_length=30)]
    Role: Annotated[str, StringConstraints(min_length=1, max_length=60)]


class SeedCertificate(Table):
    """A certificate or key: on a new key that is kept beside the database, or from a file of yours."""

    name: FileName
    """Of its files in `<data>/seed/`, and how the same certificate is known again."""
    type: str
    key: Literal["generate"] | None = None
    key_kind: KeyKind = "rsa-2048"
    host: tuple[Host, ...] = ()
    """DNS names, for types that take some."""
    subject: Mapping[str, str] = Field(default_factory=dict)
    """Attributes that the directory does not know, such as `ST = "London"`."""
    csr: Path | None = None
    """What is uploaded instead: a CSR, a public key or a certificate, as the type wants; relative to the seed file."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.key is None) == (self.csr is None):
            raise ValueError('either key = "generate" or csr = "FILE" must be given')
        return self


class SeedApplication(Table):
    """A software statement (connect.md 4.1). A stable `SoftwareStatementId` makes it known again."""

    SoftwareStatementId: Uuid
    ClientName: Text
    LogoUri: Logo
    RedirectUri: Annotated[tuple[Uri, ...], Field(min_length=1)]
    ClientId: Text | None = None
    Description: Text | None = None
    OnBehalfOf: Text | None = None
    Environment: Annotated[str, StringConstraints(max_length=40)] | None = None
    Mode: Literal["Live", "Test"] | None = None
    PolicyUri: Uri | None = None
    ClientUri: Uri | None = None
    TermsOfServiceUri: Uri | None = None
    HomepageUri: Uri | None = None
    NotificationWebhook: Uri | None = None
    PostLogoutRedirectUris: tuple[Uri, ...] | None = None
    ApiWebhookUri: tuple[Uri, ...] | None = None
    OriginUri: tuple[Text, ...] | None = None
    Version: float | None = None
    SoftwareVersion: Annotated[str, StringConstraints(max_length=40)] | None = None
    AdditionalSoftwareMetadata: Text | None = None
    TokenEndpointAuthMethod: Literal["private_key_jwt", "tls_client_auth", "client_secret_basic"] | None = None
    IdTokenSignedResponseAlgorithm: Literal["PS256", "RS256"] | None = None
    RequireSignedRequestObject: bool | None = None
    TlsClientCertificateBoundAccessTokens: bool | None = None
    OpenidFederationEnabled: bool | None = None
    Roles: tuple[SeedRole, ...] = ()
    certificate: tuple[SeedCertificate, ...] = ()


class SeedOrganisation(Table):
    """An organisation with what hangs below it (connect.md 3)."""

    OrganisationId: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    OrganisationName: Text
    LegalEntityName: Text
    CountryOfRegistration: Annotated[str, StringConstraints(min_length=2, max_length=255)]
    CompanyRegister: Text
    RegistrationNumber: Text
    AddressLine1: Annotated[str, StringConstraints(min_length=5, max_length=255)]
    City: Annotated[str, StringConstraints(min_length=2, max_length=255)]
    Postcode: Annotated[str, StringConstraints(min_length=3, max_length=40)]
    Country: Annotated[str, StringConstraints(min_length=2, max_length=255)]
    Status: Literal["Active", "Pending", "Withdrawn"] = "Active"
    Size: Text | None = None
    RegisteredName: Text | None = None
    AddressLine2: Text | None = None
    TaxRegistrationNumber: Text | None = None
    RegistrationId: Annotated[str, StringConstraints(max_length=40)] | None = None
    ParentOrganisationReference: Text | None = None
    LogoUri: Logo | None = None
    RequiresParticipantTermsAndConditionsSigning: bool | None = None
    EnforceIdpUserManagement: bool | None = None
    Domains: tuple[Host, ...] | None = None
    """Host domains that are this organisation's own; names in its certificates are held against them."""
    Roles: tuple[SeedRole, ...] = ()
    application: tuple[SeedApplication, ...] = ()
    certificate: tuple[SeedCertificate, ...] = ()


class Seed(Table):
    """What one file says. `folder` is where its relative paths start."""

    name: str
    folder: Path
    organisation: tuple[SeedOrganisation, ...] = ()
    user: tuple[SeedUser, ...] = ()

    @model_validator(mode="after")
    def _unique_names(self) -> Self:
        seen: set[str] = set()
        for name in self._names():
            if name in seen:
                raise ValueError(f"{name} stands there twice")
            seen.add(name)
        return self

    def _names(self) -> Iterator[str]:
        for organisation in self.organisation:
            yield f"OrganisationId {organisation.OrganisationId}"
            yield from (f"certificate name {c.name}" for c in organisation.certificate)
            for application in organisation.application:
                yield f"SoftwareStatementId {application.SoftwareStatementId}"
                yield from (f"certificate name {c.name}" for c in application.certificate)
        for user in self.user:
            yield f"UserID {user.UserID}"
            yield f"UserEmail {user.UserEmail.casefold()}"


def shipped() -> tuple[str, ...]:
    """Names of the seeds that come with the program."""
    files = resources.files("app").joinpath("seeds").iterdir()
    return tuple(sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml")))


def load(seed: str | Path) -> Seed:
    """Read a seed by its shipped name, by path, or the empty one (`none`).

    Raises Invalid with `seed.invalid` and a finding per fault, each naming file, table and field.
    """
    if str(seed) == NONE:
        return Seed(name=NONE, folder=Path())
    label, folder, text = _text_of(str(seed))
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise _invalid((_finding(label, "", f"is not TOML: {fault}"),)) from None
    try:
        return Seed.model_validate({"name": label, "folder": folder, **content})
    except ValidationError as fault:
        raise _invalid(tuple(_findings(label, content, fault))) from None


def _text_of(seed: str) -> tuple[str, Path, str]:
    """Label, folder and content of a seed."""
    if seed in shipped():
        return f"{seed}.toml", Path(), resources.files("app").joinpath("seeds", f"{seed}.toml").read_text("utf-8")
    path = Path(seed)
    try:
        if path.stat().st_size > LARGEST:
            raise _invalid((_finding(seed, "", f"is larger than {LARGEST} octets"),))
        return seed, path.parent, path.read_text("utf-8")
    except UnicodeDecodeError as fault:
        raise _invalid((_finding(seed, "", f"is not UTF-8: {fault.reason} at octet {fault.start}"),)) from None
    except OSError as fault:
        known = ", ".join((*shipped(), NONE))
        cannot = f"cannot be read ({fault.strerror}); a seed is the path of a TOML file or one of {known}"
        raise _invalid((_finding(seed, "", cannot),)) from None


def _invalid(findings: tuple[Finding, ...]) -> Invalid:
    return Invalid("; ".join(f.detail for f in findings[:5]), code=INVALID, findings=findings)


def _finding(label: str, pointer: str, said: str) -> Finding:
    return Finding(INVALID, f"{label}: {said}", pointer)


def _findings(label: str, content: Mapping[str, Any], fault: ValidationError) -> Iterator[Finding]:
    for error in fault.errors(include_url=False):
        place = _place(error["loc"], content)
        yield _finding(label, "/" + "/".join(map(str, error["loc"])), f"{place}{_said(error)}")


def _said(error: Mapping[str, Any]) -> str:
    """What is wrong with a field, without its name."""
    bounds = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return "must be given"
        case "extra_forbidden":
            return "is no field of this table"
        case "value_error":
            return str(bounds["error"])
        case "string_pattern_mismatch":
            said = "must not hold < or >" if bounds["pattern"] == NO_MARKUP else f"must match {bounds['pattern']}"
        case "string_too_long":
            said = f"must have at most {bounds['max_length']} characters"
        case "string_too_short":
            said = f"must have at least {bounds['min_length']} characters"
        case "literal_error":
            said = f"must be {bounds['expected']}"
        case "tuple_type":
            said = "must be a list"
        case _:
            said = str(error["msg"]).replace("Input should be", "must be").replace("Tuple should", "must")
    value = None if error["loc"][-1] in SECRETS else error["input"]
    return f"{said}, found {str(repr(value))[:60]}" if isinstance(value, str | int | float) else said


def _place(location: tuple[str | int, ...], content: Any) -> str:
    """`[[organisation]] 2 (Acme), [[organisation.application]] 1: ClientName ` from a pydantic location."""
    tables: list[str] = []
    path: list[str] = []
    rest: list[str] = []
    for index, part in enumerate(location):
        content = _inside(content, part)
        if isinstance(part, str) and part in TABLES and not rest:
            path.append(part)
        elif isinstance(part, int) and path and not rest and location[index - 1] == path[-1]:
            tables.append(f"[[{'.'.join(path)}]] {part + 1}{_called(content)}")
        elif isinstance(part, int):
            rest[-1:] = [f"{rest[-1]}[{part}]"]
        else:
            rest.append(part)
    if len(path) > len(tables):
        rest.insert(0, path[-1])
    where = ", ".join(tables)
    return (f"{where}: " if where else "") + (".".join(rest) + " " if rest else "")


def _inside(content: Any, part: str | int) -> Any:
    try:
        return content[part]
    except (KeyError, IndexError, TypeError):
        return None


def _called(table: Any) -> str:
    """The name of a table's subject, where it has one already."""
    if isinstance(table, Mapping):
        for field in ("OrganisationName", "ClientName", "UserEmail", "name"):
            if isinstance(table.get(field), str):
                return f" ({table[field][:40]})"
    return ""
